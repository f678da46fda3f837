/** Literals, typed arrays, filled tensors and ranges: what is made of host values, and what ragged ones are told. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Node } from '../../lib/ir/node.js'
import * as ct from '../../lib/tensor/index.js'
import type { AnyArray, DType, Nested } from '../../lib/type/index.js'
import { arrayOf, dtypeInfo, dtypes, isBig, isComplex } from '../../lib/type/index.js'
import { fromBits, roundHalf, toBits } from '../../lib/type/half.js'
import { flat, host, value } from './value.js'

const tensor = ct.tensor as unknown as (x: Nested | AnyArray, s?: { shape?: number[]; dtype?: DType; move?: boolean }) => { shape: number[]; dtype: DType }
const message = (f: () => unknown): string => {
  try {
    f()
  } catch (e) {
    return `${(e as { _tag: string })._tag}: ${(e as Error).message}`
  }
  return 'nothing was thrown'
}
const nested = (shape: readonly number[], next: () => number): Nested =>
  shape.length === 0 ? next() : Array.from({ length: shape[0] as number }, () => nested(shape.slice(1), next))

describe('nested literals', () => {
  test('keep their shape and order', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 }), (shape) => {
      let i = 0
      const x = tensor(nested(shape, () => i++))
      expect(x.shape).toEqual(shape)
      expect(flat(x)).toEqual(Array.from({ length: i }, (_, k) => k))
    }))
  })
  test('have the dtype of their entries', () => {
    expect([tensor(1), tensor([1, 2]), tensor([true]), tensor([1n]), tensor([]), tensor([[], []])].map((x) => [x.dtype, x.shape])).toEqual([
      ['f32', []], ['f32', [2]], ['bool', [1]], ['i64', [1]], ['f32', [0]], ['f32', [2, 0]],
    ])
    for (const dtype of dtypes) expect(host(tensor([0, 1], { dtype })).data).toEqual(isComplex(dtype) ? arrayOf(dtype, 2).map((_, i) => (i === 2 ? 1 : 0) as never) : arrayOf(dtype, 2).map((_, i) => (isBig(dtype) ? BigInt(i) : i) as never))
  })
  test('that are ragged are told where', () => {
    expect(message(() => tensor([[1, 2], [3]]))).toBe('RaggedArray: tensor: at [1] the length is 1, elsewhere 2; all rows of one level must have the same length')
    expect(message(() => tensor([[[1], [2]], [[3], 4]]))).toContain('RaggedArray: tensor: at [1][1] stands a number beside arrays')
    expect(message(() => tensor([1, [2]] as Nested))).toContain('at [1] stands an array beside numbers')
    expect(message(() => tensor([[], [1]]))).toContain('at [1] the length is 1, elsewhere 0')
    expect(message(() => tensor(['a'] as never))).toBe('InvalidArgument: tensor: at [0] stands string, not a number, bigint, boolean or { re, im }')
  })
  test('outside the dtype are refused', () => {
    expect(message(() => tensor([1.5], { dtype: 'i32' }))).toBe('DTypeMismatch: tensor: 1.5 is not a number that i32 holds; round it, or use a float dtype')
    expect(message(() => tensor([300], { dtype: 'u8' }))).toContain('it runs from 0 to 255')
    expect(message(() => tensor([NaN], { dtype: 'i32' }))).toContain('NaN is not a number that i32 holds')
    expect(flat(tensor([2n ** 63n - 1n, -(2n ** 63n)]))).toEqual([2n ** 63n - 1n, -(2n ** 63n)])
  })
})

describe('typed arrays', () => {
  test('are copied', () => {
    const data = Float32Array.of(1, 2)
    const x = tensor(data)
    data[0] = 9
    expect(flat(x)).toEqual([1, 2])
    const bytes = Buffer.from([1, 2, 3])
    const y = tensor(bytes)
    bytes[0] = 9
    expect(host(y)).toEqual({ dtype: 'u8', shape: [3], data: Uint8Array.of(1, 2, 3) })
  })
  test('are detached when moved', () => {
    const data = Float32Array.of(1, 2, 3, 4)
    const x = tensor(data, { move: true, shape: [2, 2] })
    expect(data.length).toBe(0)
    expect(value(x)).toEqual([[1, 2], [3, 4]])
    expect(flat(tensor(new Float32Array(Float32Array.of(1, 2, 3).buffer, 4), { move: true }))).toEqual([2, 3])
    expect(message(() => tensor(new Uint8Array(new SharedArrayBuffer(4)), { move: true }))).toContain('InvalidArgument: tensor: this memory cannot be moved')
  })
  test('take a shape and another dtype', () => {
    expect(value(tensor(Int32Array.of(1, 2, 3, 4), { shape: [2, 2], dtype: 'f32' }))).toEqual([[1, 2], [3, 4]])
    expect(flat(tensor(Float32Array.of(-1.5, 300, NaN), { dtype: 'u8' }))).toEqual([0, 255, 0])
    expect(message(() => tensor(Float32Array.of(1, 2, 3), { shape: [2, 2] }))).toBe('ShapeMismatch: tensor: 3 values do not fill the shape [2,2], which holds 4')
    expect(message(() => tensor(new DataView(new ArrayBuffer(2)) as never))).toContain('no dtype is held by a DataView')
  })
  test('fromHost does not copy', () => {
    const data = Float32Array.of(1, 2)
    expect((ct.fromHost({ data, shape: [2], dtype: 'f32' }) as unknown as Node).host).toBe(data)
    expect(message(() => ct.fromHost({ data, shape: [3], dtype: 'f32' }))).toContain('2 values do not fill the shape [3]')
    expect(message(() => ct.fromHost({ data, shape: [2], dtype: 'f64' }))).toContain('a Float32Array does not hold f64')
  })
})

describe('filled tensors and ranges', () => {
  test('full takes any value its dtype holds', () => {
    expect([ct.full([2], 1), ct.full([2], 1n), ct.full([2], true)].map((x) => x.dtype)).toEqual(['f32', 'i64', 'bool'])
    expect(message(() => ct.full([2], 300, { dtype: 'u8' }))).toContain('DTypeMismatch: full')
    expect(message(() => ct.zeros([-1] as number[]))).toBe('InvalidArgument: zeros: a size must be a whole number and not negative, got -1')
  })
  test('arange counts as a loop does', () => {
    fc.assert(fc.property(fc.integer({ min: -6, max: 6 }), fc.integer({ min: -6, max: 6 }), fc.constantFrom(1, 2, 3, -1, -2), (start, end, step) => {
      const want: number[] = []
      for (let i = start; step > 0 ? i < end : i > end; i += step) want.push(i)
      expect(flat(ct.arange(end, { start, step }))).toEqual(want)
      expect(flat(ct.arange(end, { start, step, dtype: 'f32' })).map(Number)).toEqual(want.map(Number))
    }))
    expect(message(() => ct.arange(3, { step: 0 }))).toContain('has no end')
    expect(message(() => ct.arange(3, { start: 0.5 }))).toContain('0.5 is not a number that i32 holds')
  })
  test('linspace ends exactly', () => {
    for (const n of [2, 3, 7, 10, 49]) expect([flat(ct.linspace(0.1, 0.7, n, { dtype: 'f64' })).at(-1), flat(ct.linspace(0, 1, n)).at(-1)]).toEqual([0.7, 1])
  })
  test('oneHot of bytes reaches past 255', () => expect(host(ct.oneHot(ct.tensor([255], { dtype: 'u8' }), 300)).data[255]).toBe(1))
  test('every half is its sixteen bits, and the nearest number to itself', () => {
    const words = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i)
    for (const d of ['f16', 'bf16'] as const) {
      const numbers = fromBits(words, d)
      expect(toBits(numbers, d)).toEqual(words)
      expect(numbers.every((x) => Object.is(roundHalf(x, d), x))).toBe(true)
      // between two neighbours: the nearer one, in the middle the one whose last bit is 0
      fc.assert(fc.property(fc.nat(d === 'f16' ? 0x7bfe : 0x7f7e), fc.boolean(), (i, minus) => {
        const [low, high] = [numbers[i] as number, numbers[i + 1] as number]
        const [middle, step] = [(low + high) / 2, (high - low) / 8]
        const sign = minus ? -1 : 1
        expect([middle - step, middle, middle + step].map((x) => roundHalf(sign * x, d))).toEqual([low, i % 2 === 0 ? low : high, high].map((x) => sign * x))
      }))
    }
  })
  test('every dtype has its range', () => expect(dtypes.every((d) => dtypeInfo[d].min < dtypeInfo[d].max)).toBe(true))
})
test('assertShape gives the tensor back, or says what it is', () => {
  const x = ct.zeros([2, 3])
  expect(ct.assertShape(x, [2, 3])).toBe(x)
  expect(message(() => ct.assertShape(x, [3, 2]))).toBe('ShapeMismatch: assertShape: the tensor is [2,3], not [3,2]')
})
