/**
 * Contractions: matmul (NumPy's rules: vectors are promoted, leading dims broadcast), dot and outer of vectors, and
 * einsum with an explicit output. In einsum a letter is one size everywhere it occurs: no 1 is stretched, and no
 * ellipsis.
 */
import type { Broadcast } from './broadcast.js'
import type { DimOk, Law, Shape, Show, ShowDim, Unranked } from './shape.js'
import { broadcast } from './broadcast.js'
import { show } from './shape.js'

// ---- matmul, dot, outer ---------------------------------------------------------------------------
type InnerError<A, B, K, L> = `matmul ${Show<A>} x ${Show<B>}: inner dimensions ${ShowDim<K>} and ${ShowDim<L>} differ`
export type MatMul<A extends Shape, B extends Shape> =
  Unranked<A> extends true ? Shape : Unranked<B> extends true ? Shape
  : A extends readonly [...infer BA extends number[], infer M extends number, infer K]
    ? B extends readonly [...infer BB extends number[], infer L, infer N extends number]
      ? DimOk<K, L> extends true
        ? BB extends [] ? [...BA, M, N]
          : Broadcast<BA, BB> extends [infer R extends Shape] ? [...R, M, N]
          : `matmul ${Show<A>} x ${Show<B>}: batch dimensions differ`
        : InnerError<A, B, K, L>
      : B extends readonly [infer L] ? (DimOk<K, L> extends true ? [...BA, M] : InnerError<A, B, K, L>)
      : 'matmul: the second operand is a scalar'
  : A extends readonly [infer K]
    ? B extends readonly [...infer BB extends number[], infer L, infer N extends number]
      ? DimOk<K, L> extends true ? [...BB, N] : InnerError<A, B, K, L>
      : B extends readonly [infer L] ? (DimOk<K, L> extends true ? [] : InnerError<A, B, K, L>)
      : 'matmul: the second operand is a scalar'
  : 'matmul: the first operand is a scalar'

export type Dot<A extends Shape, B extends Shape> =
  Unranked<A> extends true ? Shape : Unranked<B> extends true ? Shape
  : A extends readonly [infer K]
    ? B extends readonly [infer L]
      ? DimOk<K, L> extends true ? [] : `dot: the lengths ${ShowDim<K>} and ${ShowDim<L>} differ`
      : `dot: needs two vectors, got ${Show<A>} and ${Show<B>}`
    : `dot: needs two vectors, got ${Show<A>} and ${Show<B>}`
export type Outer<A extends Shape, B extends Shape> =
  Unranked<A> extends true ? Shape : Unranked<B> extends true ? Shape
  : A extends readonly [infer M extends number]
    ? B extends readonly [infer N extends number] ? [M, N] : `outer: needs two vectors, got ${Show<A>} and ${Show<B>}`
    : `outer: needs two vectors, got ${Show<A>} and ${Show<B>}`

/** A vector on the left is a row, on the right a column. */
const rows = (a: Shape): Shape => (a.length === 1 ? [1, ...a] : a)
const columns = (b: Shape): Shape => (b.length === 1 ? [...b, 1] : b)
/** The run-time twin of `MatMul`. */
export const matMul = (a: Shape, b: Shape): Law => {
  if (a.length === 0) return 'matmul: the first operand is a scalar'
  if (b.length === 0) return 'matmul: the second operand is a scalar'
  const k = a.at(-1), l = columns(b).at(-2)
  if (k !== l) return `matmul ${show(a)} x ${show(b)}: inner dimensions ${k} and ${l} differ`
  const lead = broadcast(rows(a).slice(0, -2), columns(b).slice(0, -2))
  if (typeof lead === 'string') return `matmul ${show(a)} x ${show(b)}: batch dimensions differ`
  return [...lead, ...a.slice(-2, -1), ...(b.length > 1 ? b.slice(-1) : [])]
}
const vectors = (op: string, a: Shape, b: Shape): string | undefined =>
  a.length === 1 && b.length === 1 ? undefined : `${op}: needs two vectors, got ${show(a)} and ${show(b)}`
/** The run-time twin of `Dot`. */
export const dot = (a: Shape, b: Shape): Law =>
  vectors('dot', a, b) ?? (a[0] === b[0] ? [] : `dot: the lengths ${a[0]} and ${b[0]} differ`)
/** The run-time twin of `Outer`. */
export const outer = (a: Shape, b: Shape): Law => vectors('outer', a, b) ?? [...a, ...b]

