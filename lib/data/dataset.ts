/**
 * A data set is a length and a pure function from positions to items; nothing is read until asked for, nothing is
 * kept. Laws (finite sets, compared item by item): `map` is a functor, `concat` a monoid with `empty`, `zip` and
 * `map` are natural, `subset` composes as its index lists do, `split` is a partition. An item may be a promise,
 * and then the set reads asynchronously; no second kind of data set is needed for that. Iterators were rejected:
 * they cannot be shuffled, split or resumed.
 */
import { fail } from '../type/fault.js'
import { permutation, seedKey } from './sampler.js'

/** `length` items, `at(i)` for each position; `at` must be pure. */
export interface Dataset<out A> {
  readonly length: number
  readonly at: (i: number) => A
}

/**
 * A data set from a length and a function; `at` throws IndexOutOfRange outside the length.
 * @example dataset(3, (i) => i * i).at(2) // 4
 */
export const dataset = <A>(length: number, at: (i: number) => A): Dataset<A> => {
  if (!Number.isSafeInteger(length) || length < 0)
    fail('InvalidArgument', `dataset: ${length} is no length: pass a whole number >= 0.`)
  return Object.freeze({ length, at: (i: number) => at(inRange(i, length)) })
}

/**
 * The data set without items: the identity of `concat`.
 * @example empty.length // 0
 */
export const empty: Dataset<never> = dataset(0, (i) => fail('IndexOutOfRange', `The empty data set has no item ${i}.`))

/**
 * The items of an array.
 * @example fromArray(['a', 'b']).at(1) // 'b'
 */
export const fromArray = <A>(items: ArrayLike<A>): Dataset<A> => dataset(items.length, (i) => items[i] as A)

/**
 * Records from named columns of equal length; throws InvalidArgument when the lengths differ.
 * @example fromArrays({ x: [1, 2], y: ['a', 'b'] }).at(1) // { x: 2, y: 'b' }
 */
export const fromArrays = <T extends object>(columns: { readonly [K in keyof T]: ArrayLike<T[K]> }): Dataset<T> => {
  const named = Object.entries<ArrayLike<unknown>>(columns)
  const length = sameLength(
    'fromArrays',
    named.map(([name, column]) => [`column ${name}`, column.length]),
  )
  return dataset(length, (i) => Object.fromEntries(named.map(([name, column]) => [name, column[i]])) as T)
}

/**
 * Your own data from two lists, and from a transform of each pair if given; throws InvalidArgument when lengths
 * differ.
 * @example fromLists([1, 2], [3, 4], (x, y) => ({ x, y })).at(0) // { x: 1, y: 3 }
 */
export const fromLists: {
  <X, Y>(xs: ArrayLike<X>, ys: ArrayLike<Y>): Dataset<readonly [X, Y]>
  <X, Y, A>(xs: ArrayLike<X>, ys: ArrayLike<Y>, transform: (x: X, y: Y, i: number) => A): Dataset<A>
} = <X, Y>(xs: ArrayLike<X>, ys: ArrayLike<Y>, transform: (x: X, y: Y, i: number) => unknown = (x, y) => [x, y]) =>
  dataset<never>(
    sameLength('fromLists', [
      ['the first list', xs.length],
      ['the second list', ys.length],
    ]),
    (i) => transform(xs[i] as X, ys[i] as Y, i) as never,
  )

/**
 * The set of `f(item)`; f runs each time an item is asked for.
 * @example map(fromArray([1, 2]), (x) => x * 10).at(1) // 20
 */
export const map = <A, B>(set: Dataset<A>, f: (item: A, i: number) => B): Dataset<B> =>
  dataset(set.length, (i) => f(set.at(i), i))

/**
 * The items for which `keep` holds, in order; every item is asked for once, here, to know the length.
 * @example filter(fromArray([1, 2, 3]), (x) => x > 1).length // 2
 */
export const filter = <A>(set: Dataset<A>, keep: (item: A, i: number) => boolean): Dataset<A> =>
  subset(
    set,
    positions(set.length).filter((i) => keep(set.at(i), i)),
  )

