/** What gathers and what is gathered: metrics, data sets, and draws that thread a key. */
import type { filterable, foldable, functor, functorWithIndex, monoid, profunctor, state } from 'fp-ts'
import { either as E, option as O, separated as S } from 'fp-ts'
import { concat, dataset, empty, filter, map, toArray } from '../data/index.js'
import type { Dataset } from '../data/index.js'
import type { Metric } from '../metric/index.js'
import { random } from '../tensor/index.js'
import type { Key } from '../type/signature.js'

// ---- metrics ------------------------------------------------------------------------------------------------------
export const metricURI = 'cotangent/Metric'
export type metricURI = typeof metricURI
/** A metric of one argument: batches In, gathered in M, say Out. */
export interface Gathering<M, In, Out> extends Metric<readonly [In], M, Out> {}
declare module 'fp-ts/HKT' {
  interface URItoKind3<R, E, A> { readonly 'cotangent/Metric': Gathering<R, E, A> }
  interface URItoKind<A> { readonly 'cotangent/Dataset': Dataset<A> }
}
/**
 * How a metric puts together what it gathered: the merge of workers and of batches.
 * @law a monoid; exactly, for all that counts
 * @example deepClose(await item(metricMonoid(metric.accuracy).concat(metric.accuracy.empty, metric.accuracy.empty).total), 0)
 */
export const metricMonoid = <In extends readonly unknown[], M, Out>(m: Metric<In, M, Out>): monoid.Monoid<M> => ({ concat: m.concat, empty: m.empty })
export const metricProfunctor: profunctor.Profunctor3<metricURI> = {
  URI: metricURI,
  map: (m, f) => ({ ...m, value: (x) => f(m.value(x)) }),
  promap: (m, f, g) => ({ ...m, of: (batch) => m.of(f(batch)), value: (x) => g(m.value(x)) }),
}

// ---- data sets ----------------------------------------------------------------------------------------------------
export const datasetURI = 'cotangent/Dataset'
export type datasetURI = typeof datasetURI
/**
 * One set after the other.
 * @law a monoid with the empty set, item by item
 * @example datasetMonoid<number>().concat(fromArray([1]), fromArray([2])).at(1) // 2
 */
export const datasetMonoid = <A>(): monoid.Monoid<Dataset<A>> => ({ concat, empty })
export const datasetFunctor: functor.Functor1<datasetURI> = { URI: datasetURI, map: (set, f) => map(set, (a) => f(a)) }
export const datasetFunctorWithIndex: functorWithIndex.FunctorWithIndex1<datasetURI, number> = { ...datasetFunctor, mapWithIndex: (set, f) => map(set, (a, i) => f(i, a)) }
export const datasetFoldable: foldable.Foldable1<datasetURI> = {
  URI: datasetURI,
  reduce: (set, start, f) => toArray(set).reduce((all, a) => f(all, a), start),
  reduceRight: (set, start, f) => toArray(set).reduceRight((all, a) => f(a, all), start),
  foldMap: (M) => (set, f) => toArray(set).reduce((all, a) => M.concat(all, f(a)), M.empty),
}
/** The values of a kind, in order; each item is looked at once, here, to know the length. */
const kept = <A, B>(set: Dataset<A>, f: (a: A) => O.Option<B>): Dataset<B> => {
  const found = toArray(set).flatMap((a) => {
    const b = f(a)
    return O.isSome(b) ? [b.value] : []
  })
  return dataset(found.length, (i) => found[i] as B)
}
const partitioned = <A, B, C>(set: Dataset<A>, f: (a: A) => E.Either<B, C>): S.Separated<Dataset<B>, Dataset<C>> =>
  S.separated(kept(set, (a) => O.getLeft(f(a))), kept(set, (a) => O.getRight(f(a))))
export const datasetFilterable: filterable.Filterable1<datasetURI> = {
  ...datasetFunctor,
  compact: (set) => kept(set, (a) => a),
  separate: (set) => partitioned(set, (a) => a),
  filter: <A>(set: Dataset<A>, keep: (a: A) => boolean) => filter(set, (a) => keep(a)),
  filterMap: kept,
  partition: <A>(set: Dataset<A>, keep: (a: A) => boolean) => S.separated(filter(set, (a) => !keep(a)), filter(set, (a) => keep(a))),
  partitionMap: partitioned,
}

// ---- randomness ---------------------------------------------------------------------------------------------------
/**
 * A draw as a state transition of the key: fp-ts's `state` is its Monad, so keys are threaded and never reused. (A Reader
 * that splits its key at every bind is no monad: its left identity changes the bits.)
 * @example deepClose(draw((k) => random.uniform(k, [2]))(key(0)).length, 2)
 */
export const draw = <A>(f: (key: Key) => A): state.State<Key, A> => (k) => {
  const [mine, next] = random.split(k)
  return [f(mine), next]
}
