/** Promotion, broadcasting, weak numbers: laws against the table and naive loops, and what wrong arguments are told. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Node } from '../../lib/ir/node.js'
import * as ct from '../../lib/tensor/index.js'
import type { AnyTensor, Device, DType, Shape, Tensor } from '../../lib/type/index.js'
import { broadcast, dtypes, isComplex, isInexact, promote } from '../../lib/type/index.js'
import { flat, host, value } from './value.js'

type Any = Tensor<Shape, DType, Device>
const add = ct.add as (x: unknown, y: unknown) => Any
const of = (shape: readonly number[], dtype: DType = 'f32'): Any =>
  ct.cast(ct.reshape(ct.arange(shape.reduce((a, b) => a * b, 1)), [...shape] as number[]), dtype) as Any
const fault = (f: () => unknown): string => {
  try {
    f()
  } catch (e) {
    return `${(e as { _tag: string })._tag}: ${(e as Error).message}`
  }
  return 'nothing was thrown'
}
const dim = fc.constantFrom(0, 1, 2, 3)
const shape = fc.array(dim, { maxLength: 3 })
/** Two shapes that broadcast. */
const fitting = fc.tuple(shape, fc.nat(3), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }))
  .map(([s, from, ones]): [number[], number[]] => [s, s.slice(Math.min(from, s.length)).map((d, i) => (ones[i] === true ? 1 : d))])

describe('broadcasting', () => {
  test('is what nested loops give', () => {
    fc.assert(fc.property(fitting, fc.boolean(), ([p, q], flipped) => {
      const [a, b] = flipped ? [q, p] : [p, q]
      const out = broadcast(a, b) as number[]
      const strides = (s: readonly number[]): number[] => s.map((d, i) => (d === 1 ? 0 : s.slice(i + 1).reduce((x, y) => x * y, 1)))
      const at = (s: readonly number[], index: readonly number[]): number =>
        strides(s).reduce((sum, k, i) => sum + k * (index[i + index.length - s.length] as number), 0)
      const n = out.reduce((x, y) => x * y, 1)
      const want = Array.from({ length: n }, (_, flatIndex) => {
        const index = out.map((d, i) => Math.floor(flatIndex / out.slice(i + 1).reduce((x, y) => x * y, 1)) % d)
        return at(a, index) + at(b, index)
      })
      const y = add(of(a), of(b))
      expect(y.shape).toEqual(out)
      expect(flat(y)).toEqual(want)
    }), { numRuns: 200 })
  })
  test('names both shapes when they clash', () => {
    expect(fault(() => add(of([2, 3]), of([4])))).toBe(
      'ShapeMismatch: add: cannot broadcast [2,3] with [4]: 3 and 4 differ; axes are lined up from the end and must be equal or 1; reshape or unsqueeze one of them')
  })
})

describe('promotion', () => {
  test('follows the table for every pair, in both orders', () => {
    for (const a of dtypes) for (const b of dtypes) {
      if (a === 'u64' ? /^i/.test(b) : b === 'u64' && /^i/.test(a)) {
        expect(fault(() => add(of([2], a), of([2], b)))).toMatch(/^DTypeMismatch: add: [iu]\d+ and [iu]\d+ have no common dtype: cast one of them$/)
        continue
      }
      expect(add(of([2], a), of([2], b)).dtype).toBe(promote(a, b))
      expect(add(of([2], b), of([2], a)).dtype).toBe(promote(a, b))
    }
  })
  test('division is in floats, comparison in bool', () => {
    for (const d of dtypes) {
      expect((ct.div(of([2], d), of([2], d)) as AnyTensor).dtype).toBe(isInexact(d) ? d : 'f32')
      if (!isComplex(d)) expect((ct.lt(of([2], d), of([2], d)) as AnyTensor).dtype).toBe('bool')
      else expect(fault(() => ct.lt(of([2], d), of([2], d)))).toMatch(/^DTypeMismatch: lt takes .*not c/)
    }
  })
  test('of bools: or, and', () => {
    const [x, y] = [ct.tensor([true, true, false, false]), ct.tensor([true, false, true, false])]
    expect(value(ct.add(x, y))).toEqual([true, true, true, false])
    expect(value(ct.mul(x, y))).toEqual([true, false, false, false])
    expect(fault(() => ct.sub(x, y))).toMatch(/^DTypeMismatch: sub takes .*not bool/)
  })
})

