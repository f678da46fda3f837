/** Factors by blocks, at their edges: L Lᵀ = A; what lies above the diagonal counts or does not; and no bit depends on who does it. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { abs, add, at, div, eye, full, isnan, jit, key, linalg, matmul, max, mul, random, session, stack, sub, sum, tril, triu } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'

const { read, run } = session()
type Matrix = Tensor<[number, number], 'f32' | 'f64'>
const drawn = (n: number, dtype: 'f32' | 'f64', seed: number): Matrix => random.normal(key(seed), [n, n], { dtype }) as Matrix
/** X Xᵀ / n + 1, its own transpose bit for bit or nearly. */
const definite = (n: number, dtype: 'f32' | 'f64', seed: number): Matrix => {
  const x = drawn(n, dtype, seed)
  return run.sync(add(div(matmul(x, linalg.matrixTranspose(x)), n), eye(n, { dtype }))) as Matrix
}
const largest = (x: unknown): number => read.sync(max(abs(x as Matrix)))[0] as number
const sizes = fc.constantFrom(1, 31, 33, 143, 144, 145, 191, 288, 289, 433)
it('L Lᵀ = (A + Aᵀ) / 2, or the matrix of the lower triangle', () => {
  fc.assert(fc.property(sizes, fc.constantFrom('f32' as const, 'f64' as const), fc.nat(100), fc.boolean(), fc.boolean(), (n, dtype, seed, across, lower) => {
    const a = definite(n, dtype, seed)
    const skew = mul(0.25, sub(drawn(n, dtype, seed + 1), linalg.matrixTranspose(drawn(n, dtype, seed + 1)))) as Matrix
    const given = run.sync(lower ? add(tril(a), triu(full([n, n], NaN, { dtype }) as Matrix, { diagonal: 1 })) : add(a, skew)) as Matrix
    const f = jit((x: Matrix) => linalg.cholesky(across ? linalg.matrixTranspose(x) : x, { symmetrize: !lower }))
    const l = f((across ? run.sync(linalg.matrixTranspose(given)) : given) as Matrix)
    expect(largest(sub(matmul(l, linalg.matrixTranspose(l)) as Matrix, a))).toBeLessThanOrEqual((dtype === 'f32' ? 2 ** -22 : 2 ** -51) * 24)
    expect(largest(triu(l as Matrix, { diagonal: 1 }))).toBe(0)
  }), { numRuns: 40 })
})
it('of many side by side the bits are those of one by the whole team', () => {
  for (const n of [33, 145, 300]) {
    const xs = [0, 1, 2, 3, 4].map((seed) => definite(n, 'f32', seed))
    const all = read.sync(linalg.cholesky(stack(xs as never) as never)) as Float32Array
    xs.forEach((x, i) => expect([...(read.sync(linalg.cholesky(x)) as Float32Array)]).toEqual([...all.subarray(i * n * n, (i + 1) * n * n)]))
  }
})
it.each([0, 100, 143, 144, 299])('a pivot that is not positive, at %i of 300, makes all below the diagonal NaN', (place) => {
  const l = linalg.cholesky(at(definite(300, 'f64', 9), [place, place]).set(-1) as Matrix)
  expect(read.sync(sum(isnan(l as Matrix)))[0]).toBe((300 * 301) / 2)
})
