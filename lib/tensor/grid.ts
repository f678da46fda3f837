/** Grids and matrices by formula. Numbers of a geometric range are computed in double precision on the host and rounded once. */
import type { Node } from '../ir/node.js'
import { leaf, numel } from '../ir/node.js'
import { b, castTo, constant, ones, reshapeTo, zeros } from '../prim/index.js'
import type { AnyTensor, Device, DType, FloatDType, Shape, Tensor } from '../type/index.js'
import { fail, show } from '../type/index.js'
import { count, sizes } from './fit.js'
import { fromScalars } from './host.js'
import { asNode } from './operand.js'
import { against } from './range.js'
import { onDiagonal } from './matrix.js'
import { cumprod } from './running.js'

interface Even { <N extends number, D extends FloatDType = 'f32'>(start: number, end: number, n: N, settings?: { readonly dtype?: D }): Tensor<[N], NoInfer<D>, never> }
const spaced = (op: string, n: number, dtype: FloatDType, at: (share: number) => number): Node =>
  leaf(fromScalars(op, Array.from({ length: count(op, 'n', n) }, (_, i) => at(n === 1 ? 0 : i / (n - 1))), dtype), [n], dtype)
/**
 * n numbers from 10^start to 10^end whose logarithms are evenly spaced; `base` takes the place of 10.
 * @shape (start, end, n) → [n]
 * @dtype f32, or the float given
 * @throws InvalidArgument when n is negative or not whole.
 * @example deepClose(await read(logspace(0, 2, 3)), [1, 10, 100])
 */
export const logspace = <N extends number, D extends FloatDType = 'f32'>(
  start: number, end: number, n: N, s: { readonly base?: number; readonly dtype?: D } = {},
): Tensor<[N], NoInfer<D>, never> => spaced('logspace', n, s.dtype ?? 'f32', (share) => (s.base ?? 10) ** (start + (end - start) * share)) as never
/**
 * n numbers from start to end, both included exactly, each the same multiple of the one before.
 * @shape (start, end, n) → [n]
 * @dtype f32, or the float given
 * @throws InvalidArgument when an end is 0 or the signs differ, or n is negative or not whole.
 * @example deepClose(await read(geomspace(1, 8, 4)), [1, 2, 4, 8])
 */
export const geomspace: Even = (start, end, n, s = {}) => {
  if (!(start * end > 0)) return fail('InvalidArgument', `geomspace: from ${start} to ${end} leads no geometric row; both must have one sign and not be 0`)
  return spaced('geomspace', n, s.dtype ?? 'f32', (share) => (share === 0 ? start : share === 1 ? end : start * (end / start) ** share)) as never
}
interface Mesh { readonly indexing?: 'xy' | 'ij'; readonly sparse?: boolean }
/** A vector along one axis of a grid. */
const alongAxis = (x: Node, axis: number, shape: readonly number[], sparse: boolean): Node =>
  sparse ? reshapeTo(x, shape.map((n, i) => (i === axis ? n : 1))) : b.broadcast([x], { shape, axes: [axis] })
/**
 * Vectors as coordinates of a grid: one tensor each. 'xy' (unless given) puts the first along the columns, 'ij' along the
 * rows; `sparse` ones keep size 1 along the others' axes.
 * @shape [m], [n], … → each [n, m, …] ('ij': [m, n, …])
 * @dtype any → same, one by one
 * @throws ShapeMismatch for what is no vector.
 * @example deepClose(await read(meshgrid([tensor([1, 2]), tensor([3, 4])])), [[[1, 2], [1, 2]], [[3, 3], [4, 4]]])
 */
