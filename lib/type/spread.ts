/**
 * Windows turned round. A transposed convolution spreads each input element over a window of its output: one output dim is
 * (n - 1) stride - lo - hi + dilation (k - 1) + 1 + extra, the size that `conv` with these settings would bring back to n.
 * `unfold` lays windows out as columns, `fold` adds columns up again: each is the other's transpose.
 */
import type { Add, DivMod, Mul, Sub } from './arith.js'
import type { DimOk, IsLiteral, Law, Shape, Show, ShowDim, Unranked } from './shape.js'
import type { AxisEntry, Extent, PadSum, Padding, PerAxis, Setting, Slide, Wanted, Window } from './window.js'
import { show, sizeOf } from './shape.js'
import { badSetting, convWindow, pads, perAxis, slide } from './window.js'

// ---- transposed convolution -------------------------------------------------------------------------------
export interface ConvTransposeSettings {
  readonly stride?: PerAxis; readonly padding?: Padding; readonly outputPadding?: PerAxis; readonly dilation?: PerAxis; readonly groups?: number
}
type Known<N, K, T, P, D, X> =
  (number extends N | K | T | D | X | (P extends readonly unknown[] ? P[number] : P) ? false : IsLiteral<N> extends true ? IsLiteral<K> : false) extends true
    ? 0 extends N | T | D ? false : true : false
type SpreadDim<N, K, T, P, D, X> =
  Known<N, K, T, P, D, X> extends true
    ? Sub<N & number, 1> extends infer M extends number ? Mul<M, T & number> extends infer A extends number
      ? Extent<K & number, D & number> extends infer E extends number ? Add<A, E> extends infer B extends number
        ? Add<B, X & number> extends infer F extends number ? PadSum<P> extends infer Q extends number ? Sub<F, Q>
    : never : never : never : never : never : never
    : number
type Spread<B extends number[], Sp, Kn, T, P, D, X, S0, I extends 0[] = []> =
  Sp extends readonly [infer H, ...infer Sp1] ? Kn extends readonly [infer K, ...infer Kn1]
    ? [SpreadDim<H, K, AxisEntry<T, `${I['length']}`>, AxisEntry<P, `${I['length']}`>, AxisEntry<D, `${I['length']}`>, AxisEntry<X, `${I['length']}`>>] extends [infer Q extends number]
      ? [Q] extends [never] ? `convTranspose: the padding is larger than what ${Show<S0>} spreads to`
        : Spread<[...B, Q], Sp1, Kn1, T, P, D, X, S0, [...I, 0]>
      : never
    : B : B
/** [N, C, ...space] by [C, O / groups, ...window] -> [N, O, ...space']. */
export type ConvTranspose<S extends Shape, W extends Shape, T = {}> =
  Unranked<S> extends true ? Shape : Unranked<W> extends true ? Shape
  : S extends readonly [infer N extends number, infer C, ...infer Sp extends Shape]
    ? W extends readonly [infer I, infer O extends number, ...infer Kn extends Shape]
      ? Sp['length'] extends Kn['length']
        ? DimOk<C, I> extends true
          ? Spread<[N, Wanted<O, Setting<T, 'groups', 1>> & number], Sp, Kn, Setting<T, 'stride', 1>, Setting<T, 'padding', 0>, Setting<T, 'dilation', 1>, Setting<T, 'outputPadding', 0>, S>
          : `convTranspose: input ${Show<S>} has ${ShowDim<C>} channels, the kernel wants ${ShowDim<I>}`
        : SpreadRank<S, W>
      : SpreadRank<S, W>
    : SpreadRank<S, W>
type SpreadRank<S, W> = `convTranspose: needs [N, C, ...space] and a kernel [C, O / groups, ...window] of the same rank, got ${Show<S>} and ${Show<W>}`

// ---- columns ----------------------------------------------------------------------------------------------
export interface PatchSettings { readonly kernel: PerAxis; readonly stride?: PerAxis; readonly padding?: Padding; readonly dilation?: PerAxis }
type TimesDim<X, Y> = (IsLiteral<X> extends true ? IsLiteral<Y> : false) extends true ? Mul<X & number, Y & number> : X extends 1 ? Y : Y extends 1 ? X : number
type Product<S, Acc = 1> = S extends readonly [infer H, ...infer R] ? Product<R, TimesDim<Acc, H>> : S extends readonly [] ? Acc : number
type KernelOf<T> = Setting<T, 'kernel', 1> extends infer K ? K extends readonly unknown[] ? K : [K, K] : never
type Places<Sp, T, S, Op extends string> =
  Slide<[], Sp, KernelOf<T>, Setting<T, 'stride', 1>, Setting<T, 'padding', 0>, Setting<T, 'dilation', 1>, S, Op>
/** [N, C, ...space] -> [N, C · window, places]. */
export type Unfold<S extends Shape, T> =
  Unranked<S> extends true ? Shape
  : S extends readonly [infer N extends number, infer C, ...infer Sp]
    ? Sp['length'] extends (KernelOf<T> & readonly unknown[])['length']
      ? Places<Sp, T, S, 'unfold'> extends infer Q ? Q extends string ? Q
        : [TimesDim<C, Product<KernelOf<T>>>, Product<Q>] extends [infer R extends number, infer L extends number] ? [N, R, L] : never : never
      : `unfold: needs [N, C, ...space] with as many axes of space as the window has, got ${Show<S>}`
    : `unfold: needs [N, C, ...space] with as many axes of space as the window has, got ${Show<S>}`
