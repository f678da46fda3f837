/** Symmetric positive definite matrices. Law: L Lᵀ = A. */
import type { Node } from '../../ir/node.js'
import { b, reshapeTo } from '../../prim/index.js'
import type { SolveOf, SquareToSquare } from '../../type/index.js'
import { definite, regular } from '../checked.js'
import { onBatch, squares, system, turned } from './operand.js'

interface Settings { readonly upper?: boolean; readonly symmetrize?: boolean }
/**
 * The lower triangular L with L Lᵀ = x (with `upper` its transpose). x is made symmetric first; with `symmetrize` false only
 * its lower triangle is read. A matrix that is not positive definite gives NaN.
 * @shape [..., n, n] → [..., n, n]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch for matrices that are not square.
 * @example deepClose(await read(linalg.cholesky(tensor([[4, 2], [2, 5]]))), [[2, 0], [1, 2]])
 */
export const cholesky: SquareToSquare<'cholesky', Settings> = ((x: unknown, s: Settings = {}) => {
  const node = squares('cholesky', x)
  const l = definite('cholesky', b.cholesky([node], { symmetrize: s.symmetrize !== false }))
  return s.upper === true ? turned(l) : l
}) as never
/**
 * The solution of L Lᵀ X = B for a factor that `cholesky` gave (with `upper` the transposed one).
 * @shape [..., n, n], [..., n, k] → [..., n, k]; a vector [n] → [..., n]
 * @dtype promoted; integers in f32
 * @throws ShapeMismatch when the factor is not square or the rows differ.
 * @example deepClose(await read(linalg.choleskySolve(tensor([[2, 0], [1, 2]]), tensor([8, 14]))), [0.75, 2.5])
 */
export const choleskySolve: SolveOf<'choleskySolve', { readonly upper?: boolean }> = ((factor: unknown, right: unknown, s: { readonly upper?: boolean } = {}) => {
  const { a, y, shape } = system('choleskySolve', factor, right)
  const l = onBatch(regular('choleskySolve', s.upper === true ? turned(a) : a), y.shape.slice(0, -2), 2)
  const solve = (v: Node, transposed: boolean): Node => b.triangularSolve([l, v], { lower: true, transposed, unit: false })
  return reshapeTo(solve(solve(y, false), true), shape)
}) as never