describe('numbers', () => {
  test('are slots of the dtype of their company', () => {
    for (const d of dtypes) {
      const y = add(of([2], d), 1) as unknown as Node
      expect(y.dtype).toBe(d)
      const below = (n: Node): Node[] => [n, ...n.args.flatMap(below)]
      expect(below(y).some((a) => a.op === 'slot')).toBe(true)
    }
  })
  test('a non-integer among integers is refused where the result would be one, and is itself where it is not', () => {
    for (const d of ['u8', 'i32', 'i64', 'bool'] as const) {
      expect(fault(() => add(of([2], d), 0.5))).toBe(`DTypeMismatch: add: 0.5 is not a number that ${d} holds; round it, or use a float dtype`)
      expect(fault(() => ct.where(ct.tensor([true, false]), of([2], d), 0.5))).toContain('where: 0.5 is not')
      expect(flat(ct.div(of([2], d), 0.5))).toEqual([0, 2])
      expect(value(ct.gt(of([2], d), 0.5))).toEqual([false, true])
    }
  })
  test('outside their dtype are refused', () => {
    expect(fault(() => add(of([2], 'u8'), 256))).toBe('DTypeMismatch: add: 256 is not a number that u8 holds; it runs from 0 to 255')
    expect(fault(() => add(of([2], 'u8'), -1))).toContain('it runs from 0 to 255')
    expect(fault(() => add(of([2]), 1e39))).toContain('f32 holds; use f64')
    expect(fault(() => add(of([2], 'i64'), 2n ** 63n))).toContain('it needs more than 64 bits')
    expect(fault(() => add(of([2], 'bool'), 2))).toContain('it runs from 0 to 1')
    expect(flat(add(of([2]), Infinity))).toEqual([Infinity, Infinity])
  })
  test('bigints go with i64', () => expect(flat(add(of([2], 'i64'), 2n ** 62n))).toEqual([2n ** 62n, 2n ** 62n + 1n]))
  test('two of them make no tensor', () => {
    expect(fault(() => add(1, 2))).toBe('InvalidArgument: add: plain numbers make no tensor: wrap one with tensor()')
    expect(value(ct.where(ct.tensor([true, false]), 1, 0))).toEqual([1, 0])
  })
  test('other things are named', () => {
    expect(fault(() => add([1, 2], of([2])))).toBe('InvalidArgument: add takes tensors, not an array: wrap it with tensor()')
    expect(fault(() => add(of([2]), undefined))).toContain('not undefined')
    expect(fault(() => add(of([2]), null))).toContain('not null')
  })
})

describe('powers', () => {
  test('by small whole numbers build no pow', () => {
    const x = ct.tensor([-2, 3])
    for (const n of [-4, -3, -2, -1, 0, 1, 2, 3, 4]) expect(flat(ct.power(x, n))).toEqual([-2, 3].map((v) => Math.fround(1 / (1 / v ** n))))
    expect((ct.power(x, 2) as unknown as Node).op).toBe('mul')
    expect((ct.power(x, 0.5) as unknown as Node).op).toBe('sqrt')
    expect((ct.power(x, 5) as unknown as Node).op).toBe('pow')
  })
  test('of integers stay integers and wrap', () => {
    expect(host(ct.power(ct.tensor([2, -3], { dtype: 'i32' }), 5)).data).toEqual(Int32Array.of(32, -243))
    expect(flat(ct.power(ct.tensor([2, 3, 0], { dtype: 'i32' }), ct.tensor([31, 0, 0], { dtype: 'i32' })))).toEqual([-(2 ** 31), 1, 1])
    expect(flat((ct.power as (x: unknown, y: unknown) => Any)(2n, ct.tensor([10n])))).toEqual([1024n])
    expect(fault(() => ct.power(ct.tensor([2], { dtype: 'i32' }), -1))).toContain('cast the base to f32')
  })
})

test('hypot neither overflows nor underflows', () => {
  expect(flat(ct.hypot(ct.tensor([3e38, 1e-40]), ct.tensor([1e38, 1e-40]))).map((v) => Number(v) > 0 && Number.isFinite(v))).toEqual([true, true])
})
test('axes that are not there are named with their range', () => {
  const x = of([2, 3])
  const far = 2 as number
  expect(fault(() => ct.sum(x, { axes: [far] }))).toBe('IndexOutOfRange: sum: axis 2 is out of range for [2,3]; axes run from -2 to 1')
  expect(fault(() => ct.softmax(ct.tensor(1) as Any as Tensor<Shape, 'f32', Device>))).toContain('a scalar has no axes')
  expect(fault(() => ct.sum(x, { axes: [0, 0] as number[] }))).toContain('named twice')
  expect(fault(() => ct.max(ct.zeros([0, 2]), { axes: 0 }))).toBe('InvalidArgument: max: an axis of size 0 in [0,2] has no element to choose')
})

describe('settings of reductions that only JavaScript can get wrong', () => {
  const x = of([2, 3])
  const { sum, std, nansum, argmax } = ct as unknown as Readonly<Record<'sum' | 'std' | 'nansum' | 'argmax', (x: unknown, s?: unknown) => Any>>
  test.each([
    [() => sum(x, 1), 'InvalidArgument: sum: how to reduce is said by { axes, keepdims }, not by 1: write { axes: 1 }'],
    [() => std(x, [0, 1]), 'InvalidArgument: std: how to reduce is said by { axes, keepdims }, not by [0,1]: write { axes: [0,1] }'],
    [() => sum(x, null), 'InvalidArgument: sum: how to reduce is said by { axes, keepdims }, not by null: write { axes: null }'],
    [() => sum(x, x), 'InvalidArgument: sum: how to reduce is said by { axes, keepdims }, not by a tensor'],
    [() => sum(x, 1n), 'InvalidArgument: sum: how to reduce is said by { axes, keepdims }, not by a bigint'],
    [() => nansum(x, { axis: -1 }), 'InvalidArgument: nansum takes axes, not axis: write { axes: -1 }'],
    [() => argmax(x, 1), 'InvalidArgument: argmax: how to reduce is said by { axis, keepdims }, not by 1: write { axis: 1 }'],
    [() => argmax(x, { axes: 0 }), 'InvalidArgument: argmax takes axis, not axes: write { axis: 0 }'],
  ])('%# is refused', (f, sentence) => expect(fault(f)).toBe(sentence))
  test('undefined is what is left out', () => {
    expect(flat(sum(x, undefined))).toEqual([15])
    expect(flat(sum(x, { axes: undefined, keepdims: undefined }))).toEqual([15])
    expect(flat(argmax(x, { axis: 1, keepdims: true }))).toEqual([2, 2])
  })
})
