/** Triangular systems. */
import { b, reshapeTo } from '../../prim/index.js'
import type { SolveOf } from '../../type/index.js'
import { regular } from '../checked.js'
import { onBatch, system } from './operand.js'

interface Settings { readonly lower?: boolean; readonly transposed?: boolean; readonly unit?: boolean }
/**
 * The solution of A X = B (`transposed`: Aᵀ X = B) by substitution. A is upper triangular unless `lower`; what lies in the other
 * triangle is not read, and with `unit` the diagonal is taken to be one. A zero on the diagonal is divided by.
 * @shape [..., n, n], [..., n, k] → [..., n, k]; a vector [n] → [..., n]
 * @dtype promoted; integers in f32
 * @throws ShapeMismatch when A is not square or the rows differ.
 * @example deepClose(await read(linalg.triangularSolve(tensor([[2, 1], [0, 4]]), tensor([4, 8]))), [1, 2])
 */
export const triangularSolve: SolveOf<'triangularSolve', Settings> = ((left: unknown, right: unknown, s: Settings = {}) => {
  const { a, y, shape } = system('triangularSolve', left, right)
  const settings = { lower: s.lower === true, transposed: s.transposed === true, unit: s.unit === true }
  return reshapeTo(b.triangularSolve([onBatch(settings.unit ? a : regular('triangularSolve', a), y.shape.slice(0, -2), 2), y], settings), shape)
}) as never
