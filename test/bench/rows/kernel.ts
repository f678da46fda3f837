/** Single operations: matrix products, convolutions, rows, updates, sums, orders. */
import { add, argsort, conv, cumsum, gelu, jit, key, matmul, mul, nn, optim, random, sin, softmax, sort, sub, sum, tensor, vjp } from '../../../lib/index.js'
import type { Tensor } from '../../../lib/index.js'
import { kernelCases } from '../kernel.js'
import type { Corner } from '../kernel.js'
import { stored } from '../peer.js'
import type { PeerName } from '../peer.js'
import type { Bound, Case, Ready, Small } from '../row.js'
import { session } from '../session.js'
import { expectClose, perCall, sampled } from '../training.js'

const atMost = (most: number): Bound => ({ of: 'ratio', most })
const normal = <const S extends readonly number[]>(seed: number, shape: readonly [...S]) => random.normal(key(seed), [...shape])
const M = 1 << 20
/** What of vectors, of rows and of images is compared between backends. */
const LONG: Corner = [1 << 16, 1], WIDE: Corner = [1024, 64], DEEP: Corner = [16, 16]
const eager = ['torch', 'jax', 'numpy'] as const
const fused = ['torch', 'torchCompile', 'jax'] as const
const both = ['jaxjs', 'tfjs'] as const

const vector = (n: number) => ({ x: normal(1, [n]) })
const memory: readonly Case[] = [
  ...kernelCases({ name: 'add_4M', corner: LONG, inputs: () => ({ x: normal(1, [4 * M]), y: normal(2, [4 * M]) }), f: ({ x, y }) => add(x, y), count: 20, bound: atMost(1), names: eager, bytes: 48 * M }, { most: 0.15, names: both }),
  ...kernelCases({ name: 'sum_10M', corner: LONG, inputs: () => vector(10 * M), f: ({ x }) => sum(x), count: 20, bound: atMost(1), names: eager, bytes: 40 * M, tolerance: 2e-4 * 3e3 }, { most: 0.15, names: both }),
  ...kernelCases({ name: 'cumsum_10M', corner: LONG, inputs: () => vector(10 * M), f: ({ x }) => cumsum(x, { axis: 0 }), count: 5, bound: atMost(0.2), names: eager, bytes: 80 * M, tolerance: 2e-4 * 3e3 }, { most: 0.15, names: both }),
  ...kernelCases({ name: 'sort_1M', corner: LONG, inputs: () => vector(M), f: ({ x }) => sort(x), count: 3, bound: atMost(0.9), names: eager, bytes: 8 * M }, { most: 0.15, names: both }),
  ...kernelCases({ name: 'argsort_1M', corner: LONG, inputs: () => vector(M), f: ({ x }) => argsort(x), count: 3, bound: atMost(0.35), names: eager, bytes: 8 * M }, { most: 0.15, names: both }),
]

const rows = () => ({ x: normal(1, [10 * 1024, 1024]), w: normal(2, [1024]), b: normal(3, [1024]) })
const norm = nn.model([1024], nn.layerNorm)
type Rows = ReturnType<typeof rows>
const normalized = ({ x, w, b }: Rows) => norm.apply({ weight: w, bias: b }, {}, x)
const rowwise: readonly Case[] = [
  ...kernelCases({ name: 'gelu_softmax_10M', corner: WIDE, inputs: rows, f: ({ x, w, b }) => softmax(gelu(add(mul(x, w), b)), { axis: -1 }), count: 5, bound: atMost(0.22), names: fused, bytes: 80 * M }, { most: 0.15, names: both }),
  ...kernelCases({ name: 'layernorm_10M', corner: WIDE, inputs: rows, f: normalized, count: 5, bound: atMost(0.25), names: fused, bytes: 80 * M }, { most: 0.15, names: both }),
  ...kernelCases({
    name: 'layernorm_grad_10M', corner: WIDE, inputs: () => ({ ...rows(), ct: normal(4, [10 * 1024, 1024]) }), count: 5, bound: atMost(0.4), names: fused, bytes: 120 * M, tolerance: 1e-3,
    f: ({ x, w, b, ct }) => {
      const [, pull] = vjp((r: Rows) => normalized(r), { x, w, b })
      const [g] = pull(ct)
      return [g.x, g.w, g.b]
    },
  }, { most: 0.15, names: both }),
]

const optimizer = optim.adam(1e-3)
type Long = Tensor<[number], 'f32'>
const update = (s: { readonly p: Long; readonly o: ReturnType<typeof start> }, grads: Long) => {
  const [next, o] = optimizer.update(grads, s.o, s.p)
  return { p: next, o }
}
const start = (p: Long) => optimizer.init(p)
const parameters = (n: number): { readonly p: Long; readonly g: Long } => ({ p: normal(1, [n]), g: normal(2, [n]) })
/** An update in place of 10 M parameters; each call is the next step. */
const adam = (names: readonly PeerName[]): Ready => {
  const { p, g } = session.run.sync(parameters(10 * M)), step = jit(update)
  const given = { p: stored(session.read.sync(p), p.shape), g: stored(session.read.sync(g), g.shape) }
  let state = session.run.sync(step({ p, o: start(p) }, g))
  const [moments] = state.o
  const own = [state.p, moments.expAvg, moments.expAvgSq].flatMap((x) => sampled(session.read.sync(x)))
  const count = 10
  const measure = (): number => perCall(count, () => (state = session.run.sync(step(state, g), { consume: state })))
  measure()
  return { measure, bytes: 280 * M, peers: { names, as: 'adam_10M', payload: { inputs: given, count }, expect: expectClose('sample', own, 1e-5) } }
}
const small: Small = { inputs: () => parameters(LONG[0]), f: ({ p, g }: ReturnType<typeof parameters>) => update(update({ p, o: start(p) }, g), g), tolerance: 1e-5 }
const adams: readonly Case[] = [
  { name: 'adam_10M', unit: 'ms', bound: atMost(1), rounds: 7, prepare: () => adam(['torch', 'torchCompile', 'jax']), small },
  { name: 'js_adam_10M', unit: 'ms', bound: atMost(0.15), rounds: 5, prepare: () => adam(['jaxjs', 'tfjs']), small },
]

