/**
 * Reshape: the same elements in the same order under other dims; one dim may be -1 and is computed. In types products
 * keep symbols as factors: [B,196,768] -> [-1,768] gives [Dim<'b*196'>, 768], and that splits back by cancelling
 * factors. Equal leading dims are stripped first: cheaper, it makes reshape work on type parameters, and it gives -1 a
 * value where a stripped dim is 0.
 */
import type { DivMod, Mul } from './arith.js'
import type { Dim, DimTag, Law, Same, Shape, Show } from './shape.js'
import { show, sizeOf } from './shape.js'

/** 'b*4*t' -> factors are multiplied in: numbers into N, names into Y. */
type Factors<L extends string, N extends number, Y extends string[]> =
  L extends `${infer F}*${infer R}`
    ? Factor<F, N, Y> extends [infer N1 extends number, infer Y1 extends string[]] ? Factors<R, N1, Y1> : never
    : Factor<L, N, Y>
type Factor<F extends string, N extends number, Y extends string[]> =
  F extends `${infer K extends number}` ? [Mul<N, K>, Y] : [N, [...Y, F]]
/** [literal product, symbol factors], or '?' when a dim is unknown. */
type Numel<S, N extends number = 1, Y extends string[] = []> =
  S extends readonly [infer H extends number, ...infer R]
    ? number extends H ? '?'
      : H extends DimTag<infer L>
        ? Factors<L, N, Y> extends [infer N1 extends number, infer Y1 extends string[]] ? Numel<R, N1, Y1> : never
      : Numel<R, Mul<N, H>, Y>
    : S extends readonly [] ? [N, Y] : '?'
type Remove<Y, F, Acc extends string[] = []> =
  Y extends [infer H extends string, ...infer R extends string[]]
    ? H extends F ? [...Acc, ...R] : Remove<R, F, [...Acc, H]>
    : never
type Cancel<Y, Z> =
  Z extends [infer F, ...infer R] ? ([Remove<Y, F>] extends [never] ? never : Cancel<Remove<Y, F>, R>) : Y
type Join<N extends number, Y, Acc extends string = ''> =
  Y extends [infer H extends string, ...infer R] ? Join<N, R, Acc extends '' ? H : `${Acc}*${H}`>
  : Acc extends '' ? N : N extends 0 ? 0 : Dim<N extends 1 ? Acc : `${Acc}*${N}`>
/** The product of all dims, as a dim. */
export type Prod<S> = Numel<S> extends [infer N extends number, infer Y] ? Join<N, Y> : number

type Without<T, Acc extends number[] = []> =
  T extends readonly [infer H extends number, ...infer R] ? Without<R, H extends -1 ? Acc : [...Acc, H]> : Acc
type Fill<T, D extends number, Acc extends number[]> =
  T extends readonly [infer H extends number, ...infer R] ? Fill<R, D, [...Acc, H extends -1 ? D : H]> : Acc
type CountError<S0, T0> = `reshape: ${Show<S0>} does not hold as many elements as ${Show<T0>}`
type Strip<S, T, S0, T0, Acc extends number[] = []> =
  S extends readonly [infer H, ...infer S1]
    ? T extends readonly [infer G extends number, ...infer T1]
      ? Same<[H], [G]> extends true ? Strip<S1, T1, S0, T0, [...Acc, G]> : Rest<S, T, S0, T0, Acc>
      : Rest<S, T, S0, T0, Acc>
    : Rest<S, T, S0, T0, Acc>
type Rest<S, T, S0, T0, Acc extends number[]> =
  T extends readonly [-1] ? [...Acc, Prod<S>]
  : [BadTarget<T, T0>] extends [never] ? Count<S, T, S0, T0, Acc> : BadTarget<T, T0>
type Count<S, T, S0, T0, Acc extends number[]> =
  Numel<S> extends [infer N extends number, infer Y]
    ? Numel<Without<T>> extends [infer M extends number, infer Z]
      ? [Cancel<Y, Z>] extends [infer L]
        ? [L] extends [never] ? CountError<S0, T0>
          : -1 extends (T extends readonly (infer E)[] ? E : never)
            ? M extends 0 ? CountError<S0, T0>
              : DivMod<N, M> extends [infer Q extends number, 0] ? Fill<T, Join<Q, L>, Acc> : CountError<S0, T0>
          : N extends M ? (L extends [] ? Fill<T, number, Acc> : CountError<S0, T0>)
          : 0 extends Acc[number] ? Fill<T, number, Acc> : CountError<S0, T0>
        : never
      : Fill<T, number, Acc>
    : Fill<T, number, Acc>
/** A second -1, or another negative: the message, else never. Asked only of what is left after stripping, where type
 *  parameters are gone. */
type BadTarget<T, T0, Free = false> =
  T extends readonly [infer H extends number, ...infer R]
    ? `${H}` extends `-${string}`
      ? H extends -1 ? Free extends true ? `reshape: ${Show<T0>} has more than one -1` : BadTarget<R, T0, true>
        : `reshape: ${H} is not a size in ${Show<T0>}`
      : BadTarget<R, T0, Free>
    : never
export type Reshape<S extends Shape, T extends Shape> = number extends T['length'] ? Shape : Strip<S, T, S, T>

/** The axes from `From` on become one; all of them unless it is given. */
export type FlattenAxes<S extends Shape, From extends number = 0> =
  number extends From ? Shape : From extends 0 ? [Prod<S>] : FlattenRest<S, `${From}`, S>
type FlattenRest<S, K, S0, Acc extends number[] = []> =
  K extends `${Acc['length']}` ? [...Acc, Prod<S>]
  : S extends readonly [infer H extends number, ...infer R] ? FlattenRest<R, K, S0, [...Acc, H]>
  : S extends readonly [] ? `flatten: axis ${K & string} is out of range for ${Show<S0>}` : Shape

const badTarget = (t: Shape): string | undefined => {
  for (const [i, d] of t.entries()) {
    if (d === -1 && t.indexOf(-1) < i) return `reshape: ${show(t)} has more than one -1`
    if (d !== -1 && !(Number.isInteger(d) && d >= 0)) return `reshape: ${d} is not a size in ${show(t)}`
  }
  return undefined
}
const equalLead = (s: Shape, t: Shape): number => {
  const end = s.findIndex((d, i) => d !== t[i])
  return end === -1 ? s.length : end
}
/** The value of -1 where both begin with `lead` equal dims (any number when there is no -1); undefined when nothing
 *  fits. */
const free = (s: Shape, t: Shape, lead: number): number | undefined => {
  if (!t.includes(-1)) return sizeOf(s) === sizeOf(t) ? 0 : undefined
  const n = sizeOf(s.slice(lead)), m = sizeOf(t.slice(lead).filter((d) => d !== -1))
  return m !== 0 && n % m === 0 ? n / m : undefined
}
/** The run-time twin of `Reshape`. */
export const reshape = (s: Shape, t: Shape): Law => {
  const bad = badTarget(t)
  if (bad !== undefined) return bad
  const value = free(s, t, equalLead(s, t))
  if (value === undefined) return `reshape: ${show(s)} does not hold as many elements as ${show(t)}`
  return t.map((d) => (d === -1 ? value : d))
}
/** The run-time twin of `FlattenAxes`. */
export const flattenAxes = (s: Shape, from = 0): Law =>
  from >= 0 && from <= s.length ? [...s.slice(0, from), sizeOf(s.slice(from))]
  : `flatten: axis ${from} is out of range for ${show(s)}`
