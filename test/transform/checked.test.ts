/** checked: indices outside their axis, singular and indefinite matrices are faults that name op, place and line, through every transform. */
import { spawnSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  add, at, axis, checked, choose, debugNans, dynamicSlice, eye, gather, grad, isFault, jit, linalg, log, mul, outer, pmap, psum, putAlongAxis, ravelMultiIndex, remat, reshape, scan, scatterAdd, segmentSum, session, stack, sum, take,
  takeAlongAxis, tensor, unravelIndex, vmap, zeros,
} from '../../lib/index.js'
import type { Fault, Tensor } from '../../lib/index.js'
import { hosts } from '../tensor/value.js'

const { item, read, run } = session()
const caught = (f: () => unknown): Fault => {
  try {
    f()
  } catch (e) {
    if (isFault(e)) return e
    throw e
  }
  throw new Error('nothing was thrown')
}
type Indices = Tensor<[number], 'i32'>
const index = (...i: number[]): Indices => tensor(i, { dtype: 'i32' }) as Indices
const x = tensor([10, 20, 30])

/** Every op that takes an index tensor into an axis of 3. */
const readers: Record<string, (i: Indices) => Tensor<readonly number[], 'f32' | 'i32'>> = {
  take: (i) => take(x, i),
  gather: (i) => gather(x, i),
  takeAlongAxis: (i) => takeAlongAxis(x, i),
  at: (i) => at(x, [i]).get() as never,
  scatterAdd: (i) => scatterAdd(x, i, 1),
  putAlongAxis: (i) => putAlongAxis(x, i, 1),
  segmentSum: (i) => segmentSum(zeros([i.shape[0]]), i, { segments: 3 }),
  choose: (i) => choose(i, [x, x, x].map((v) => sum(v))) as never,
  ravelMultiIndex: (i) => ravelMultiIndex([i], [3]),
}
describe('an index tensor', () => {
  it.each(Object.entries(readers))('%s: is a fault just when an element is outside', (op, f) => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -2, max: 4 }), { minLength: 1, maxLength: 5 }), (list) => {
      const wrong = list.findIndex((i) => i < 0 || i >= 3)
      const now = checked(() => f(index(...list)))
      if (wrong < 0) return void expect([...read.sync(now)]).toEqual([...read.sync(f(index(...list)))])
      const e = caught(() => read.sync(now))
      expect(e._tag).toBe('IndexOutOfRange')
      expect(e.message).toContain(`${op}: index ${list[wrong]}, element [${wrong}] of i32[${list.length}], is outside an axis of 3`)
    }), { numRuns: 30 })
  })
  it('names the line; elsewhere it is clamped', () => {
    const e = caught(() => read.sync(checked(() => take(x, index(0, 7)))))
    expect(e.where).toMatch(/checked\.test\.ts:\d+:\d+$/)
    expect([...read.sync(take(x, index(0, 7)))]).toEqual([10, 30])
  })
  it('of i64, of two axes, of a window, of a place in a flattened tensor', () => {
    expect(caught(() => read.sync(checked(() => take(x, tensor([5n]))))).message).toContain('index 5')
    expect(caught(() => read.sync(checked(() => at(zeros([2, 3]), [index(1), index(3)]).set(1)))).message).toContain('outside an axis of 3')
    expect(caught(() => read.sync(checked(() => dynamicSlice(x, [tensor(2, { dtype: 'i32' })], [2])))).message).toContain('outside an axis of 2')
    expect(caught(() => read.sync(checked(() => unravelIndex(index(6), [2, 3])))).message).toContain('outside an axis of 6')
    expect([...read.sync(checked(() => unravelIndex(index(-1), [2, 3])))[0]]).toEqual([1])
  })
})