export const meshgrid = <const X extends readonly AnyTensor[]>(
  xs: readonly [...X], s: Mesh = {},
): { -readonly [K in keyof X]: X[K] extends Tensor<unknown, infer D, infer V> ? Tensor<Shape, D & DType, V & Device> : never } => {
  const nodes = xs.map((x) => asNode('meshgrid', x)).map((x) => (x.shape.length === 0 ? reshapeTo(x, [1]) : x))
  const bad = nodes.find((x) => x.shape.length !== 1)
  if (bad !== undefined) return fail('ShapeMismatch', `meshgrid: ${show(bad.shape)} is no vector; flatten it`)
  const swap = s.indexing !== 'ij' && nodes.length > 1
  const axisOf = (i: number): number => (swap && i < 2 ? 1 - i : i)
  const shape = nodes.map((_, i) => (nodes[axisOf(i)] as Node).shape[0] as number)
  return nodes.map((x, i) => alongAxis(x, axisOf(i), shape, s.sparse === true)) as never
}
type Open<X extends readonly unknown[]> = {
  -readonly [K in keyof X]: X[K] extends Tensor<readonly [infer N], infer D, infer V> ? Tensor<{ [J in keyof X]: J extends K ? N : 1 } & Shape, D & DType, V & Device> : never
}
/**
 * Vectors as an open grid: each along an axis of its own, size 1 along the others, so that together they broadcast to the
 * grid of all their combinations.
 * @shape [m], [n], … → [m, 1, …], [1, n, …], …
 * @dtype any → same, one by one
 * @throws ShapeMismatch for what is no vector, DTypeMismatch for conditions, whose places are known only after a run.
 * @source numpy.ix_, NumPy 2.
 * @example deepClose(await read(ix(tensor([1, 2]), tensor([3]))), [[[1], [2]], [[3]]])
 */
export const ix = <const X extends readonly Tensor<readonly [number], DType, Device>[]>(...xs: X): Open<X> => xs.map((x, axis) => {
  const node = asNode('ix', x)
  if (node.shape.length !== 1) return fail('ShapeMismatch', `ix: ${show(node.shape)} is no vector; flatten it`)
  if (node.dtype === 'bool') return fail('DTypeMismatch', 'ix: conditions hold at places that only a run knows; give the places, from flatnonzero with a size')
  return reshapeTo(node, xs.map((_, i) => (i === axis ? node.shape[0] as number : 1)))
}) as never
/**
 * The index along each axis of a grid of this shape, along a new first axis.
 * @shape (shape) → [rank, ...shape]
 * @dtype i32, or the one given
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(indices([2, 2])), [[[0, 0], [1, 1]], [[0, 1], [0, 1]]])
 */
export const indices = <const S extends Shape, D extends DType = 'i32'>(shape: readonly [...S], s: { readonly dtype?: D } = {}): Tensor<[S['length'], ...S], NoInfer<D>, never> => {
  const dims = [...sizes('indices', shape)]
  const one = (axis: number): Node => castTo(b.iota([], { shape: [1, ...dims], axis: axis + 1, dtype: 'i32' }), s.dtype ?? 'i32')
  return (dims.length === 0 ? zeros({ shape: [0], dtype: s.dtype ?? 'i32' }) : b.concat(dims.map((_, axis) => one(axis)), { axis: 0 })) as never
}
/**
 * A tensor by its formula: f of the index tensors of a grid, one an axis.
 * @shape ((...indices) => tensor, shape) → what f gives
 * @dtype i32 indices, or the dtype given
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(fromFunction((i, j) => add(i, j), [2, 2])), [[0, 1], [1, 2]])
 */
export const fromFunction = <const S extends Shape, T, D extends DType = 'i32'>(
  f: (...at: Tensor<S, NoInfer<D>, never>[]) => T, shape: readonly [...S], s: { readonly dtype?: D } = {},
): T => {
  const dims = [...sizes('fromFunction', shape)]
  return f(...dims.map((_, axis) => castTo(b.iota([], { shape: dims, axis, dtype: 'i32' }), s.dtype ?? 'i32') as never))
}
/**
 * Ones on and below a diagonal (the `diagonal`-th one, counted upwards), zeros above.
 * @shape (n) → [n, columns], square unless `columns` is given
 * @dtype f32, or the one given
 * @throws InvalidArgument when a size is negative or not whole.
 * @example deepClose(await read(tri(2)), [[1, 0], [1, 1]])
 */
