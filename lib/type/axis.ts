/**
 * Axes: a number that counts from the front, or from the end when negative. In types an axis becomes an index key
 * ('0', '1', ...) by lookup, without arithmetic; ranks to 8. A list of axes may name each axis once.
 */
import type { Shape, Show, ShowDim } from './shape.js'
import { show } from './shape.js'

/** FromEnd[rank][k] = rank - k. */
type FromEnd = [
  [], ['', '0'], ['', '1', '0'], ['', '2', '1', '0'], ['', '3', '2', '1', '0'], ['', '4', '3', '2', '1', '0'],
  ['', '5', '4', '3', '2', '1', '0'], ['', '6', '5', '4', '3', '2', '1', '0'],
  ['', '7', '6', '5', '4', '3', '2', '1', '0'],
]
/** Axis number -> index key '0'..'7'; `never` when out of range. Distributes over unions of axes. */
export type AxisKey<S extends Shape, I extends number> = I extends unknown
  ? `${I}` extends `-${infer K}`
    ? FromEnd[S['length'] & keyof FromEnd] extends infer F ? K extends keyof F ? F[K] & string : never : never
    : `${I}` extends keyof S ? `${I}` : never
  : never
export type AxisError<Op extends string, S, I> = `${Op}: axis ${ShowDim<I>} is out of range for ${Show<S>}`
/** One axis, a list of them, or all (undefined). */
export type Axes = number | readonly number[] | undefined
export type AxisUnion<A> = A extends readonly (infer I extends number)[] ? I : A extends number ? A : never
/** Boxed union of index keys, or a message. */
export type AxisKeys<Op extends string, S extends Shape, A> =
  A extends number ? [AxisKey<S, A>] extends [never] ? AxisError<Op, S, A> : [AxisKey<S, A>] : EachKey<Op, S, A>
type EachKey<Op extends string, S extends Shape, A, Seen extends string = never> =
  A extends readonly [infer I extends number, ...infer R]
    ? [AxisKey<S, I>] extends [never] ? AxisError<Op, S, I>
      : AxisKey<S, I> extends Seen ? `${Op}: axis ${ShowDim<I>} is named twice for ${Show<S>}`
      : EachKey<Op, S, R, Seen | AxisKey<S, I>>
    : [Seen]
/** The shape itself when every axis exists and is named once, else a message: for ops that keep the shape (flip,
 *  softmax). */
export type Along<Op extends string, S extends Shape, A> =
  A extends undefined ? S : number extends S['length'] ? S : number extends AxisUnion<A> ? S
  : AxisKeys<Op, S, A> extends infer M extends string ? M : S
/** Index key of the axis at which something is *inserted* into S: the rank itself counts, -1 is the end. */
export type InsertKey<S extends Shape, I extends number> = `${I}` extends `-${string}` ? AxisKey<[...S, 1], I> : `${I}`

const where = (of: number | Shape): string => (typeof of === 'number' ? `rank ${of}` : show(of))
const rankOf = (of: number | Shape): number => (typeof of === 'number' ? of : of.length)
const fromFront = (rank: number, axis: number): number => (axis < 0 ? axis + rank : axis)
const inRange = (rank: number, axis: number): boolean => Number.isInteger(axis) && axis >= 0 && axis < rank

/** One non-negative axis, or a message. `of` is the shape (better messages) or its rank. */
export const normalizeAxis = (op: string, of: number | Shape, axis: number): number | string => {
  const at = fromFront(rankOf(of), axis)
  return inRange(rankOf(of), at) ? at : `${op}: axis ${axis} is out of range for ${where(of)}`
}
/** Sorted non-negative axes, or a message; `undefined` means all of them. */
export const normalizeAxes = (op: string, of: number | Shape, axes: Axes): number[] | string => {
  if (axes === undefined) return Array.from({ length: rankOf(of) }, (_, i) => i)
  const found = new Set<number>()
  for (const axis of typeof axes === 'number' ? [axes] : axes) {
    const at = normalizeAxis(op, of, axis)
    if (typeof at === 'string') return at
    if (found.has(at)) return `${op}: axis ${axis} is named twice for ${where(of)}`
    found.add(at)
  }
  return [...found].sort((a, b) => a - b)
}
/** Where a new axis goes: 0..rank, negative from the end (-1 is last), or a message. */
export const insertAxis = (op: string, s: Shape, axis: number): number | string => {
  const at = fromFront(s.length + 1, axis)
  return inRange(s.length + 1, at) ? at : `${op}: axis ${axis} is out of range for ${show(s)}`
}
/** The shape itself when every axis exists and is named once. */
export const along = (op: string, s: Shape, axes: Axes): number[] | string => {
  const found = normalizeAxes(op, s, axes)
  return typeof found === 'string' ? found : [...s]
}
