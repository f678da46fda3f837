/**
 * Where a shape law's sentence becomes a fault. The laws of lib/type give a shape or the sentence that the compiler would
 * have shown; what types could not see arrives here and is thrown at the line that made the node, with a hint.
 */
import type { Axes } from '../type/index.js'
import { fail, insertAxis, normalizeAxes, normalizeAxis } from '../type/index.js'

const named = (op: string, sentence: string): string => (sentence.startsWith(op) ? sentence : `${op}: ${sentence}`)

/** What the law gives, or ShapeMismatch with its sentence and what to do. */
export const fit = <T>(op: string, law: T | string, hint: string): T =>
  typeof law === 'string' ? fail('ShapeMismatch', `${named(op, law)}; ${hint}`) : law

const range = (rank: number): string => (rank === 0 ? 'a scalar has no axes' : `axes run from ${-rank} to ${rank - 1}`)
const found = <T>(law: T | string, rank: number): T =>
  typeof law === 'string' ? fail('IndexOutOfRange', `${law}; ${range(rank)}`) : law

/** One axis counted from the front, or IndexOutOfRange. */
export const axisOf = (op: string, shape: readonly number[], axis: number): number =>
  found(normalizeAxis(op, shape, axis), shape.length)
/** Sorted axes counted from the front, all of them unless given, or IndexOutOfRange. */
export const axesOf = (op: string, shape: readonly number[], axes: Axes): number[] =>
  found(normalizeAxes(op, shape, axes), shape.length)
/** Where a new axis goes, or IndexOutOfRange. */
export const newAxisOf = (op: string, shape: readonly number[], axis: number): number =>
  found(insertAxis(op, shape, axis), shape.length + 1)

/** A whole number that is not negative (a size, a count), or InvalidArgument. */
export const count = (op: string, what: string, n: number): number =>
  Number.isInteger(n) && n >= 0 ? n : fail('InvalidArgument', `${op}: ${what} must be a whole number and not negative, got ${n}`)
/** A shape given by the user: whole, non-negative sizes. */
export const sizes = (op: string, shape: readonly number[]): readonly number[] => shape.map((n) => count(op, 'a size', n))
