/** Reading and writing anywhere: `at` against loops over elements, windows, repeated places, and what bad arguments are told. */
import { describe, expect, test } from 'vitest'
import * as ct from '../../lib/tensor/index.js'
import { grad } from '../../lib/transform/index.js'
import type { AnyTensor, Device, Shape, Tensor } from '../../lib/type/index.js'
import { flat, value } from './value.js'

type Loose = { readonly [K in keyof typeof ct]: (...args: readonly unknown[]) => Tensor<Shape, 'f32', Device> }
const t = ct as unknown as Loose
const of = (shape: readonly number[]): AnyTensor => t.reshape(ct.arange(shape.reduce((a, b) => a * b, 1), { dtype: 'f32' }), shape)
const ints = (values: readonly unknown[]): Tensor<Shape, 'i32', never> => ct.tensor(values as never, { dtype: 'i32' }) as never
const x = of([3, 4]) as Tensor<[3, 4], 'f32', never>
const message = (f: () => unknown): string => {
  try {
    f()
  } catch (e) {
    return `${(e as { _tag: string })._tag}: ${(e as Error).message}`
  }
  return 'nothing was thrown'
}

describe('at', () => {
  test('reads what NumPy reads', () => {
    expect(value(ct.at(x, [1]).get())).toEqual([4, 5, 6, 7])
    expect(value(ct.at(x, [null, -1]).get())).toEqual([3, 7, 11])
    expect(value(ct.at(x, [[0, 2], [1, null, 2]]).get())).toEqual([[1, 3], [5, 7]])
    expect(value(ct.at(x, [ints([2, 0])]).get())).toEqual([[8, 9, 10, 11], [0, 1, 2, 3]])
    expect(value(ct.at(x, [ints([2, 0]), ints([1, 3])]).get())).toEqual([9, 3])
    expect(value(ct.at(x, [ints([[2], [0]]), ints([1, 3])]).get())).toEqual([[9, 11], [1, 3]])
    expect(value(ct.at(x, [ints([2, 0]), 1]).get())).toEqual([9, 1])
    expect(ct.at(ct.zeros([2, 3, 4, 5]), [ints([0, 1]), null, ints([0, 1])]).get().shape).toEqual([2, 3, 5])
    expect(ct.at(ct.zeros([2, 3, 4, 5]), [null, ints([0, 1]), ints([0, 1])]).get().shape).toEqual([2, 2, 5])
    expect(value(ct.at(x, [2, 3]).get())).toBe(11)
  })
  test('set, add, mul, min, max', () => {
    const v = ct.tensor([1, 2, 3])
    const twice = [ints([0, 0, 1])]
    expect(value(ct.at(v, [[1, 3]]).set(0))).toEqual([1, 0, 0])
    expect(value(ct.at(v, twice).set(ct.tensor([7, 8, 9])))).toEqual([8, 9, 3])
    expect(value(ct.at(v, twice).add(ct.tensor([10, 20, 30])))).toEqual([31, 32, 3])
    expect(value(ct.at(v, twice).mul(ct.tensor([10, 20, 30])))).toEqual([200, 60, 3])
    expect(value(ct.at(v, twice).max(ct.tensor([7, 8, -9])))).toEqual([8, 2, 3])
    expect(value(ct.at(v, twice).min(ct.tensor([7, -8, -9])))).toEqual([-8, -9, 3])
    expect(value(ct.at(x, [null, 0]).set(ct.tensor([7, 8, 9])))).toEqual([[7, 1, 2, 3], [8, 5, 6, 7], [9, 9, 10, 11]])
    expect(value(ct.at(ct.tensor([true, false]), [0]).set(ct.tensor(false)))).toEqual([false, false])
  })
  test('an index tensor outside is clamped on read and dropped on write', () => {
    expect(value(ct.at(ct.tensor([1, 2]), [ints([-5, 9])]).get())).toEqual([1, 2])
    expect(value(ct.at(ct.tensor([1, 2]), [ints([-5, 9])]).set(7))).toEqual([1, 2])
  })
  test('what was overwritten has no derivative', () => {
    const f = (v: Tensor<[3], 'f32', never>): Tensor<[], 'f32', never> => ct.sum(ct.mul(ct.at(v, [1]).set(5), ct.tensor([1, 2, 3])))
    expect(value(grad(f)(ct.tensor([1, 2, 3])))).toEqual([1, 0, 3])
  })
  test('messages', () => {
    expect(message(() => ct.at(x, [3]))).toBe('IndexOutOfRange: at: 3 is outside axis 0, which runs from -3 to 2')
    expect(message(() => ct.at(x, [null, [0, 9]]))).toContain('at: a range runs outside dimension 4 of axis 1; the shape is [3,4]')
    expect(message(() => ct.at(x, [0]).set(ct.zeros([3])))).toContain('the part is [4]')
    expect(message(() => ct.at(ints([1]), [0]).set(ct.tensor(0.5)))).toContain('at: a i32 tensor does not hold updates in f32; cast them')
  })
})
describe('repeated places', () => {
  test('products have derivatives, zeros included', () => {
    const f = (u: Tensor<[3], 'f32', never>): Tensor<[], 'f32', never> => ct.sum(ct.scatterMul(ct.tensor([2, 1]), ints([0, 0, 0]), u))
    expect(value(grad(f)(ct.tensor([0, 3, 5])))).toEqual([30, 0, 0])
  })
  test('equal extremes share', () => {
    const f = (u: Tensor<[4], 'f32', never>): Tensor<[], 'f32', never> => ct.sum(ct.segmentMax(u, ints([0, 0, 1, 0]) as never, { segments: 2 }))
    expect(value(grad(f)(ct.tensor([3, 3, 1, 2])))).toEqual([0.5, 0.5, 1, 0])
  })
  test('segments without rows in integers', () => {
    expect(flat(ct.segmentMax(ints([1]) as never, ints([1]) as never, { segments: 2 }))).toEqual([-(2 ** 31), 1])
    expect(flat(ct.segmentMin(ct.tensor([1n]), ints([1]) as never, { segments: 2 }))).toEqual([2n ** 63n - 1n, 1n])
  })
})
describe('orders', () => {
  test('partition puts the k-th where sorting does', () => {
    const v = ct.tensor([5, 1, 4, 2, 3])
    expect(flat(ct.partition(v, 2))[2]).toBe(3)
    expect(flat(ct.take(v, ct.argpartition(v, 2)))[2]).toBe(3)
  })
  test('sets of nothing', () => {
    expect(flat(ct.unique(ct.zeros([0]), { size: 2, fill: 7 }))).toEqual([7, 7])
    expect(flat(ct.intersect1d(ct.tensor([1, 2]), ct.tensor([3]), { size: 1, fill: -1 }))).toEqual([-1])
    expect(flat(ct.union1d(ct.zeros([0]), ct.tensor([2, 1, 2]), { size: 2 }))).toEqual([1, 2])
    expect(flat(ct.setdiff1d(ct.tensor([2, 1, 2]), ct.zeros([0]), { size: 2 }))).toEqual([1, 2])
  })
})
describe('editing and places', () => {
  test('delete, insert, resize', () => {
    expect(value(ct.delete(ct.tensor([1, 2, 3, 4]), [-1, 1]))).toEqual([1, 3])
    expect(value(ct.delete(x, 1, { axis: 0 }))).toEqual([[0, 1, 2, 3], [8, 9, 10, 11]])
    expect(value(ct.insert(ct.tensor([[1, 2], [3, 4]]), 1, ct.tensor([7, 8]), { axis: 0 }))).toEqual([[1, 2], [7, 8], [3, 4]])
    expect(value(ct.insert(ct.tensor([1, 2]), -1, ct.tensor([7, 8])))).toEqual([1, 7, 8, 2])
    expect(value(ct.resize(ct.tensor([1, 2, 3]), [4]))).toEqual([1, 2, 3, 1])
    expect(message(() => ct.delete(ct.tensor([1]), 1))).toContain('delete: 1 is outside an axis of size 1')
  })
  test('diagonals', () => {
    expect(value(ct.diagonal(x, { offset: 1 }))).toEqual([1, 6, 11])
    expect(value(ct.diagonal(x, { offset: -1 }))).toEqual([4, 9])
    expect(value(ct.diagonal(x, { offset: 9 }))).toEqual([])
    expect(ct.diagonal(ct.zeros([2, 3, 4]), { axes: [0, 2] }).shape).toEqual([3, 2])
    expect(value(ct.fillDiagonal(ct.zeros([2, 3]), ct.tensor([1, 2])))).toEqual([[1, 0, 0], [0, 2, 0]])
  })
  test('places there and back', () => {
    const places = ints([0, 5, 11])
    expect(value(ct.ravelMultiIndex(ct.unravelIndex(places, [3, 4]), [3, 4]))).toEqual([0, 5, 11])
    expect(ct.triuIndices(3, { diagonal: 1 }).map((v) => value(v))).toEqual([[0, 0, 1], [1, 2, 2]])
  })
})

