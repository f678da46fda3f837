/**
 * Movement that permutes, drops or inserts axes: permute, transpose, squeeze, unsqueeze. No element changes value;
 * permutes compose, and permuting by the inverse gives the shape back.
 */
import type { Along, AxisError, AxisKey, InsertKey } from './axis.js'
import type { DropAxes } from './reduce.js'
import type { Law, Shape, Show, ShowDim, Unranked } from './shape.js'
import { insertAxis, normalizeAxes, normalizeAxis } from './axis.js'
import { show } from './shape.js'

type PermuteError<S, P> = `permute: ${Show<P>} is not a permutation of the axes of ${Show<S>}`
export type Permute<S extends Shape, P extends readonly number[]> =
  Unranked<S> extends true ? Shape : number extends P['length'] ? Shape
  : P['length'] extends S['length']
    ? Exclude<keyof S & `${number}`, AxisKey<S, P[number]>> extends never
      ? { -readonly [K in keyof P]: S[AxisKey<S, P[K]> & keyof S] & number }
      : PermuteError<S, P>
    : PermuteError<S, P>

/** The last two axes swapped, or the two that are named. */
export type Transpose<S extends Shape, A = undefined> =
  A extends readonly [infer I extends number, infer J extends number] ? SwapAxes<S, I, J>
  : Unranked<S> extends true ? Shape
  : S extends readonly [...infer B extends number[], infer M extends number, infer N extends number] ? [...B, N, M]
  : `transpose: needs rank 2 or more, got ${Show<S>}`
type SwapAxes<S extends Shape, I extends number, J extends number> =
  Unranked<S> extends true ? Shape : number extends I | J ? { -readonly [K in keyof S]: number }
  : Along<'transpose', S, [I, J]> extends infer M extends string ? M : Swap<S, AxisKey<S, I>, AxisKey<S, J>>
type Swap<S extends Shape, P extends string, Q extends string> =
  { -readonly [K in keyof S]: K extends P ? S[Q & keyof S] : K extends Q ? S[P & keyof S] : S[K] }

export type Squeeze<S extends Shape, I extends number> =
  Unranked<S> extends true ? Shape : number extends I ? Shape
  : [AxisKey<S, I>] extends [never] ? AxisError<'squeeze', S, I>
  : S[AxisKey<S, I> & keyof S] extends infer D
    ? (D extends 1 ? true : number extends D ? true : false) extends true
      ? DropAxes<S, AxisKey<S, I>, false> : `squeeze: axis ${I} of ${Show<S>} is ${ShowDim<D>}, not 1`
    : never
/** Insert dim D before index key K (K may equal the rank). The '0' case also works on a type parameter. */
export type InsertAt<S extends Shape, K, D extends number, Op extends string = 'unsqueeze', I = K> =
  [K] extends [never] ? InsertError<Op, S, I> : K extends '0' ? [D, ...S] : Ins<S, K, D, S, Op, I>
type Ins<S extends Shape, K, D extends number, S0, Op extends string, I, Acc extends unknown[] = []> =
  K extends `${Acc['length']}` ? [...Acc, D, ...S]
  : S extends readonly [infer H, ...infer R extends Shape] ? Ins<R, K, D, S0, Op, I, [...Acc, H]>
  : InsertError<Op, S0, I>
type InsertError<Op extends string, S, I> = `${Op}: axis ${I & (string | number)} is out of range for ${Show<S>}`
export type Unsqueeze<S extends Shape, I extends number, D extends number = 1, Op extends string = 'unsqueeze'> =
  number extends I ? Shape : Unranked<S> extends true ? Shape : InsertAt<S, InsertKey<S, I>, D, Op, I>

/** The run-time twin of `Permute`; `order` says for each new axis which old one it is, negative from the end. */
export const permute = (s: Shape, order: readonly number[]): Law => {
  const axes = order.map((axis) => (axis < 0 ? axis + s.length : axis))
  const found = normalizeAxes('permute', s, axes)
  if (typeof found === 'string' || found.length !== s.length)
    return `permute: ${show(order)} is not a permutation of the axes of ${show(s)}`
  return axes.map((axis) => s[axis] ?? 1)
}
/** The order that swaps two axes, the last two unless named. */
export const transposeOrder = (s: Shape, axes?: readonly [number, number]): number[] | string => {
  if (axes === undefined && s.length < 2) return `transpose: needs rank 2 or more, got ${show(s)}`
  const wrong = normalizeAxes('transpose', s, axes ?? [-2, -1])
  if (typeof wrong === 'string') return wrong
  const [p, q] = wrong
  return s.map((_, i) => (i === p ? q ?? i : i === q ? p ?? i : i))
}
/** The run-time twin of `Transpose`. */
export const transpose = (s: Shape, axes?: readonly [number, number]): Law => {
  const order = transposeOrder(s, axes)
  return typeof order === 'string' ? order : order.map((axis) => s[axis] ?? 1)
}
/** The run-time twin of `Squeeze`. */
export const squeeze = (s: Shape, axis: number): Law => {
  const at = normalizeAxis('squeeze', s, axis)
  if (typeof at === 'string') return at
  return s[at] === 1 ? s.toSpliced(at, 1) : `squeeze: axis ${axis} of ${show(s)} is ${s[at]}, not 1`
}
/** The run-time twin of `Unsqueeze`. */
export const unsqueeze = (s: Shape, axis: number, size = 1, op = 'unsqueeze'): Law => {
  const at = insertAxis(op, s, axis)
  return typeof at === 'string' ? at : s.toSpliced(at, 0, size)
}
