/** The laws of devices: collectives by their algebra, pmap as vmap, on every machine. */
import { describe, expect, it } from 'vitest'
import { devicesAreABatch, identities, identityHolds, oneDeviceIsNone, share, spreadOf } from '../../laws/collective.js'
import type { Verdict } from '../../laws/close.js'
import type { Gen } from '../../laws/draw.js'
import { effort, onMachines, refute } from '../../laws/hold.js'
import { bench, poison } from '../../laws/machine.js'
import type { Machine } from '../../laws/machine.js'
import { programOf, programText, records } from '../../laws/program.js'

const { machines } = bench()
poison(true)
const holds = <A>(gen: Gen<A>, law: (x: A, on: Machine) => Verdict, show: (x: A) => string, runs: number): void => {
  const verdict = refute(gen, (x) => onMachines({ text: '', holds: (on) => law(x, on) }, machines), effort(runs), show)
  if (verdict !== true) expect.fail(verdict)
}
describe('collectives', () => {
  for (const name of Object.keys(identities)) it(name, () => holds(share, identityHolds(name), (s) => JSON.stringify({ ...s, x: [...s.x.data] }), 6))
})
describe('devices', () => {
  const spread = spreadOf(programOf(records, { float: 'f64', smooth: true, steps: 4 }))
  const text = ({ program, mapped, size }: ReturnType<typeof spread>): string => `${programText(program)}\n    on ${size} devices, mapped ${mapped.map(Number).join('')}`
  it('pmap f = vmap f, with their gradients', () => holds(spread, devicesAreABatch, text, 6))
  it('on one device pmap f = f, bit for bit', () => holds(spread, oneDeviceIsNone, text, 20))
})
