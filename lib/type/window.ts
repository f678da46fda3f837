/**
 * Sliding windows: conv ([N, C, ...space] by [O, I, ...window], any number of spatial dims) and pool (the last axes).
 * One output dim is floor((n + lo + hi - dilation (k - 1) - 1) / stride) + 1; a window larger than the padded input is
 * an error. Settings are a number for all axes or a list of one an axis; a padding may be a pair [lo, hi].
 */
import type { Add, DivMod, Mul, Sub } from './arith.js'
import type { DimOk, IsLiteral, Law, Shape, Show, ShowDim, Unranked } from './shape.js'
import { show } from './shape.js'

// ---- settings -------------------------------------------------------------------------------------------
export type PerAxis = number | readonly number[]
export type Padding = number | readonly (number | readonly [lo: number, hi: number])[]
export interface PoolSettings { readonly kernel: PerAxis; readonly stride?: PerAxis; readonly padding?: Padding }
/** 'highest' forbids transforms that trade a few last bits for speed (docs/conventions.md). */
export type Precision = 'highest'
export interface ConvSettings {
  readonly stride?: PerAxis; readonly padding?: Padding; readonly dilation?: PerAxis; readonly groups?: number
  readonly precision?: Precision
}
/** Settings with one entry an axis: what the run-time twins and the primitives take. */
export interface Window {
  readonly stride: readonly number[]
  readonly padding: readonly (readonly [lo: number, hi: number])[]
  readonly dilation: readonly number[]
  readonly groups: number
}
/** Setting K of the record T, or Z; then its entry for axis I. */
export type Setting<T, K extends string, Z> = T extends { readonly [_ in K]: infer X } ? X : Z
export type AxisEntry<P, I> = P extends readonly unknown[] ? (I extends keyof P ? P[I] : number) : P

// ---- one dim --------------------------------------------------------------------------------------------
export type PadSum<P> =
  P extends readonly [infer A extends number, infer B extends number] ? Add<A, B>
  : P extends number ? Mul<2, P> : number
export type Extent<K extends number, D extends number> = D extends 1 ? K : Add<Mul<D, Sub<K, 1>>, 1>
type WindowDim<N, K, T, P, D> =
  (number extends K | T | P | D | (P extends readonly unknown[] ? P[number] : never) ? false
    : 0 extends T ? false : IsLiteral<N> extends true ? IsLiteral<K> : false) extends true
    ? Sub<Add<N & number, PadSum<P>>, Extent<K & number, D & number>> extends infer M extends number
      ? [M] extends [never] ? never : Add<DivMod<M, T & number>[0], 1>
      : never
    : number
type WindowAt<H, Kn, T, P, D, I> = WindowDim<H, AxisEntry<Kn, I>, AxisEntry<T, I>, AxisEntry<P, I>, AxisEntry<D, I>>
/** B, then one dim for each pair of spatial dim and window dim; or a message. `Kn` is a tuple, or a number for all. */
export type Slide<B extends number[], Sp, Kn, T, P, D, S0, Op extends string, I extends 0[] = []> =
  Sp extends readonly [infer H, ...infer Sp1]
    ? [WindowAt<H, Kn, T, P, D, `${I['length']}`>] extends [infer Q extends number]
      ? [Q] extends [never]
        ? `${Op}: the window ${ShowDim<AxisEntry<Kn, `${I['length']}`>>} is larger than the input ${Show<S0>}`
        : Slide<[...B, Q], Sp1, Kn, T, P, D, S0, Op, [...I, 0]>
      : never
    : B

// ---- conv -----------------------------------------------------------------------------------------------
type BothLiteral<X, Y> = IsLiteral<X> extends true ? IsLiteral<Y> : false
export type Wanted<I, G> = G extends 1 ? I : BothLiteral<I, G> extends true ? Mul<I & number, G & number> : number
type Divides<O, G> =
  G extends 1 ? true
  : BothLiteral<O, G> extends true ? DivMod<O & number, G & number> extends [unknown, 0] ? true : false : true
/** [N, C, ...space] by [O, I, ...window] -> [N, O, ...space']. */
export type Conv<S extends Shape, W extends Shape, T = {}> =
  Unranked<S> extends true ? Shape : Unranked<W> extends true ? Shape
  : S extends readonly [infer N extends number, infer C, ...infer Sp extends Shape]
    ? W extends readonly [infer O extends number, infer I, ...infer Kn extends Shape]
      ? Sp['length'] extends Kn['length']
        ? ConvGroups<N, C, Sp, O, I, Kn, T, Setting<T, 'groups', 1>, S> : ConvRank<S, W>
      : ConvRank<S, W>
    : ConvRank<S, W>
