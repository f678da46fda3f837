/** Kernels in other dtypes than f32. */
import { add, cast, key, matmul, mul, nn, random, sin } from '../../../lib/index.js'
import { kernelCases } from '../kernel.js'
import type { Case } from '../row.js'

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
  corner: [1024, 64], f: ({ x, w, b }) => norm.apply({ weight: w, bias: b } as never, {}, x as never) as never as typeof x, count: 3, bound: null, names: ['torch'], bytes: (to === 'f64' ? 16 : 4) * 10 * M, tolerance: tolerance[to],
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

export const cases: readonly Case[] = [
  ...([256, 1024] as const).flatMap((n) => (['f16', 'bf16'] as const).flatMap((to) => squares(n, to))),
  ...(['f64', 'f16', 'bf16'] as const).flatMap((to) => [...norms(to), ...perceptrons(to)]),
]
