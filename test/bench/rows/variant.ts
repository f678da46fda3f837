/** Kernels in other dtypes than f32, and what NaN and denormal numbers cost. */
import { add, cast, gelu, jit, key, matmul, mul, nn, random, sin, softmax } from '../../../lib/index.js'
import type { Tensor } from '../../../lib/index.js'
import { kernelCases } from '../kernel.js'
import { median } from '../row.js'
import type { Case } from '../row.js'
import { session } from '../session.js'
import { warmed } from '../training.js'

const M = 1 << 20
const normal = <const S extends readonly number[]>(seed: number, shape: readonly [...S]) => random.normal(key(seed), [...shape])
type Half = 'f16' | 'bf16'
/** A unit in the last place, and then some: sums are rounded once here, perhaps more often there. */
const tolerance: Readonly<Record<Half | 'f64', number>> = { f64: 1e-9, f16: 4e-3, bf16: 3e-2 }
const norm = nn.model([1024], nn.layerNorm)
const squares = (n: 256 | 1024, to: Half): readonly Case[] => kernelCases({
  name: `matmul_${n}_${to}`, inputs: () => ({ x: cast(normal(1, [n, n]), to), y: cast(normal(2, [n, n]), to) }), f: ({ x, y }) => matmul(x, y),
  count: n === 256 ? 60 : 5, bound: null, names: ['torch', 'jax'], flops: 2 * n ** 3, tolerance: tolerance[to] * Math.sqrt(n) / 8,
})
const norms = (to: Half | 'f64'): readonly Case[] => kernelCases({
  name: `layernorm_10M_${to}`, inputs: () => ({ x: cast(normal(1, [10 * 1024, 1024]), to), w: cast(normal(2, [1024]), to), b: cast(normal(3, [1024]), to) }),
  f: ({ x, w, b }) => norm.apply({ weight: w, bias: b } as never, {}, x as never) as never as typeof x, count: 3, bound: null, names: ['torch'], bytes: (to === 'f64' ? 16 : 4) * 10 * M, tolerance: tolerance[to],
})
/** Two layers of 512 with a batch of 128. */
const perceptrons = (to: Half | 'f64'): readonly Case[] => kernelCases({
  name: `mlp_infer_b128_${to}`, inputs: () => ({ x: cast(normal(1, [128, 512]), to), v: cast(mul(normal(2, [512, 512]), 0.06), to), w: cast(mul(normal(3, [512, 512]), 0.06), to), b: cast(normal(4, [512]), to) }),
  f: ({ x, v, w, b }) => {
    const layer = (y: typeof x, m: typeof w): typeof x => add(matmul(y, m as never), b as never) as never
    return layer(sin(layer(x, v)) as never, w)
  },
  count: 40, bound: null, names: ['torch'], flops: 2 * 2 * 128 * 512 * 512, double: to === 'f64', tolerance: tolerance[to] * 4,
})

type Rows = Tensor<[1024, 1024], 'f32', never>
const functions = {
  matmul: jit((x: Rows, y: Rows) => matmul(x, y)),
  add: jit((x: Rows, y: Rows) => add(x, y)),
  gelu_softmax: jit((x: Rows, y: Rows) => softmax(gelu(mul(x, y)), { axis: -1 })),
  layernorm: jit((x: Rows, y: Rows) => mul(norm.apply({ weight: normal(2, [1024]), bias: normal(3, [1024]) }, {}, x), y)),
  sin: jit((x: Rows, y: Rows) => sin(add(x, y))),
}
const values = {
  nan: () => mul(normal(1, [1024, 1024]), NaN),
  denormal: () => mul(normal(1, [1024, 1024]), 1e-39),
}
/** The time with such numbers over the time with others, interleaved. */
const costs = (of: keyof typeof functions, kind: keyof typeof values): Case => ({
  name: `${kind}_over_normal_${of}`, unit: 'x', bound: { of: 'value', most: 2 }, rounds: 5,
  prepare: () => {
    const f = functions[of], { plain, odd } = session.run.sync({ plain: normal(1, [1024, 1024]), odd: values[kind]() })
    const once = (x: Rows): number => {
      const began = performance.now()
      session.run.sync(f(x, x))
      return performance.now() - began
    }
    const measure = (): number => {
      const times = Array.from({ length: 15 }, () => [once(odd as Rows), once(plain as Rows)] as const)
      return median(times.map(([x]) => x)) / median(times.map(([, y]) => y))
    }
    warmed(measure)
    return { measure }
  },
})
export const cases: readonly Case[] = [
  ...([256, 1024] as const).flatMap((n) => (['f16', 'bf16'] as const).flatMap((to) => squares(n, to))),
  ...(['f64', 'f16', 'bf16'] as const).flatMap((to) => [...norms(to), ...perceptrons(to)]),
  ...(['nan', 'denormal'] as const).flatMap((kind) => (Object.keys(functions) as (keyof typeof functions)[]).map((of) => costs(of, kind))),
]
