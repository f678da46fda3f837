/** Moving elements: round trips, equations between functions, naive loops; sorting; what bad arguments are told. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as ct from '../../lib/tensor/index.js'
import type { AnyTensor, Device, Shape, Tensor } from '../../lib/type/index.js'
import { flat, value } from './value.js'

/** The functions without their shape types. */
type Loose = { readonly [K in keyof typeof ct]: (...args: readonly unknown[]) => Tensor<Shape, 'f32', Device> }
const t = ct as unknown as Loose
const of = (shape: readonly number[]): AnyTensor => t.reshape(ct.arange(shape.reduce((a, b) => a * b, 1), { dtype: 'f32' }), shape)
const message = (f: () => unknown): string => {
  try {
    f()
  } catch (e) {
    return `${(e as { _tag: string })._tag}: ${(e as Error).message}`
  }
  return 'nothing was thrown'
}
const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
const shapeAndOrder = shape.chain((s) => fc.tuple(fc.constant(s), fc.shuffledSubarray([...s.keys()], { minLength: s.length, maxLength: s.length })))
const shapeAndAxis = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }).chain((s) => fc.tuple(fc.constant(s), fc.integer({ min: -s.length, max: s.length - 1 })))
const check = <T>(arbitrary: fc.Arbitrary<T>, law: (x: T) => void): void => fc.assert(fc.property(arbitrary, (x) => void law(x)), { numRuns: 60 })

describe('round trips', () => {
  test('permute and its inverse', () => check(shapeAndOrder, ([s, order]) => {
    const x = of(s)
    const there = t.permute(x, order)
    expect(there.shape).toEqual(order.map((a) => s[a]))
    expect(value(t.permute(there, s.map((_, i) => order.indexOf(i))))).toEqual(value(x))
  }))
  test('reshape there and back', () => check(shapeAndOrder, ([s, order]) => {
    const x = of(s)
    expect(flat(t.reshape(x, order.map((a) => s[a])))).toEqual(flat(x))
    expect(t.flatten(x).shape).toEqual([flat(x).length])
  }))
  test('flip twice', () => check(shapeAndAxis, ([s, axis]) => expect(value(t.flip(t.flip(of(s), { axes: [axis] }), { axes: [axis] }))).toEqual(value(of(s)))))
  test('split, then concat; stack, then split and squeeze', () => check(shapeAndAxis, ([s, axis]) => {
    const n = s.at(axis) as number
    const x = of(s)
    for (const parts of [1, 2, 3].filter((k) => n % k === 0)) expect(value(t.concat(t.split(x, parts, { axis }), { axis }))).toEqual(value(x))
    expect(value(t.squeeze(t.split(t.stack([x, t.neg(x)], { axis }), 2, { axis })[0 as never], { axis }))).toEqual(value(x))
  }))
  test('unsqueeze and squeeze', () => check(shapeAndAxis, ([s, axis]) => expect(value(t.squeeze(t.unsqueeze(of(s), { axis }), { axis }))).toEqual(value(of(s)))))
  test('pad and slice', () => check(fc.tuple(shape, fc.nat(2), fc.nat(2)), ([s, low, high]) => {
    const wide = t.pad(of(s), s.map(() => [low, high]), { value: 7 })
    expect(value(t.slice(wide, s.map((n) => [low, low + n])))).toEqual(value(of(s)))
  }))
  test('rearrange is reshape and permute', () => {
    const x = of([2, 6, 3])
    expect(value(ct.rearrange(x, 'b (h w) c -> (c h) b w', { h: 2 }))).toEqual(value(t.reshape(t.permute(t.reshape(x, [2, 2, 3, 3]), [3, 1, 0, 2]), [6, 2, 3])))
  })
})

