/**
 * Linear algebra: leading axes are a batch, the last two are matrices. Square operands, thin and full factors, systems with
 * a vector or a matrix on the right.
 */
import type { Cmp } from './arith.js'
import type { Broadcast } from './broadcast.js'
import { broadcast } from './broadcast.js'
import type { DimOk, IsLiteral, Law, Same, Shape, Show, ShowDim, Unranked } from './shape.js'
import { show } from './shape.js'

type RankError<Op extends string, S> = `${Op}: needs rank 2 or more, got ${Show<S>}`
/** S, when its elements are matrices. */
export type MatricesOf<Op extends string, S extends Shape> =
  Unranked<S> extends true ? S : S extends readonly [...number[], number, number] ? S : RankError<Op, S>
type SquareError<Op extends string, S> = `${Op}: needs square matrices, got ${Show<S>}`
/** S, when its elements are square matrices. */
export type Square<Op extends string, S extends Shape> =
  Unranked<S> extends true ? S
  : S extends readonly [...number[], infer M extends number, infer N extends number]
    ? DimOk<M, N> extends true ? S : SquareError<Op, S>
    : RankError<Op, S>
/** The batch axes. */
export type Lead<S extends Shape> = S extends readonly [...infer B extends number[], number, number] ? B : Shape
/** The smaller of two sizes, `number` where types cannot tell. */
export type MinDim<M extends number, N extends number> =
  Same<[M], [N]> extends true ? M
  : IsLiteral<M> extends true ? (IsLiteral<N> extends true ? (Cmp<M, N> extends 'gt' ? N : M) : number) : number
/** [...b, m, n] -> [...b, min(m, n)] */
export type Short<S extends Shape> =
  S extends readonly [...infer B extends number[], infer M extends number, infer N extends number] ? [...B, MinDim<M, N>] : Shape
/** [...b, m, n] -> [...b, m, p], with p = m when full, else min(m, n). */
export type LeftFactor<S extends Shape, F> =
  S extends readonly [...infer B extends number[], infer M extends number, infer N extends number] ? [...B, M, F extends true ? M : MinDim<M, N>] : Shape
/** [...b, m, n] -> [...b, p, n], with p = n when full, else min(m, n). */
export type RightFactor<S extends Shape, F> =
  S extends readonly [...infer B extends number[], infer M extends number, infer N extends number] ? [...B, F extends true ? N : MinDim<M, N>, N] : Shape
/** The R of a QR: [...b, m, n] -> [...b, p, n], with p = m when complete. */
export type UpperFactor<S extends Shape, F> =
  S extends readonly [...infer B extends number[], infer M extends number, infer N extends number] ? [...B, F extends true ? M : MinDim<M, N>, N] : Shape
/** [...b, m, n] -> [...b, n, m] */
export type Turned<S extends Shape> =
  S extends readonly [...infer B extends number[], infer M extends number, infer N extends number] ? [...B, N, M] : Shape

type RowsError<Op extends string, A, B, N, L> = `${Op} ${Show<A>} x ${Show<B>}: the right side has ${ShowDim<L>} rows, not ${ShowDim<N>}`
type BatchError<Op extends string, A, B> = `${Op} ${Show<A>} x ${Show<B>}: batch dimensions differ`
/** The unknowns of A X = B: B is a vector (rank 1) or matrices whose batch broadcasts with A's. */
export type Solution<Op extends string, A extends Shape, B extends Shape> =
  Unranked<A> extends true ? Shape : Unranked<B> extends true ? Shape
  : Square<Op, A> extends infer M extends string ? M
  : A extends readonly [...infer BA extends number[], number, infer N extends number]
    ? B extends readonly [infer L extends number] ? (DimOk<N, L> extends true ? [...BA, N] : RowsError<Op, A, B, N, L>)
      : B extends readonly [...infer BB extends number[], infer L extends number, infer K extends number]
        ? DimOk<N, L> extends true
          ? Broadcast<BA, BB> extends [infer R extends Shape] ? [...R, N, K] : BatchError<Op, A, B>
          : RowsError<Op, A, B, N, L>
        : `${Op}: the right side is a scalar`
    : never

const ranked = (op: string, s: Shape): string | undefined => (s.length >= 2 ? undefined : `${op}: needs rank 2 or more, got ${show(s)}`)
/** The run-time twin of `MatricesOf`. */
export const matricesOf = (op: string, s: Shape): Law => ranked(op, s) ?? [...s]
/** The run-time twin of `Square`. */
export const square = (op: string, s: Shape): Law =>
  ranked(op, s) ?? (s.at(-1) === s.at(-2) ? [...s] : `${op}: needs square matrices, got ${show(s)}`)
/** The run-time twin of `Solution`. */
export const solution = (op: string, a: Shape, b: Shape): Law => {
  const wrong = square(op, a)
  if (typeof wrong === 'string') return wrong
  if (b.length === 0) return `${op}: the right side is a scalar`
  const n = a.at(-1) as number
  const rows = b.length === 1 ? b[0] : b.at(-2)
  if (rows !== n) return `${op} ${show(a)} x ${show(b)}: the right side has ${rows} rows, not ${n}`
  if (b.length === 1) return [...a.slice(0, -2), n]
  const lead = broadcast(a.slice(0, -2), b.slice(0, -2))
  return typeof lead === 'string' ? `${op} ${show(a)} x ${show(b)}: batch dimensions differ` : [...lead, n, b.at(-1) as number]
}
