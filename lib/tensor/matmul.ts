/**
 * Matrix products. NumPy's rank rules for `matmul`; a batch of matrices times one matrix becomes a single product of more
 * rows, other batches are broadcast for free.
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, reshapeTo, stretch } from '../prim/index.js'
import type { DotOf, MatMulOf, OuterOf } from '../type/index.js'
import * as law from '../type/index.js'
import { fit } from './fit.js'
import { asDType, commonDType } from './operand.js'

const operands = (op: string, x: unknown, y: unknown): [Node, Node] => asDType(op, [x, y], commonDType(op, [x, y])) as [Node, Node]

const product = (x: Node, y: Node): Node => {
  const [m, k] = x.shape.slice(-2) as [number, number]
  const lead = x.shape.slice(0, -2)
  if (y.shape.length === 2 && lead.length > 0) {
    const rows = b.dot([reshapeTo(x, [numel(lead) * m, k]), y])
    return reshapeTo(rows, [...lead, m, y.shape[1] as number])
  }
  const batch = law.broadcast(lead, y.shape.slice(0, -2)) as number[]
  return b.dot([stretch(x, [...batch, m, k]), stretch(y, [...batch, ...y.shape.slice(-2)])])
}
/**
 * The matrix product over the last two axes; a vector on the left is a row, on the right a column, and leaves no axis.
 * @shape [...b, m, k], [...b, k, n] → [...b, m, n]
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the inner sizes differ, the batches do not broadcast, or an operand is a scalar.
 * @example deepClose(await read(matmul(tensor([[1, 2], [3, 4]]), tensor([5, 6]))), [17, 39])
 */
export const matmul: MatMulOf = ((x: unknown, y: unknown) => {
  const [p, q] = operands('matmul', x, y)
  const shape = fit('matmul', law.matMul(p.shape, q.shape), 'the last axis of the left must match the last but one of the right; transpose one of them')
  const row = p.shape.length === 1 ? reshapeTo(p, [1, ...p.shape]) : p
  const column = q.shape.length === 1 ? reshapeTo(q, [...q.shape, 1]) : q
  return reshapeTo(product(row, column), shape)
}) as never
/**
 * The sum of the products of two vectors.
 * @shape [n], [n] → []
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the operands are not two vectors of one length.
 * @example deepClose(await read(dot(tensor([1, 2]), tensor([3, 4]))), 11)
 */
export const dot: DotOf = ((x: unknown, y: unknown) => {
  const [p, q] = operands('dot', x, y)
  fit('dot', law.dot(p.shape, q.shape), 'use matmul for matrices')
  return reshapeTo(b.dot([reshapeTo(p, [1, ...p.shape]), reshapeTo(q, [...q.shape, 1])]), [])
}) as never
/**
 * All products of an element of x with one of y.
 * @shape [m], [n] → [m, n]
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the operands are not two vectors.
 * @example deepClose(await read(outer(tensor([1, 2]), tensor([3, 4]))), [[3, 4], [6, 8]])
 */
export const outer: OuterOf = ((x: unknown, y: unknown) => {
  const [p, q] = operands('outer', x, y)
  const shape = fit('outer', law.outer(p.shape, q.shape), 'flatten them first')
  return b.mul([stretch(reshapeTo(p, [...p.shape, 1]), shape), stretch(q, shape)])
}) as never
