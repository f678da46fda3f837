/**
 * A loader cuts the epochs of a data set into batches. It is a value without state: which batches an epoch has
 * depends on the loader and the epoch's number alone. Law: `epoch(l, e, { from: c })` is `epoch(l, e)` without its
 * first c batches, so training resumes from two integers. At most `prefetch` batches are alive at a time, the one
 * in use counted, so memory is bounded whatever the data set's size.
 */
import { fail } from '../type/fault.js'
import { collate as intoTensors, type Tensors } from './collate.js'
import type { Dataset } from './dataset.js'
import { prefetched } from './prefetch.js'
import { epochOrder } from './sampler.js'
import type { Sampler } from './sampler.js'
import type { Stacked } from './stack.js'

/** How a loader makes batches. */
export interface LoaderSettings<A, B extends number, L extends boolean, C> {
  /** Items in a batch. */
  readonly batchSize: B
  /** Another order each epoch, decided by seed and epoch; without it, the data set's order. */
  readonly shuffle?: { readonly seed: number }
  /** Which items, and in which order, instead of `shuffle`: the share of one process, say. */
  readonly sampler?: Sampler
  /** Leave out a last batch that is not full; then every batch has the static shape [B, …]. */
  readonly dropLast?: L
  /** Items into a batch: tensors, stacked, if not given; `stack` for host tensors. */
  readonly collate?: (items: readonly Awaited<A>[], indices: ArrayLike<number>) => C
  /** The most batches alive at a time, the one in use included; 2 if not given. */
  readonly prefetch?: number
}

/** A data set cut into batches of type C. */
export interface Loader<A, C> {
  readonly dataset: Dataset<A>
  readonly batchSize: number
  /** Batches in an epoch. */
  readonly length: number
  readonly prefetch: number
  readonly order: (epoch: number) => Uint32Array
  readonly collate: (items: readonly Awaited<A>[], indices: ArrayLike<number>) => C
}

/** The batches of an epoch: an async iterable, and a plain one too when the data set's items are no promises. */
export type Batches<A, C> = AsyncIterable<C> & { readonly length: number } & ([A] extends [PromiseLike<unknown>]
    ? unknown
    : Iterable<C>)

/**
 * A loader of a data set; throws InvalidArgument for settings that make no sense.
 * @example loader(fromArray([1, 2, 3]), { batchSize: 2 }).length // 2
 */
export const loader = <
  A,
  const B extends number,
  const L extends boolean = false,
  C = Tensors<Stacked<Awaited<A>, L extends true ? B : number>>,
>(
  dataset: Dataset<A>,
  settings: LoaderSettings<A, B, L, C>,
): Loader<A, C> => {
  const { batchSize, sampler = inOrder(settings.shuffle), dropLast = false, collate = intoTensors as never, prefetch = 2 } = settings
  positive('batchSize', batchSize)
  positive('prefetch', prefetch)
  if (settings.sampler !== undefined && settings.shuffle !== undefined)
    fail('InvalidArgument', 'loader: the sampler decides the order: pass shuffle to it, not to the loader.')
  const items = sampler.length(dataset.length)
  const length = dropLast ? Math.floor(items / batchSize) : Math.ceil(items / batchSize)
  if (length === 0 && dataset.length > 0)
    fail(
      'InvalidArgument',
      `loader: dropLast leaves no batch, for the data set has ${items} items and batchSize is ${batchSize}: choose a smaller batchSize.`,
    )
  return Object.freeze({
    dataset,
    batchSize,
    length,
    prefetch,
    collate,
    order: (epoch: number) => sampler.order(dataset.length, epoch),
  })
}
const inOrder = (shuffle: { readonly seed: number } | undefined): Sampler => ({ length: (items) => items, order: (items, e) => epochOrder(items, e, shuffle) })

/**
 * The batches of an epoch, from a cursor (the number of batches already used) if given; throws InvalidArgument for an
 * epoch or a cursor that is none. Iterating rejects with what the data set or `collate` throws, at that batch.
 * @example for (const batch of epoch(loader(fromArray([1, 2, 3]), { batchSize: 2 }), 0)) console.log(batch.shape)
 */
export const epoch = <A, C>(of: Loader<A, C>, e: number, settings: { readonly from?: number } = {}): Batches<A, C> => {
  const { from = 0 } = settings
  within('the epoch', e, 0xffffffff)
  within('the cursor', from, of.length)
  return {
    length: of.length - from,
    [Symbol.iterator]: () => inTurn(of, of.order(e), from),
    [Symbol.asyncIterator]: () => {
      const order = of.order(e)
      return prefetched((i) => batchLater(of, order, i), { from, to: of.length, alive: of.prefetch })
    },
  } as Batches<A, C>
}

const slots = <A, C>(of: Loader<A, C>, order: Uint32Array, i: number): Uint32Array =>
  order.subarray(i * of.batchSize, (i + 1) * of.batchSize)

const batchLater = async <A, C>(of: Loader<A, C>, order: Uint32Array, i: number): Promise<C> => {
  const indices = slots(of, order, i)
  return of.collate(await Promise.all(Array.from(indices, (at) => of.dataset.at(at))), indices)
}

function* inTurn<A, C>(of: Loader<A, C>, order: Uint32Array, from: number): Generator<C, void, undefined> {
  for (let i = from; i < of.length; i++) {
    const indices = slots(of, order, i)
    const items = Array.from(indices, (at) => of.dataset.at(at))
    yield of.collate(items.every(isNow) ? (items as Awaited<A>[]) : refusePromise(), indices)
  }
}

const isNow = (item: unknown): boolean =>
  typeof (item as { readonly then?: unknown } | null | undefined)?.then !== 'function'

const refusePromise = (): never =>
  fail(
    'InvalidArgument',
    'epoch: the data set gives promises, so its batches cannot be had by `for … of`: use `for await … of`.',
  )

const positive = (name: string, value: number): void => {
  if (!Number.isSafeInteger(value) || value < 1)
    fail('InvalidArgument', `loader: ${name} is ${value}: pass a whole number of at least 1.`)
}

const within = (name: string, value: number, most: number): void => {
  if (!Number.isSafeInteger(value) || value < 0 || value > most)
    fail('InvalidArgument', `epoch: ${name} is ${value}: pass a whole number from 0 to ${most}.`)
}
