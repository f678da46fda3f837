/** Wrong machines: swapped kernels, a planner that reuses live bytes, a memo and a plan cache that answer for others. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refute } from '../../laws/hold.js'
import { kernelsAreClaimed } from '../../laws/kernel.js'
import type { Machine } from '../../laws/machine.js'
import { onMachines } from '../../laws/hold.js'
import { valueLaws } from '../../laws/primitive.js'
import { programOf, programText, records } from '../../laws/program.js'
import type { Program } from '../../laws/program.js'
import { commands, realOf, sequencesAgree } from '../../laws/sequence.js'
import { cutsChangeNoBit, runsChangeNoBit, stepsAreReference, tiersAgree } from '../../laws/transform.js'
import { evaluate, findAddon, native, reference } from '../../lib/run/index.js'
import type { Backend, Executable } from '../../lib/run/backend.js'
import type { Addon } from '../../lib/run/addon.js'

const found = findAddon()
const addon = 'addon' in found ? found.addon : null
const machine = (backend: Backend): Machine => ({ name: 'wrong', backend, run: (g, inputs, tier = 1) => evaluate(g, inputs, backend, { tier }).outputs })
const with_ = (change: Partial<Addon>): Addon => new Proxy(addon as Addon, { get: (target, key) => (key in change ? change[key as keyof Addon] : (target[key as keyof Addon] as () => unknown).bind(target)) })
const program = programOf(records, { float: 'f32', smooth: false, steps: 10 })
const effort = { seed: 7, runs: 200 }
/** A loop whose condition lies in overwritten bytes may go round for ever. */
const ends = (p: Program): boolean => p.steps.every((s) => s.text !== 'while')
const ARENA = 2

describe.skipIf(addon === null)(`wrong native machines${addon === null ? ' SKIPPED: no addon' : ''}`, () => {
  const swapped = (): Machine => {
    const names = [...(addon as Addon).kernels().elementwise]
    const [i, j] = [names.indexOf('sin'), names.indexOf('cos')]
    ;[names[i], names[j]] = [names[j] as string, names[i] as string]
    return machine(native(with_({ kernels: () => ({ elementwise: names }) })))
  }
  it('two codes swapped: refuted by agreesWithReference', () => {
    const law = valueLaws.find((l) => l.name === 'agreesWithReference')
    const sin = records.find((p) => p.name === 'sin')
    if (law === undefined || sin === undefined) return expect.fail('no such law')
    expect(refute(law.claim(sin), (c) => onMachines(c, [swapped()]), effort)).toMatch(/got/)
  })
  it('a kernel that nobody claims, and one that is missing: refuted by kernelsAreClaimed', () => {
    const names = [...(addon as Addon).kernels().elementwise.slice(1), 'cosecant']
    expect(kernelsAreClaimed(records, machine(native(with_({ kernels: () => ({ elementwise: names }) }))))).toMatch(/cosecant/)
  })
  /** Every temporary at the start of the arena, whether its neighbour still lives or not; but where the addon refuses that, as it was. */
  const reused = (): Machine => machine(native(with_({
    load: (words) => {
      const wrong = words.slice()
      for (let i = 0; i < (words[2] as number); i++) if (words[3 + 3 * i] === ARENA) wrong[5 + 3 * i] = 0
      try {
        return (addon as Addon).load(wrong)
      } catch {
        return (addon as Addon).load(words)
      }
    },
  })))
  it('live arena bytes reused: refuted by tiersAgree or stepsAreReference', () => {
    const wrong = reused()
    const verdict = refute(program, (p) => {
      if (!ends(p)) return true
      const v = tiersAgree(p, wrong)
      return v === true ? stepsAreReference(p, wrong) : v
    }, effort, programText)
    expect(verdict).toMatch(/got/)
  })
  it('live arena bytes reused: refuted by cutsChangeNoBit', () => {
    const wrong = reused()
    expect(refute(program, (p) => !ends(p) || cutsChangeNoBit(p, p.steps.map((_, i) => i + p.inputs.length), wrong), effort, programText)).toMatch(/got/)
  })
})
/** A backend that keeps the first plan it made for each number of inputs and outputs: a cache with too short a key. */
const forgetful = (): Backend => {
  const real = reference()
  const { compile } = real
  const kept = new Map<string, Executable>()
  return Object.assign(real, {
    compile: (...args: Parameters<typeof compile>) => {
      const key = `${args[0].inputs.length},${args[0].outputs.length}`
      const e = kept.get(key) ?? compile(...args)
      kept.set(key, e)
      return e
    },
  })
}
/** A backend that answers with the value before last: a memo for another key. */
const stale = (): Backend => {
  const real = reference()
  const { run } = real
  let last: ReturnType<typeof run> | null = null
  return Object.assign(real, {
    run: (...args: Parameters<typeof run>) => {
      const [now, before] = [run(...args), last]
      last = now
      return before !== null && before.length === now.length && String(before[0]?.aval.shape) === String(now[0]?.aval.shape) ? before : now
    },
  })
}
const sequenceFails = async (backend: () => Backend): Promise<boolean> => {
  const result = await fc.check(fc.asyncProperty(commands(40), (s) => sequencesAgree(s, realOf(backend(), false, () => undefined))), { seed: 7, numRuns: 100 })
  return result.failed
}
describe('wrong runtimes', () => {
  it('a plan cache with too short a key: refuted by sequences', async () => expect(await sequenceFails(forgetful)).toBe(true))
  it('a memo that answers for another: refuted by sequences', async () => expect(await sequenceFails(stale)).toBe(true))
  it('a right one: not refuted', async () => expect(await sequenceFails(reference)).toBe(false))
  it('a memo that answers for another: refuted by runsChangeNoBit', () => {
    const v = refute(program, (p) => runsChangeNoBit(p, p.steps.map((_, i) => [i + p.inputs.length]), { ...machine(stale()), run: machine(reference()).run }), effort, programText)
    expect(v).not.toBe(true)
  })
})
