/** Operands of linear algebra: matrices of floats, their transposes, identities, and systems whose sides fit together. */
import type { Node } from '../../ir/node.js'
import { b, castTo, constant, permuteTo, reshapeTo, stretch } from '../../prim/index.js'
import type { Shape } from '../../type/index.js'
import { wideFloats } from '../../prim/primitive.js'
import { fail, floatOf, matricesOf, solution, square } from '../../type/index.js'
import { fit } from '../fit.js'
import { asDType, asFloat, commonDType } from '../operand.js'
import { against } from '../range.js'

/** Factorizations need the room of f32: halves are refused (as JAX, PyTorch and LAPACK do), complex numbers have none yet. */
const wide = (op: string, x: unknown): Node => {
  const node = asFloat(op, x)
  return wideFloats.includes(node.dtype as 'f32') ? node : fail('DTypeMismatch', `${op} takes ${wideFloats.join(', ')}, not ${node.dtype}; cast it first`)
}
/** A tensor of square matrices of floats. */
export const squares = (op: string, x: unknown): Node => {
  const node = wide(op, x)
  fit(op, square(op, node.shape), 'the last two axes must be equal')
  return node
}
/** A tensor of matrices of floats. */
export const matrices = (op: string, x: unknown): Node => {
  const node = wide(op, x)
  fit(op, matricesOf(op, node.shape), 'unsqueeze it')
  return node
}
export const sizeOf = (x: Node): readonly [m: number, n: number] => x.shape.slice(-2) as unknown as [number, number]
export const leadOf = (x: Node): Shape => x.shape.slice(0, -2)
export const turned = (x: Node): Node => {
  const r = x.shape.length
  return permuteTo(x, [...x.shape.keys()].map((i) => (i === r - 1 ? r - 2 : i === r - 2 ? r - 1 : i)))
}
/** (x + xᵀ) / 2 */
export const symmetric = (x: Node): Node => b.mul([b.add([x, turned(x)]), constant(0.5, x)])
export const product = (x: Node, y: Node): Node => b.dot([x, y])
/** The identity, of the shape and dtype of x. */
export const identityLike = (x: Node): Node => {
  const [m, n] = sizeOf(x)
  return stretch(castTo(against('eq', m, n, 0), x.dtype), x.shape)
}
/** v as the diagonal of square matrices. */
export const diagonals = (v: Node): Node => {
  const n = v.shape.at(-1) as number
  const wide = b.broadcast([v], { shape: [...v.shape, n], axes: [...v.shape.slice(0, -1).keys(), v.shape.length] })
  return b.where([stretch(against('eq', n, n, 0), wide.shape), wide, constant(0, wide)])
}
/** x with its columns (axis -1) or rows (axis -2) times the elements of v. */
export const scaled = (x: Node, v: Node, axis: -1 | -2): Node =>
  b.mul([x, stretch(reshapeTo(v, axis === -1 ? [...v.shape.slice(0, -1), 1, v.shape.at(-1) as number] : [...v.shape, 1]), x.shape)])
/** a number for each matrix, repeated over it. */
export const over = (v: Node, like: Node): Node => stretch(reshapeTo(v, [...v.shape, 1, 1]), like.shape)

export interface System { readonly a: Node; readonly y: Node; readonly shape: Shape }
/** Both sides of A X = B in one dtype and over one batch (A repeated for free); a vector is one column. */
export const system = (op: string, left: unknown, right: unknown): System => {
  const [a, y] = asDType(op, [left, right], floatOf(commonDType(op, [left, right]))) as [Node, Node]
  const shape = fit(op, solution(op, a.shape, y.shape), 'the rows of the right side must match the matrices')
  const column = y.shape.length === 1 ? reshapeTo(y, [...y.shape, 1]) : y
  const lead = y.shape.length === 1 ? leadOf(a) : shape.slice(0, -2)
  return { a, y: stretch(column, [...lead, ...column.shape.slice(-2)]), shape }
}
export const onBatch = (x: Node, lead: Shape, core: number): Node => stretch(x, [...lead, ...x.shape.slice(x.shape.length - core)])
