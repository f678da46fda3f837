/** Joining and parting as NumPy names it: rows, columns and layers. Tensors of low rank first get axes of size 1. */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { cut, reshapeTo } from '../prim/index.js'
import type { AnyTensor, Device, DType, PromoteAll, Shape, Tensor } from '../type/index.js'
import * as law from '../type/index.js'
import { axisOf, fit } from './fit.js'
import { concat } from './join.js'
import { asNode, together } from './operand.js'

type DTypesOf<X extends readonly unknown[]> = { -readonly [K in keyof X]: X[K] extends Tensor<unknown, infer D, unknown> ? D : never }
type DeviceOfAll<X extends readonly unknown[]> = X[number] extends Tensor<unknown, unknown, infer V> ? V : never
interface Joined {
  <const X extends readonly AnyTensor[]>(tensors: readonly [...X]): Tensor<Shape, PromoteAll<DTypesOf<X>>, DeviceOfAll<X>>
}
/** Axes of size 1 around a low rank: a vector is a row, in three dimensions a row of columns (NumPy). */
const raised = (x: Node, rank: 1 | 2 | 3): Node => {
  if (x.shape.length >= rank) return x
  if (rank === 1) return reshapeTo(x, [1])
  const [m, n] = x.shape.length < 2 ? [1, x.shape[0] ?? 1] : (x.shape as [number, number])
  return reshapeTo(x, rank === 2 ? [m, n] : [m, n, 1])
}
type Raised = <D extends DType, V extends Device>(x: Tensor<Shape, D, V>) => Tensor<Shape, D, V>
/**
 * At least one axis: a scalar becomes [1].
 * @shape [] → [1]; others stay
 * @dtype any → same
 * @example deepClose(await read(atleast1d(tensor(5))), [5])
 */
export const atleast1d: Raised = (x) => raised(asNode('atleast1d', x), 1) as never
/**
 * At least two axes: a vector becomes a row.
 * @shape [n] → [1, n]; [] → [1, 1]; others stay
 * @dtype any → same
 * @example deepClose(await read(atleast2d(tensor([1, 2]))), [[1, 2]])
 */
export const atleast2d: Raised = (x) => raised(asNode('atleast2d', x), 2) as never
/**
 * At least three axes: a matrix gets one behind, a vector one on each side.
 * @shape [m, n] → [m, n, 1]; [n] → [1, n, 1]; others stay
 * @dtype any → same
 * @example deepClose(atleast3d(tensor([1, 2])).shape, [1, 2, 1])
 */
export const atleast3d: Raised = (x) => raised(asNode('atleast3d', x), 3) as never

const along = (xs: readonly Node[], axis: number): never => concat(xs as never, { axis } as never) as never
/**
 * Side by side: along the columns (axis 1), vectors one after the other.
 * @shape [m, n, ...s], [m, o, ...s] → [m, n + o, ...s]; [n], [o] → [n + o]
 * @dtype promoted
 * @throws ShapeMismatch when they differ off the axis.
 * @example deepClose(await read(hstack([tensor([1, 2]), tensor([3])])), [1, 2, 3])
 */
export const hstack: Joined = (xs) => {
  const nodes = xs.map((x) => raised(asNode('hstack', x), 1))
  return along(nodes, nodes[0]?.shape.length === 1 ? 0 : 1)
}
/**
 * One below the other: along the rows (axis 0), a vector being a row.
 * @shape [m, ...s], [n, ...s] → [m + n, ...s]; [n], [n] → [2, n]
 * @dtype promoted
 * @throws ShapeMismatch when they differ off the axis.
 * @example deepClose(await read(vstack([tensor([1, 2]), tensor([3, 4])])), [[1, 2], [3, 4]])
 */
export const vstack: Joined = (xs) => along(xs.map((x) => raised(asNode('vstack', x), 2)), 0)
/**
 * One behind the other: along the third axis, which a matrix gets first.
 * @shape [m, n, k, ...s], [m, n, l, ...s] → [m, n, k + l, ...s]
 * @dtype promoted
 * @throws ShapeMismatch when they differ off the axis.
 * @example deepClose(await read(dstack([tensor([1, 2]), tensor([3, 4])])), [[[1, 3], [2, 4]]])
 */