type ConvRank<S, W> =
  `conv: needs [N, C, ...space] and a kernel [O, I, ...window] of the same rank, got ${Show<S>} and ${Show<W>}`
type ConvGroups<N extends number, C, Sp, O extends number, I, Kn, T, G, S0> =
  DimOk<C, Wanted<I, G>> extends true
    ? Divides<O, G> extends true
      ? Slide<[N, O], Sp, Kn, Setting<T, 'stride', 1>, Setting<T, 'padding', 0>, Setting<T, 'dilation', 1>, S0, 'conv'>
      : `conv: ${G & number} groups do not divide ${ShowDim<O>} output channels`
    : `conv: input ${Show<S0>} has ${ShowDim<C>} channels, the kernel wants ${ShowDim<Wanted<I, G>>}`
/** One example of a layer: [C, ...space] to [O, ...space'] with windows K (a number for all axes, or one an axis). */
export type ConvExample<S extends Shape, O extends number, K, T> =
  Unranked<S> extends true ? Shape
  : S extends readonly [infer C, ...infer Sp]
    ? Divides<C, Setting<T, 'groups', 1>> extends true
      ? Slide<[O], Sp, K, Setting<T, 'stride', 1>, Setting<T, 'padding', 0>, Setting<T, 'dilation', 1>, S, 'conv'>
      : `conv: ${Setting<T, 'groups', 1> & number} groups do not divide ${ShowDim<C>} input channels`
    : `conv: needs [C, ...space], got ${Show<S>}`
/** The weight of that layer: [O, C / groups, ...window]. */
export type ConvWeight<S extends Shape, O extends number, K, T> =
  S extends readonly [infer C extends number, ...infer Sp]
    ? [O, PerGroup<C, Setting<T, 'groups', 1>>, ...WindowOf<K, Sp>] : Shape
type PerGroup<C extends number, G> =
  G extends 1 ? C : IsLiteral<C> extends true ? G extends number ? DivMod<C, G>[0] : number : number
type WindowOf<K, Sp extends unknown[]> = { [J in keyof Sp]: AxisEntry<K, J> & number }
/** The last axes of the window's rank (two for a number) are slid over. */
export type Pool<S extends Shape, T> =
  Unranked<S> extends true ? Shape
  : Setting<T, 'kernel', 1> extends infer K
    ? K extends readonly number[] ? PoolSplit<S, K, [], T> : PoolSplit<S, [K, K], [], T>
    : never
type PoolSplit<S extends Shape, Kn, Sp extends unknown[], T, S0 = S> =
  Kn extends readonly unknown[]
    ? number extends Kn['length'] ? { -readonly [J in keyof S]: number }
      : Sp['length'] extends Kn['length']
        ? Slide<[...S], Sp, Kn, Setting<T, 'stride', Kn>, Setting<T, 'padding', 0>, 1, S0, 'pool'>
        : S extends readonly [...infer S1 extends Shape, infer H] ? PoolSplit<S1, Kn, [H, ...Sp], T, S0>
        : `pool: the window has ${Kn['length']} axes, ${Show<S0>} has fewer`
    : never

/** All axes are slid over; a number is the window of each. */
export type Windows<S extends Shape, T> =
  Unranked<S> extends true ? Shape
  : Setting<T, 'kernel', 1> extends infer K
    ? (K extends readonly unknown[] ? K['length'] extends S['length'] ? true : number extends K['length'] ? true : false : true) extends true
      ? Slide<[], S, K, Setting<T, 'stride', 1>, Setting<T, 'padding', 0>, Setting<T, 'dilation', 1>, S, 'reduceWindow'>
      : `reduceWindow: the window has ${(K & readonly unknown[])['length']} axes, ${Show<S>} has ${S['length']}`
    : never

/** The last axes become `Size`: a number is a square of two axes. */
export type AdaptivePool<S extends Shape, Size> =
  Unranked<S> extends true ? Shape
  : Size extends readonly [infer H extends number, infer W extends number]
    ? S extends readonly [...infer B extends number[], infer _, infer _] ? [...B, H, W]
      : `adaptivePool: needs [..., H, W], got ${Show<S>}`
    : Size extends number ? AdaptivePool<S, [Size, Size]> : Shape

// ---- run-time twins -------------------------------------------------------------------------------------
export const perAxis = (v: PerAxis | undefined, n: number, otherwise: number): number[] =>
  Array.from({ length: n }, (_, i) => (typeof v === 'number' ? v : v?.[i] ?? otherwise))