describe('places that a mask keeps', () => {
  test('are those of a triangle', () => {
    const [rows, columns] = ct.maskIndices(3, (m, k) => ct.triu(m, { diagonal: k }), { size: 3, k: 1 })
    expect([value(rows), value(columns)]).toEqual([[0, 0, 1], [1, 2, 2]])
    expect(value(ct.maskIndices(2, (m) => m, { size: 5, fill: -1 })[0])).toEqual([0, 0, 1, 1, -1])
  })
  test('take values in turn, and refuse what does not fit', () => {
    expect(value(ct.place(x, ct.gt(x, 8), ct.tensor([1, 2])))).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8, 1, 2, 1]])
    expect(message(() => ct.place(x, ct.tensor([true]), ct.tensor([1])))).toBe('ShapeMismatch: place: the mask is [1], x is [3,4]; they must be equal')
    expect(message(() => ct.place(x, ct.gt(x, 8), ct.zeros([0])))).toBe('InvalidArgument: place: there are no values to put')
    expect(message(() => t.trimZeros(x, { size: 1 }))).toBe('ShapeMismatch: trimZeros: needs a vector, got [3,4]; flatten it')
    expect(message(() => t.ix(ct.tensor([true])))).toMatch('DTypeMismatch: ix: conditions hold at places that only a run knows')
  })
})
