/** The laws of functions at linear algebra: forward mode is the difference quotient, reverse mode its adjoint, second derivatives commute. */
import { describe, expect, it } from 'vitest'
import { functionIsLawful } from '../../laws/index.js'
import type { Trial } from '../../laws/index.js'
import * as ct from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'

type X = Tensor<readonly number[], 'f64', 'cpu'>
type Row = readonly [name: string, f: (...xs: X[]) => unknown, shapes: readonly (readonly number[])[], trial?: Trial]
const { linalg, add, mul } = ct
const call = (f: unknown): ((...xs: unknown[]) => X) => f as never
/** Regular: the identity's multiple makes every factor smooth in [-1, 1]. */
const firm = (x: X, by = 6): X => call(add)(x, call(mul)(ct.eye(x.shape.at(-1) as number, { dtype: 'f64' }), by))
/** Eigenvalues apart. */
const apart = (x: X): X => call(add)(x, ct.diag(ct.arange((x.shape.at(-1) as number) * 4, { step: 4, dtype: 'f64' })))
/** Two pairs of complex eigenvalues. */
const spun = ct.tensor([[1, -5, 0, 0], [5, 1, 0, 0], [0, 0, 8, -9], [0, 0, 9, 8]], { dtype: 'f64' })
const unit: Trial = { range: [-1, 1] }
const rows: readonly Row[] = [
  ['cholesky', (x) => call(linalg.cholesky)(firm(x)), [[3, 3]]], ['choleskySolve', (x, y) => call(linalg.choleskySolve)(firm(x), y), [[3, 3], [3]]],
  ['qr of wide matrices', (x) => call(linalg.qr)(call(add)(x, ct.ones([3, 5], { dtype: 'f64' }))), [[3, 5]]], ['r', (x) => call(linalg.qr)(firm(x), { mode: 'r' }), [[3, 3]]],
  ['lu', (x) => (call(linalg.lu)(firm(x)) as unknown as X[]).slice(1), [[2, 3, 3]]], ['solve', (x, y) => call(linalg.solve)(firm(x), y), [[2, 3, 3], [3, 2]]],
  ['solve of a vector', (x, y) => call(linalg.solve)(firm(x), y), [[3, 3], [3]]], ['inv', (x) => call(linalg.inv)(firm(x)), [[2, 3, 3]]],
  ['luSolve', (x, y) => call(linalg.luSolve)(linalg.luFactor(firm(x) as never), y, { transposed: true }), [[3, 3], [3]]],
  ['triangularSolve', (x, y) => call(linalg.triangularSolve)(firm(x), y), [[3, 3], [3, 2]]],
  ['det', (x) => call(linalg.det)(x), [[2, 3, 3]]], ['det of 1', (x) => call(linalg.det)(x), [[1, 1]]], ['slogdet', (x) => (call(linalg.slogdet)(firm(x)) as unknown as X[])[1], [[4, 4]]],
  ['eigh', (x) => call(linalg.eigh)(apart(x)), [[3, 3]]], ['eigvalsh', (x) => call(linalg.eigvalsh)(apart(x)), [[3, 3]]],
  ['eigvals', (x) => call(linalg.eigvals)(apart(x)), [[3, 3]]], ['eig of pairs', (x) => call(linalg.eig)(call(add)(x, spun)), [[4, 4]]],
  ['svd', (x) => call(linalg.svd)(apart(firm(x))), [[3, 3]]], ['svdvals', (x) => call(linalg.svdvals)(x), [[4, 2]]], ['pinv', (x) => call(linalg.pinv)(x), [[4, 2]]],
  ['lstsq', (x, y) => (call(linalg.lstsq)(x, y) as unknown as X[]).slice(0, 2), [[4, 2], [4]]], ['polar', (x) => call(linalg.polar)(firm(x)), [[3, 3]]],
  ['matrixPower', (x) => call(linalg.matrixPower)(x, 3), [[2, 3, 3]]], ['matrixPower of the inverse', (x) => call(linalg.matrixPower)(firm(x), -2), [[3, 3]]],
  ['expm', (x) => call(linalg.expm)(x), [[3, 3]]], ['sqrtm', (x) => call(linalg.sqrtm)(firm(x)), [[3, 3]]],
  ['trace', (x) => call(linalg.trace)(x, { offset: 1 }), [[2, 3, 4]]], ['matrixTranspose', (x) => call(linalg.matrixTranspose)(x), [[2, 3]]],
  ['matrixNorm', (x) => call(linalg.matrixNorm)(x), [[2, 3, 4]]], ['matrixNorm nuc', (x) => call(linalg.matrixNorm)(x, { ord: 'nuc' }), [[3, 2]]],
  ['matrixNorm 2', (x) => call(linalg.matrixNorm)(x, { ord: 2 }), [[3, 2]]], ['vectorNorm', (x) => call(linalg.vectorNorm)(x), [[5]]], ['cond', (x) => call(linalg.cond)(apart(firm(x))), [[3, 3]]],
  ['blockDiag', (x, y) => call(linalg.blockDiag)([x, y]), [[2, 3], [2, 1]]], ['tensorinv', (x) => call(linalg.tensorinv)(call(ct.reshape)(firm(x), [2, 2, 4])), [[4, 4]]],
  ['tensorsolve', (x, y) => call(linalg.tensorsolve)(firm(x), y), [[3, 3], [3]]],
]
describe('linear algebra', () => {
  it.each(rows.map((row) => [row[0], row] as const))('%s', (_, [, f, shapes, trial = {}]) => {
    expect(functionIsLawful(f, shapes.map((shape) => ({ shape, dtype: 'f64' })), { runs: 3, ...unit, ...trial })).toBe(true)
  }, 120_000)
})
