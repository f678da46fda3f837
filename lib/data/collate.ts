/**
 * From items to a batch of tensors: `stack` on the host, then each stacked array becomes a tensor without a copy
 * (it is fresh, nobody else holds it). The one file of data/ that knows tensors; a loader that stays on the host
 * takes `collate: stack` instead.
 */
import { isHostTensor, type HostTensor } from '../io/host.js'
import { leaf } from '../ir/node.js'
import type { Tensor } from '../type/tensor.js'
import { stack, type Stacked } from './stack.js'

/** Host tensors of a tuple or record as tensors; they have no device of their own and go where they are used. */
export type Tensors<T> =
  T extends HostTensor<infer S, infer D>
    ? Tensor<[...S], D, never>
    : T extends object
      ? { readonly [K in keyof T]: Tensors<T[K]> }
      : T

/**
 * Items into a batch of tensors; throws InvalidArgument naming the item and the field that do not fit.
 * @example collate([1, 2, 3]).shape // [3]
 */
export const collate = <A>(items: readonly A[], indices?: ArrayLike<number>): Tensors<Stacked<A, number>> =>
  moved(stack(items, indices)) as Tensors<Stacked<A, number>>

const moved = (batch: unknown): unknown => {
  if (isHostTensor(batch)) return leaf(batch.data, batch.shape, batch.dtype)
  if (Array.isArray(batch)) return batch.map(moved)
  return Object.fromEntries(Object.entries(batch as object).map(([key, value]) => [key, moved(value)]))
}