export const pads = (p: Padding | undefined, n: number): (readonly [number, number])[] =>
  Array.from({ length: n }, (_, i) => {
    const at = typeof p === 'number' ? p : p?.[i] ?? 0
    return typeof at === 'number' ? [at, at] : at
  })
/** A user's settings, spelled out for n spatial axes. */
export const convWindow = (settings: ConvSettings, n: number): Window => ({
  stride: perAxis(settings.stride, n, 1),
  padding: pads(settings.padding, n),
  dilation: perAxis(settings.dilation, n, 1),
  groups: settings.groups ?? 1,
})
export interface PoolWindow {
  readonly kernel: readonly number[]
  readonly stride: readonly number[]
  readonly padding: readonly (readonly [lo: number, hi: number])[]
}
/** A user's settings, spelled out; a number is a square window over two axes, the stride is the kernel unless given. */
export const poolWindow = ({ kernel, stride, padding }: PoolSettings): PoolWindow => {
  const k = typeof kernel === 'number' ? [kernel, kernel] : kernel
  return { kernel: k, stride: perAxis(stride ?? k, k.length, 1), padding: pads(padding, k.length) }
}
/** One output dim; negative when the window is larger than the padded input. */
export const windowDim = (
  n: number, k: number, stride: number, [lo, hi]: readonly [number, number], dilation: number,
): number => {
  const room = n + lo + hi - dilation * (k - 1) - 1
  return room < 0 ? -1 : Math.floor(room / stride) + 1
}
type Slid = Omit<Window, 'groups'>
export const slide = (op: string, s: Shape, space: Shape, kernel: Shape, w: Slid): Law => {
  const out: number[] = []
  for (const [i, n] of space.entries()) {
    const k = kernel[i] ?? 1
    const d = windowDim(n, k, w.stride[i] ?? 1, w.padding[i] ?? [0, 0], w.dilation[i] ?? 1)
    if (d < 0) return `${op}: the window ${k} is larger than the input ${show(s)}`
    out.push(d)
  }
  return out
}
export const badSetting = (op: string, w: Slid & { readonly groups?: number }, kernel: Shape): string | undefined => {
  const positive = (name: string, values: readonly number[]): string | undefined => {
    const bad = values.find((v) => !(Number.isInteger(v) && v >= 1))
    return bad === undefined ? undefined : `${op}: ${name} ${bad} is not a positive integer`
  }
  return positive('stride', w.stride) ?? positive('dilation', w.dilation) ?? positive('groups', [w.groups ?? 1])
    ?? positive('window', kernel)
}
/** The run-time twin of `Conv`. */
export const conv = (x: Shape, w: Shape, window: Window): Law => {
  const [n, c, ...space] = x, [o, i, ...kernel] = w
  if (n === undefined || c === undefined || o === undefined || i === undefined || x.length !== w.length)
    return `conv: needs [N, C, ...space] and a kernel [O, I, ...window] of the same rank, got ${show(x)} and ${show(w)}`
  const bad = badSetting('conv', window, kernel)
  if (bad !== undefined) return bad
  if (c !== i * window.groups) return `conv: input ${show(x)} has ${c} channels, the kernel wants ${i * window.groups}`
  if (o % window.groups !== 0) return `conv: ${window.groups} groups do not divide ${o} output channels`
  const out = slide('conv', x, space, kernel, window)
  return typeof out === 'string' ? out : [n, o, ...out]
}
/** The run-time twin of `Pool`. */
export const pool = (s: Shape, { kernel, stride, padding }: PoolWindow): Law => {
  const lead = s.length - kernel.length
  if (lead < 0) return `pool: the window has ${kernel.length} axes, ${show(s)} has fewer`
  const window = { stride, padding, dilation: kernel.map(() => 1) }
  const out = badSetting('pool', window, kernel) ?? slide('pool', s, s.slice(lead), kernel, window)
  return typeof out === 'string' ? out : [...s.slice(0, lead), ...out]
}
/** The run-time twin of `Windows`. */
export const windows = (s: Shape, { kernel, ...w }: Slid & { readonly kernel: Shape }): Law =>
  kernel.length !== s.length ? `reduceWindow: the window has ${kernel.length} axes, ${show(s)} has ${s.length}`
  : badSetting('reduceWindow', w, kernel) ?? slide('reduceWindow', s, s, kernel, w)
/** The run-time twin of `AdaptivePool`. */
export const adaptivePool = (s: Shape, size: PerAxis): Law => {
  const to = typeof size === 'number' ? [size, size] : size
  return s.length < to.length ? `adaptivePool: needs [..., H, W], got ${show(s)}`
    : [...s.slice(0, s.length - to.length), ...to]
}