const singular = tensor([[1, 2], [2, 4]]), fine = tensor([[2, 0], [0, 4]]), y = tensor([1, 2])
const flat = tensor([[0, 0], [0, 1]]), indefinite = tensor([[1, 2], [2, 1]])
describe('a matrix', () => {
  type Square = typeof singular
  const solvers: Record<string, [(a: Square) => Tensor<readonly number[], 'f32'>, Square, string]> = {
    solve: [(a) => linalg.solve(a, y), singular, 'SingularMatrix'],
    inv: [(a) => linalg.inv(a), singular, 'SingularMatrix'],
    matrixPower: [(a) => linalg.matrixPower(a, -2), singular, 'SingularMatrix'],
    tensorinv: [(a) => linalg.tensorinv(a, { ind: 1 }), singular, 'SingularMatrix'],
    triangularSolve: [(a) => linalg.triangularSolve(a, y), flat, 'SingularMatrix'],
    choleskySolve: [(a) => linalg.choleskySolve(a, y), flat, 'SingularMatrix'],
    luSolve: [(a) => linalg.luSolve(linalg.luFactor(a), y), singular, 'SingularMatrix'],
    cholesky: [(a) => linalg.cholesky(a), indefinite, 'NotPositiveDefinite'],
  }
  it.each(Object.entries(solvers))('%s: a fault of its own tag, a value elsewhere', (op, [f, wrong, tag]) => {
    const e = caught(() => read.sync(checked(() => f(wrong))))
    expect(e._tag).toBe(tag)
    expect(e.message).toMatch(new RegExp(`^${op}: the matrix is .* at .*checked\\.test\\.ts:`))
    expect(() => read.sync(f(wrong))).not.toThrow()
    expect(read.sync(checked(() => f(fine)))).toEqual(read.sync(f(fine)))
  })
  it('of a batch is named by its place', () => {
    const many = vmap((k: Tensor<[], 'f32'>) => add(fine, mul(k, tensor([[-2, 0], [0, 0]]))))(tensor([0, 2, 0, 1]))
    expect(caught(() => read.sync(checked(() => linalg.inv(many)))).message).toContain('matrix [3] is singular (pivot 0 is 0)')
    expect(caught(() => read.sync(checked(() => vmap((a: Tensor<[2, 2], 'f32'>) => linalg.inv(a))(many)))).message).toContain('matrix [3] is singular')
    expect(caught(() => read.sync(checked(() => linalg.inv(reshape(many, [2, 2, 2, 2]))))).message).toContain('matrix [1,1] is singular')
  })
  it('a condition number or a determinant may be of a singular one; none is no mistake', () => {
    expect(item.sync(checked(() => linalg.det(singular)))).toBeCloseTo(0, 12)
    expect(() => read.sync(checked(() => linalg.cond(singular, { ord: 1 })))).not.toThrow()
    expect(() => read.sync(checked(() => linalg.inv(zeros([0, 0]))))).not.toThrow()
    expect(() => read.sync(checked(() => linalg.inv(zeros([0, 2, 2]))))).not.toThrow()
  })
  it('v vᵀ is refused by both, I + v vᵀ by none', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 3 }), (v) => {
      const low = outer(tensor(v), tensor(v)), full = add(low, eye(3)), right = tensor([1, 2, 3])
      expect(caught(() => read.sync(checked(() => linalg.cholesky(low))))._tag).toBe('NotPositiveDefinite')
      expect(caught(() => read.sync(checked(() => linalg.solve(low, right))))._tag).toBe('SingularMatrix')
      expect(read.sync(checked(() => linalg.cholesky(full)))).toEqual(read.sync(linalg.cholesky(full)))
      expect(read.sync(checked(() => linalg.solve(full, right)))).toEqual(read.sync(linalg.solve(full, right)))
    }), { numRuns: 20 })
  })
})

