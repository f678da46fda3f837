/**
 * Laws for a pair encode/decode: nothing is lost, and encoding is canonical.
 *
 *   codecIsLawful({ encode: JSON.stringify, decode: JSON.parse }, fc.jsonValue())
 */
import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import { both } from './close.js'
import type { Verdict } from './close.js'
import { effortOf } from './rule.js'
import type { Trial } from './rule.js'
import { sameValue, valueText } from './value.js'

export interface CodecLike<A, B> {
  readonly encode: (a: A) => B
  readonly decode: (b: B) => A
}
/** decode(encode(a)) = a */
export const nothingIsLost = <A, B>(c: CodecLike<A, B>, equal: (x: A, y: A) => boolean = sameValue) => (a: A): Verdict => {
  const back = c.decode(c.encode(a))
  return equal(back, a) ? true : `${valueText(a)} came back as ${valueText(back)}`
}
/** encode(decode(encode(a))) = encode(a) */
export const encodingIsCanonical = <A, B>(c: CodecLike<A, B>) => (a: A): Verdict => {
  const [once, twice] = [c.encode(a), c.encode(c.decode(c.encode(a)))]
  return sameValue(once, twice) ? true : `${valueText(once)} became ${valueText(twice)}`
}
const judged = (f: () => Verdict): Verdict => {
  try {
    return f()
  } catch (e) {
    return `it threw ${String(e)}`
  }
}
/**
 * Both laws, on samples of an arbitrary of fast-check.
 * @law decode(encode(a)) = a; encode(decode(encode(a))) = encode(a)
 * @example
 * import fc from 'fast-check'
 * deepClose(codecIsLawful({ encode: (x: number) => [x], decode: ([x]: number[]) => x ?? 0 }, fc.integer()), true)
 */
export const codecIsLawful = <A, B>(c: CodecLike<A, B>, values: Arbitrary<A>, t: Trial & { readonly equal?: (x: A, y: A) => boolean } = {}): Verdict => {
  const law = (a: A): Verdict => judged(() => both(nothingIsLost(c, t.equal)(a), () => encodingIsCanonical(c)(a)))
  const { seed, runs } = effortOf({ runs: 100, ...t })
  const result = fc.check(fc.property(values, (a) => law(a) === true), { seed, numRuns: runs })
  if (!result.failed) return true
  const a = result.counterexample?.[0] as A
  return `${String(law(a))}\n  for ${valueText(a)}\n  after ${result.numShrinks} shrinks; seed ${seed}`
}
