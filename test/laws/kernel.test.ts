/** Kernel sets, wrapping integers, saturating casts, signed zeros, padded windows, on every machine. */
import { expect, it } from 'vitest'
import { effort, hold } from '../../laws/hold.js'
import { paddedSample, paddingIsZeros, zerosAreOrdered, zeroSample } from '../../laws/corner.js'
import { castsSaturate, castTable, integersWrap, kernelsAreClaimed, ringNames, ringSample } from '../../laws/kernel.js'
import { bench, nativeMachine } from '../../laws/machine.js'
import { describe as text } from '../../laws/host.js'
import { primitives } from '../../lib/prim/index.js'
import type { AnyPrimitive } from '../../lib/prim/index.js'

const here = bench()
const native = nativeMachine(here)
it.skipIf(native === undefined)('the kernels of the addon are the names that records claim', () => {
  if (native !== undefined) expect(kernelsAreClaimed(Object.values(primitives) as unknown as AnyPrimitive[], native)).toBe(true)
})
for (const m of here.machines) {
  it.each(ringNames)(`integers wrap: %s on ${m.name}`, (name) => hold(ringSample(name), (x) => integersWrap(x, m), effort(40), (x) => x.inputs.map(text).join('; ')))
  it.each(['f32', 'f64'] as const)(`zeros are ordered: %s on ${m.name}`, (dtype) => hold(zeroSample(dtype), (x) => zerosAreOrdered(x, m), effort(60), text))
  it(`padding is zeros that are multiplied, on ${m.name}`, () => hold(paddedSample, (p) => paddingIsZeros(p, m), effort(80), (p) => `${[p.x, p.w, p.ct].map(text).join('; ')} ${JSON.stringify(p.window)}`))
  it.each(castTable)(`cast %s -> %s on ${m.name}`, (...row) => expect(castsSaturate(row, m)).toBe(true))
}
