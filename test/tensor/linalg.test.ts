/**
 * Linear algebra by its own equations, on every backend: factors multiply to their matrix, orthogonal ones are, triangular
 * ones are; a batch is a stack; sizes below, at and above the blocks of the kernels; deficient ranks, repeated eigenvalues,
 * NaN; and what is refused.
 */
import { describe, expect, test } from 'vitest'
import type { Host, Node } from '../../lib/ir/node.js'
import { leaf } from '../../lib/ir/node.js'
import * as ct from '../../lib/tensor/index.js'
import { grad } from '../../lib/transform/index.js'
import { isFault } from '../../lib/type/index.js'
import { backends, hosts } from './value.js'

type Fn = (...xs: unknown[]) => Node
const fn = (f: unknown): Fn => f as Fn
const many = (x: unknown): readonly Node[] => x as readonly Node[]
const { linalg } = ct
const [matmul, turned, times, plus, minus] = [ct.matmul, linalg.matrixTranspose, ct.mul, ct.add, ct.sub].map(fn) as [Fn, Fn, Fn, Fn, Fn]
const [cholesky, qr, lu, solve, inv, eigh, svd, triangularSolve] = [linalg.cholesky, linalg.qr, linalg.lu, linalg.solve, linalg.inv, linalg.eigh, linalg.svd, linalg.triangularSolve].map(fn) as [Fn, Fn, Fn, Fn, Fn, Fn, Fn, Fn]
const eye = (n: number, dtype: 'f32' | 'f64'): Node => fn(ct.eye)(n, { dtype })

/** The same numbers every time, in (-0.5, 0.5). */
const matrix = (shape: readonly number[], dtype: 'f32' | 'f64', seed = 1): Node => {
  let s = seed
  const n = shape.reduce((x, y) => x * y, 1)
  const data = Float64Array.from({ length: n }, () => ((s = (Math.imul(s, 1664525) + 1013904223) >>> 0) / 2 ** 32) - 0.5)
  return leaf(dtype === 'f32' ? Float32Array.from(data) : data, shape, dtype)
}
const column = (v: Node): Node => fn(ct.unsqueeze)(v, { axis: -2 })
const numbers = (h: Host): number[] => Array.from(h.data as Iterable<number | bigint>, Number)
const size = (xs: readonly number[]): number => xs.reduce((m, x) => (Number.isNaN(x) ? NaN : Math.max(m, Math.abs(x))), 0)

