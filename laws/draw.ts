/**
 * Where samples come from. A generator is a pure function of a source of small integers: the same choices give the same
 * sample, and smaller choices give simpler ones. fast-check hands in a list of choices and shrinks that list, so every
 * sample shrinks without code of its own; a seeded stream serves where nothing has to shrink.
 *
 *   arbitrary(gen): the generator as fast-check's         sampled(gen, seed): one sample
 */
import fc from 'fast-check'

/** An integer in [0, n). */
export type Draw = (n: number) => number
export type Gen<A> = (draw: Draw) => A

/** A stream of 32-bit integers (splitmix32), the same on every machine. */
const stream = (seed: number): (() => number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state ^ (state >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
}
export const fromSeed = (seed: number): Draw => {
  const next = stream(seed)
  return (n) => next() % Math.max(1, n)
}
const hash = (xs: readonly number[]): number => xs.reduce((h, x) => Math.imul(h ^ x, 0x01000193), 0x811c9dc5)
/** The choices in turn; a sample that wants more goes on with a stream that they determine. */
export const fromChoices = (xs: readonly number[]): Draw => {
  const more = fromSeed(hash(xs))
  let at = 0
  return (n) => (at < xs.length ? (xs[at++] as number) % Math.max(1, n) : more(n))
}
export const sampled = <A>(gen: Gen<A>, seed: number): A => gen(fromSeed(seed))

/** A generator for fast-check: it shrinks the choices. */
export const arbitrary = <A>(gen: Gen<A>, choices = 24): fc.Arbitrary<A> =>
  fc.array(fc.nat(0x7fffffff), { minLength: choices, maxLength: choices, size: 'max' }).map((xs) => gen(fromChoices(xs)))

/** A number in [0, 1). */
export const unit = (draw: Draw): number => draw(1 << 30) / (1 << 30)
export const oneOf = <A>(draw: Draw, xs: readonly A[]): A => xs[draw(xs.length)] as A
export const chance = (draw: Draw, percent: number): boolean => draw(100) < percent
/** 0..n-1 in some order. */
export const shuffled = (draw: Draw, n: number): number[] => {
  const order = Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = draw(i + 1)
    ;[order[i], order[j]] = [order[j] as number, order[i] as number]
  }
  return order
}
/** A non-empty subset of `among`, as flags over n places. */
export const subset = (draw: Draw, n: number, among: readonly number[]): boolean[] => {
  const bits = 1 + draw(2 ** Math.min(among.length, 20) - 1)
  return Array.from({ length: n }, (_, i) => among.includes(i) && ((bits >> among.indexOf(i)) & 1) === 1)
}
