/**
 * Broadcasting, as in NumPy: shapes are lined up from the end, equal dims stay, 1 stretches, anything else clashes.
 * Commutative, associative, idempotent, [] is its unit. For unknown dims: symbol with 1 gives the symbol, `number`
 * with a literal n > 1 gives n, `number` with anything else gives `number`, two different symbols clash.
 */
import type { IsLiteral, Law, Same, Shape, Show, ShowDim, Unranked } from './shape.js'
import { show } from './shape.js'

/** One dim, boxed; null when they clash. */
type BDim<X, Y> =
  Same<[X], [Y]> extends true ? [X] : X extends 1 ? [Y] : Y extends 1 ? [X]
  : number extends X ? [IsLiteral<Y> extends true ? Y : number]
  : number extends Y ? [IsLiteral<X> extends true ? X : number] : null
/** Boxed: [shape], or a message. The box keeps 'is it a message?' decidable when A is a type parameter. */
export type Broadcast<A extends Shape, B extends Shape> =
  Same<[A], [B]> extends true ? [A] : B extends readonly [] ? [A] : A extends readonly [] ? [B]
  : Unranked<A> extends true ? [Shape] : Unranked<B> extends true ? [Shape] : Bc<A, B, A, B>
type Bc<A extends Shape, B extends Shape, A0, B0, Acc extends unknown[] = []> =
  A extends readonly [...infer A1 extends Shape, infer X]
    ? B extends readonly [...infer B1 extends Shape, infer Y]
      ? BDim<X, Y> extends [infer Z] ? Bc<A1, B1, A0, B0, [Z, ...Acc]>
        : `cannot broadcast ${Show<A0>} with ${Show<B0>}: ${ShowDim<X>} and ${ShowDim<Y>} differ`
      : [[...A, ...Acc]]
    : [[...B, ...Acc]]

/** Three operands (`where`), folded from the left; boxed or a message. */
export type Broadcast3<A extends Shape, B extends Shape, C extends Shape> =
  Broadcast<A, B> extends infer R ? R extends [infer AB extends Shape] ? Broadcast<AB, C> : R : never

/** T when S stretches to it, else a message. Unlike `Broadcast`, T never grows. */
export type BroadcastTo<S extends Shape, T extends Shape> =
  Same<[S], [T]> extends true ? T : S extends readonly [] ? T
  : Unranked<S> extends true ? T : Unranked<T> extends true ? Shape : To<S, T, S, T>
type To<S extends Shape, T extends Shape, S0, T0> =
  S extends readonly [...infer S1 extends Shape, infer X]
    ? T extends readonly [...infer T1 extends Shape, infer Y]
      ? Fits<X, Y> extends true ? To<S1, T1, S0, T0> : ToError<S0, T0> : ToError<S0, T0>
    : T0
type Fits<X, Y> =
  Same<[X], [Y]> extends true ? true : X extends 1 ? true : number extends X ? true : number extends Y ? true : false
type ToError<S, T> = `broadcastTo: ${Show<S>} does not stretch to ${Show<T>}`

/** The run-time twin of `Broadcast`. */
export const broadcast = (a: Shape, b: Shape): Law => {
  const rank = Math.max(a.length, b.length), out = new Array<number>(rank)
  for (let i = 0; i < rank; i++) {
    const p = a.length - rank + i, q = b.length - rank + i
    const x = p < 0 ? 1 : (a[p] as number), y = q < 0 ? 1 : (b[q] as number)
    if (x !== y && x !== 1 && y !== 1) return `cannot broadcast ${show(a)} with ${show(b)}: ${x} and ${y} differ`
    out[i] = x === 1 ? y : x
  }
  return out
}
/** Any number of operands, folded from the left. Where only numbers meet one of them, it is that one's shape itself. */
export const broadcastAll = (shapes: readonly Shape[]): Shape | string => {
  let all: Shape | string = shapes[0] ?? []
  for (let i = 1; i < shapes.length && typeof all !== 'string'; i++) {
    const next: Shape = shapes[i] as Shape
    all = next.length === 0 ? all : all.length === 0 ? next : broadcast(all, next)
  }
  return all
}
/** The run-time twin of `BroadcastTo`. */
export const broadcastTo = (s: Shape, t: Shape): Law => {
  const fits = s.length <= t.length && s.every((x, i) => x === 1 || x === t[t.length - s.length + i])
  return fits ? [...t] : `broadcastTo: ${show(s)} does not stretch to ${show(t)}`
}