const shapes = [[1, 1], [2, 2], [5, 5], [7, 4], [4, 7], [33, 33], [70, 40], [40, 70], [2, 3, 3], [3, 2, 9, 5]] as const
const small = (shape: readonly number[]): boolean => shape.every((n) => n <= 10)
describe.each(backends)('on %s', (name, backend) => {
  const value = (x: Node): number[] => numbers(hosts([x], backend)[0] as Host)
  const equal = (x: Node, y: Node, dtype: 'f32' | 'f64', scale = 1): void => {
    expect(x.shape).toEqual(y.shape)
    const off = size(value(minus(x, y)))
    const n = Math.max(1, ...x.shape)
    expect(off).toBeLessThanOrEqual((dtype === 'f32' ? 2 ** -22 : 2 ** -51) * n * scale)
  }
  const isZero = (x: Node): void => expect(size(value(x))).toBe(0)
  const cases = shapes.filter((s) => name === 'native' || small(s)).flatMap((s) => (['f32', 'f64'] as const).map((d) => [s, d] as const))

  describe.each(cases)('%s %s', (shape, dtype) => {
    const a = matrix(shape, dtype)
    const [m, n] = shape.slice(-2) as [number, number]
    const k = Math.min(m, n)
    test('Q R = A, QᵀQ = 1, R is upper triangular', () => {
      for (const mode of ['reduced', 'complete']) {
        const [q, r] = many(qr(a, { mode })) as [Node, Node]
        equal(matmul(q, r), a, dtype)
        equal(matmul(turned(q), q), fn(ct.broadcastTo)(eye(q.shape.at(-1) as number, dtype), [...shape.slice(0, -2), q.shape.at(-1), q.shape.at(-1)]), dtype)
        isZero(fn(ct.tril)(r, { diagonal: -1 }))
      }
      equal(qr(a, { mode: 'r' }), many(qr(a))[1] as Node, dtype, 0)
    })
    test('P L U = A, P permutes, L has a unit diagonal and nothing larger than 1', () => {
      const [p, l, u] = many(lu(a)) as [Node, Node, Node]
      equal(matmul(p, matmul(l, u)), a, dtype)
      expect(value(fn(ct.sum)(p, { axes: [-1] })).every((x) => x === 1) && value(fn(ct.sum)(p, { axes: [-2] })).every((x) => x === 1)).toBe(true)
      isZero(fn(ct.triu)(l, { diagonal: 1 }))
      isZero(fn(ct.tril)(u, { diagonal: -1 }))
      expect(size(value(l))).toBe(1)
    })
    test('U s Vᵀ = A, both are orthogonal, s descends', () => {
      for (const fullMatrices of [false, true]) {
        const [u, s, vt] = many(svd(a, { fullMatrices })) as [Node, Node, Node]
        const [left, right] = fullMatrices ? [fn(ct.slice)(u, [...shape.slice(0, -1).map(() => null), [0, k]]), fn(ct.slice)(vt, [...shape.slice(0, -2).map(() => null), [0, k]])] as [Node, Node] : [u, vt]
        equal(matmul(times(left, column(s)), right), a, dtype, 4)
        const [p, q] = [u.shape.at(-1) as number, vt.shape.at(-2) as number]
        equal(matmul(turned(u), u), fn(ct.broadcastTo)(eye(p, dtype), [...shape.slice(0, -2), p, p]), dtype, 4)
        equal(matmul(vt, turned(vt)), fn(ct.broadcastTo)(eye(q, dtype), [...shape.slice(0, -2), q, q]), dtype, 4)
        expect(value(s).every((x, i, all) => x >= 0 && (i % k === 0 || x <= (all[i - 1] as number)))).toBe(true)
      }
    })
    test('A A⁺ A = A', () => equal(matmul(a, matmul(fn(linalg.pinv)(a), a)), a, dtype, 40))
    if (m !== n) return
    const symmetric = matmul(a, turned(a))
    const positive = plus(symmetric, eye(n, dtype))
    test('L Lᵀ = A', () => {
      const l = cholesky(positive)
      equal(matmul(l, turned(l)), positive, dtype, 4)
      isZero(fn(ct.triu)(l, { diagonal: 1 }))
      equal(cholesky(positive, { upper: true }), turned(l), dtype, 0)
    })
    test('V w Vᵀ = A, VᵀV = 1, w ascends, signs are fixed', () => {
      const [w, v] = many(eigh(symmetric)) as [Node, Node]
      equal(matmul(times(v, column(w)), turned(v)), symmetric, dtype, 8)
      equal(matmul(turned(v), v), fn(ct.broadcastTo)(eye(n, dtype), a.shape), dtype, 4)
      expect(value(w).every((x, i, all) => i % n === 0 || x >= (all[i - 1] as number))).toBe(true)
      for (let j = 0, x = value(turned(v)); j < n; j++) {
        const vector = x.slice(j * n, (j + 1) * n)
        expect(vector.find((e) => Math.abs(e) >= 0.4 * size(vector))).toBeGreaterThan(0)
      }
    })
    test('A solve(A, B) = B, and by both triangles, either way round', () => {
      const b = matrix([...shape.slice(0, -1), 3], dtype, 7)
      equal(matmul(positive, solve(positive, b)), b, dtype, n)
      equal(matmul(positive, inv(positive)), fn(ct.broadcastTo)(eye(n, dtype), a.shape), dtype, n)
      const t = plus(times(a, 0.25), times(eye(n, dtype), 2))
      for (const lower of [false, true])
        for (const transposed of [false, true]) {
          const triangle = fn(lower ? ct.tril : ct.triu)(t)
          equal(matmul(transposed ? turned(triangle) : triangle, triangularSolve(t, b, { lower, transposed })), b, dtype, 4)
        }
    })
  })
  test('a batch is a stack', () => {
    const a = matrix([3, 4, 4], 'f64')
    const of = (f: Fn, x: Node): number[] => hosts([f(x)].flat() as unknown[], backend).flatMap(numbers)
    const rows = [0, 1, 2].map((i) => fn(ct.reshape)(fn(ct.slice)(a, [[i, i + 1]]), [4, 4]))
    for (const f of [(x: Node) => cholesky(plus(matmul(x, turned(x)), eye(4, 'f64'))), qr, lu, inv, (x: Node) => eigh(matmul(x, turned(x))), svd, linalg.det, linalg.expm].map(fn)) {
      const whole = hosts([f(a)].flat() as unknown[], backend).map(numbers)
      const parts = rows.map((r) => hosts([f(r)].flat() as unknown[], backend).map(numbers))
      expect(whole).toEqual(whole.map((_, i) => parts.flatMap((p) => p[i] as number[])))
    }
    expect(of(inv, a).length).toBe(48)
  })
  test('deficient ranks and repeated eigenvalues keep orthogonal factors', () => {
    const low = matmul(matrix([6, 2], 'f64'), matrix([2, 6], 'f64', 5))
    for (const a of [low, fn(ct.zeros)([4, 4], { dtype: 'f64' }), eye(5, 'f64'), fn(ct.ones)([3, 5], { dtype: 'f64' })]) {
      const [u, s, vt] = many(svd(a, { fullMatrices: false })) as [Node, Node, Node]
      equal(matmul(times(u, column(s)), vt), a, 'f64', 8)
      equal(matmul(turned(u), u), eye(u.shape[1] as number, 'f64'), 'f64', 8)
      equal(matmul(vt, turned(vt)), eye(vt.shape[0] as number, 'f64'), 'f64', 8)
      const [q, r] = many(qr(a)) as [Node, Node]
      equal(matmul(q, r), a, 'f64')
    }
    expect(value(fn(linalg.matrixRank)(low))).toEqual([2])
    const [w, v] = many(eigh(eye(5, 'f64'))) as [Node, Node]
    expect(value(w)).toEqual([1, 1, 1, 1, 1])
    equal(matmul(turned(v), v), eye(5, 'f64'), 'f64')
  })
  if (name === 'native') test('large matrices of low rank: the eigenvalues of noise are found too', () => {
    const low = matmul(matrix([260, 65], 'f64'), matrix([65, 260], 'f64', 5)), symmetric = plus(low, turned(low))
    const [w, v] = many(eigh(symmetric)) as [Node, Node]
    equal(matmul(times(v, column(w)), turned(v)), symmetric, 'f64', 8)
    equal(matmul(turned(v), v), eye(260, 'f64'), 'f64', 4)
  })
  test('a NaN or an infinity gives NaN at once, elsewhere in the batch nothing', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const data = Float64Array.from([4, 1, 1, 3, 4, bad, bad, 3])
      const a = leaf(data, [2, 2, 2], 'f64')
      for (const f of [cholesky, eigh, svd, qr, inv]) {
        const first = hosts([f(a)].flat() as unknown[], backend).map(numbers)
        expect(first.every((x) => x.slice(0, x.length / 2).every(Number.isFinite))).toBe(true)
        expect(first.some((x) => x.slice(x.length / 2).some(Number.isNaN))).toBe(true)
      }
    }
  })
  test('gradients at repeated eigenvalues are finite, those of a singular determinant are its cofactors', () => {
    const slope = (f: (x: Node) => Node, x: Node): number[] => value((grad as unknown as (f: unknown) => Fn)(f)(x))
    expect(slope((x) => fn(ct.sum)(many(eigh(x))[1]), eye(3, 'f64')).every(Number.isFinite)).toBe(true)
    expect(slope((x) => fn(ct.sum)(many(svd(x))[0]), eye(3, 'f64')).every(Number.isFinite)).toBe(true)
    const singular = leaf(Float64Array.from([1, 2, 3, 2, 4, 6, 7, 8, 9]), [3, 3], 'f64')
    expect(slope(fn(linalg.det), singular).map((x) => Math.round(x * 1e9) / 1e9 + 0)).toEqual([-12, 24, -12, 6, -12, 6, 0, 0, 0])
    expect(slope(fn(linalg.det), fn(ct.zeros)([3, 3], { dtype: 'f64' }))).toEqual(new Array(9).fill(0))
  })
})
describe('what is refused', () => {
  const refused = (f: () => unknown, tag: string, sentence: string): void => {
    try {
      f()
    } catch (e) {
      expect(isFault(e) && e._tag).toBe(tag)
      expect((e as Error).message).toContain(sentence)
      return
    }
    expect.fail('nothing was thrown')
  }
  const wide = matrix([2, 3], 'f64')
  test.each([
    ['cholesky', () => cholesky(wide), 'ShapeMismatch', 'cholesky: needs square matrices, got [2,3]'],
    ['inv', () => inv(matrix([3], 'f64')), 'ShapeMismatch', 'inv: needs rank 2 or more, got [3]'],
    ['solve', () => solve(matrix([3, 3], 'f64'), wide), 'ShapeMismatch', 'the right side has 2 rows, not 3'],
    ['qr', () => qr(wide, { mode: 'economic' }), 'InvalidArgument', "mode is 'economic'"],
    ['matrixPower', () => fn(linalg.matrixPower)(matrix([2, 2], 'f64'), 0.5), 'InvalidArgument', 'must be a whole number'],
    ['matrixNorm', () => fn(linalg.matrixNorm)(wide, { ord: 3 }), 'InvalidArgument', 'ord is 3'],
    ['luSolve', () => fn(linalg.luSolve)([matrix([2, 2], 'f64'), matrix([3], 'f64')], matrix([2], 'f64')), 'ShapeMismatch', 'the pivots of [2,2]'],
    ['lstsq', () => fn(linalg.lstsq)(wide, matrix([3], 'f64')), 'ShapeMismatch', 'rows and batch axes must agree'],
    ['blockDiag', () => fn(linalg.blockDiag)([]), 'InvalidArgument', 'at least one matrix'],
    ['tensorinv', () => fn(linalg.tensorinv)(matrix([2, 3, 4], 'f64')), 'ShapeMismatch', 'have not as many elements'],
    ['hilbert', () => fn(linalg.hilbert)(-1), 'InvalidArgument', 'not negative'],
    ['the derivative of a complete Q', () => (grad as unknown as (f: unknown) => Fn)((x: Node) => fn(ct.sum)(many(qr(x, { mode: 'complete' }))[0]))(matrix([3, 2], 'f64')), 'NotDifferentiable', "use mode 'reduced'"],
    ['the derivative of full singular vectors', () => (grad as unknown as (f: unknown) => Fn)((x: Node) => fn(ct.sum)(many(svd(x))[0]))(matrix([3, 2], 'f64')), 'NotDifferentiable', 'set fullMatrices to false'],
  ] as const)('%s', (_, f, tag, sentence) => refused(f, tag, sentence))
})
