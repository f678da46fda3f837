/**
 * Ranges and matrices made of indices. Whole-numbered ranges are the index along an axis, scaled and shifted on the
 * device; others are computed in double precision on the host and rounded once, so that every backend has the same bits
 * and `linspace` ends exactly where it should.
 */
import type { Node } from '../ir/node.js'
import { leaf } from '../ir/node.js'
import { b, castTo, constant, stretch } from '../prim/index.js'
import type { Arange, DType, Eye, FloatDType, Linspace, OneHot } from '../type/index.js'
import { fail, isFloat } from '../type/index.js'
import { count } from './fit.js'
import { fromScalars } from './host.js'
import { asNode } from './operand.js'

const index = (n: number, dtype: DType): Node => b.iota([], { shape: [n], axis: 0, dtype })
const scaled = (x: Node, start: number, step: number): Node => {
  const y = step === 1 ? x : b.mul([x, constant(step, x)])
  return start === 0 && step > 0 ? y : b.add([y, constant(start, x)]) // -0 + 0 is 0
}
interface Range { readonly start?: number; readonly step?: number; readonly dtype?: DType }
const indexDType = (d: DType): DType => (d === 'u8' || d === 'bool' ? 'i32' : d)

/**
 * start, start + step, … up to but without `end`; from 0 in steps of 1 unless given.
 * @shape (end) → [ceil((end - start) / step)]
 * @dtype i32, or the one given
 * @throws InvalidArgument for a step of 0, DTypeMismatch for a non-integer in an integer dtype.
 * @example deepClose(await read(arange(7, { start: 1, step: 2 })), [1, 3, 5])
 */
export const arange: Arange = ((end: number, { start = 0, step = 1, dtype = 'i32' }: Range = {}) => {
  const n = Math.max(0, Math.ceil((end - start) / step))
  if (!Number.isFinite(n)) return fail('InvalidArgument', `arange: from ${start} to ${end} in steps of ${step} has no end`)
  if (Number.isInteger(start) && Number.isInteger(step)) return castTo(scaled(index(n, indexDType(dtype)), start, step), dtype)
  return leaf(fromScalars('arange', Array.from({ length: n }, (_, i) => start + i * step), dtype), [n], dtype)
}) as never
/**
 * n evenly spaced numbers from start to end, both included exactly.
 * @shape (start, end, n) → [n]
 * @dtype f32, or the float given
 * @throws InvalidArgument when n is negative or not whole.
 * @example deepClose(await read(linspace(0, 1, 5)), [0, 0.25, 0.5, 0.75, 1])
 */
export const linspace: Linspace = ((start: number, end: number, n: number, s: { readonly dtype?: FloatDType } = {}) => {
  const dtype = s.dtype ?? 'f32'
  const at = (i: number): number => (i === 0 ? start : i === n - 1 ? end : start + ((end - start) * i) / (n - 1))
  return leaf(fromScalars('linspace', Array.from({ length: count('linspace', 'n', n) }, (_, i) => at(i)), dtype), [n], dtype)
}) as never

/** Where row plus `diagonal` equals (or passes) the column, over the last two axes. */
export const against = (op: 'eq' | 'ge', rows: number, columns: number, diagonal: number): Node => {
  const at = (axis: 0 | 1): Node => b.iota([], { shape: [rows, columns], axis, dtype: 'i32' })
  const shifted = diagonal === 0 ? at(0) : b.add([at(0), constant(diagonal, at(0))])
  return b[op]([shifted, at(1)])
}
/**
 * Ones on the diagonal, zeros elsewhere.
 * @shape (n) → [n, columns], square unless `columns` is given
 * @dtype f32, or the one given
 * @throws InvalidArgument when a size is negative or not whole.
 * @example deepClose(await read(eye(2)), [[1, 0], [0, 1]])
 */
export const eye: Eye = ((n: number, s: { readonly columns?: number; readonly dtype?: DType } = {}) =>
  castTo(against('eq', count('eye', 'n', n), count('eye', 'columns', s.columns ?? n), 0), s.dtype ?? 'f32')) as never
/**
 * Each integer as a row of zeros with a one at its place; a class outside [0, classes) gives a row of zeros.
 * @shape [...s] → [...s, classes]
 * @dtype integer → f32, or the one given
 * @throws DTypeMismatch for a float tensor.
 * @example deepClose(await read(oneHot(tensor([0, 2], { dtype: 'i32' }), 3)), [[1, 0, 0], [0, 0, 1]])
 */
export const oneHot: OneHot = ((x: unknown, classes: number, s: { readonly dtype?: DType } = {}) => {
  const node = asNode('oneHot', x)
  if (isFloat(node.dtype)) return fail('DTypeMismatch', `oneHot: classes must be integers, not ${node.dtype}; cast them`)
  const at = castTo(node, indexDType(node.dtype))
  const shape = [...at.shape, count('oneHot', 'classes', classes)]
  const wide = b.broadcast([at], { shape, axes: at.shape.map((_, i) => i) })
  return castTo(b.eq([wide, stretch(index(classes, at.dtype), shape)]), s.dtype ?? 'f32')
}) as never
