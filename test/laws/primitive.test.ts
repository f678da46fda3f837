/** The fold: every primitive x every law x every machine. No op is named here. */
import { describe, expect, it } from 'vitest'
import { batchLaws } from '../../laws/batch.js'
import { slackUsed } from '../../laws/close.js'
import { derivativeLaws } from '../../laws/derivative.js'
import { claimText, effort, machinesOf, onMachines, refute, seed } from '../../laws/hold.js'
import { bench, poison } from '../../laws/machine.js'
import { valueLaws } from '../../laws/primitive.js'
import { primitives } from '../../lib/prim/index.js'
import type { AnyPrimitive } from '../../lib/prim/index.js'

const here = bench()
poison(true)
const records = Object.values(primitives) as unknown as AnyPrimitive[]
console.log(`laws: COTANGENT_SEED=${seed}; machines: ${here.machines.map((m) => m.name).join(', ')}`)

describe.skipIf(here.missing !== null)(`native machine${here.missing === null ? '' : ` SKIPPED: ${here.missing}`}`, () => {
  it('is there', () => expect(here.missing).toBeNull())
})
for (const law of [...valueLaws, ...derivativeLaws, ...batchLaws]) {
  const machines = machinesOf(law, here)
  describe(`${law.name}: ${law.formula}`, () => {
    for (const p of records.filter(law.about))
      it.skipIf(machines.length === 0)(p.name, () => {
        const verdict = refute(law.claim(p), (c) => onMachines(c, machines), effort(12), claimText)
        if (verdict !== true) expect.fail(`${law.name} of ${p.name}: ${verdict}`)
      })
  })
}
it('prints the slack used', () => {
  console.log([...slackUsed()].map(([k, v]) => `${k}: ${v.toPrecision(2)}`).join('; '))
})
