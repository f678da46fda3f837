/**
 * Rearrange, einops' notation: 'b (h w) c -> b h w c'. A word is a name, a group of names in parentheses (one axis
 * whose size is their product), or 1. It is a reshape, a permute and a reshape; `parseRearrange` gives those three
 * steps. Each name occurs once on each side; in a group at most one size may be left to be computed.
 */
import type { Prod, Reshape } from './reshape.js'
import type { DimOk, Law, Shape, Show, ShowDim } from './shape.js'
import { reshape } from './reshape.js'
import { show, sizeOf } from './shape.js'

// ---- types ----------------------------------------------------------------------------------------------
export type Sizes = { readonly [name: string]: number }
/** Words of 'b (h w) c': a word is a name or a group (a tuple of names). */
type Words<P extends string, Acc extends (string | string[])[] = []> =
  P extends ` ${infer R}` ? Words<R, Acc>
  : P extends `(${infer G})${infer R}` ? (Words<G> extends infer X extends string[] ? Words<R, [...Acc, X]> : never)
  : P extends `${infer W} ${infer R}` ? Words<R, [...Acc, W]>
  : P extends '' ? Acc : [...Acc, P]
/** All names of a list of words as a union, or a message when one comes twice. Boxed. */
type Names<W, Seen extends string = never> =
  W extends [infer X, ...infer R]
    ? X extends string
      ? X extends '1' ? Names<R, Seen>
        : X extends Seen ? `rearrange: '${X}' occurs twice on one side` : Names<R, Seen | X>
      : X extends string[] ? Names<[...X, ...R], Seen> : never
    : [Seen]
/** [words in, words out], or a message. Depends on the pattern only, so it is computed once a pattern. */
type Parse<P extends string> =
  P extends `${infer I}->${infer O}` ? Checked<Words<I>, Words<O>> : "rearrange: write an explicit '->'"
type Checked<I, O> =
  Names<I> extends [infer A] ? Names<O> extends [infer B]
    ? [Exclude<A, B>] extends [never]
      ? [Exclude<B, A>] extends [never] ? [I, O] : `rearrange: '${OneOf<Exclude<B, A>, O>}' is not on the left`
      : `rearrange: '${OneOf<Exclude<A, B>, I>}' is not on the right`
    : Names<O> : Names<I>
/** The first word of W that is in the union. */
type OneOf<U, W> =
  W extends [infer X, ...infer R]
    ? X extends string[] ? OneOf<U, [...X, ...R]> : X extends U ? X & string : OneOf<U, R>
    : never
/** Bind words to dims. */
type RBind<W, S, E extends Sizes> =
  W extends [infer X, ...infer W1]
    ? S extends readonly [infer H extends number, ...infer S1]
      ? X extends string
        ? X extends '1' ? DimOk<1, H> extends true ? RBind<W1, S1, E> : `rearrange: 1 is ${ShowDim<H>}`
        : X extends keyof E
          ? DimOk<E[X], H> extends true ? RBind<W1, S1, E>
            : `rearrange: '${X}' is both ${ShowDim<E[X]>} and ${ShowDim<H>}`
          : RBind<W1, S1, E & { [K in X]: H }>
        : Group<X, E, H> extends infer G ? G extends string ? G : G extends Sizes ? RBind<W1, S1, E & G> : never : never
      : S extends readonly [] ? 'rearrange: more names than axes' : Shape
    : S extends readonly [unknown, ...unknown[]] ? 'rearrange: more axes than names' : E
type Group<X, E extends Sizes, H extends number, Known extends number[] = [], Miss extends string[] = []> =
  X extends [infer N extends string, ...infer R]
    ? N extends '1' ? Group<R, E, H, Known, Miss>
      : N extends keyof E ? Group<R, E, H, [...Known, E[N]], Miss> : Group<R, E, H, Known, [...Miss, N]>
    : Miss extends []
      ? Reshape<[H], Known> extends string ? `rearrange: ${ShowDim<H>} is not the product of ${Show<Known>}` : {}
      : Miss extends [infer M extends string]
        ? Reshape<[H], [...Known, -1]> extends infer Q
          ? Q extends [...infer _, infer D] ? { [K in M]: D }
            : `rearrange: ${ShowDim<H>} does not split into ${Show<Known>}`
          : never
      : `rearrange: give the size of '${Miss[0]}'`
type RPick<W, E extends Sizes, Acc extends number[] = []> =
  W extends [infer X, ...infer W1]
    ? X extends '1' ? RPick<W1, E, [...Acc, 1]>
      : X extends string ? RPick<W1, E, [...Acc, E[X & keyof E]]>
      : RPick<X, E> extends infer G ? G extends number[] ? RPick<W1, E, [...Acc, Prod<G>]> : G : never
    : Acc
