/**
 * Images: channels that become space and back, and sequences slid along each other. [..., c r², h, w] and [..., c, h r, w r]
 * hold the same elements, so the two shuffles are each other's inverse.
 */
import type { Add, Cmp, DivMod, Mul, Sub } from './arith.js'
import type { IsLiteral, Law, Shape, Show, ShowDim, Unranked } from './shape.js'
import { show } from './shape.js'

type Both<X, Y> = IsLiteral<X> extends true ? IsLiteral<Y> : false
type Times<X, R> = Both<X, R> extends true ? Mul<X & number, R & number> : number
/** [quotient] or a remainder's dim. */
type Over<X, R> = Both<X, R> extends true ? DivMod<X & number, R & number> extends [infer Q extends number, 0] ? Q : never : number
/** [..., c r², h, w] -> [..., c, h r, w r] */
export type PixelShuffle<S extends Shape, R extends number> =
  Unranked<S> extends true ? Shape
  : S extends readonly [...infer B extends number[], infer C, infer H, infer W]
    ? [Over<C, Times<R, R>>] extends [never] ? ChannelsError<S, C, R>
      : [...B, Over<C, Times<R, R>>, Times<H, R>, Times<W, R>]
    : `pixelShuffle: needs [..., C, H, W], got ${Show<S>}`
type ChannelsError<S, C, R extends number> = `pixelShuffle: ${ShowDim<C>} channels of ${Show<S>} do not split into squares of ${R} by ${R}`
/** [..., c, h r, w r] -> [..., c r², h, w] */
export type PixelUnshuffle<S extends Shape, R extends number> =
  Unranked<S> extends true ? Shape
  : S extends readonly [...infer B extends number[], infer C, infer H, infer W]
    ? [Over<H, R>] extends [never] ? Squares<S, R> : [Over<W, R>] extends [never] ? Squares<S, R>
      : [...B, Times<C, Times<R, R>>, Over<H, R>, Over<W, R>]
    : `pixelUnshuffle: needs [..., C, H, W], got ${Show<S>}`
type Squares<S, R extends number> = `pixelUnshuffle: the images of ${Show<S>} do not split into squares of ${R} by ${R}`

export type SlideMode = 'full' | 'same' | 'valid'
/** The length of two sequences of n and m elements slid along each other. */
export type Slid<S extends Shape, T extends Shape, M extends SlideMode> =
  Unranked<S> extends true ? Shape : Unranked<T> extends true ? Shape
  : S extends readonly [infer N] ? T extends readonly [infer K] ? [SlidDim<N, K, M>] : `slide: ${Show<T>} is no vector` : `slide: ${Show<S>} is no vector`
type SlidDim<N, K, M> =
  Both<N, K> extends true
    ? Cmp<N & number, K & number> extends 'lt' ? SlidLong<K & number, N & number, M> : SlidLong<N & number, K & number, M>
    : number
type SlidLong<N extends number, K extends number, M> = M extends 'full' ? Sub<Add<N, K>, 1> : M extends 'same' ? N : Add<Sub<N, K>, 1>

// ---- run-time twins ----------------------------------------------------------------------------------------
/** The run-time twin of `PixelShuffle`. */
export const pixelShuffle = (s: Shape, r: number): Law => {
  if (s.length < 3) return `pixelShuffle: needs [..., C, H, W], got ${show(s)}`
  const [c, h, w] = s.slice(-3) as [number, number, number]
  return c % (r * r) === 0 ? [...s.slice(0, -3), c / (r * r), h * r, w * r]
    : `pixelShuffle: ${c} channels of ${show(s)} do not split into squares of ${r} by ${r}`
}
/** The run-time twin of `PixelUnshuffle`. */
export const pixelUnshuffle = (s: Shape, r: number): Law => {
  if (s.length < 3) return `pixelUnshuffle: needs [..., C, H, W], got ${show(s)}`
  const [c, h, w] = s.slice(-3) as [number, number, number]
  return h % r === 0 && w % r === 0 ? [...s.slice(0, -3), c * r * r, h / r, w / r]
    : `pixelUnshuffle: the images of ${show(s)} do not split into squares of ${r} by ${r}`
}