export const tri = <N extends number, M extends number = N, D extends DType = 'f32'>(
  n: N, s: { readonly columns?: M; readonly diagonal?: number; readonly dtype?: D } = {},
): Tensor<[N, M], NoInfer<D>, never> => castTo(against('ge', count('tri', 'n', n), count('tri', 'columns', s.columns ?? n), s.diagonal ?? 0), s.dtype ?? 'f32') as never
/**
 * The flattened tensor on a diagonal (the `diagonal`-th one, counted upwards) of a square matrix.
 * @shape [...s] → [numel(s) + |diagonal|, same]
 * @dtype any → same
 * @example deepClose(await read(diagflat(tensor([1, 2]))), [[1, 0], [0, 2]])
 */
export const diagflat = <D extends DType, V extends Device>(x: Tensor<Shape, D, V>, s: { readonly diagonal?: number } = {}): Tensor<[number, number], D, V> => {
  const node = asNode('diagflat', x)
  const k = s.diagonal ?? 0
  const square = onDiagonal(reshapeTo(node, [numel(node.shape)]))
  const [up, right] = [Math.max(0, -k), Math.max(0, k)]
  return (k === 0 ? square : b.pad([square, constant(0, { shape: [], dtype: node.dtype })], { low: [up, right], high: [right, up], interior: [0, 0] })) as never
}
/**
 * Powers of a vector's elements as columns, from the highest down to 0, or the other way round with `increasing`.
 * @shape [m] → [m, columns], square unless `columns` is given
 * @dtype any but bool → same
 * @throws ShapeMismatch for what is no vector, InvalidArgument when the number of columns is negative or not whole.
 * @example deepClose(await read(vander(tensor([1, 2, 3]))), [[1, 1, 1], [4, 2, 1], [9, 3, 1]])
 */
export const vander = <M extends number, D extends DType, V extends Device, N extends number = M>(
  x: Tensor<readonly [M], D, V>, s: { readonly columns?: N; readonly increasing?: boolean } = {},
): Tensor<[M, N], D, V> => {
  const node = asNode('vander', x)
  if (node.shape.length !== 1) return fail('ShapeMismatch', `vander: ${show(node.shape)} is no vector`)
  const [m, n] = [node.shape[0] as number, count('vander', 'the number of columns', s.columns ?? (node.shape[0] as number))]
  const factors = n < 2 ? ones({ shape: [m, n], dtype: node.dtype }) : b.concat([ones({ shape: [m, 1], dtype: node.dtype }), b.broadcast([node], { shape: [m, n - 1], axes: [0] })], { axis: 1 })
  const powers = cumprod(factors as never) as unknown as Node
  return (s.increasing === true ? powers : b.flip([powers], { axes: [1] })) as never
}
/**
 * The matrix with constant diagonals that has this first column, and this first row (the column unless given), whose first
 * element is not looked at.
 * @shape [m], [n] → [m, n]
 * @dtype any → same
 * @throws ShapeMismatch for what is no vector.
 * @example deepClose(await read(toeplitz(tensor([1, 2]), { row: tensor([9, 3]) })), [[1, 3], [2, 1]])
 */
export const toeplitz = <D extends DType, V extends Device>(column: Tensor<readonly [number], D, V>, s: { readonly row?: Tensor<readonly [number], D, V> } = {}): Tensor<[number, number], D, V> => {
  const [c, r] = [asNode('toeplitz', column), asNode('toeplitz', s.row ?? column)]
  if (c.shape.length !== 1 || r.shape.length !== 1) return fail('ShapeMismatch', `toeplitz: ${show(c.shape)} and ${show(r.shape)} are not two vectors`)
  const [m, n] = [c.shape[0] as number, r.shape[0] as number]
  if (m === 0 || n === 0) return zeros({ shape: [m, n], dtype: c.dtype }) as never
  const rest = b.slice([r], { start: [1], limit: [n], step: [1] })
  const all = b.concat([b.flip([c], { axes: [0] }), castTo(rest, c.dtype)], { axis: 0 })
  const at = (axis: 0 | 1): Node => b.iota([], { shape: [m, n], axis, dtype: 'i32' })
  return b.gather([all, b.add([b.sub([constant(m - 1, at(0)), at(0)]), at(1)])], { batch: 0 }) as never
}
