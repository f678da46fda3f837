/** Factorizations of one matrix of 1000 x 1000. Of eigen- and singular vectors, whose f32 digits depend on gaps, the lengths are compared. */
import { add, eye, key, linalg, matmul, mul, random, sum } from '../../../lib/index.js'
import type { Tensor } from '../../../lib/index.js'
import { kernelCases } from '../kernel.js'
import type { Bound, Case } from '../row.js'

const n = 1000
const atMost = (most: number): Bound => ({ of: 'ratio', most })
const general = () => ({ x: random.normal(key(1), [n, n]) })
/** (X Xᵀ) / n + 1 */
const definite = () => {
  const { x } = general()
  return { x: add(mul(matmul(x, linalg.matrixTranspose(x)), 1 / n), eye(n)) }
}
type Matrix = Tensor<[1000, 1000], 'f32'>
const lengths = (x: Matrix) => sum(mul(x, x), { axes: [0] })
const eigen = ({ x }: { readonly x: Matrix }) => {
  const [w, v] = linalg.eigh(x)
  return [w, lengths(v)]
}
const singular = ({ x }: { readonly x: Matrix }) => {
  const [u, s, vt] = linalg.svd(x)
  return [s, lengths(u), lengths(vt)]
}
const common = { count: 3, names: ['torch', 'numpy'] } as const
export const cases: readonly Case[] = [
  ...kernelCases({ ...common, name: 'cholesky_1000', inputs: definite, f: ({ x }) => linalg.cholesky(x), bound: atMost(1.2), flops: n ** 3 / 3, tolerance: 1e-4 }),
  ...kernelCases({ ...common, name: 'solve_1000', inputs: () => ({ ...definite(), y: random.normal(key(2), [n, n]) }), f: ({ x, y }) => linalg.solve(x, y), bound: atMost(1.2), flops: (8 * n ** 3) / 3, tolerance: 1e-3 }),
  ...kernelCases({ ...common, name: 'qr_1000', inputs: general, f: ({ x }) => linalg.qr(x), bound: atMost(1.2), flops: (8 * n ** 3) / 3, tolerance: 1e-2 }),
  ...kernelCases({ ...common, name: 'eigh_1000', inputs: definite, f: eigen, count: 1, bound: atMost(2), tolerance: 1e-4 }),
  ...kernelCases({ ...common, name: 'svd_1000', inputs: general, f: singular, count: 1, bound: atMost(2), tolerance: 1e-3 }),
]
