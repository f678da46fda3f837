/**
 * Running a predicate on samples. Predicates are pure and return a verdict; this is the only file that asserts. A failure
 * names the law, shows the shrunk sample, says what was wrong and which seed repeats it.
 */
import fc from 'fast-check'
import { every } from './close.js'
import type { Verdict } from './close.js'
import { arbitrary } from './draw.js'
import type { Gen } from './draw.js'
import { bench } from './machine.js'
import type { Bench, Machine } from './machine.js'
import type { Claim, PrimitiveLaw } from './primitive.js'
import { smallest } from './shrink.js'

export interface Effort { readonly seed: number; readonly runs: number }
const environment = (name: string): string | undefined => process.env[name]
/** COTANGENT_SEED (a number, or `clock` for a new one each time); COTANGENT_DEEP multiplies the number of samples. */
export const effort = (quick: number, deep = quick * 5): Effort => ({ seed, runs: environment('COTANGENT_DEEP') === undefined ? quick : deep })
const given = environment('COTANGENT_SEED')
export const seed: number = given === 'clock' ? Date.now() % 0x7fffffff : Number(given ?? 20260101)

const judged = (f: () => Verdict): Verdict => {
  try {
    return f()
  } catch (e) {
    return `it threw ${e instanceof Error ? `${e.name}: ${e.message}\n${e.stack?.split('\n').slice(1, 6).join('\n') ?? ''}` : String(e)}`
  }
}
/** The shrunk counter-example of a predicate as a sentence, or true; `smaller` goes on where fewer choices do not help. */
export const refute = <A>(gen: Gen<A>, predicate: (x: A) => Verdict, { seed, runs }: Effort, show: (x: A) => string = String, smaller: (x: A) => Iterable<A> = () => []): Verdict => {
  const property = fc.property(arbitrary(gen), (x) => judged(() => predicate(x)) === true)
  const result = fc.check(property, { seed, numRuns: runs, endOnFailure: false })
  if (!result.failed) return true
  const found = result.counterexample?.[0]
  if (found === undefined) return `no sample could be made: ${String(result.errorInstance)} (COTANGENT_SEED=${seed})`
  const x = smallest(found, (y) => judged(() => predicate(y)) !== true, smaller)
  return `${String(judged(() => predicate(x)))}\n  for ${show(x)}\n  after ${result.numShrinks} shrinks of sample ${result.numRuns}; COTANGENT_SEED=${seed}`
}
/** Throws the sentence when a predicate is refuted. */
export const hold = <A>(gen: Gen<A>, predicate: (x: A) => Verdict, settings: Effort = effort(100), show?: (x: A) => string): void => {
  const verdict = refute(gen, predicate, settings, show)
  if (verdict !== true) throw new Error(verdict)
}
/** A claim on every machine it speaks of. */
export const onMachines = (c: Claim, machines: readonly Machine[]): Verdict =>
  every(machines, (m) => {
    const v = judged(() => c.holds(m))
    return v === true ? true : `on ${m.name}: ${v}`
  })
export const machinesOf = (law: Pick<PrimitiveLaw, 'on'>, b: Bench = bench()): readonly Machine[] =>
  b.machines.filter((m) => law.on === 'every' || (m.name === 'reference') === (law.on === 'reference'))
export const claimText = (c: Claim): string => c.text
