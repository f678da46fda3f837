/** Places in row-major order, as one number or one an axis, and the places of triangles. */
import type { Node } from '../ir/node.js'
import { leaf, numel } from '../ir/node.js'
import { b, constant } from '../prim/index.js'
import type { Device, DType, IntDType, Shape, Tensor } from '../type/index.js'
import { fail } from '../type/index.js'
import { count } from './fit.js'
import { nonzero } from './nonzero.js'
import type { Sized } from './nonzero.js'
import { within } from './checked.js'
import { together } from './operand.js'
import { indexOf, integersOf } from './scatter.js'

/**
 * The place in the flattened tensor for one index an axis; an index outside its axis is clamped.
 * @shape one [...i] an axis → [...i]
 * @dtype integer → i32
 * @throws ShapeMismatch when the indices are not one an axis.
 * @example deepClose(await read(ravelMultiIndex([tensor([1], { dtype: 'i32' }), tensor([2], { dtype: 'i32' })], [3, 4])), [6])
 */
export const ravelMultiIndex = <V extends Device>(at: readonly Tensor<Shape, IntDType, V>[], shape: Shape): Tensor<Shape, 'i32', V> => {
  if (at.length !== shape.length || at.length === 0) return fail('ShapeMismatch', `ravelMultiIndex: ${at.length} indices for ${shape.length} axes`)
  const nodes = together('ravelMultiIndex', at.map((i, a) => indexOf('ravelMultiIndex', i, shape[a] as number)))
  const clamped = nodes.map((i, a) => b.max([b.min([i, constant((shape[a] as number) - 1, i)]), constant(0, i)]))
  return clamped.reduce((p, i, a) => b.add([b.mul([p, constant(shape[a] as number, p)]), i])) as never
}
/**
 * One index an axis for places in the flattened tensor; a place outside is clamped, a negative one counts from the end.
 * @shape [...i] → one [...i] an axis
 * @dtype integer → i32
 * @throws DTypeMismatch for a float tensor.
 * @example deepClose(await read(unravelIndex(tensor([6], { dtype: 'i32' }), [3, 4])), [[1], [2]])
 */
export const unravelIndex = <S extends Shape, V extends Device, const T extends Shape>(
  at: Tensor<S, IntDType, V>, shape: readonly [...T],
): { -readonly [K in keyof T]: Tensor<S, 'i32', V> } => {
  const node = integersOf('unravelIndex', at)
  const n = numel(shape)
  const front = b.where([b.lt([node, constant(0, node)]), b.add([node, constant(n, node)]), node])
  const place = b.max([b.min([within('unravelIndex', front, n), constant(n - 1, front)]), constant(0, front)])
  const along = (axis: number): Node => b.remainder([b.floorDiv([place, constant(numel(shape.slice(axis + 1)), place)]), constant(shape[axis] as number, place)])
  return shape.map((_, axis) => along(axis)) as never
}
interface Triangle { readonly columns?: number; readonly diagonal?: number }
type Places = readonly [rows: Tensor<[number], 'i32', never>, columns: Tensor<[number], 'i32', never>]
const triangle = (op: string, n: number, s: Triangle, inside: (row: number, column: number) => boolean): Places => {
  const columns = count(op, 'columns', s.columns ?? n)
  const all = Array.from({ length: count(op, 'n', n) * columns }, (_, i) => [Math.floor(i / columns), i % columns] as const)
  const held = all.filter(([r, c]) => inside(r, c))
  return [0, 1].map((k) => leaf(Int32Array.from(held, (at) => at[k as 0 | 1]), [held.length], 'i32')) as never
}
/**
 * The rows and columns of the places on and below a diagonal (the `diagonal`-th one, counted upwards) of an n-row matrix.
 * @shape (n) → [k], [k]
 * @dtype i32
 * @throws InvalidArgument when a size is negative or not whole.
 * @example deepClose(await read(trilIndices(2)), [[0, 1, 1], [0, 0, 1]])
 */
export const trilIndices = (n: number, s: Triangle = {}): Places => triangle('trilIndices', n, s, (r, c) => c - r <= (s.diagonal ?? 0))
/**
 * The rows and columns of the places on and above a diagonal (the `diagonal`-th one, counted upwards) of an n-row matrix.
 * @shape (n) → [k], [k]
 * @dtype i32
 * @throws InvalidArgument when a size is negative or not whole.
 * @example deepClose(await read(triuIndices(2)), [[0, 0, 1], [0, 1, 1]])
 */
export const triuIndices = (n: number, s: Triangle = {}): Places => triangle('triuIndices', n, s, (r, c) => c - r >= (s.diagonal ?? 0))
/**
 * The rows and columns of the first `size` places of an n-row square matrix that a mask keeps: where mask(ones, k) is not 0.
 * @shape (n) → [size], [size]
 * @dtype i32
 * @throws InvalidArgument when a size is negative or not whole.
 * @source jax.numpy.mask_indices, JAX 0.10.
 * @example deepClose(await read(maskIndices(2, (x, diagonal) => triu(x, { diagonal }), { size: 3 })), [[0, 0, 1], [0, 1, 1]])
 */
export const maskIndices = <V extends Device, N extends number>(
  n: number, mask: (x: Tensor<[number, number], 'f32', never>, k: number) => Tensor<Shape, DType, V>, s: Sized<N> & { readonly k?: number },
): readonly [rows: Tensor<[N], 'i32', V>, columns: Tensor<[N], 'i32', V>] => {
  const square = [count('maskIndices', 'n', n), n]
  return nonzero(mask(constant(1, { shape: square, dtype: 'f32' }) as never, s.k ?? 0), s) as never
}
