/**
 * Joining and parting: concat along an axis that exists, stack along a new one, split into equal parts (the inverse of
 * concat: concat(split(x, n)) = x). Sums of symbols degrade to `number`.
 */
import type { Add, DivMod } from './arith.js'
import type { AxisError, AxisKey } from './axis.js'
import type { Unsqueeze } from './move.js'
import type { DimOk, IsLiteral, Law, Meet, Shape, Show, ShowDim, Unranked } from './shape.js'
import { normalizeAxis } from './axis.js'
import { unsqueeze } from './move.js'
import { sameShape, show } from './shape.js'

type AddDim<X, Y> =
  IsLiteral<X> extends true ? IsLiteral<Y> extends true ? Add<X & number, Y & number> : number : number
/** Two shapes joined along axis I. */
export type Concat2<A extends Shape, B extends Shape, I extends number> =
  Unranked<A> extends true ? Shape : Unranked<B> extends true ? Shape : number extends I ? { [K in keyof A]: number }
  : [AxisKey<A, I>] extends [never] ? AxisError<'concat', A, I> : Cat<A, B, AxisKey<A, I>, A, B>
type RankError<A, B> = `concat: ranks differ, ${Show<A>} and ${Show<B>}`
type Cat<A, B, K, A0, B0, Acc extends number[] = []> =
  A extends readonly [infer X extends number, ...infer A1]
    ? B extends readonly [infer Y extends number, ...infer B1]
      ? K extends `${Acc['length']}` ? Cat<A1, B1, K, A0, B0, [...Acc, AddDim<X, Y>]>
        : DimOk<X, Y> extends true ? Cat<A1, B1, K, A0, B0, [...Acc, Meet<X, Y>]>
        : `concat ${Show<A0>} with ${Show<B0>}: ${ShowDim<X>} and ${ShowDim<Y>} differ off the joined axis`
      : RankError<A0, B0>
    : B extends readonly [] ? Acc : RankError<A0, B0>
/** A list of shapes joined from the left; a list of unknown length leaves the joined dim unknown. */
export type Concat<Ss extends readonly unknown[], I extends number> =
  number extends Ss['length'] ? ConcatMany<Ss[number], I>
  : Ss extends readonly [infer A extends Shape, ...infer R] ? ConcatRest<R, A, I> : 'concat: needs at least one tensor'
type ConcatRest<Ss, A extends Shape, I extends number> =
  Ss extends readonly [infer B extends Shape, ...infer R]
    ? Concat2<A, B, I> extends infer C ? C extends Shape ? ConcatRest<R, C, I> : C : never
    : Ss extends readonly [] ? Unranked<A> extends true ? A : number extends I ? A
      : [AxisKey<A, I>] extends [never] ? AxisError<'concat', A, I> : A
    : Shape
type ConcatMany<S, I extends number> =
  S extends Shape ? Unranked<S> extends true ? Shape
    : [AxisKey<S, I>] extends [never] ? AxisError<'concat', S, I> : SetDim<S, AxisKey<S, I>, number> : Shape
/** S with the dim at index key K replaced. */
export type SetDim<S extends Shape, K, D> = { -readonly [J in keyof S]: J extends K ? D : S[J] }

/** Equal shapes side by side along a new axis. */
export type Stack<Ss extends readonly unknown[], I extends number> =
  number extends Ss['length'] ? Ss[number] extends infer S extends Shape ? Unsqueeze<S, I, number, 'stack'> : Shape
  : Ss extends readonly [infer A extends Shape, ...infer R] ? StackRest<R, A, I, Ss['length'] & number>
  : 'stack: needs at least one tensor'
type StackRest<Ss, A extends Shape, I extends number, N extends number> =
  Ss extends readonly [infer B extends Shape, ...infer R]
    ? AllOk<A, B> extends true ? StackRest<R, A, I, N> : `stack: ${Show<A>} and ${Show<B>} differ`
    : Unsqueeze<A, I, N, 'stack'>
type AllOk<A, B> =
  A extends readonly [infer X, ...infer A1]
    ? B extends readonly [infer Y, ...infer B1] ? DimOk<X, Y> extends true ? AllOk<A1, B1> : false
      : B extends readonly [] ? false : true
    : A extends readonly [] ? (B extends readonly [unknown, ...unknown[]] ? false : true) : true

/** The shape of each of N equal parts along axis I. */
export type Split<S extends Shape, N extends number, I extends number> =
  Unranked<S> extends true ? Shape : number extends I ? { -readonly [K in keyof S]: number }
  : [AxisKey<S, I>] extends [never] ? AxisError<'split', S, I>
  : S[AxisKey<S, I> & keyof S] extends infer D
    ? (number extends N ? false : IsLiteral<D>) extends true
      ? DivMod<D & number, N> extends [infer Q, 0] ? SetDim<S, AxisKey<S, I>, Q>
        : `split: ${N} parts do not divide ${ShowDim<D>} of ${Show<S>}`
      : SetDim<S, AxisKey<S, I>, number>
    : never

const concat2 = (a: Shape, b: Shape, axis: number): Law => {
  const at = normalizeAxis('concat', a, axis)
  if (typeof at === 'string') return at
  for (const [i, x] of a.entries()) {
    const y = b[i]
    if (y === undefined) return `concat: ranks differ, ${show(a)} and ${show(b)}`
    if (i !== at && x !== y) return `concat ${show(a)} with ${show(b)}: ${x} and ${y} differ off the joined axis`
  }
  return a.length === b.length ? a.with(at, (a[at] ?? 0) + (b[at] ?? 0))
    : `concat: ranks differ, ${show(a)} and ${show(b)}`
}
/** The run-time twin of `Concat`. */
export const concat = (shapes: readonly Shape[], axis: number): Law => {
  const [first, ...rest] = shapes
  if (first === undefined) return 'concat: needs at least one tensor'
  const at = normalizeAxis('concat', first, axis)
  if (typeof at === 'string') return at
  return rest.reduce<Law>((acc, s) => (typeof acc === 'string' ? acc : concat2(acc, s, axis)), [...first])
}
/** The run-time twin of `Stack`. */
export const stack = (shapes: readonly Shape[], axis: number): Law => {
  const [first] = shapes
  if (first === undefined) return 'stack: needs at least one tensor'
  const other = shapes.find((s) => !sameShape(s, first))
  return other === undefined ? unsqueeze(first, axis, shapes.length, 'stack')
    : `stack: ${show(first)} and ${show(other)} differ`
}
/** The run-time twin of `Split`: the shape of each part. */
export const split = (s: Shape, parts: number, axis: number): Law => {
  const at = normalizeAxis('split', s, axis)
  if (typeof at === 'string') return at
  const size = s[at] ?? 0
  return parts > 0 && size % parts === 0 ? s.with(at, size / parts)
    : `split: ${parts} parts do not divide ${size} of ${show(s)}`
}