describe('through transforms', () => {
  const read0 = (i: Indices) => (v: Tensor<[3], 'f32'>) => sum(take(v, i))
  it('grad, vmap, remat, jit and jit traced before', () => {
    const f = read0(index(1, 3))
    expect(caught(() => read.sync(checked(() => grad(f)(x))))._tag).toBe('IndexOutOfRange')
    expect(caught(() => read.sync(checked(() => remat(f)(x))))._tag).toBe('IndexOutOfRange')
    expect(caught(() => read.sync(checked(() => vmap((i: Tensor<[], 'i32'>) => take(x, i))(index(0, 3)))))._tag).toBe('IndexOutOfRange')
    const g = jit((v: Tensor<[3], 'f32'>, i: Indices) => sum(take(v, i)))
    expect(item.sync(g(x, index(1, 3)))).toBe(50)
    expect(caught(() => read.sync(checked(() => g(x, index(1, 3)))))._tag).toBe('IndexOutOfRange')
    expect(item.sync(g(x, index(1, 3)))).toBe(50)
    expect(item.sync(checked(() => g(x, index(1, 2))))).toBe(50)
  })
  it('a failed run leaves its operands, and another run is right', async () => {
    const v = run.sync(add(x, 1))
    await expect(run(checked(() => take(v, index(9))))).rejects.toMatchObject({ _tag: 'IndexOutOfRange' })
    expect([...read.sync(take(v, index(2)))]).toEqual([31])
  })
  it('scan: the step that reads outside', () => {
    const walk = (list: Indices) => scan((c: Tensor<[], 'f32'>, i: Tensor<[], 'i32'>) => [add(c, take(x, i)), c] as const, tensor(0), list)[0]
    expect(item.sync(checked(() => walk(index(0, 1, 2))))).toBe(60)
    expect(caught(() => read.sync(checked(() => walk(index(0, 1, 5)))))._tag).toBe('IndexOutOfRange')
  })
})

describe('on devices of a pmap', () => {
  const dp = axis('dp', 4), mp = axis('mp', 2)
  const one = tensor([[1, 0], [0, 1]])
  it('the device that failed is named, with its op; so it is by the reference and by debugNans', () => {
    const places = tensor([0, 1, 7, 2], { dtype: 'i32' })
    const total = (i: Tensor<[], 'i32'>) => psum(take(x, i), dp)
    expect(() => read.sync(pmap(total, { axis: dp })(places))).not.toThrow()
    const e = caught(() => read.sync(checked(() => pmap(total, { axis: dp })(places))))
    expect(e.message).toMatch(/^device 2 of 'dp': take: index 7, element \[\] of i32\[\], is outside an axis of 3 at .*checked\.test\.ts/)
    const inverses = checked(() => pmap((v: Tensor<[2, 2], 'f32'>) => linalg.inv(v), { axis: dp })(stack([one, one, one, singular])))
    const { message } = caught(() => read.sync(inverses))
    expect(message).toMatch(/^device 3 of 'dp': inv: the matrix is singular/)
    expect(caught(() => hosts([inverses])).message).toBe(message)
    const logs = () => read.sync(pmap((v: Tensor<[], 'f32'>) => psum(log(v), dp), { axis: dp })(tensor([1, -1, 2, 3])))
    expect(caught(() => debugNans(logs)).message).toMatch(/^device 1 of 'dp': log gave a NaN/)
  })
  it('of two axes both are named, the outer first', () => {
    const inner = (row: Tensor<[2, 2, 2], 'f32'>) => pmap((v: Tensor<[2, 2], 'f32'>) => linalg.inv(v), { axis: mp })(row)
    const pair = stack([one, one])
    const f = checked(() => pmap(inner, { axis: dp })(stack([pair, pair, stack([one, singular]), pair])))
    const { message } = caught(() => read.sync(f))
    expect(message).toMatch(/^device 2 of 'dp': device 1 of 'mp': inv: the matrix is singular/)
    expect(caught(() => hosts([f])).message).toBe(message)
  })
})
it('COTANGENT_CHECKED=1 checks a whole process', () => {
  const program = "import { session, take, tensor } from './dist/lib/index.js'; session().read.sync(take(tensor([1, 2]), tensor([5], { dtype: 'i32' })))"
  const run1 = (value: string) => spawnSync(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, COTANGENT_CHECKED: value }, encoding: 'utf8' })
  expect(run1('0').status).toBe(0)
  expect(run1('1').stderr).toContain('take: index 5, element [0] of i32[1], is outside an axis of 2')
}, 30_000)
