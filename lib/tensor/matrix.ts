/** Triangles and diagonals of matrices: masks and strided views, so none of them costs more than a pass over the result. */
import type { Node } from '../ir/node.js'
import { b, reshapeTo, stretch, zeros } from '../prim/index.js'
import type { DiagOf, Triangle } from '../type/index.js'
import { fail, show } from '../type/index.js'
import { asNode } from './operand.js'
import { against } from './range.js'

const matrices = (op: string, x: unknown): Node => {
  const node = asNode(op, x)
  return node.shape.length >= 2 ? node : fail('ShapeMismatch', `${op}: needs rank 2 or more, got ${show(node.shape)}; unsqueeze it`)
}
interface Settings { readonly diagonal?: number }
const below = (x: Node, diagonal: number): Node => {
  const [rows, columns] = x.shape.slice(-2) as [number, number]
  return stretch(against('ge', rows, columns, diagonal), x.shape)
}
/**
 * The lower triangle; what lies above the diagonal (the `diagonal`-th one, counted upwards) becomes 0.
 * @shape [..., m, n] → [..., m, n]
 * @dtype any → same
 * @throws ShapeMismatch below rank 2.
 * @example deepClose(await read(tril(ones([2, 2]))), [[1, 0], [1, 1]])
 */
export const tril: Triangle<'tril'> = ((x: unknown, s: Settings = {}) => {
  const node = matrices('tril', x)
  return b.where([below(node, s.diagonal ?? 0), node, zeros(node)])
}) as never
/**
 * The upper triangle; what lies below the diagonal (the `diagonal`-th one, counted upwards) becomes 0.
 * @shape [..., m, n] → [..., m, n]
 * @dtype any → same
 * @throws ShapeMismatch below rank 2.
 * @example deepClose(await read(triu(ones([2, 2]))), [[1, 1], [0, 1]])
 */
export const triu: Triangle<'triu'> = ((x: unknown, s: Settings = {}) => {
  const node = matrices('triu', x)
  return b.where([below(node, (s.diagonal ?? 0) - 1), zeros(node), node])
}) as never

/** The diagonal of the last two axes: a strided view of the flattened matrix. */
export const diagonalOf = (x: Node): Node => {
  const lead = x.shape.slice(0, -2)
  const [m, n] = x.shape.slice(-2) as [number, number]
  const d = Math.min(m, n)
  const flat = reshapeTo(x, [...lead, m * n])
  const ends = { start: [...lead.map(() => 0), 0], limit: [...lead, d === 0 ? 0 : (d - 1) * (n + 1) + 1], step: [...lead.map(() => 1), n + 1] }
  return b.slice([flat], ends)
}
export const onDiagonal = (x: Node): Node => {
  const [n] = x.shape as [number]
  const rows = b.broadcast([x], { shape: [n, n], axes: [1] })
  return b.where([against('eq', n, n, 0), rows, zeros(rows)])
}
/**
 * A vector as a diagonal matrix, or a matrix's diagonal as a vector.
 * @shape [n] → [n, n]; [m, n] → [min(m, n)]
 * @dtype any → same
 * @throws ShapeMismatch for other ranks.
 * @example deepClose(await read(diag(tensor([1, 2]))), [[1, 0], [0, 2]])
 */
export const diag: DiagOf = ((x: unknown) => {
  const node = asNode('diag', x)
  if (node.shape.length === 1) return onDiagonal(node)
  return node.shape.length === 2 ? diagonalOf(node) : fail('ShapeMismatch', `diag: needs rank 1 or 2, got ${show(node.shape)}`)
}) as never
