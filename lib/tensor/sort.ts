/**
 * The derivative of sorting is gathering by the sorting permutation. The order is stable: equal elements stay as they
 * were, ascending or descending. NaN counts as the largest (JAX), so it is last ascending and first descending.
 */
import type { Node } from '../ir/node.js'
import { b, constant, cut, moveAxis } from '../prim/index.js'
import type { ArgSort, Sort, TopKOf } from '../type/index.js'
import * as law from '../type/index.js'
import { axisOf, fit } from './fit.js'
import { asNode } from './operand.js'

interface Settings { readonly axis?: number; readonly descending?: boolean }
const backwards = (x: Node, axis: number): Node => b.flip([x], { axes: [axis] })
/** The descending order is the ascending one backwards; run over x backwards too, it leaves equal elements in order. */
const order = (x: Node, axis: number, descending: boolean): Node => {
  if (!descending) return b.argsort([x], { axis })
  const at = backwards(b.argsort([backwards(x, axis)], { axis }), axis)
  return b.sub([constant((x.shape[axis] as number) - 1, at), at])
}
/** x[..., at[...], ...] along an axis. */
const alongAxis = (x: Node, at: Node, axis: number): Node => {
  const last = x.shape.length - 1
  return moveAxis(b.gather([moveAxis(x, axis, last), moveAxis(at, axis, last)], { batch: last }), last, axis)
}
/**
 * The elements in ascending order along an axis, the last unless given; NaN counts as the largest.
 * @shape [...s] → [...s]
 * @dtype any → same
 * @throws InvalidArgument for more than 2,147,483,647 elements along the axis, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(sort(tensor([3, 1, 2]))), [1, 2, 3])
 */
export const sort: Sort = ((x: unknown, s: Settings = {}) => {
  const node = asNode('sort', x)
  const axis = axisOf('sort', node.shape, s.axis ?? -1)
  return s.descending === true ? backwards(b.sort([backwards(node, axis)], { axis }), axis) : b.sort([node], { axis })
}) as never
/**
 * The positions that sort x along an axis, the last unless given; equal elements stay in their order.
 * @shape [...s] → [...s]
 * @dtype any → i32
 * @throws InvalidArgument for more than 2,147,483,647 elements along the axis, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(argsort(tensor([3, 1, 2]))), [1, 2, 0])
 */
export const argsort: ArgSort = ((x: unknown, s: Settings = {}) => {
  const node = asNode('argsort', x)
  return order(node, axisOf('argsort', node.shape, s.axis ?? -1), s.descending === true)
}) as never
/**
 * The k largest elements (or `smallest`) along an axis, the last unless given, in order, and where they are; NaN
 * counts as the largest.
 * @shape [..., n] → [..., k], [..., k]
 * @dtype any → same, i32
 * @throws ShapeMismatch when k is more than the axis holds, IndexOutOfRange when it is not there.
 * @example deepClose(await read(topK(tensor([3, 1, 2]), 2)), [[3, 2], [0, 2]])
 */
export const topK: TopKOf = ((x: unknown, k: number, s: { readonly axis?: number; readonly smallest?: boolean } = {}) => {
  const node = asNode('topK', x)
  const axis = axisOf('topK', node.shape, s.axis ?? -1)
  fit('topK', law.topK(node.shape, k, axis), 'choose a smaller k')
  const at = cut(order(node, axis, s.smallest !== true), axis, 0, k)
  return [alongAxis(node, at, axis), at]
}) as never
