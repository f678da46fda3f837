/**
 * The laws' own test: mutants of every record must be refuted, each by the law named for its rule. Prints how many were;
 * survivors are listed with the reason that is known, and an unknown survivor fails.
 */
import { afterAll, expect, it } from 'vitest'
import { batchLaws, batchClaim } from '../../laws/batch.js'
import { controlOf, forwardOnly } from '../../laws/control.js'
import { derivativeLaws, judged, judges } from '../../laws/derivative.js'
import { fromSeed } from '../../laws/draw.js'
import type { Gen } from '../../laws/draw.js'
import { onMachines } from '../../laws/hold.js'
import { bench, oracle } from '../../laws/machine.js'
import type { Machine } from '../../laws/machine.js'
import { agreesWithReference, claimOf, promiseIsKept, valueLaws } from '../../laws/primitive.js'
import type { Claim, PrimitiveLaw } from '../../laws/primitive.js'
import { primitives, register } from '../../lib/prim/index.js'
import type { AnyPrimitive } from '../../lib/prim/index.js'
import { mutantsOf } from './mutant.js'
import type { Mutant } from './mutant.js'

const here = bench()
const native = here.machines.filter((m) => m.name === 'native')
const records = primitives as unknown as Readonly<Record<string, AnyPrimitive>>
const SAMPLES = 40
/** Rules that only a second backend can refute: without one they are left out, and the line says so. */
const compiled: ReadonlySet<Mutant['rule']> = new Set(['eval', 'lower'] as const)
type Named = { readonly law: string; readonly machines: readonly Machine[]; readonly claim: Gen<Claim> }

const laws = [...valueLaws, ...derivativeLaws, ...batchLaws]
const named: Record<Mutant['rule'], readonly string[]> = {
  jvp: ['jvpIsDifferenceQuotient'], transpose: ['transposeIsAdjoint', 'vjpIsAdjointOfJvp'], batch: ['vmapIsStack'],
  eval: ['promiseIsKept', 'agreesWithReference'], lower: ['agreesWithReference', 'agreesAtCorners'], aval: ['avalIsFormula'],
}
const fromRecord = (m: Mutant): Named[] =>
  laws.filter((l) => named[m.rule].includes(l.name) && l.about(m.record)).map((l: PrimitiveLaw) => ({ law: l.name, machines: machinesFor(l), claim: l.claim(m.record) }))
const machinesFor = (l: PrimitiveLaw): readonly Machine[] => (l.on === 'compiled' ? native : [oracle])
/** Control flow: the same laws at the instances of its forms. */
const controlClaims: Record<Mutant['rule'], (claim: Gen<Claim> | null, op: string) => Named[]> = {
  jvp: (_, op) => control(op, 'jvpIsDifferenceQuotient'), transpose: (_, op) => control(op, 'vjpIsAdjointOfJvp'),
  batch: (_, op) => [{ law: 'vmapIsStack', machines: [oracle], claim: (draw) => batchClaim(draw, instance(op)(draw)) }],
  eval: (_, op) => [{ law: 'agreesWithReference', machines: native, claim: (draw) => claimOf(instance(op)(draw), agreesWithReference) }, { law: 'promiseIsKept', machines: [oracle], claim: (draw) => claimOf(instance(op)(draw), promiseIsKept) }],
  lower: () => [],
  aval: (_, op) => [{ law: 'promiseIsKept', machines: [oracle], claim: (draw) => claimOf(instance(op)(draw), promiseIsKept) }],
}
const instance = (op: string): NonNullable<ReturnType<typeof controlOf>> => controlOf(op) ?? expect.fail(`no form of ${op}`)
const control = (op: string, law: string): Named[] => [{ law, machines: [oracle], claim: (draw) => judged(draw, instance(op)(draw), (judges[law] as (typeof judges)[string]).judge) }]
const claimsOf = (m: Mutant): Named[] =>
  controlOf(m.op) === null ? fromRecord(m) : m.rule === 'transpose' && forwardOnly.has(m.op) ? [] : controlClaims[m.rule](null, m.op)

const attempt = (n: Named, seed: number): boolean => {
  try {
    return onMachines(n.claim(fromSeed(seed)), n.machines) !== true
  } catch {
    return true
  }
}
/** The law that refuted it, null when none did. */
const refuter = (m: Mutant): string | null => {
  register({ ...records, [m.op]: m.record })
  try {
    for (const n of claimsOf(m)) for (let seed = 0; seed < SAMPLES; seed++) if (attempt(n, seed)) return n.law
    return null
  } finally {
    register(records)
  }
}
/** Why a mutant may live: it is the same function after all, or nothing compiled runs it. */
const known: readonly { readonly reason: string; readonly about: (m: Mutant) => boolean }[] = [
  { reason: 'a reversal of what is symmetric or has one element on the way', about: (m) => m.change === 'reversed' },
  { reason: 'the rule looks at no operand, or gives both the same', about: (m) => m.change.includes('swapped') && (['add', 'sub', 'pad'].includes(m.op) || (m.op === 'complex' && m.rule === 'jvp')) },
  { reason: 'the rule takes it from the shapes', about: (m) => [['broadcast', 'shape'], ['convInput', 'spatial'], ['convWeight', 'kernel'], ['pad', 'high'], ['reshape', 'shape'], ['slice', 'limit']].some(([op, k]) => m.op === op && m.change.includes(`${k} off by one`)) },
  { reason: 'what it drops is empty in the domain, or has no derivative', about: (m) => (m.op === 'concat' && m.change === 'term 2 dropped') || (m.op.startsWith('maxPool') && m.change === 'term 0 dropped') },
  { reason: 'and, or of bools are their minimum and maximum', about: (m) => ['reduceAnd', 'reduceOr'].includes(m.op) && m.rule === 'lower' },
]
const [tally, survivors]: [Map<string, [number, number]>, { m: Mutant; reason: string | undefined }[]] = [new Map(), []]
const count = (m: Mutant, dead: boolean): void => {
  const [refuted, all] = tally.get(m.rule) ?? [0, 0]
  tally.set(m.rule, [refuted + Number(dead), all + 1])
  if (!dead) survivors.push({ m, reason: known.find((k) => k.about(m))?.reason })
}
it.each(Object.keys(records))('mutants of %s are refuted', (op) => {
  for (const m of mutantsOf(records[op] as AnyPrimitive)) {
    if (claimsOf(m).length === 0 || (native.length === 0 && compiled.has(m.rule))) continue
    const dead = refuter(m) !== null
    if (dead || m.fired()) count(m, dead)
  }
}, 60_000)
afterAll(() => {
  const total = [...tally.values()].reduce(([x, y], [r, n]) => [x + r, y + n] as [number, number], [0, 0])
  if (here.missing !== null) console.log(`teeth of eval and lower SKIPPED: ${here.missing}`)
  console.log(`teeth: ${total[0]} of ${total[1]} mutants refuted (${((100 * total[0]) / total[1]).toFixed(1)} %): ${[...tally].map(([k, [r, n]]) => `${k} ${r}/${n}`).join(', ')}`)
  for (const { m, reason } of survivors) console.log(`survivor: ${m.op}.${m.rule}, ${m.change}: ${reason ?? 'UNEXPLAINED'}`)
  expect(survivors.filter((s) => s.reason === undefined).map(({ m }) => `${m.op}.${m.rule}, ${m.change}`)).toEqual([])
  expect(total[0] / total[1]).toBeGreaterThanOrEqual(0.95)
})