export const dstack: Joined = (xs) => along(xs.map((x) => raised(asNode('dstack', x), 3)), 2)
/**
 * Vectors as the columns of a matrix; matrices side by side.
 * @shape [m], [m] → [m, 2]; [m, n], [m, o] → [m, n + o]
 * @dtype promoted
 * @throws ShapeMismatch when they differ off the axis.
 * @example deepClose(await read(columnStack([tensor([1, 2]), tensor([3, 4])])), [[1, 3], [2, 4]])
 */
export const columnStack: Joined = (xs) => along(xs.map((x) => {
  const node = asNode('columnStack', x)
  return node.shape.length < 2 ? reshapeTo(node, [node.shape[0] ?? 1, 1]) : node
}), 1)
/**
 * Tensors one after the other along an axis; without one both are flattened first.
 * @shape [...a], [...b] → [numel(a) + numel(b)], or joined along the axis
 * @dtype promoted
 * @throws ShapeMismatch when they differ off the axis, IndexOutOfRange when it is not there.
 * @example deepClose(await read(append(tensor([1, 2]), tensor([[3], [4]]))), [1, 2, 3, 4])
 */
export const append = <D extends DType, V extends Device, E extends DType, W extends Device>(
  x: Tensor<Shape, D, V>, y: Tensor<Shape, E, W>, s: { readonly axis?: number } = {},
): Tensor<Shape, law.Promote<D, E>, V | W> => {
  const nodes = [asNode('append', x), asNode('append', y)]
  return s.axis === undefined ? along(nodes.map((v) => reshapeTo(v, [numel(v.shape)])), 0) : along(nodes, s.axis)
}

/** Tensors, or lists of them, to any depth. */
export type Blocks = AnyTensor | readonly Blocks[]
const isList = (x: Blocks): x is readonly Blocks[] => Array.isArray(x)
const depthOf = (x: Blocks): number => (isList(x) ? 1 + Math.max(0, ...x.map(depthOf)) : 0)
const ranks = (x: Blocks): number => (isList(x) ? Math.max(0, ...x.map(ranks)) : asNode('block', x).shape.length)
const assembled = (x: Blocks, depth: number, rank: number): Node => {
  if (!isList(x)) {
    const node = asNode('block', x)
    return reshapeTo(node, [...Array<number>(rank - node.shape.length).fill(1), ...node.shape])
  }
  return along(x.map((v) => assembled(v, depth - 1, rank)), rank - depth) as Node
}
/**
 * A tensor put together from blocks: the innermost lists are joined along the last axis, those around them along the one before.
 * @shape by the blocks
 * @dtype promoted
 * @throws ShapeMismatch when the blocks do not fit.
 * @example deepClose(await read(block([[tensor([1]), tensor([2])], [tensor([3]), tensor([4])]])), [[1, 2], [3, 4]])
 */
export const block = (blocks: Blocks): Tensor<Shape, DType, Device> => {
  const depth = depthOf(blocks)
  return assembled(blocks, depth, Math.max(depth, ranks(blocks))) as never
}

interface Unstack {
  <S extends Shape, D extends DType, V extends Device>(x: Tensor<S, D, V>, settings?: { readonly axis?: number }): Tensor<Shape, D, V>[]
}
/**
 * The entries along an axis, 0 unless given: `stack` undone.
 * @shape [n, ...s] → n of [...s]
 * @dtype any → same
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(unstack(tensor([[1, 2], [3, 4]]))), [[1, 2], [3, 4]])
 */
