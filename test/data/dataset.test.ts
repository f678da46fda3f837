import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFault } from '../../lib/type/fault.js'
import { bits, faultOf } from '../io/arbitrary.js'
import { hostTensor, label, type HostTensor } from '../../lib/io/host.js'
import {
  concat,
  dataset,
  empty,
  filter,
  fromArray,
  fromArrays,
  fromLists,
  map,
  split,
  subset,
  toArray,
  zip,
  type Dataset,
} from '../../lib/data/dataset.js'
import { stack } from '../../lib/data/stack.js'
import { tensorDataset } from '../../lib/data/tensorDataset.js'

const sets = fc.array(fc.integer(), { maxLength: 12 }).map((items) => fromArray(items))
const functions = fc.func(fc.integer())
const same = <A>(a: Dataset<A>, b: Dataset<A>): void => {
  expect(toArray(a)).toStrictEqual(toArray(b))
}

describe('data sets obey', () => {
  test('functor: identity and composition', () => {
    fc.assert(
      fc.property(sets, functions, functions, (s, f, g) => {
        same(
          map(s, (x) => x),
          s,
        )
        same(
          map(
            map(s, (x) => f(x)),
            (x) => g(x),
          ),
          map(s, (x) => g(f(x))),
        )
      }),
    )
  })
  test('monoid: concat is associative, empty its identity', () => {
    fc.assert(
      fc.property(sets, sets, sets, (a, b, c) => {
        same(concat(concat(a, b), c), concat(a, concat(b, c)))
        same(concat(empty, a), a)
        same(concat(a, empty), a)
      }),
    )
  })
  test('concat is natural in map', () => {
    fc.assert(
      fc.property(sets, sets, functions, (a, b, f) => {
        same(
          map(concat(a, b), (x) => f(x)),
          concat(
            map(a, (x) => f(x)),
            map(b, (x) => f(x)),
          ),
        )
      }),
    )
  })
  test('zip is natural in both sides and associative up to rearranging', () => {
    fc.assert(
      fc.property(sets, functions, functions, (a, f, g) => {
        const b = map(a, (x) => -x)
        same(
          zip(
            map(a, (x) => f(x)),
            map(b, (x) => g(x)),
          ),
          map(zip(a, b), ([x, y]) => [f(x), g(y)] as const),
        )
        same(
          map(zip(zip(a, b), a), ([[x, y], z]) => [x, y, z]),
          map(zip(a, zip(b, a)), ([x, [y, z]]) => [x, y, z]),
        )
      }),
    )
  })
  test('subset: composition, identity, naturality', () => {
    const case_ = sets
      .filter((s) => s.length > 0)
      .chain((s) => fc.tuple(fc.constant(s), fc.array(fc.nat(s.length - 1), { minLength: 1 })))
      .chain(([s, i]) => fc.tuple(fc.constant(s), fc.constant(i), fc.array(fc.nat(i.length - 1))))
    fc.assert(
      fc.property(case_, functions, ([s, i, j], f) => {
        same(
          subset(subset(s, i), j),
          subset(
            s,
            j.map((at) => i[at] as number),
          ),
        )
        same(
          subset(
            s,
            toArray(s).map((_, at) => at),
          ),
          s,
        )
        same(
          map(subset(s, i), (x) => f(x)),
          subset(
            map(s, (x) => f(x)),
            i,
          ),
        )
      }),
    )
  })
  test('filter: both halves together are the set; filters compose', () => {
    fc.assert(
      fc.property(sets, fc.func(fc.boolean()), fc.func(fc.boolean()), (s, p, q) => {
        same(
          filter(
            filter(s, (x) => p(x)),
            (x) => q(x),
          ),
          filter(s, (x) => p(x) && q(x)),
        )
        expect(filter(s, (x) => p(x)).length + filter(s, (x) => !p(x)).length).toBe(s.length)
      }),
    )
  })
  test('split is a partition, the same one for the same seed, by sizes and by fractions', () => {
    const seeds = fc.option(fc.nat(), { nil: undefined })
    fc.assert(
      fc.property(fc.nat(60), fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }), seeds, (n, weights, seed) => {
        const settings = seed === undefined ? {} : { seed }
        const whole = dataset(n, (i) => i)
        const total = weights.reduce((a, b) => a + b, 0)
        const parts = total === 0 ? [1] : weights.map((w) => w / total)
        const found = split(whole, parts, settings)
        expect(found.flatMap((part) => toArray(part)).sort((a, b) => a - b)).toEqual(toArray(whole))
        found.forEach((part, i) => expect(Math.abs(part.length - (parts[i] as number) * n)).toBeLessThanOrEqual(1))
        expect(
          split(
            whole,
            found.map((part) => part.length),
            settings,
          ).map((part) => toArray(part)),
        ).toEqual(found.map((part) => toArray(part)))
      }),
    )
  })
})