// ---- einsum -----------------------------------------------------------------------------------------
type NoSpace<F extends string> = F extends `${infer A} ${infer B}` ? NoSpace<`${A}${B}`> : F
/** Bind the letters of one term to the dims of one shape. E maps letters to dims. */
type Bind<L extends string, S, E> =
  L extends `${infer C}${infer L1}`
    ? S extends readonly [infer H, ...infer S1]
      ? C extends keyof E
        ? DimOk<E[C], H> extends true ? Bind<L1, S1, E> : `einsum: '${C}' is both ${ShowDim<E[C]>} and ${ShowDim<H>}`
        : Bind<L1, S1, E & { [K in C]: H }>
      : S extends readonly [] ? 'einsum: more letters than axes' : Bind<L1, S, E & { [K in C]: number }>
    : S extends readonly [unknown, ...unknown[]] ? 'einsum: more axes than letters' : E
type BindAll<T extends string, Ss, E> =
  Ss extends readonly [infer S, ...infer R]
    ? T extends `${infer L},${infer T1}`
      ? R extends readonly [] ? 'einsum: more terms than operands' : Then<Bind<L, S, E>, T1, R>
      : R extends readonly [] ? Bind<T, S, E> : 'einsum: more operands than terms'
    : E
type Then<E, T extends string, R> = E extends string ? E : BindAll<T, R, E>
type Output<L extends string, E, Acc extends unknown[] = [], Seen extends string = never> =
  L extends `${infer C}${infer R}`
    ? C extends keyof E
      ? C extends Seen ? `einsum: output letter '${C}' is repeated` : Output<R, E, [...Acc, E[C]], Seen | C>
      : `einsum: output letter '${C}' is not bound`
    : Acc
export type Einsum<F extends string, Ss> =
  string extends F ? Shape
  : F extends `${string}.${string}` ? 'einsum: no ellipsis, name every axis'
  : NoSpace<F> extends `${infer I}->${infer O}`
    ? BindAll<I, Ss, {}> extends infer E ? E extends string ? E : Output<O, E> : never
    : "einsum: write an explicit '->'"

export interface EinsumTerms { readonly inputs: readonly string[]; readonly output: string }
/** The letters of each operand and of the output, or a message. */
export const einsumParse = (spec: string): EinsumTerms | string => {
  if (spec.includes('.')) return 'einsum: no ellipsis, name every axis'
  const [left, output, more] = spec.replaceAll(' ', '').split('->')
  if (left === undefined || output === undefined || more !== undefined) return "einsum: write an explicit '->'"
  return { inputs: left.split(','), output }
}
/** Adds one term's letters to `sizes`; a message when they do not fit. */
const bind = (term: string, s: Shape, sizes: Map<string, number>): string | undefined => {
  for (const [i, letter] of [...term].entries()) {
    const size = s[i], known = sizes.get(letter)
    if (size === undefined) return 'einsum: more letters than axes'
    if (known !== undefined && known !== size) return `einsum: '${letter}' is both ${known} and ${size}`
    sizes.set(letter, size)
  }
  return term.length < s.length ? 'einsum: more axes than letters' : undefined
}
const bindAll = (inputs: readonly string[], shapes: readonly Shape[]): Map<string, number> | string => {
  const sizes = new Map<string, number>()
  for (const [i, s] of shapes.entries()) {
    if (i >= inputs.length - 1 && i < shapes.length - 1) return 'einsum: more operands than terms'
    if (i === shapes.length - 1 && inputs.length > shapes.length) return 'einsum: more terms than operands'
    const wrong = bind(inputs[i] ?? '', s, sizes)
    if (wrong !== undefined) return wrong
  }
  return sizes
}
const output = (letters: string, sizes: ReadonlyMap<string, number>): Law => {
  const out: number[] = []
  for (const [i, letter] of [...letters].entries()) {
    const size = sizes.get(letter)
    if (size === undefined) return `einsum: output letter '${letter}' is not bound`
    if (letters.indexOf(letter) < i) return `einsum: output letter '${letter}' is repeated`
    out.push(size)
  }
  return out
}
/** The run-time twin of `Einsum`. */
export const einsum = (spec: string, shapes: readonly Shape[]): Law => {
  const terms = einsumParse(spec)
  if (typeof terms === 'string') return terms
  const sizes = bindAll(terms.inputs, shapes)
  return typeof sizes === 'string' ? sizes : output(terms.output, sizes)
}
