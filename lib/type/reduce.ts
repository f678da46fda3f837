/**
 * Reductions: the named axes leave the shape, or stay as 1 with `keepdims`. No axes means all of them.
 * Law: reduce(s, axes, true) has the rank of s and broadcasts with s to s.
 */
import type { Cmp } from './arith.js'
import type { Axes, AxisError, AxisKey, AxisKeys, AxisUnion } from './axis.js'
import type { SetDim } from './join.js'
import type { IsLiteral, Law, Shape, Show, ShowDim, Unranked } from './shape.js'
import { normalizeAxes, normalizeAxis } from './axis.js'
import { show } from './shape.js'

/** Remove (Keep = false) or set to 1 (Keep = true) the axes in the union K. */
export type DropAxes<S, K, Keep, Acc extends number[] = [], I extends 0[] = []> =
  S extends readonly [infer H extends number, ...infer R]
    ? `${I['length']}` extends K
      ? DropAxes<R, K, Keep, Keep extends true ? [...Acc, 1] : Acc, [...I, 0]>
      : DropAxes<R, K, Keep, [...Acc, H], [...I, 0]>
    : Acc
export type Reduce<S extends Shape, A, Keep, Op extends string = 'reduce'> =
  A extends undefined ? (Keep extends true ? { -readonly [K in keyof S]: 1 } : [])
  : Unranked<S> extends true ? Shape
  : number extends AxisUnion<A> ? (Keep extends true ? { -readonly [K in keyof S]: number } : Shape)
  : AxisKeys<Op, S, A> extends infer B ? B extends [infer K] ? DropAxes<S, K, Keep> : B : never

/** The K largest along an axis: that dim becomes K. */
export type TopK<S extends Shape, K extends number, I extends number> =
  Unranked<S> extends true ? Shape : number extends I ? { -readonly [J in keyof S]: number }
  : [AxisKey<S, I>] extends [never] ? AxisError<'topK', S, I>
  : S[AxisKey<S, I> & keyof S] extends infer D
    ? (number extends K ? false : IsLiteral<D>) extends true
      ? Cmp<K, D & number> extends 'gt' ? `topK: ${K} is more than the ${ShowDim<D>} of ${Show<S>}`
        : SetDim<S, AxisKey<S, I>, K>
      : SetDim<S, AxisKey<S, I>, K>
    : never

/** The run-time twin of `Reduce`. */
export const reduce = (s: Shape, axes: Axes, keepdims = false, op = 'reduce'): Law => {
  const gone = normalizeAxes(op, s, axes)
  if (typeof gone === 'string') return gone
  return keepdims ? s.map((d, i) => (gone.includes(i) ? 1 : d)) : s.filter((_, i) => !gone.includes(i))
}
/** The run-time twin of `TopK`. */
export const topK = (s: Shape, k: number, axis: number): Law => {
  const at = normalizeAxis('topK', s, axis)
  if (typeof at === 'string') return at
  const size = s[at] ?? 0
  return k <= size ? s.with(at, k) : `topK: ${k} is more than the ${size} of ${show(s)}`
}