export const unstack: Unstack = ((x: unknown, s: { readonly axis?: number } = {}) => {
  const node = asNode('unstack', x)
  const axis = axisOf('unstack', node.shape, s.axis ?? 0)
  return Array.from({ length: node.shape[axis] as number }, (_, i) => reshapeTo(cut(node, axis, i, 1), node.shape.toSpliced(axis, 1)))
}) as never
type Parts = number | readonly number[]
interface Parted { <D extends DType, V extends Device>(x: Tensor<Shape, D, V>, parts: Parts): Tensor<Shape, D, V>[] }
/** Where parts end: n nearly equal ones, the first of them longer by 1; or at the given places. */
const ends = (n: number, parts: Parts, op: string): number[] => {
  if (typeof parts !== 'number') return [...parts.map((p) => Math.min(n, p < 0 ? Math.max(0, p + n) : p)), n]
  if (!(Number.isInteger(parts) && parts > 0)) return law.fail('InvalidArgument', `${op}: the number of parts must be a whole number above 0, got ${parts}`)
  const [size, extra] = [Math.floor(n / parts), n % parts]
  return Array.from({ length: parts }, (_, i) => (i + 1) * size + Math.min(i + 1, extra))
}
const parted = (op: string, x: unknown, parts: Parts, at: number, exact: boolean): never => {
  const node = asNode(op, x)
  const axis = axisOf(op, node.shape, at)
  const n = node.shape[axis] as number
  if (exact && typeof parts === 'number') fit(op, law.split(node.shape, parts, axis), 'choose a divisor, or arraySplit')
  let from = 0
  return ends(n, parts, op).map((to) => {
    const piece = cut(node, axis, Math.min(from, n), Math.max(0, to - from))
    from = to
    return piece
  }) as never
}
/**
 * Parts along an axis, 0 unless given: a number of nearly equal ones, the first longer by one, or cut at the given places.
 * @shape [n, ...s] → parts of [k, ...s]
 * @dtype any → same
 * @throws IndexOutOfRange for an axis that is not there, InvalidArgument for a number of parts below 1.
 * @example deepClose(await read(arraySplit(tensor([1, 2, 3]), 2)), [[1, 2], [3]])
 */
export const arraySplit = <D extends DType, V extends Device>(x: Tensor<Shape, D, V>, parts: Parts, s: { readonly axis?: number } = {}): Tensor<Shape, D, V>[] =>
  parted('arraySplit', x, parts, s.axis ?? 0, false)
/**
 * Parts along the columns (axis 1, of a vector axis 0): a number of equal ones, or cut at the given places.
 * @shape [m, n, ...s] → parts of [m, k, ...s]
 * @dtype any → same
 * @throws ShapeMismatch when the parts do not divide the axis.
 * @example deepClose(await read(hsplit(tensor([1, 2, 3, 4]), 2)), [[1, 2], [3, 4]])
 */
export const hsplit: Parted = (x, parts) => parted('hsplit', x, parts, x.shape.length === 1 ? 0 : 1, true)
/**
 * Parts along the rows (axis 0): a number of equal ones, or cut at the given places.
 * @shape [m, ...s] → parts of [k, ...s]
 * @dtype any → same
 * @throws ShapeMismatch when the parts do not divide the axis.
 * @example deepClose(await read(vsplit(tensor([[1, 2], [3, 4]]), 2)), [[[1, 2]], [[3, 4]]])
 */
export const vsplit: Parted = (x, parts) => parted('vsplit', x, parts, 0, true)
/**
 * Parts along the third axis: a number of equal ones, or cut at the given places.
 * @shape [l, m, n, ...s] → parts of [l, m, k, ...s]
 * @dtype any → same
 * @throws ShapeMismatch when the parts do not divide the axis, IndexOutOfRange below rank 3.
 * @example deepClose(dsplit(zeros([2, 3, 4]), 2).map((x) => x.shape), [[2, 3, 2], [2, 3, 2]])
 */
export const dsplit: Parted = (x, parts) => parted('dsplit', x, parts, 2, true)
/**
 * The shape that tensors of these shapes have together.
 * @shape shapes => shape
 * @throws ShapeMismatch when they do not broadcast.
 * @example deepClose(broadcastShapes([2, 1], [3]), [2, 3])
 */
export const broadcastShapes = (...shapes: readonly Shape[]): number[] =>
  [...fit('broadcastShapes', law.broadcastAll(shapes), 'axes are lined up from the end and must be equal or 1')]
/**
 * Tensors repeated to the shape that they have together; each keeps its dtype.
 * @shape [...a], [...b], … → each broadcast(a, b, …)
 * @dtype any → same, one by one
 * @throws ShapeMismatch when they do not broadcast.
 * @example deepClose(broadcastArrays(zeros([2, 1]), zeros([3])).map((x) => x.shape), [[2, 3], [2, 3]])
 */
export const broadcastArrays = <const X extends readonly AnyTensor[]>(...xs: X): { -readonly [K in keyof X]: X[K] extends Tensor<unknown, infer D, infer V> ? Tensor<Shape, D & DType, V & Device> : never } =>
  together('broadcastArrays', xs.map((x) => asNode('broadcastArrays', x))) as never
