/** Listening to a training, and measuring a model over a data set. */
import type { Loader } from '../data/loader.js'
import { epoch } from '../data/loader.js'
import type { Session } from '../run/session.js'
import type { Device } from '../type/index.js'
import { fail } from '../type/index.js'
import type { Ended, FitEvent } from './event.js'

/**
 * Runs a training to its end; every listener gets every event, in turn. Gives the last event.
 * @throws what the training or a listener throws.
 * @example const sums = fit({ session: session(), state: tensor(0), step: (sum, x) => [add(sum, mean(x)), { mean: mean(x) }], loader: loader(fromArray([1, 2, 3, 6]), { batchSize: 2 }), epochs: 1 })
 *   deepClose((await follow(sums)).history, [{ epoch: 1, mean: 3 }])
 */
export const follow = async <S>(events: AsyncIterable<FitEvent<S>>, ...listeners: readonly ((e: FitEvent<S>) => unknown)[]): Promise<Ended<S>> => {
  let last: Ended<S> | undefined
  for await (const e of events) {
    for (const listen of listeners) await listen(e)
    if (e.type === 'end') last = e
  }
  return last ?? fail('InvalidArgument', 'follow: the events ended without an end event; pass what fit gives')
}
/**
 * What a metric gathers over all batches of a loader, in order, one run a batch.
 * @throws what the data set or `of` throws.
 * @example const total = await measure(session(), loader(fromArray([1, 2, 6]), { batchSize: 2 }), metric.mean, (x) => metric.mean.of(x))
 *   deepClose(await item(metric.mean.value(total)), 3)
 */
export const measure = async <A, C, M, V extends Device>(
  session: Session<V>, loader: Loader<A, C>, metric: { readonly empty: M; readonly concat: (a: M, b: M) => M }, of: (batch: C) => M,
): Promise<M> => {
  let total = metric.empty
  for await (const batch of epoch(loader, 0)) {
    total = metric.concat(total, of(batch))
    await session.run(total)
  }
  return total
}
