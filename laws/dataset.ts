/**
 * Laws for a data set: `at` is pure and refuses what lies outside, and `map` over it is a functor.
 *
 *   datasetIsLawful(fromArray([1, 2, 3]))
 */
import { map } from '../lib/data/dataset.js'
import type { Dataset } from '../lib/data/dataset.js'
import { both, every } from './close.js'
import type { Verdict } from './close.js'
import { refute } from './hold.js'
import { effortOf } from './rule.js'
import type { Trial } from './rule.js'
import { sameValue, valueText } from './value.js'

export type DatasetLike<A> = Dataset<A>
const refuses = (f: () => unknown): boolean => {
  try {
    f()
    return false
  } catch {
    return true
  }
}
const equal = (x: unknown, y: unknown, what: string): Verdict => (sameValue(x, y) ? true : `${what}: ${valueText(x)} and ${valueText(y)}`)

/** at(i) = at(i) */
export const readsArePure = <A>(set: DatasetLike<A>) => (i: number): Verdict => equal(set.at(i), set.at(i), `item ${i} read twice`)
/** map(x => x) = id, map(g ∘ f) = map(g) ∘ map(f) */
export const mapIsFunctor = <A>(set: DatasetLike<A>) => (i: number): Verdict => {
  const [f, g] = [(item: A): unknown => [item], (item: unknown): unknown => ({ item })]
  return both(equal(map(set, (x) => x).at(i), set.at(i), `map of the identity at ${i}`), () => equal(map(set, (x) => g(f(x))).at(i), map(map(set, f), g).at(i), `map of a composition at ${i}`))
}
/** at throws outside 0..length-1. */
export const bordersAreKept = <A>(set: DatasetLike<A>): Verdict =>
  every([-1, set.length, set.length + 1, 0.5], (i) => (refuses(() => set.at(i)) ? true : `at(${i}) of a set of ${set.length} gives an item instead of refusing`))

/**
 * All laws of data sets; true, or a sentence. Promised items are compared by being promises only.
 * @law at(i) = at(i); map(id) = id; map(g ∘ f) = map(g) ∘ map(f); at refuses what lies outside
 * @example datasetIsLawful(fromArray([1, 2, 3])) // true
 */
export const datasetIsLawful = <A>(set: DatasetLike<A>, t: Trial = {}): Verdict => {
  if (!Number.isSafeInteger(set.length) || set.length < 0) return `the length is ${set.length}`
  const of = (name: string, law: (i: number) => Verdict): Verdict => {
    const v = set.length === 0 ? true : refute((draw) => draw(set.length), law, effortOf(t), (i) => `item ${i}`)
    return v === true ? true : `${name} is refuted: ${v}`
  }
  return both(both(bordersAreKept(set), () => of('readsArePure', readsArePure(set))), () => of('mapIsFunctor', mapIsFunctor(set)))
}
