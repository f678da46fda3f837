/**
 * Reshaping and reordering: the same elements seen otherwise. Nothing here computes; the planner turns all of it into
 * strides where it can. Laws: permute(permute(x, p), p⁻¹) = x, and reshape(reshape(x, t), shape of x) = x.
 */
import type { Node } from '../ir/node.js'
import { b, permuteTo, reshapeTo, stretch } from '../prim/index.js'
import type { Axes, BroadcastToOf, FlattenOf, FlipOf, PermuteOf, RearrangeOf, ReshapeOf, Shape, Sizes, SqueezeOf, TransposeOf, UnsqueezeOf } from '../type/index.js'
import * as law from '../type/index.js'
import { axesOf, axisOf, fit, newAxisOf } from './fit.js'
import { asNode } from './operand.js'

/**
 * The same elements in the same (row-major) order under other dims, one of which may be -1 and is computed.
 * @shape [...s] → shape, with as many elements
 * @dtype any → same
 * @throws ShapeMismatch when the element counts differ.
 * @example deepClose(await read(reshape(tensor([1, 2, 3, 4]), [2, -1])), [[1, 2], [3, 4]])
 */
export const reshape: ReshapeOf = ((x: unknown, shape: Shape) => {
  const node = asNode('reshape', x)
  return reshapeTo(node, fit('reshape', law.reshape(node.shape, shape), 'the product of the sizes must stay; -1 stands for one that is computed'))
}) as never
/**
 * All axes from `from` on (0 unless given) become one.
 * @shape [...a, ...b] → [...a, prod(b)]
 * @dtype any → same
 * @throws ShapeMismatch when `from` is outside the rank.
 * @example deepClose(await read(flatten(tensor([[1, 2], [3, 4]]))), [1, 2, 3, 4])
 */
export const flatten: FlattenOf = ((x: unknown, s: { readonly from?: number } = {}) => {
  const node = asNode('flatten', x)
  return reshapeTo(node, fit('flatten', law.flattenAxes(node.shape, s.from ?? 0), `'from' runs from 0 to ${node.shape.length}`))
}) as never
/**
 * The axes in another order: axis i of the result is axis `axes[i]` of x.
 * @shape [...s] → permute(s, axes)
 * @dtype any → same
 * @throws ShapeMismatch when `axes` does not name every axis once.
 * @example deepClose(await read(permute(tensor([[1, 2], [3, 4]]), [1, 0])), [[1, 3], [2, 4]])
 */
export const permute: PermuteOf = ((x: unknown, axes: readonly number[]) => {
  const node = asNode('permute', x)
  fit('permute', law.permute(node.shape, axes), 'name every axis once')
  return permuteTo(node, axes.map((a) => (a < 0 ? a + node.shape.length : a)))
}) as never
/**
 * Two axes swapped, the last two unless given.
 * @shape [..., m, n] → [..., n, m]
 * @dtype any → same
 * @throws ShapeMismatch below rank 2, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(transpose(tensor([[1, 2, 3]]))), [[1], [2], [3]])
 */
export const transpose: TransposeOf = ((x: unknown, s: { readonly axes?: readonly [number, number] } = {}) => {
  const node = asNode('transpose', x)
  if (s.axes !== undefined) axesOf('transpose', node.shape, s.axes)
  return permuteTo(node, fit('transpose', law.transposeOrder(node.shape, s.axes), 'name two different axes'))
}) as never
/**
 * Without an axis of size 1.
 * @shape [...a, 1, ...b] → [...a, ...b]
 * @dtype any → same
 * @throws ShapeMismatch when the axis is not of size 1, IndexOutOfRange when it is not there.
 * @example deepClose(await read(squeeze(tensor([[1, 2]]), { axis: 0 })), [1, 2])
 */
export const squeeze: SqueezeOf = ((x: unknown, s: { readonly axis: number }) => {
  const node = asNode('squeeze', x)
  const axis = axisOf('squeeze', node.shape, s.axis)
  return reshapeTo(node, fit('squeeze', law.squeeze(node.shape, axis), 'only an axis of size 1 can be dropped; reduce or slice it'))
}) as never
/**
 * With a new axis of size 1 at `axis` (-1 is the end).
 * @shape [...a, ...b] → [...a, 1, ...b]
 * @dtype any → same
 * @throws IndexOutOfRange for an axis outside the new rank.
 * @example deepClose(await read(unsqueeze(tensor([1, 2]), { axis: -1 })), [[1], [2]])
 */
export const unsqueeze: UnsqueezeOf = ((x: unknown, s: { readonly axis: number }) => {
  const node = asNode('unsqueeze', x)
  return reshapeTo(node, node.shape.toSpliced(newAxisOf('unsqueeze', node.shape, s.axis), 0, 1))
}) as never
/**
 * Repeated to a shape: new axes in front, axes of size 1 stretched.
 * @shape [...s] → shape
 * @dtype any → same
 * @throws ShapeMismatch when x does not stretch to the shape.
 * @example deepClose(await read(broadcastTo(tensor([1, 2]), [2, 2])), [[1, 2], [1, 2]])
 */
export const broadcastTo: BroadcastToOf = ((x: unknown, shape: Shape) => {
  const node = asNode('broadcastTo', x)
  return stretch(node, fit('broadcastTo', law.broadcastTo(node.shape, shape), 'only axes of size 1 stretch, and new axes come in front'))
}) as never
/**
 * Axes taken apart, reordered and put together in einops' notation; sizes that cannot be computed are given.
 * @shape by the pattern
 * @dtype any → same
 * @throws ShapeMismatch when the pattern does not fit the shape.
 * @source Rogozhnikov, "Einops: Clear and Reliable Tensor Manipulations with Einstein-like Notation", ICLR 2022.
 * @example deepClose(await read(rearrange(tensor([1, 2, 3, 4]), '(a b) -> b a', { a: 2 })), [[1, 3], [2, 4]])
 */
export const rearrange: RearrangeOf = ((x: unknown, pattern: string, sizes: Sizes = {}) => {
  const node = asNode('rearrange', x)
  const steps = fit('rearrange', law.parseRearrange(pattern, node.shape, sizes), `the pattern is '${pattern}' for ${law.show(node.shape)}`)
  return reshapeTo(permuteTo(reshapeTo(node, steps.split), steps.order), steps.shape)
}) as never
/**
 * The order reversed along axes, all of them unless given.
 * @shape [...s] → [...s]
 * @dtype any → same
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(flip(tensor([1, 2, 3]))), [3, 2, 1])
 */
export const flip: FlipOf = ((x: unknown, s: { readonly axes?: Axes } = {}) => {
  const node: Node = asNode('flip', x)
  return b.flip([node], { axes: axesOf('flip', node.shape, s.axes) })
}) as never
