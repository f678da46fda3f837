/** Entries taken out and put in at places known on the host, other sizes by repetition, and diagonals of higher ranks. */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, constant, cut, reshapeTo, stretch } from '../prim/index.js'
import type { Device, DType, Shape, Tensor } from '../type/index.js'
import * as law from '../type/index.js'
import { axisOf, fit, sizes } from './fit.js'
import { joined } from './join.js'
import { diagonalOf } from './matrix.js'
import { asNode } from './operand.js'
import { against } from './range.js'
import { fitting } from './scatter.js'

interface At { readonly axis?: number }
const flat = (x: Node): Node => reshapeTo(x, [numel(x.shape)])
const place = (op: string, i: number, n: number): number =>
  Number.isInteger(i) && i >= -n && i <= n ? (i < 0 ? i + n : i) : law.fail('IndexOutOfRange', `${op}: ${i} is outside an axis of size ${n}`)
/** Along the axis given, else the flattened tensor. */
const chosenAxis = (op: string, x: Node, s: At): { readonly node: Node; readonly axis: number; readonly n: number } => {
  const node = s.axis === undefined ? flat(x) : x
  const axis = axisOf(op, node.shape, s.axis ?? 0)
  return { node, axis, n: node.shape[axis] as number }
}
/**
 * Without the entries at the given places along an axis; without an axis of the flattened tensor. NumPy's
 * `delete`, which is a word of JavaScript; `import * as ct` has it as `ct.delete`.
 * @shape [..., n, ...] → [..., n - k, ...]
 * @dtype any → same
 * @throws IndexOutOfRange for a place or an axis that is not there.
 * @example deepClose(await read(remove(tensor([1, 2, 3]), 1)), [1, 3])
 */
export const remove = <D extends DType, V extends Device>(x: Tensor<Shape, D, V>, at: number | readonly number[], s: At = {}): Tensor<Shape, D, V> => {
  const { node, axis, n } = chosenAxis('delete', asNode('delete', x), s)
  const gone = [...new Set([at].flat().map((i) => place('delete', i, n)))].sort((p, q) => p - q)
  if (gone.at(-1) === n) return law.fail('IndexOutOfRange', `delete: ${n} is outside an axis of size ${n}`)
  const bounds = [-1, ...gone, n]
  const pieces = bounds.slice(1).map((end, i) => cut(node, axis, (bounds[i] as number) + 1, end - (bounds[i] as number) - 1))
  return joined(pieces, axis) as never
}
/**
 * With values put in before a place along an axis; without an axis into the flattened tensor. The values stretch to x's
 * sizes off the axis; a scalar is one entry.
 * @shape [..., n, ...], [..., k, ...] → [..., n + k, ...]
 * @dtype any, one that x's dtype holds → any
 * @throws IndexOutOfRange for a place or an axis that is not there, ShapeMismatch when the values do not stretch.
 * @example deepClose(await read(insert(tensor([1, 3]), 1, 2)), [1, 2, 3])
 */
export const insert = <D extends DType, V extends Device, W extends Device = never>(
  x: Tensor<Shape, D, V>, at: number, values: Tensor<Shape, DType, W> | number, s: At = {},
): Tensor<Shape, D, V | W> => {
  const { node, axis, n } = chosenAxis('insert', asNode('insert', x), s)
  const given = fitting('insert', values, node.dtype)
  const rank = node.shape.length
  const full = [...Array<number>(Math.max(0, rank - given.shape.length)).fill(1), ...given.shape]
  const shape = node.shape.with(axis, full[axis] as number)
  fit('insert', law.broadcastTo(full, shape), `values stretch to ${law.show(shape)}`)
  const from = place('insert', at, n)
  return b.concat([cut(node, axis, 0, from), stretch(reshapeTo(given, full), shape), cut(node, axis, from, n - from)], { axis }) as never
}
/**
 * The elements in row-major order in another shape, repeated from the start or cut off as it needs.
 * @shape ([...s], shape) → shape
 * @dtype any → same
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(resize(tensor([1, 2, 3]), [2, 2])), [[1, 2], [3, 1]])
 */
export const resize = <D extends DType, V extends Device, const T extends Shape>(x: Tensor<Shape, D, V>, shape: readonly [...T]): Tensor<T, D, V> => {
  const node = flat(asNode('resize', x))
  const [n, wanted, dims] = [node.shape[0] as number, numel(shape), [...sizes('resize', shape)]]
  if (n === 0 || wanted === 0) return constant(0, { shape: dims, dtype: node.dtype }) as never
  const times = Math.ceil(wanted / n)
  const repeated = reshapeTo(stretch(node, [times, n]), [times * n])
  return reshapeTo(cut(repeated, 0, 0, wanted), dims) as never
}
/**
 * The diagonal of two axes (0 and 1 unless given), as a last axis: the `offset`-th one, counted upwards.
 * @shape [m, n, ...s] → [...s, d]
 * @dtype any → same
 * @throws IndexOutOfRange for an axis that is not there, ShapeMismatch when both are the same.
 * @example deepClose(await read(diagonal(tensor([[1, 2], [3, 4]]))), [1, 4])
 */
export const diagonal = <D extends DType, V extends Device>(
  x: Tensor<Shape, D, V>, s: { readonly offset?: number; readonly axes?: readonly [number, number] } = {},
): Tensor<Shape, D, V> => {
  const node = asNode('diagonal', x)
  const [i, j] = (s.axes ?? [0, 1]).map((a) => axisOf('diagonal', node.shape, a)) as [number, number]
  if (i === j) return law.fail('ShapeMismatch', 'diagonal: name two different axes')
  const rest = [...node.shape.keys()].filter((a) => a !== i && a !== j)
  const matrix = b.permute([node], { axes: [...rest, i, j] })
  const [m, n] = matrix.shape.slice(-2) as [number, number]
  const [down, right] = [Math.min(m, Math.max(0, -(s.offset ?? 0))), Math.min(n, Math.max(0, s.offset ?? 0))]
  return diagonalOf(cut(cut(matrix, rest.length, down, m - down), rest.length + 1, right, n - right)) as never
}
/**
 * x with the diagonal of its last two axes replaced by a number or, from a vector, element by element.
 * @shape [..., m, n], [] or [min(m, n)] → [..., m, n]
 * @dtype any, one that x's dtype holds → any
 * @throws ShapeMismatch below rank 2, or when the values are neither a scalar nor one an element of the diagonal.
 * @example deepClose(await read(fillDiagonal(ones([2, 2]), 5)), [[5, 1], [1, 5]])
 */
export const fillDiagonal = <S extends Shape, D extends DType, V extends Device, W extends Device = never>(
  x: Tensor<S, D, V>, values: Tensor<Shape, DType, W> | number,
): Tensor<S, D, V | W> => {
  const node = asNode('fillDiagonal', x)
  if (node.shape.length < 2) return law.fail('ShapeMismatch', `fillDiagonal: needs rank 2 or more, got ${law.show(node.shape)}`)
  const [m, n] = node.shape.slice(-2) as [number, number]
  const d = Math.min(m, n)
  const given = fitting('fillDiagonal', values, node.dtype)
  const line = stretch(given, fit('fillDiagonal', law.broadcastTo(given.shape, [d]), `the diagonal is ${law.show([d])}`))
  const padded = b.pad([line, constant(0, { shape: [], dtype: node.dtype })], { low: [0], high: [n - d], interior: [0] })
  return b.where([stretch(against('eq', m, n, 0), node.shape), stretch(padded, node.shape), node]) as never
}