type Quotient<X, Y> = (IsLiteral<X> extends true ? IsLiteral<Y> : false) extends true ? DivMod<X & number, Y & number> : [number, 0]
type FoldError<S, L, Size, Q> = `fold: ${Show<S>} has ${ShowDim<L>} columns, ${Show<Size>} has ${ShowDim<Q>} places for the window`
/** [N, C · window, places] -> [N, C, ...size]. */
export type Fold<S extends Shape, Size, T> =
  Unranked<S> extends true ? Shape
  : S extends readonly [infer N extends number, infer C, infer L]
    ? Places<Size, T, Size, 'fold'> extends infer Q ? Q extends string ? Q
      : DimOk<L, Product<Q>> extends true
        ? Quotient<C, Product<KernelOf<T>>> extends [infer O extends number, infer R]
          ? R extends 0 ? Size extends readonly [...infer Z extends number[]] ? [N, O, ...Z] : never : `fold: ${ShowDim<C>} rows of columns do not split into windows of ${ShowDim<Product<KernelOf<T>>>}`
          : never
        : FoldError<S, L, Size, Product<Q>>
      : never
    : `fold: needs [N, C * window, places], got ${Show<S>}`

// ---- run-time twins ----------------------------------------------------------------------------------------
/** A user's settings, spelled out for n spatial axes. */
export const spreadWindow = (s: ConvTransposeSettings, n: number): Window & { readonly outputPadding: readonly number[] } =>
  ({ ...convWindow(s, n), outputPadding: perAxis(s.outputPadding, n, 0) })
/** The run-time twin of `ConvTranspose`. */
export const convTranspose = (x: Shape, w: Shape, window: ReturnType<typeof spreadWindow>): Law => {
  const [n, c, ...space] = x, [i, o, ...kernel] = w
  if (n === undefined || c === undefined || i === undefined || o === undefined || x.length !== w.length)
    return `convTranspose: needs [N, C, ...space] and a kernel [C, O / groups, ...window] of the same rank, got ${show(x)} and ${show(w)}`
  const bad = badSetting('convTranspose', window, kernel)
  if (bad !== undefined) return bad
  if (c !== i) return `convTranspose: input ${show(x)} has ${c} channels, the kernel wants ${i}`
  if (c % window.groups !== 0) return `convTranspose: ${window.groups} groups do not divide ${c} input channels`
  if (space.some((d) => d === 0)) return `convTranspose: ${show(x)} has an axis of size 0 to slide over`
  const out = space.map((d, a) => {
    const [low, high] = window.padding[a] as readonly [number, number]
    return (d - 1) * (window.stride[a] as number) - low - high + (window.dilation[a] as number) * ((kernel[a] as number) - 1) + 1 + (window.outputPadding[a] as number)
  })
  if (out.some((d) => d < 0)) return `convTranspose: the padding is larger than what ${show(x)} spreads to`
  return [n, o * window.groups, ...out]
}
export type PatchWindow = Omit<Window, 'groups'> & { readonly kernel: readonly number[] }
/** A user's settings, spelled out; a number is a square window over two axes. */
export const patchWindow = ({ kernel, stride, padding, dilation }: PatchSettings): PatchWindow => {
  const k = typeof kernel === 'number' ? [kernel, kernel] : kernel
  return { kernel: k, stride: perAxis(stride, k.length, 1), padding: pads(padding, k.length), dilation: perAxis(dilation, k.length, 1) }
}
const placesOf = (op: string, s: Shape, space: Shape, w: PatchWindow): Law => badSetting(op, w, w.kernel) ?? slide(op, s, space, w.kernel, w)
/** The run-time twin of `Unfold`. */
export const unfold = (x: Shape, w: PatchWindow): Law => {
  const [n, c, ...space] = x
  if (n === undefined || c === undefined || space.length !== w.kernel.length)
    return `unfold: needs [N, C, ...space] with as many axes of space as the window has, got ${show(x)}`
  const places = placesOf('unfold', x, space, w)
  return typeof places === 'string' ? places : [n, c * sizeOf(w.kernel), sizeOf(places)]
}
/** The run-time twin of `Fold`. */
export const fold = (x: Shape, size: Shape, w: PatchWindow): Law => {
  const [n, c, l] = x
  if (n === undefined || c === undefined || l === undefined || x.length !== 3) return `fold: needs [N, C * window, places], got ${show(x)}`
  const places = placesOf('fold', size, size, w)
  if (typeof places === 'string') return places
  if (l !== sizeOf(places)) return `fold: ${show(x)} has ${l} columns, ${show(size)} has ${sizeOf(places)} places for the window`
  const k = sizeOf(w.kernel)
  return c % k === 0 ? [n, c / k, ...size] : `fold: ${c} rows of columns do not split into windows of ${k}`
}
