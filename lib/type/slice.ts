/**
 * Parts of a tensor by position: slice (a range an axis), pad, take (rows by an index tensor), gather (one element an
 * index). A range that runs outside its dim is an error, never clamped. Negative ends count from the end.
 */
import type { Add, Cmp, DivMod, Sub } from './arith.js'
import type { AxisError, AxisKey } from './axis.js'
import type { DimOk, IsLiteral, Law, Shape, Show, ShowDim, Unranked } from './shape.js'
import { normalizeAxis } from './axis.js'
import { show } from './shape.js'

// ---- slice --------------------------------------------------------------------------------------------
/** null: the whole axis; a null end: up to the border; step 1 unless given. */
export type Range = null | readonly [start: number | null, end: number | null, step?: number]
/** start:end with negative ends. */
type From<D extends number, I extends number> = `${I}` extends `-${infer P extends number}` ? Sub<D, P> : I
type Bound<R, Z extends number> = R extends number ? R : Z
type StepOf<R> = R extends readonly [unknown, unknown, infer N extends number] ? N : 1
type Steps<N extends number, T extends number> = T extends 1 ? N : N extends 0 ? 0 : DivMod<Add<N, Sub<T, 1>>, T>[0]
type SliceDim<D extends number, R> =
  R extends readonly [infer A, infer B, ...unknown[]]
    ? number extends Bound<A, 0> | Bound<B, 0> | StepOf<R> ? number
      : IsLiteral<D> extends true ? Between<D, From<D, Bound<A, 0>>, From<D, Bound<B, D>>, StepOf<R>> : number
    : D
type Between<D extends number, A, B, T extends number> =
  [A] extends [never] ? never : [B] extends [never] ? never
  : `${T}` extends '0' | `-${string}` ? never
  : Cmp<B & number, D> extends 'gt' ? never
  : [Sub<B & number, A & number>] extends [never] ? never : Steps<Sub<B & number, A & number>, T>
export type Slice<S extends Shape, R extends readonly Range[], Acc extends number[] = []> =
  S extends readonly [infer H extends number, ...infer S1 extends Shape]
    ? R extends readonly [infer R0, ...infer R1 extends readonly Range[]]
      ? [SliceDim<H, R0>] extends [never]
        ? `slice: a range runs outside dimension ${ShowDim<H>} of axis ${Acc['length']}`
        : Slice<S1, R1, [...Acc, SliceDim<H, R0>]>
      : number extends R['length'] ? Shape : [...Acc, ...S]
    : R extends readonly [] ? Unranked<S> extends true ? Shape : Acc
    : Unranked<S> extends true ? Shape : number extends R['length'] ? Acc : 'slice: more ranges than axes'

/** A range in non-negative numbers, or undefined when it runs outside. */
const resolve = (size: number, range: Range): { start: number; end: number; step: number } | undefined => {
  const [a, b, step = 1] = range ?? [0, size]
  const fromFront = (i: number): number => (i < 0 ? i + size : i)
  const start = fromFront(a ?? 0), end = fromFront(b ?? size)
  return start >= 0 && start <= end && end <= size && step >= 1 ? { start, end, step } : undefined
}
export interface Ranges { readonly start: number[]; readonly end: number[]; readonly step: number[] }
/** All axes' ranges in non-negative numbers (what a primitive wants), or a message. */
export const normalizeRanges = (s: Shape, ranges: readonly Range[]): Ranges | string => {
  const all = s.map((size, i) => resolve(size, ranges[i] ?? null))
  const bad = all.indexOf(undefined)
  if (bad !== -1) return `slice: a range runs outside dimension ${s[bad]} of axis ${bad}`
  if (ranges.length > s.length) return 'slice: more ranges than axes'
  const good = all.filter((r) => r !== undefined)
  return { start: good.map((r) => r.start), end: good.map((r) => r.end), step: good.map((r) => r.step) }
}
/** The run-time twin of `Slice`. */
export const slice = (s: Shape, ranges: readonly Range[]): Law => {
  const found = normalizeRanges(s, ranges)
  if (typeof found === 'string') return found
  return found.start.map((start, i) => Math.ceil(((found.end[i] ?? 0) - start) / (found.step[i] ?? 1)))
}

