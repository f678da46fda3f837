/** Laws of transforms and of running, on random programs. Prints how often programs used each primitive. */
import { afterAll, describe, expect, it } from 'vitest'
import { chance } from '../../laws/draw.js'
import type { Draw, Gen } from '../../laws/draw.js'
import { judgedByBound, slackUsed } from '../../laws/close.js'
import type { Verdict } from '../../laws/close.js'
import { closed } from '../../laws/calculus.js'
import { effort, refute } from '../../laws/hold.js'
import { bench, poison } from '../../laws/machine.js'
import type { Machine } from '../../laws/machine.js'
import { functionOf, programOf, programText, records } from '../../laws/program.js'
import type { Program } from '../../laws/program.js'
import { smallerPrograms } from '../../laws/shrink.js'
import * as laws from '../../laws/transform.js'
import type { Graph } from '../../lib/ir/graph.js'
import { isGraph } from '../../lib/ir/graph.js'
import { primitives } from '../../lib/prim/index.js'
import { peekWith } from '../../lib/prim/watch.js'
import type { AnyPrimitive } from '../../lib/prim/index.js'

const { machines } = bench()
poison(true)
peekWith(() => undefined)
const smooth = programOf(records, { float: 'f64', smooth: true, steps: 10 })
/** So long that a program holds one op in six, however many there are. */
const LONG = Math.ceil(records.length / 2.5)
const any = (steps: number): Gen<Program> => (draw) => programOf(records, { float: draw(2) === 0 ? 'f32' : 'f64', smooth: false, steps })(draw)

interface Cut { readonly program: Program; readonly chosen: readonly number[]; readonly more: readonly (readonly number[])[] }
const cut: Gen<Cut> = (draw) => {
  const program = any(LONG)(draw)
  const some = (): number[] => program.steps.map((_, i) => i + program.inputs.length).filter(() => chance(draw, 35))
  return { program, chosen: some(), more: [some(), some(), some()] }
}
/** Programs get smaller, cuts get fewer. */
function* smallerCuts(x: Cut): Iterable<Cut> {
  for (const c of x.chosen) yield { ...x, chosen: x.chosen.filter((d) => d !== c) }
  for (let i = 0; i < x.more.length; i++) yield { ...x, more: x.more.filter((_, k) => k !== i) }
  for (const o of x.program.outputs) if (x.program.outputs.length > 1) yield { ...x, program: { ...x.program, outputs: x.program.outputs.filter((p) => p !== o) } }
}
const used = new Map<string, number>()
let [nodes, pointwise, programs] = [0, 0, 0]
const opsOf = (g: Graph): string[] => g.nodes.flatMap((x) => [x.op, ...Object.values(x.params).filter(isGraph).flatMap(opsOf)])
const count = (p: Program): void => {
  const ops = opsOf(closed(functionOf(p), p.inputs))
  for (const op of new Set(ops)) used.set(op, (used.get(op) ?? 0) + 1)
  programs++
  nodes += ops.length
  pointwise += ops.filter((op) => (primitives as unknown as Record<string, AnyPrimitive>)[op]?.lower.kind === 'element').length
}
/** Holds the law on every machine; each sample is counted once, on the first. */
const holds = <A>(gen: Gen<A>, law: (x: A, on: Machine) => Verdict, show: (x: A) => string, runs: number, of: (x: A) => Program, smaller: (x: A) => Iterable<A>): void => {
  for (const m of machines) {
    const counted = m === machines[0] ? (draw: Draw): A => { const x = gen(draw); count(of(x)); return x } : gen
    const verdict = refute(counted, (x) => law(x, m), effort(runs), show, smaller)
    if (verdict !== true) expect.fail(`on ${m.name}: ${verdict}`)
  }
}
const held = (gen: Gen<Program>, law: (p: Program, on: Machine) => Verdict, runs: number): void => holds(gen, law, programText, runs, (p) => p, smallerPrograms)
const heldCuts = (law: (x: Cut, on: Machine) => Verdict, show: (x: Cut) => string): void => holds(cut, law, show, 80, (x) => x.program, smallerCuts)
type Laws = Readonly<Record<string, (p: Program, on: Machine) => Verdict>>
describe('transforms of random programs', () => {
  const reverse: Laws = {
    gradIsLinear: laws.gradIsLinear, chainRule: laws.chainRule, jitCommutesWithGrad: laws.jitCommutesWithGrad, pullbackIsAdjoint: laws.pullbackIsAdjoint,
    vmapCommutesWithGrad: laws.vmapCommutesWithGrad, partialsCommute: laws.partialsCommute, rematIsIdentity: laws.rematIsIdentity,
    transformsKeepBodiesClosed: laws.transformsKeepBodiesClosed,
  }
  for (const [name, law] of Object.entries(reverse)) it(name, () => held(smooth, law, 30))
  it('scanIsUnrolled', () => held(programOf(records, { float: 'f64', smooth: true, steps: 6 }), laws.scanIsUnrolled, 20))
  for (const [name, law] of Object.entries({ vmapIsStackOf: laws.vmapIsStackOf, vmapsSwap: laws.vmapsSwap } satisfies Laws)) it(name, () => held(any(10), law, 30))
})
describe('running random programs', () => {
  it('jitIsIdentity', () => held(any(LONG), laws.jitIsIdentity, 140))
  it('stepsAreReference', () => held(any(LONG), laws.stepsAreReference, 60))
  it('plansAreReference', () => held(any(LONG), laws.plansAreReference, 60))
  it('tiersAgree', () => held(any(LONG), laws.tiersAgree, 180))
  it('bodiesComputeTheSame', () => held(any(14), laws.bodiesComputeTheSame, 60))
  it('cutsChangeNoBit', () => heldCuts((x, on) => laws.cutsChangeNoBit(x.program, x.chosen, on), (x) => `${programText(x.program)}\n    cut at ${x.chosen}`))
  it('runsChangeNoBit', () => heldCuts((x, on) => laws.runsChangeNoBit(x.program, x.more, on), (x) => `${programText(x.program)}\n    runs ${x.more.map((c) => `[${c}]`).join(' ')}`))
})
const FEWEST = 50
/** Made only where a plan of several processes is opened, never in a program: laws/world.ts holds it. */
const PLANS_ONLY = 'exchange'
afterAll(() => {
  const share = Math.round(100 - (100 * pointwise) / nodes)
  console.log(`programs: ${programs}, ${share} % of ${nodes} nodes are not elementwise; programs using each op: ${[...used].sort((x, y) => y[1] - x[1]).map(([op, n]) => `${op} ${n}`).join(', ')}; bound used ${[...slackUsed()].map(([k, v]) => `${k} ${v.toPrecision(2)}`).join(', ')}; ${judgedByBound().left} of ${judgedByBound().all} elements without a bound`)
  expect(share).toBeGreaterThanOrEqual(30)
  expect(Object.keys(primitives).filter((op) => op !== PLANS_ONLY && (used.get(op) ?? 0) < FEWEST)).toEqual([])
})
