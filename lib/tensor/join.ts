/** Putting tensors together and taking them apart along an axis. Law: concat(split(x, n)) = x. */
import type { Node } from '../ir/node.js'
import { b, castTo, cut, reshapeTo } from '../prim/index.js'
import type { ConcatOf, SplitOf, StackOf } from '../type/index.js'
import * as law from '../type/index.js'
import { axisOf, fit, newAxisOf } from './fit.js'
import { asNode } from './operand.js'

interface At { readonly axis?: number }
const promoted = (op: string, xs: readonly unknown[]): Node[] => {
  const nodes = xs.map((x) => asNode(op, x))
  const dtype = law.promoteAll(nodes.map((x) => x.dtype))
  return nodes.map((x) => castTo(x, dtype))
}
export const joined = (xs: readonly Node[], axis: number): Node => (xs.length === 1 ? (xs[0] as Node) : b.concat(xs, { axis }))
/**
 * One after the other along an axis that exists, 0 unless given.
 * @shape [n, ...s], [m, ...s] → [n + m, ...s]
 * @dtype promoted
 * @throws ShapeMismatch when they differ off the axis, IndexOutOfRange when the axis is not there.
 * @example deepClose(await read(concat([tensor([1, 2]), tensor([3])])), [1, 2, 3])
 */
export const concat: ConcatOf = ((xs: readonly unknown[], s: At = {}) => {
  const nodes = promoted('concat', xs)
  const axis = axisOf('concat', nodes[0]?.shape ?? [0], s.axis ?? 0)
  fit('concat', law.concat(nodes.map((x) => x.shape), axis), 'all axes but the joined one must agree')
  return joined(nodes, axis)
}) as never
/**
 * Side by side along a new axis, 0 unless given.
 * @shape n of [...s] → [n, ...s]
 * @dtype promoted
 * @throws ShapeMismatch when the shapes differ, IndexOutOfRange for an axis outside the new rank.
 * @example deepClose(await read(stack([tensor([1, 2]), tensor([3, 4])])), [[1, 2], [3, 4]])
 */
export const stack: StackOf = ((xs: readonly unknown[], s: At = {}) => {
  const nodes = promoted('stack', xs)
  const axis = newAxisOf('stack', nodes[0]?.shape ?? [], s.axis ?? 0)
  fit('stack', law.stack(nodes.map((x) => x.shape), axis), 'all shapes must be equal')
  return joined(nodes.map((x) => reshapeTo(x, x.shape.toSpliced(axis, 0, 1))), axis)
}) as never
/**
 * Equal parts along an axis, 0 unless given.
 * @shape [n · k, ...s] → n of [k, ...s]
 * @dtype any → same
 * @throws ShapeMismatch when the parts do not divide the axis, IndexOutOfRange when it is not there.
 * @example deepClose(await read(split(tensor([1, 2, 3, 4]), 2)[1]), [3, 4])
 */
export const split: SplitOf = ((x: unknown, parts: number, s: At = {}) => {
  const node = asNode('split', x)
  const axis = axisOf('split', node.shape, s.axis ?? 0)
  const size = fit('split', law.split(node.shape, parts, axis), 'choose a divisor, or slice')[axis] as number
  return Array.from({ length: parts }, (_, i) => cut(node, axis, i * size, size))
}) as never