const calls = { 64: 400, 256: 60, 1024: 5, 2048: 2 } as const
const products = ([64, 256, 1024, 2048] as const).flatMap((n) => kernelCases({
  name: `matmul_${n}`, inputs: () => ({ x: normal(1, [n, n]), y: normal(2, [n, n]) }), f: ({ x, y }) => matmul(x, y),
  count: calls[n], bound: atMost(n === 64 ? 1 : 0.97), names: eager, flops: 2 * n ** 3, tolerance: 1e-3,
}, { most: 0.2, names: both }))
const doubles = ([256, 1024] as const).flatMap((n) => kernelCases({
  name: `matmul_${n}_f64`, inputs: () => ({ x: random.normal(key(1), [n, n], { dtype: 'f64' }), y: random.normal(key(2), [n, n], { dtype: 'f64' }) }), f: ({ x, y }) => matmul(x, y),
  count: calls[n], bound: { of: 'rate', most: 45 }, names: ['torch', 'numpy'], flops: 2 * n ** 3, double: true,
}))

const images = { x: () => normal(1, [8, 64, 56, 56]), w: () => normal(2, [64, 64, 3, 3]), ct: () => normal(3, [8, 64, 56, 56]) }
type Image = Tensor<[8, 64, 56, 56], 'f32', never>
type Window = Tensor<[64, 64, 3, 3], 'f32', never>
const flops = 2 * 8 * 64 * 64 * 9 * 56 * 56
const same = (x: Image, w: Window) => conv(x, w, { padding: 1 })
const pullback = ({ x, w, ct }: { readonly x: Image; readonly w: Window; readonly ct: Image }) => vjp(same, x, w)[1](ct)
const convolution = { corner: DEEP, count: 5, names: ['torch', 'jax'], flops, tolerance: 2e-3 } as const
const convolutions: readonly Case[] = [
  ...kernelCases({ ...convolution, name: 'conv3x3_fwd', inputs: () => ({ x: images.x(), w: images.w() }), f: ({ x, w }) => same(x, w), bound: atMost(0.45) }, { most: 0.2, names: both }),
  ...kernelCases({ ...convolution, name: 'conv3x3_dgrad', inputs: () => ({ x: images.x(), w: images.w(), ct: images.ct() }), f: (i) => pullback(i)[0], bound: atMost(0.45) }, { most: 0.2, names: both }),
  ...kernelCases({ ...convolution, name: 'conv3x3_wgrad', inputs: () => ({ x: images.x(), w: images.w(), ct: images.ct() }), f: (i) => pullback(i)[1], bound: atMost(0.6) }, { most: 0.2, names: both }),
]
/** Each channel by itself, as mobile networks do. */
type Taps = Tensor<[64, 1, 3, 3], 'f32', never>
const apart = (x: Image, w: Taps) => conv(x, w, { padding: 1, groups: w.shape[0] })
const back = ({ x, w, ct }: { readonly x: Image; readonly w: Taps; readonly ct: Image }) => vjp(apart, x, w)[1](ct)
const channelwise = { corner: DEEP, count: 20, names: ['torch'], flops: flops / 64, tolerance: 2e-3, bound: null } as const
const taps = (): Taps => normal(2, [64, 1, 3, 3])
const depthwise: readonly Case[] = [
  ...kernelCases({ ...channelwise, name: 'conv_depthwise_fwd', inputs: () => ({ x: images.x(), w: taps() }), f: ({ x, w }) => apart(x, w) }),
  ...kernelCases({ ...channelwise, name: 'conv_depthwise_dgrad', inputs: () => ({ x: images.x(), w: taps(), ct: images.ct() }), f: (i) => back(i)[0] }),
  ...kernelCases({ ...channelwise, name: 'conv_depthwise_wgrad', inputs: () => ({ x: images.x(), w: taps(), ct: images.ct() }), f: (i) => back(i)[1] }),
]

/** Twenty elementwise operations. */
const twenty = (x: Tensor<[4], 'f32'>): Tensor<[4], 'f32'> => {
  let y = x
  for (let i = 0; i < 5; i++) y = sub(mul(add(sin(y), 0.5), 0.75), x)
  return y
}
const four = () => ({ x: tensor([0.5, -1.25, 2, 3.75]) })
const tiny: readonly Case[] = [
  ...kernelCases({ name: 'small_add', unit: 'µs', inputs: four, f: ({ x }) => add(x, 1), count: 10_000, rounds: 15, bound: atMost(1), names: ['torch', 'jax'], beside: ['numpy'], untraced: true }, { most: 0.15, names: both }),
  ...kernelCases({ name: 'jit_20_tiny_ops', unit: 'µs', inputs: four, f: ({ x }) => twenty(x), count: 10_000, rounds: 15, bound: atMost(0.3), names: ['torchCompile', 'jax'] }, { most: 0.15, names: both }),
]
export const cases: readonly Case[] = [...tiny, ...memory, ...rowwise, ...adams, ...products, ...doubles, ...convolutions, ...depthwise]