/**
 * Pairs of items at equal positions; throws InvalidArgument when the lengths differ.
 * @example zip(fromArray([1, 2]), fromArray(['a', 'b'])).at(0) // [1, 'a']
 */
export const zip = <A, B>(a: Dataset<A>, b: Dataset<B>): Dataset<readonly [A, B]> =>
  dataset(
    sameLength('zip', [
      ['the first set', a.length],
      ['the second set', b.length],
    ]),
    (i) => [a.at(i), b.at(i)],
  )

/**
 * The items of one set after those of another.
 * @example concat(fromArray([1]), fromArray([2])).at(1) // 2
 */
export const concat = <A, B>(a: Dataset<A>, b: Dataset<B>): Dataset<A | B> =>
  dataset(a.length + b.length, (i) => (i < a.length ? a.at(i) : b.at(i - a.length)))

/**
 * The items at the given positions, in that order; throws IndexOutOfRange for a position outside the set.
 * @example subset(fromArray(['a', 'b', 'c']), [2, 0]).at(0) // 'c'
 */
export const subset = <A>(set: Dataset<A>, at: ArrayLike<number>): Dataset<A> => {
  const chosen = Array.from(at, (i) => inRange(i, set.length))
  return dataset(chosen.length, (i) => set.at(chosen[i] as number))
}

/**
 * Parts of the given sizes (adding up to the length) or fractions (adding up to 1), in random order if a seed is
 * given; throws InvalidArgument when they add up to neither.
 * @example const [train, valid] = split(fromArray([1, 2, 3, 4]), [0.75, 0.25], { seed: 0 })
 */
export const split = <A, const P extends readonly number[]>(
  set: Dataset<A>,
  parts: P,
  settings: { readonly seed?: number } = {},
): { readonly [K in keyof P]: Dataset<A> } => {
  const order = settings.seed === undefined ? positions(set.length) : permutation(seedKey(settings.seed), set.length)
  const sizes = sizesOf(parts, set.length)
  const starts = sizes.map((_, part) => sum(sizes.slice(0, part)))
  return starts.map((start, part) => subset(set, order.slice(start, start + (sizes[part] ?? 0)))) as never
}

/**
 * All items as an array.
 * @example toArray(fromArray([1, 2])) // [1, 2]
 */
export const toArray = <A>(set: Dataset<A>): readonly A[] => positions(set.length).map((i) => set.at(i))

const positions = (length: number): readonly number[] => Array.from({ length }, (_, i) => i)

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)

const inRange = (i: number, length: number): number =>
  Number.isInteger(i) && i >= 0 && i < length
    ? i
    : fail('IndexOutOfRange', `The data set has no item ${i}: its ${length} items are numbered from 0.`)

const sameLength = (op: string, lengths: readonly (readonly [string, number])[]): number => {
  const [name, length] = lengths[0] ?? ['', 0]
  const odd = lengths.find(([, other]) => other !== length)
  return odd === undefined
    ? length
    : fail(
        'InvalidArgument',
        `${op}: ${name} has ${length} items and ${odd[0]} ${odd[1]}: make them equally long, for instance with subset.`,
      )
}

/**
 * Fractions are cut at rounded running totals, so each part is within one item of its fraction and all items are
 * used.
 */
const sizesOf = (parts: readonly number[], length: number): readonly number[] => {
  if (parts.every((p) => Number.isInteger(p) && p >= 0) && sum(parts) === length) return parts
  if (!parts.every((p) => p >= 0) || Math.abs(sum(parts) - 1) > 1e-9)
    fail(
      'InvalidArgument',
      `split: [${parts.join(', ')}] are neither sizes that add up to ${length} nor fractions that add up to 1: change one of them.`,
    )
  const ends = parts.map((_, i) => Math.round(sum(parts.slice(0, i + 1)) * length))
  return ends.map((end, i) => end - (ends[i - 1] ?? 0))
}
