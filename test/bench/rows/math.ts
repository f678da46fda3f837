/** Elementary functions of 4 M numbers between 0 and 1, each by itself. */
import { asin, atan, elu, exp, exp2, expm1, key, log10, log1p, log2, power, random, sin, sinh, softplus, sub, tan, tanh } from '../../../lib/index.js'
import type { Tensor } from '../../../lib/index.js'
import { kernelCases } from '../kernel.js'
import type { Case } from '../row.js'

type V = Tensor<[number], 'f32'>
const functions: Readonly<Record<string, (x: V) => V>> = { exp, exp2, expm1, log1p, log2, log10, sin, tan, sinh, tanh, atan, asin, softplus, elu: (x) => elu(sub(x, 0.5)), power: (x) => power(x, 1.7) }
const inputs = () => ({ x: random.uniform(key(1), [4 << 20], { minval: 0.01, maxval: 0.99 }) })

export const cases: readonly Case[] = Object.entries(functions).flatMap(([name, f]) =>
  kernelCases({ name: `math_${name}_4M`, corner: [1 << 16, 1], inputs, f: ({ x }) => f(x), count: 20, bound: null, names: ['torch', 'jax'], bytes: 8 * (4 << 20), tolerance: 1e-5 }))
