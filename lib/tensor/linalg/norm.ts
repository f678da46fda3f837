/** Sizes of matrices and vectors. */
import type { Node } from '../../ir/node.js'
import { b, constant, cut } from '../../prim/index.js'
import type { Device, DType, Lead, MatricesOf, MatrixToNumber, Must, Shape, SumOf, Tensor, Turned } from '../../type/index.js'
import { fail } from '../../type/index.js'
import { diagonalOf } from '../matrix.js'
import { asNode } from '../operand.js'
import { norm } from '../statistics.js'
import type { Norm } from '../statistics.js'
import { inverse } from './lu.js'
import { leadOf, matrices, sizeOf, squares, turned } from './operand.js'
import { extremes, values } from './orthogonal.js'

/** Norms of matrices by name, or by number: 1 and Infinity of columns and rows, 2 of singular values. */
export type MatrixOrd = 'fro' | 'nuc' | 1 | -1 | 2 | -2 | number
const last = (x: Node, back: 1 | 2): { readonly axes: readonly number[] } => ({ axes: [x.shape.length - back] })
const total = (x: Node, back: 1 | 2): Node => b.sum([x], last(x, back))
/** The extreme sum of sizes along one axis. */
const extreme = (x: Node, of: 'columns' | 'rows', which: 'reduceMax' | 'reduceMin'): Node => {
  const sums = total(b.abs([x]), of === 'columns' ? 2 : 1)
  return b[which]([sums], last(sums, 1))
}
const measured = (x: Node, ord: MatrixOrd): Node => {
  if (ord === 'fro') return b.sqrt([b.sum([b.mul([x, x])], { axes: [x.shape.length - 2, x.shape.length - 1] })])
  if (sizeOf(x).includes(0)) return ord === 'nuc' ? constant(0, { shape: leadOf(x), dtype: x.dtype }) : fail('InvalidArgument', `matrixNorm: ord ${ord} of matrices without elements has no value`)
  if (ord === 'nuc') return total(values(x), 1)
  if (ord === 1 || ord === -1) return extreme(x, 'columns', ord > 0 ? 'reduceMax' : 'reduceMin')
  if (ord === Infinity || ord === -Infinity) return extreme(x, 'rows', ord > 0 ? 'reduceMax' : 'reduceMin')
  if (ord === 2 || ord === -2) return extremes(x)[ord > 0 ? 0 : 1]
  return fail('InvalidArgument', `matrixNorm: ord is ${ord}; give 'fro', 'nuc', 1, -1, 2, -2, Infinity or -Infinity`)
}
interface Ord { readonly ord?: MatrixOrd }
/**
 * A norm of matrices: `fro` (Frobenius) unless given, `nuc` the sum of the singular values, 2 and -2 the largest and smallest of
 * them, 1 and -1 the largest and smallest sum of sizes in a column, Infinity and -Infinity in a row.
 * @shape [..., m, n] → [...]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch below rank 2, InvalidArgument for another `ord`.
 * @example deepClose(await read(linalg.matrixNorm(tensor([[1, -2], [3, 4]]), { ord: 1 })), 6)
 */
export const matrixNorm: MatrixToNumber<'matrixNorm', Ord> = ((x: unknown, s: Ord = {}) => measured(matrices('matrixNorm', x), s.ord ?? 'fro')) as never
/**
 * The vector norm of the chosen axes taken together: `norm` under its other name.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there, InvalidArgument when `ord` is NaN.
 * @example deepClose(await read(linalg.vectorNorm(tensor([3, 4]))), 5)
 */
export const vectorNorm: Norm = norm
/**
 * The condition number: the norm of x times that of its inverse; without `ord` the ratio of the largest to the smallest singular
 * value, for which x need not be square. Infinity where x is singular.
 * @shape [..., m, n] → [...]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch below rank 2, or for another `ord` when x is not square.
 * @example deepClose(await read(linalg.cond(tensor([[4, 0], [0, 2]]))), 2)
 */
export const cond: MatrixToNumber<'cond', Ord> = ((x: unknown, { ord = 2 }: Ord = {}) => {
  if (ord !== 2 && ord !== -2) {
    const node = squares('cond', x)
    const c = b.mul([measured(node, ord), measured(inverse(node), ord)])
    return b.where([b.ne([c, c]), constant(Infinity, c), c])
  }
  const [high, low] = extremes(matrices('cond', x))
  return ord === 2 ? b.div([high, low]) : b.div([low, high])
}) as never

interface Offset { readonly offset?: number }
interface TraceOf {
  <S extends Shape, D extends DType, V extends Device>(x: Must<MatricesOf<'trace', S>, Tensor<S, D, V>>, settings?: Offset): Tensor<Lead<S>, SumOf<D>, V>
}
/**
 * The sum of the diagonal, the `offset`-th one counted upwards.
 * @shape [..., m, n] → [...]
 * @dtype any number → same; bools in i32
 * @throws ShapeMismatch below rank 2.
 * @example deepClose(await read(linalg.trace(tensor([[1, 2], [3, 4]]))), 5)
 */
export const trace: TraceOf = ((x: unknown, { offset = 0 }: Offset = {}) => {
  const node = asNode('trace', x)
  if (node.shape.length < 2) return fail('ShapeMismatch', `trace: needs rank 2 or more, got [${node.shape}]; unsqueeze it`)
  const whole = node.dtype === 'bool' ? b.cast([node], { dtype: 'i32' }) : node
  const [m, n] = sizeOf(node)
  const axis = node.shape.length - (offset > 0 ? 1 : 2)
  const from = Math.min(Math.abs(offset), offset > 0 ? n : m)
  const diagonal = diagonalOf(cut(whole, axis, from, (offset > 0 ? n : m) - from))
  return total(diagonal, 1)
}) as never
interface TransposedOf {
  <S extends Shape, D extends DType, V extends Device>(x: Must<MatricesOf<'matrixTranspose', S>, Tensor<S, D, V>>): Tensor<Turned<S>, D, V>
}
/**
 * The last two axes swapped.
 * @shape [..., m, n] → [..., n, m]
 * @dtype any → same
 * @throws ShapeMismatch below rank 2.
 * @example deepClose(await read(linalg.matrixTranspose(tensor([[1, 2]]))), [[1], [2]])
 */
export const matrixTranspose: TransposedOf = ((x: unknown) => {
  const node = asNode('matrixTranspose', x)
  return node.shape.length >= 2 ? turned(node) : fail('ShapeMismatch', `matrixTranspose: needs rank 2 or more, got [${node.shape}]; unsqueeze it`)
}) as never
