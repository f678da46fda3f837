/** What NaN and denormal numbers cost: kernel by kernel, the time with such numbers over the time with others. */
import {
  abs, add, argsort, cast, conv, cos, cumsum, div, dotProductAttention, erf, exp, gelu, jit, key, log, matmul, max, maxPool, mul, nn, optim, power, random, reshape, sin, softmax, sort, sqrt, sum, tanh, vjp,
} from '../../../lib/index.js'
import type { Tensor } from '../../../lib/index.js'
import { corners } from '../kernel.js'
import { median } from '../row.js'
import type { Case } from '../row.js'
import { session } from '../session.js'
import { warmed } from '../training.js'

/** Types are those of 1024 x 1024; smaller squares are for comparing backends. */
type Rows = Tensor<[1024, 1024], 'f32'>
type Image = Tensor<[4, 64, 64, 64], 'f32'>
const squareOf = (n: 1024) => random.normal(key(1), [n, n])
const norm = (x: Rows): Rows => {
  const n = x.shape[0]
  return nn.model([n], nn.layerNorm).apply({ weight: random.normal(key(2), [n]), bias: random.normal(key(3), [n]) }, {}, x)
}
/** Four images of n / 16 channels. */
const imagesOf = (x: Rows): Image => {
  const n = x.shape[0], side = 2 * Math.sqrt(n)
  return reshape(x, [4, n / 16, side, side]) as Image
}
const windows = (x: Rows) => mul(random.normal(key(4), [x.shape[0] / 16, x.shape[0] / 16, 3, 3]), 0.1) as Tensor<[64, 64, 3, 3], 'f32'>
/** The gradients of a convolution of ordinary numbers; what comes back to it is x. */
const pulled = (x: Rows) => vjp((y: Image, w: ReturnType<typeof windows>) => conv(y, w, { padding: 1 }), imagesOf(squareOf(x.shape[0])), windows(x))[1](imagesOf(x))
const attended = (x: Rows) => {
  const n = x.shape[0], heads = reshape(x, [4, n / 2, 8, n / 16] as [4, 512, 8, 64])
  return dotProductAttention(heads, heads, heads)
}
const optimizer = optim.adam(1e-3)
const updated = (x: Rows) => {
  const [next, [moments]] = optimizer.update(x, optimizer.init(x), x)
  return [next, moments.expAvg, moments.expAvgSq]
}
const functions = {
  add: (x: Rows) => add(x, x), mul: (x: Rows) => mul(x, x), div: (x: Rows) => div(x, 3), quotient: (x: Rows) => div(x, x), sqrt: (x: Rows) => sqrt(abs(x)), exp: (x: Rows) => exp(x), log: (x: Rows) => log(abs(x)),
  tanh: (x: Rows) => tanh(x), erf: (x: Rows) => erf(x), sin: (x: Rows) => sin(x), cos: (x: Rows) => cos(x), pow: (x: Rows) => power(abs(x), 1.7),
  gelu_softmax: (x: Rows) => softmax(gelu(mul(x, x)), { axis: -1 }), softmax: (x: Rows) => softmax(x, { axis: -1 }),
  layernorm: norm, layernorm_grad: (x: Rows) => vjp(norm, x)[1](squareOf(x.shape[0])),
  sum: (x: Rows) => sum(x, { axes: [1] }), sum_columns: (x: Rows) => sum(x, { axes: [0] }), max: (x: Rows) => max(x, { axes: [1] }), cumsum: (x: Rows) => cumsum(x, { axis: 1 }),
  sort: (x: Rows) => sort(reshape(x, [-1])), sort_rows: (x: Rows) => sort(x), argsort: (x: Rows) => argsort(reshape(x, [-1])), argsort_rows: (x: Rows) => argsort(x),
  matmul: (x: Rows) => matmul(x, x), conv_fwd: (x: Rows) => conv(imagesOf(x), windows(x), { padding: 1 }), conv_dgrad: (x: Rows) => pulled(x)[0], conv_wgrad: (x: Rows) => pulled(x)[1],
  attention: attended, adam: updated, maxpool: (x: Rows) => maxPool(imagesOf(x), { kernel: 2 }), cast_f16: (x: Rows) => cast(x, 'f16'), cast_bf16: (x: Rows) => cast(x, 'bf16'),
} satisfies Readonly<Record<string, (x: Rows) => unknown>>
const kinds = { nan: NaN, denormal: 1e-39 } as const

const costs = (name: string, of: (x: Rows) => unknown, kind: keyof typeof kinds): Case => ({
  name: `${kind}_over_normal_${name}`, unit: 'x', bound: { of: 'value', most: 2 }, rounds: 5,
  small: { inputs: () => corners({ x: mul(squareOf(1024), kinds[kind]) }, [64, 64]), f: ({ x }: { readonly x: Rows }) => of(x) as never, tolerance: 1e-4 },
  prepare: () => {
    const f = jit(of as (x: Rows) => Rows), { plain, odd } = session.run.sync({ plain: squareOf(1024), odd: mul(squareOf(1024), kinds[kind]) })
    const once = (x: Rows): number => {
      const began = performance.now()
      session.run.sync(f(x))
      return performance.now() - began
    }
    const measure = (): number => {
      const times = Array.from({ length: 15 }, () => [once(odd), once(plain)] as const)
      return median(times.map(([x]) => x)) / median(times.map(([, y]) => y))
    }
    warmed(measure)
    return { measure }
  },
})
export const cases: readonly Case[] = Object.entries(functions).flatMap(([name, of]) => (['nan', 'denormal'] as const).map((kind) => costs(name, of, kind)))