export type Rearrange<P extends string, S extends Shape, E extends Sizes = {}> =
  string extends P ? Shape
  : Parse<P> extends infer Q
    ? Q extends [infer I, infer O]
      ? RBind<I, S, E> extends infer B ? B extends string | Shape ? B : B extends Sizes ? RPick<O, B> : never : never
      : Q
    : never

// ---- run time -------------------------------------------------------------------------------------------
type Word = string | readonly string[]
/** reshape to `split`, permute by `order`, reshape to `shape`: what rearrange is made of. */
export interface RearrangeSteps { readonly split: number[]; readonly order: number[]; readonly shape: number[] }

const words = (side: string): Word[] =>
  [...side.matchAll(/\(([^)]*)\)|(\S+)/g)].map(([, group, name]) =>
    name ?? (group ?? '').split(' ').filter((n) => n !== ''))
const namesOf = (side: readonly Word[]): string[] => side.flat().filter((n) => n !== '1')
const twice = (names: readonly string[]): string | undefined => {
  const again = names.find((n, i) => names.indexOf(n) < i)
  return again === undefined ? undefined : `rearrange: '${again}' occurs twice on one side`
}
const lost = (a: readonly string[], b: readonly string[], side: string): string | undefined => {
  const one = a.find((n) => !b.includes(n))
  return one === undefined ? undefined : `rearrange: '${one}' is not on the ${side}`
}
const parse = (pattern: string): [Word[], Word[]] | string => {
  const arrow = pattern.indexOf('->')
  if (arrow === -1) return "rearrange: write an explicit '->'"
  const left = words(pattern.slice(0, arrow)), right = words(pattern.slice(arrow + 2))
  const a = namesOf(left), b = namesOf(right)
  return twice(a) ?? twice(b) ?? lost(a, b, 'right') ?? lost(b, a, 'left') ?? [left, right]
}
/** Adds the names of a group to `sizes`; a message when its axis is not their product. */
const bindGroup = (group: readonly string[], size: number, sizes: Map<string, number>): string | undefined => {
  const names = group.filter((n) => n !== '1')
  const known = names.flatMap((n) => sizes.get(n) ?? []), missing = names.filter((n) => !sizes.has(n))
  const [miss, ...more] = missing
  if (more.length > 0) return `rearrange: give the size of '${miss}'`
  if (miss === undefined)
    return sizeOf(known) === size ? undefined : `rearrange: ${size} is not the product of ${show(known)}`
  const whole = reshape([size], [...known, -1])
  if (typeof whole === 'string') return `rearrange: ${size} does not split into ${show(known)}`
  sizes.set(miss, whole.at(-1) ?? 1)
  return undefined
}
const bindWord = (word: Word, size: number, sizes: Map<string, number>): string | undefined => {
  if (typeof word !== 'string') return bindGroup(word, size, sizes)
  if (word === '1') return size === 1 ? undefined : `rearrange: 1 is ${size}`
  const known = sizes.get(word)
  if (known !== undefined && known !== size) return `rearrange: '${word}' is both ${known} and ${size}`
  sizes.set(word, size)
  return undefined
}
const bindSide = (side: readonly Word[], s: Shape, sizes: Map<string, number>): string | undefined => {
  for (const [i, word] of side.entries()) {
    const size = s[i]
    const wrong = size === undefined ? 'rearrange: more names than axes' : bindWord(word, size, sizes)
    if (wrong !== undefined) return wrong
  }
  return s.length > side.length ? 'rearrange: more axes than names' : undefined
}
/** The three steps that a pattern means for a shape, or a message. */
export const parseRearrange = (pattern: string, s: Shape, given: Sizes = {}): RearrangeSteps | string => {
  const sides = parse(pattern)
  if (typeof sides === 'string') return sides
  const [left, right] = sides, sizes = new Map(Object.entries(given))
  const wrong = bindSide(left, s, sizes)
  if (wrong !== undefined) return wrong
  const size = (n: string): number => sizes.get(n) ?? 1
  const names = namesOf(left)
  return {
    split: names.map(size),
    order: namesOf(right).map((n) => names.indexOf(n)),
    shape: right.map((w) => (typeof w === 'string' ? size(w) : sizeOf(w.map(size)))),
  }
}
/** The run-time twin of `Rearrange`. */
export const rearrange = (pattern: string, s: Shape, sizes: Sizes = {}): Law => {
  const steps = parseRearrange(pattern, s, sizes)
  return typeof steps === 'string' ? steps : steps.shape
}
