/** The laws of instances, at scans, conds, whiles, and calls of every kind. */
import { describe, expect, it } from 'vitest'
import { batchClaim } from '../../laws/batch.js'
import { controlNames, controlOf, forwardOnly } from '../../laws/control.js'
import { judged, judges } from '../../laws/derivative.js'
import type { Draw } from '../../laws/draw.js'
import { collectives } from '../../laws/gang.js'
import { claimText, effort, onMachines, refute } from '../../laws/hold.js'
import { bench, poison } from '../../laws/machine.js'
import { agreesWithReference, argumentsStay, claimOf, fusionChangesNoBit, layoutOf, promiseIsKept, stridesDoNotMatter } from '../../laws/primitive.js'
import type { Claim } from '../../laws/primitive.js'
import type { Instance } from '../../laws/arbitrary.js'

type Law = (draw: Draw, x: Instance) => Claim
const laws: Readonly<Record<string, Law>> = {
  promiseIsKept: (_, x) => claimOf(x, promiseIsKept),
  agreesWithReference: (_, x) => claimOf(x, agreesWithReference),
  fusionChangesNoBit: (_, x) => claimOf(x, fusionChangesNoBit),
  argumentsStay: (_, x) => claimOf(x, argumentsStay),
  stridesDoNotMatter: (draw, x) => {
    const layouts = x.inputs.map((v) => layoutOf(draw, v))
    return claimOf(x, (y, on) => stridesDoNotMatter(y, layouts, on))
  },
  vmapIsStack: batchClaim,
  ...Object.fromEntries(Object.entries(judges).map(([name, { judge }]): [string, Law] => [name, (draw, x) => judged(draw, x, judge)])),
}
/** Each has one form, and laws of its own. */
const few: ReadonlySet<string> = new Set(collectives.map((c) => c.op))
const reverse: ReadonlySet<string> = new Set(['vjpIsAdjointOfJvp', 'transposeIsLinear', 'reverseOverForward', 'forwardOverReverse'])
const { machines } = bench()
poison(true)
for (const [name, law] of Object.entries(laws))
  describe(name, () => {
    for (const form of controlNames.filter((f) => !reverse.has(name) || !forwardOnly.has(f)))
      it(form, () => {
        const gen = controlOf(form)
        if (gen === null) return expect.fail(`no form of ${form}`)
        const verdict = refute((draw) => law(draw, gen(draw)), (c) => onMachines(c, machines), effort(few.has(form) ? 4 : 14), claimText)
        if (verdict !== true) expect.fail(`${name} of ${form}: ${verdict}`)
      }, 60_000)
  })
