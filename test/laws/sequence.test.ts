/** Sequence laws on the reference and on the native runtime, inline, on threads, and with freed memory poisoned. */
import fc from 'fast-check'
import { afterAll, describe, it } from 'vitest'
import { effort } from '../../laws/hold.js'
import { commands, realOf, sequencesAgree } from '../../laws/sequence.js'
import { findAddon, native, reference } from '../../lib/run/index.js'

const found = findAddon()
const addon = 'addon' in found ? found.addon : null
const sweep = (): void => {
  addon?.sweep()
}
const check = async (make: () => ReturnType<typeof realOf>, runs: number): Promise<void> => {
  const { seed, runs: numRuns } = effort(runs)
  await fc.assert(fc.asyncProperty(commands(40), (sequence) => sequencesAgree(sequence, make())), { seed, numRuns })
}
describe('sequences', () => {
  it('agree with the model on the reference', () => check(() => realOf(reference(), false, () => undefined), 120), 60_000)
  it('agree when every run is asynchronous on the reference', () => check(() => realOf(reference(), true, () => undefined), 60), 60_000)
})
describe.skipIf(addon === null)(`native sequences${addon === null ? ' SKIPPED: no addon' : ''}`, () => {
  const fresh = (threaded: boolean) => (): ReturnType<typeof realOf> => realOf(native(addon as never), threaded, sweep)
  it('agree with the model', () => check(fresh(false), 120), 60_000)
  it('agree on threads', () => check(fresh(true), 120), 60_000)
  it('agree under poison', async () => {
    addon?.poison(true)
    await check(fresh(false), 120)
    await check(fresh(true), 60)
  }, 60_000)
  afterAll(() => addon?.poison(false))
})
