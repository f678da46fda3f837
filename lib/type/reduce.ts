/**
 * Reductions: the named axes leave the shape, or stay as 1 with `keepdims`. No axes means all of them.
 * Law: reduce(s, axes, true) has the rank of s and broadcasts with s to s.
 */
import type { Axes, AxisKeys, AxisUnion } from './axis.js'
import type { Law, Shape, Unranked } from './shape.js'
import { normalizeAxes } from './axis.js'

/** Remove (Keep = false) or set to 1 (Keep = true) the axes in the union K. */
export type DropAxes<S, K, Keep, Acc extends number[] = [], I extends 0[] = []> =
  S extends readonly [infer H extends number, ...infer R]
    ? DropAxes<R, K, Keep, `${I['length']}` extends K ? (Keep extends true ? [...Acc, 1] : Acc) : [...Acc, H], [...I, 0]>
    : Acc
export type Reduce<S extends Shape, A extends Axes | unknown, Keep, Op extends string = 'reduce'> =
  A extends undefined ? (Keep extends true ? { -readonly [K in keyof S]: 1 } : [])
  : Unranked<S> extends true ? Shape
  : number extends AxisUnion<A> ? (Keep extends true ? { -readonly [K in keyof S]: number } : Shape)
  : AxisKeys<Op, S, A> extends infer B ? B extends [infer K] ? DropAxes<S, K, Keep> : B : never

/** The run-time twin of `Reduce`. */
export const reduce = (s: Shape, axes: Axes, keepdims = false, op = 'reduce'): Law => {
  const gone = normalizeAxes(op, s, axes)
  if (typeof gone === 'string') return gone
  return keepdims ? s.map((d, i) => (gone.includes(i) ? 1 : d)) : s.filter((_, i) => !gone.includes(i))
}