describe('what goes wrong is a sentence', () => {
  test.each([
    ['outside', () => fromArray([1, 2]).at(2), /no item 2: its 2 items are numbered from 0/],
    ['fraction', () => fromArray([1, 2]).at(0.5), /no item 0\.5/],
    ['zip', () => zip(fromArray([1]), fromArray([1, 2])), /the first set has 1 items and the second set 2/],
    ['fromLists', () => fromLists([1], []), /the first list has 1 items and the second list 0/],
    ['fromArrays', () => fromArrays({ x: [1], y: [1, 2] }), /column x has 1 items and column y 2/],
    ['subset', () => subset(fromArray([1]), [1]), /no item 1/],
    [
      'split',
      () => split(fromArray([1, 2, 3]), [1, 1]),
      /neither sizes that add up to 3 nor fractions that add up to 1/,
    ],
    ['split below zero', () => split(fromArray([1, 2, 3]), [-1, 2]), /neither/],
    ['seed', () => split(fromArray([1]), [1], { seed: -1 }), /not a whole number from 0/],
    ['tensorDataset', () => tensorDataset(label(1)), /\[\] do not share a first dim/],
    ['length', () => dataset(-1, () => 0), /-1 is no length/],
    ['empty', () => (empty as Dataset<number>).at(0), /no item 0/],
  ])('%s', (_, effect, sentence) => {
    expect(faultOf(effect)).toMatch(sentence)
  })
})

test('your own data from lists and columns', () => {
  expect(toArray(fromLists([1, 2], ['a', 'b']))).toEqual([
    [1, 'a'],
    [2, 'b'],
  ])
  expect(toArray(fromLists([1, 2], [3, 4], (x, y, i) => x + y + i))).toEqual([4, 7])
  expect(toArray(fromArrays({ x: Float32Array.of(1, 2), name: ['a', 'b'] }))).toEqual([
    { x: 1, name: 'a' },
    { x: 2, name: 'b' },
  ])
})

describe('stack', () => {
  const u8 = (...shape: number[]): HostTensor =>
    hostTensor('u8', shape, new Uint8Array(shape.reduce((a, b) => a * b, 1)))
  test('of the rows of tensors gives the tensors back, bit for bit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.nat(3), { maxLength: 2 }),
        fc.infiniteStream(fc.double()),
        (n, rest, values) => {
          const size = rest.reduce((a, b) => a * b, n)
          const x = hostTensor(
            'f64',
            [n, ...rest],
            Float64Array.from({ length: size }, () => values.next().value as number),
          )
          const y = hostTensor(
            'i32',
            [n],
            Int32Array.from({ length: n }, (_, i) => i),
          )
          const [xs, ys] = stack(toArray(tensorDataset(x, y)))
          expect(bits({ xs, ys })).toEqual(bits({ xs: x, ys: y }))
        },
      ),
    )
  })
  test('of records, tuples, numbers, booleans, bigints, typed arrays and labels', () => {
    const batch = stack([
      { a: 1.5, b: [true, 2n], c: Float32Array.of(1, 2), d: label(3) },
      { a: 2.5, b: [false, 3n], c: Float32Array.of(3, 4), d: label(4) },
    ])
    expect(batch).toEqual({
      a: { dtype: 'f32', shape: [2], data: Float32Array.of(1.5, 2.5) },
      b: [
        { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
        { dtype: 'i64', shape: [2], data: BigInt64Array.of(2n, 3n) },
      ],
      c: { dtype: 'f32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
      d: { dtype: 'i32', shape: [2], data: Int32Array.of(3, 4) },
    })
  })
  test.each([
    [
      'shape',
      [{ image: u8(28, 28) }, { image: u8(27, 28) }],
      /item 11 at image is u8 \[27, 28\] where a batch needs u8 \[28, 28\], as item 10/,
    ],
    ['dtype', [[u8(1)], [label(1)]], /item 11 at 0 is i32 \[\] where/],
    ['kind', [1, 'x'], /item 11 is a string where a batch needs a number, as item 10/],
    ['keys', [{ x: 1 }, { y: 1 }], /item 11 is a record of \{y\} where a batch needs a record of \{x\}/],
    ['length', [[1, 2], [1]], /item 11 is a tuple of 1 where a batch needs a tuple of 2/],
    ['nothing', [undefined], /item 10 is nothing where a batch needs host tensors/],
    ['none', [], /there are no items/],
  ])('refuses unlike items by %s', (_, items, sentence) => {
    expect(faultOf(() => stack<unknown>(items, [10, 11]))).toMatch(sentence)
  })
  test('never throws but a Fault', () => {
    fc.assert(
      fc.property(fc.array(fc.anything(), { maxLength: 4 }), (items) => {
        try {
          stack<unknown>(items)
        } catch (e) {
          expect(isFault(e)).toBe(true)
        }
      }),
    )
  })
})
