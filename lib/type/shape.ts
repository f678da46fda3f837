/**
 * Shapes in types. A shape is a tuple of dims; a dim is
 *   - a number literal    784            known
 *   - a symbol            Dim<'batch'>   equal to itself, size unknown (a branded number)
 *   - number              number         unknown, checked at run time (gradual)
 * and `Shape` itself stands for an unknown rank. Every shape law is a type that gives a shape, or a string literal
 * which says what is wrong; the message never escapes as a result, it becomes the type of the offending parameter
 * (`Must`). Beside each law stands its run-time twin on `readonly number[]`, which gives the same shape or the same
 * sentence.
 */
declare const dimName: unique symbol
export interface DimTag<N extends string> { readonly [dimName]: N }
/** A symbolic dimension: a number at run time, a name at compile time. */
export type Dim<N extends string> = number & DimTag<N>
export type Shape = readonly number[]
/** What a run-time twin gives: a shape, or the sentence that says why there is none. */
export type Law = number[] | string

/** Mutual assignability, to be called with boxes, `Same<[A], [B]>`: the box lets the compiler decide at once when A
 *  and B are the *same type parameter*, where `A extends B` would be deferred. */
export type Same<A, B> = A extends B ? (B extends A ? true : false) : false
export type ShowDim<D> = D extends DimTag<infer N> ? N : D extends number ? (number extends D ? '?' : `${D}`) : '?'
/** `[batch,3,?]`; the run-time twin is `show`. */
export type Show<S, Acc extends string = ''> =
  S extends readonly [infer H, ...infer R] ? Show<R, Acc extends '' ? ShowDim<H> : `${Acc},${ShowDim<H>}`>
  : S extends readonly [] ? `[${Acc}]` : '[...]'
export type Unranked<S extends Shape> = number extends S['length'] ? true : false
export type IsLiteral<D> = number extends D ? false : D extends DimTag<string> ? false : true

/** T when shape computation R succeeded; its message (a string literal, which no operand is) when not. */
export type Must<R, T> = R extends infer M extends string ? M : T
/** Identity on shapes, unknown rank on messages. It must not ask `R extends Shape`: for a shape that mentions a type
 *  parameter that question stays open; `R extends string` is decided at once. */
export type Shp<R> = R extends string ? Shape : R
export type Unbox<R> = R extends [infer S] ? S : Shape

/** Are two dims known to be equal, or possibly equal? (gradual: `number` is consistent with everything) */
export type DimOk<X, Y> =
  Same<[X], [Y]> extends true ? true : number extends X ? true : number extends Y ? true : false
/** The more informative of two consistent dims. */
export type Meet<X, Y> = Same<[X], [Y]> extends true ? X : number extends X ? Y : X

export const show = (s: Shape): string => `[${s.join(',')}]`
/** The number of elements. */
export const sizeOf = (s: Shape): number => s.reduce((n, d) => n * d, 1)
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i])
/** A named dimension: `const batch = dim('batch', 32)`.
 *  @example zeros([dim('batch', 32), 784])   // Tensor<[Dim<'batch'>, 784], ...> */
export const dim = <const N extends string>(_name: N, size: number): Dim<N> => size as Dim<N>
/** True where the value is a sentence instead of a shape. */
export const isMessage = (r: unknown): r is string => typeof r === 'string'
