/**
 * What laws run on. A machine evaluates a closed graph on host arrays and keeps nothing: no memo, no plan cache, so that
 * one backend can never answer for another.
 */
import type { Graph } from '../lib/ir/graph.js'
import type { Host } from '../lib/ir/node.js'
import { evaluate, findAddon, native, reference } from '../lib/run/index.js'
import type { Tier } from '../lib/run/index.js'
import type { Backend } from '../lib/run/backend.js'

export interface Machine {
  readonly name: string
  /** Tier 0 runs kernel by kernel, tier 1 fuses; a machine that does not plan ignores it. */
  run(g: Graph, inputs: readonly Host[], tier?: Tier): readonly Host[]
  readonly backend: Backend
}
const machine = (backend: Backend): Machine => ({
  name: backend.describe().name,
  run: (g, inputs, tier = 1) => evaluate(g, inputs, backend, { tier }).outputs,
  backend,
})
/** The meaning of a program. */
export const oracle: Machine = machine(reference())
export interface Bench {
  readonly machines: readonly Machine[]
  /** Why there is no native machine, or null. Runners must show it. */
  readonly missing: string | null
}
/** Every machine of this computer, the oracle first. */
export const bench = (): Bench => {
  const found = findAddon()
  return 'addon' in found ? { machines: [oracle, machine(native(found.addon))], missing: null } : { machines: [oracle], missing: found.missing }
}
export const nativeMachine = (b: Bench): Machine | undefined => b.machines.find((m) => m.name === 'native')
/** Vectors of how many bits the code of loops has from now on; 0: loops are interpreted. */
export const emit = (bits: 0 | 256 | 512): void => {
  const found = findAddon()
  if ('addon' in found) found.addon.emits(bits)
}
/** From now on freed blocks, and the arena before each run, are filled with NaN: what reads them is seen. */
export const poison = (on: boolean): void => {
  const found = findAddon()
  if ('addon' in found) found.addon.poison(on)
}