describe('choosing by index', () => {
  test('take is a loop over entries', () => check(shapeAndAxis.filter(([s, a]) => (s.at(a) as number) > 0), ([s, axis]) => {
    const n = s.at(axis) as number
    const index = [n - 1, 0, Math.floor(n / 2)]
    const got = t.take(of(s), ct.tensor(index, { dtype: 'i32' }), { axis })
    const rows = index.map((i) => t.slice(of(s), s.map((_, d) => (d === (axis + s.length) % s.length ? [i, i + 1] : null))))
    expect(value(got)).toEqual(value(t.concat(rows, { axis })))
  }))
  test('an index outside is clamped', () => {
    expect(value(ct.take(ct.tensor([1, 2, 3]), ct.tensor([-5, 9], { dtype: 'i32' })))).toEqual([1, 3])
    expect(value(ct.gather(ct.tensor([1, 2, 3]), ct.tensor([-5, 9], { dtype: 'i32' })))).toEqual([1, 3])
  })
  test('sorting is gathering by argsort, and argsort is stable', () => check(fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(NaN)), { maxLength: 12 }), (xs) => {
    const x = ct.tensor(Float32Array.from(xs))
    const key = (v: number): number => (Number.isNaN(v) ? Infinity : v)
    for (const descending of [false, true]) {
      const want = [...xs.keys()].sort((i, j) => (descending ? -1 : 1) * (key(xs[i] as number) > key(xs[j] as number) ? 1 : key(xs[i] as number) < key(xs[j] as number) ? -1 : 0) || i - j)
      expect(flat(ct.argsort(x, { descending }))).toEqual(want)
      expect(flat(ct.sort(x, { descending }))).toEqual(want.map((i) => xs[i]))
    }
  }))
  test('descending keeps the extremes of integers', () => {
    expect(flat(ct.sort(ct.tensor([-(2 ** 31), 5, 2 ** 31 - 1], { dtype: 'i32' }), { descending: true }))).toEqual([2 ** 31 - 1, 5, -(2 ** 31)])
    expect(flat(ct.sort(ct.tensor([0, 255, 3], { dtype: 'u8' }), { descending: true }))).toEqual([255, 3, 0])
    expect(flat(ct.sort(ct.tensor([true, false, true]), { descending: true }))).toEqual([1, 1, 0])
  })
  test('the first of equals wins', () => {
    expect([flat(ct.argmax(ct.tensor([1, 3, 3]))), flat(ct.argmin(ct.tensor([1, 1, 3])))]).toEqual([[1], [0]])
    expect(flat(ct.topK(ct.tensor([2, 3, 3, 1]), 3)[1])).toEqual([1, 2, 0])
    expect(flat(ct.topK(ct.tensor([2, 3, 3, 1]), 2, { smallest: true })[1])).toEqual([3, 0])
  })
})

describe('messages', () => {
  const x = of([2, 3])
  test.each([
    [() => t.reshape(x, [4]), 'ShapeMismatch: reshape: [2,3] does not hold as many elements as [4]; the product of the sizes must stay'],
    [() => t.permute(x, [0, 0]), 'ShapeMismatch: permute: [0,0] is not a permutation of the axes of [2,3]; name every axis once'],
    [() => t.squeeze(x, { axis: 0 }), 'ShapeMismatch: squeeze: axis 0 of [2,3] is 2, not 1; only an axis of size 1 can be dropped'],
    [() => t.broadcastTo(x, [3]), 'ShapeMismatch: broadcastTo: [2,3] does not stretch to [3]; only axes of size 1 stretch'],
    [() => t.concat([x, of([2, 4])]), 'ShapeMismatch: concat'],
    [() => t.concat([]), 'ShapeMismatch: concat: needs at least one tensor'],
    [() => t.stack([x, of([3, 2])]), 'ShapeMismatch: stack: [2,3] and [3,2] differ; all shapes must be equal'],
    [() => t.split(x, 2, { axis: 1 }), 'ShapeMismatch: split: 2 parts do not divide 3 of [2,3]; choose a divisor, or slice'],
    [() => t.slice(x, [[0, 5]]), 'IndexOutOfRange: slice: a range runs outside dimension 2 of axis 0; the shape is [2,3]'],
    [() => t.pad(x, [[1, 1]]), 'ShapeMismatch: pad: 1 pairs of widths for [2,3]'],
    [() => t.pad(x, [[2, 0], [0, 0]], { mode: 'reflect' }), "ShapeMismatch: pad: 2 is more than mode 'reflect' finds along axis 0 of [2,3]; at most 1"],
    [() => t.take(x, ct.tensor([0.5])), 'DTypeMismatch: gather: the index must be an integer tensor, not f32'],
    [() => t.gather(x, ct.zeros([3, 1], { dtype: 'i32' })), 'ShapeMismatch: gather [2,3] by [3,1]: 2 and 3 differ off the gathered axis'],
    [() => t.topK(x, 4), 'ShapeMismatch: topK: 4 is more than the 3 of [2,3]; choose a smaller k'],
    [() => t.rearrange(x, 'a b -> b c'), "ShapeMismatch: rearrange: 'a' is not on the right; the pattern is 'a b -> b c' for [2,3]"],
    [() => t.tril(ct.zeros([3])), 'ShapeMismatch: tril: needs rank 2 or more, got [3]; unsqueeze it'],
    [() => t.diag(ct.zeros([1, 1, 1])), 'ShapeMismatch: diag: needs rank 1 or 2, got [1,1,1]'],
    [() => t.oneHot(ct.zeros([2]), 3), 'DTypeMismatch: oneHot: classes must be integers, not f32'],
    [() => t.transpose(ct.zeros([2])), 'ShapeMismatch: transpose: needs rank 2 or more, got [2]'],
    [() => t.unsqueeze(x, { axis: 4 }), 'IndexOutOfRange: unsqueeze: axis 4 is out of range for [2,3]; axes run from -3 to 2'],
  ] as const)('%#', (f, want) => expect(message(f)).toContain(want))
})
