/** Laws of transforms and of running, on random programs. Prints how often programs used each primitive. */
import { afterAll, describe, expect, it } from 'vitest'
import { chance } from '../../laws/draw.js'
import type { Gen } from '../../laws/draw.js'
import type { Verdict } from '../../laws/close.js'
import { closed } from '../../laws/calculus.js'
import { effort, refute } from '../../laws/hold.js'
import { bench, poison } from '../../laws/machine.js'
import type { Machine } from '../../laws/machine.js'
import { functionOf, programOf, programText } from '../../laws/program.js'
import type { Program } from '../../laws/program.js'
import * as laws from '../../laws/transform.js'
import type { Graph } from '../../lib/ir/graph.js'
import { isGraph } from '../../lib/ir/graph.js'
import { primitives } from '../../lib/prim/index.js'
import type { AnyPrimitive } from '../../lib/prim/index.js'

const { machines } = bench()
poison(true)
const records = (Object.values(primitives) as unknown as AnyPrimitive[]).filter((p) => p.domain.dtypes.length > 0)
const smooth = programOf(records, { float: 'f64', smooth: true, steps: 10 })
const any = (steps: number): Gen<Program> => (draw) => programOf(records, { float: draw(2) === 0 ? 'f32' : 'f64', smooth: false, steps })(draw)

interface Cut { readonly program: Program; readonly chosen: readonly number[]; readonly more: readonly (readonly number[])[] }
const cut: Gen<Cut> = (draw) => {
  const program = any(14)(draw)
  const some = (): number[] => program.steps.map((_, i) => i + program.inputs.length).filter(() => chance(draw, 35))
  return { program, chosen: some(), more: [some(), some(), some()] }
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
const holds = <A>(gen: Gen<A>, law: (x: A, on: Machine) => Verdict, show: (x: A) => string, runs: number): void => {
  for (const m of machines) {
    const verdict = refute(gen, (x) => law(x, m), effort(runs), show)
    if (verdict !== true) expect.fail(`on ${m.name}: ${verdict}`)
  }
}
describe('transforms of random programs', () => {
  const table: Readonly<Record<string, (p: Program, on: Machine) => Verdict>> = {
    gradIsLinear: laws.gradIsLinear, chainRule: laws.chainRule, jitCommutesWithGrad: laws.jitCommutesWithGrad,
    vmapCommutesWithGrad: laws.vmapCommutesWithGrad, partialsCommute: laws.partialsCommute,
  }
  for (const [name, law] of Object.entries(table)) it(name, () => holds(smooth, law, programText, 30))
  for (const [name, law] of Object.entries({ vmapIsStackOf: laws.vmapIsStackOf, vmapsSwap: laws.vmapsSwap })) it(name, () => holds(any(8), law, programText, 30))
  it('transformsKeepBodiesClosed', () => holds(smooth, laws.transformsKeepBodiesClosed, programText, 30))
})
describe('running random programs', () => {
  it('jitIsIdentity', () => holds(any(14), (p, on) => (count(p), laws.jitIsIdentity(p, on)), programText, 80))
  it('stepsAreReference', () => holds(any(14), laws.stepsAreReference, programText, 60))
  it('tiersAgree', () => holds(any(14), (p, on) => (count(p), laws.tiersAgree(p, on)), programText, 120))
  it('bodiesComputeTheSame', () => holds(any(10), laws.bodiesComputeTheSame, programText, 60))
  it('cutsChangeNoBit', () => holds(cut, (x, on) => laws.cutsChangeNoBit(x.program, x.chosen, on), (x) => `${programText(x.program)}\n    cut at ${x.chosen}`, 80))
  it('runsChangeNoBit', () => holds(cut, (x, on) => laws.runsChangeNoBit(x.program, x.more, on), (x) => `${programText(x.program)}\n    runs ${x.more.map((c) => `[${c}]`).join(' ')}`, 80))
})
afterAll(() => {
  const share = Math.round(100 - (100 * pointwise) / nodes)
  console.log(`programs: ${programs}, ${share} % of ${nodes} nodes are not elementwise; programs using each op: ${[...used].sort((x, y) => y[1] - x[1]).map(([op, n]) => `${op} ${n}`).join(', ')}; never: ${Object.keys(primitives).filter((op) => !used.has(op)).join(', ') || 'none'}`)
  expect(share).toBeGreaterThanOrEqual(30)
})