// ---- pad ----------------------------------------------------------------------------------------------
/** One [before, after] an axis. */
export type Widths = readonly (readonly [before: number, after: number])[]
type PadDim<D extends number, W> =
  W extends readonly [infer A extends number, infer B extends number]
    ? number extends A | B ? number : IsLiteral<D> extends true ? Add<Add<D, A>, B>
      : A extends 0 ? (B extends 0 ? D : number) : number
    : number
export type Pad<S extends Shape, W extends Widths> =
  Unranked<S> extends true ? Shape : number extends W['length'] ? { -readonly [K in keyof S]: number }
  : W['length'] extends S['length']
    ? `${W[number][number]}` extends infer L ? [L & `-${string}`] extends [never]
      ? { -readonly [K in keyof S]: PadDim<S[K] & number, W[K & keyof W]> } : 'pad: a width is negative' : never
    : `pad: ${W['length']} pairs of widths for ${Show<S>}`
/** The run-time twin of `Pad`. */
export const pad = (s: Shape, widths: Widths): Law => {
  if (widths.length !== s.length) return `pad: ${widths.length} pairs of widths for ${show(s)}`
  if (widths.flat().some((w) => !(Number.isInteger(w) && w >= 0))) return 'pad: a width is negative'
  return s.map((d, i) => d + (widths[i]?.[0] ?? 0) + (widths[i]?.[1] ?? 0))
}

// ---- take, gather ---------------------------------------------------------------------------------------
type TakeAt<S, K, I extends Shape, Acc extends unknown[] = []> =
  S extends readonly [infer H, ...infer R]
    ? K extends `${Acc['length']}` ? [...Acc, ...I, ...R] : TakeAt<R, K, I, [...Acc, H]>
    : Shape
/** The axis is replaced by the axes of the index. */
export type Take<S extends Shape, I extends Shape, A extends number> =
  Unranked<S> extends true ? Shape : Unranked<I> extends true ? Shape : number extends A ? Shape
  : [AxisKey<S, A>] extends [never] ? AxisError<'take', S, A> : TakeAt<S, AxisKey<S, A>, I>
/** The shape of the index, which agrees with the tensor off the axis. */
export type Gather<S extends Shape, I extends Shape, A extends number> =
  Unranked<S> extends true ? I : Unranked<I> extends true ? I : number extends A ? I
  : [AxisKey<S, A>] extends [never] ? AxisError<'gather', S, A> : OffAxis<S, I, AxisKey<S, A>, S, I>
type OffAxis<S, I, K, S0, I0, N extends 0[] = []> =
  S extends readonly [infer X, ...infer S1]
    ? I extends readonly [infer Y, ...infer I1]
      ? (K extends `${N['length']}` ? true : DimOk<X, Y>) extends true ? OffAxis<S1, I1, K, S0, I0, [...N, 0]>
        : `gather ${Show<S0>} by ${Show<I0>}: ${ShowDim<X>} and ${ShowDim<Y>} differ off the gathered axis`
      : `gather: ranks differ, ${Show<S0>} and ${Show<I0>}`
    : I extends readonly [] ? I0 : `gather: ranks differ, ${Show<S0>} and ${Show<I0>}`

/** The run-time twin of `Take`. */
export const take = (s: Shape, index: Shape, axis: number): Law => {
  const at = normalizeAxis('take', s, axis)
  return typeof at === 'string' ? at : [...s.slice(0, at), ...index, ...s.slice(at + 1)]
}
/** The run-time twin of `Gather`. */
export const gather = (s: Shape, index: Shape, axis: number): Law => {
  const at = normalizeAxis('gather', s, axis)
  if (typeof at === 'string') return at
  const clash = s.findIndex((d, i) => index[i] === undefined || (i !== at && index[i] !== d))
  if (clash !== -1 && index[clash] !== undefined)
    return `gather ${show(s)} by ${show(index)}: ${s[clash]} and ${index[clash]} differ off the gathered axis`
  return s.length === index.length ? [...index] : `gather: ranks differ, ${show(s)} and ${show(index)}`
}
