/**
 * The planner: a closed graph becomes a program. Expand, cut off what is the same in every run, lower, give temporaries their
 * place in the arena. The result owns offsets only; the same plan runs with any inputs of its types.
 */
import type { Graph } from '../../ir/graph.js'
import type { Aval } from '../../ir/node.js'
import type { Buffer, Instruction, Program, View } from '../../ir/program.js'
import type { Look } from '../../prim/watch.js'
import { dtypeInfo } from '../../type/dtype.js'
import { bytesOf } from '../holders.js'
import { place } from './arena.js'
import type { Life } from './arena.js'
import { split } from './constant.js'
import { expand } from './expand.js'
import type { Tier } from './expand.js'
import { Lowering } from './lower.js'
import type { Storage } from './value.js'
import { eachView, gangs, kinds } from './view.js'
import { peeked, peeksInside } from './peek.js'

export interface Plan {
  readonly program: Program
  readonly inputs: readonly boolean[]
  readonly outputs: readonly Aval[]
  /** How to look at the peeked values, which follow the outputs. */
  readonly peeks: readonly Look[]
  /** Something is peeked inside a body: this plan must be interpreted. */
  readonly interpreted: boolean
  readonly arenaBytes: number
  readonly tier: Tier
  /** What this plan reads and does not compute: who runs it gives the outputs of this one after the inputs proper. */
  readonly constants: Constants | null
}
/** A plan of numbers alone, and which inputs of the other one they are. */
export interface Constants { readonly plan: Plan; readonly numbers: readonly number[] }

/**
 * First and last instruction of each temporary. Instructions are counted through bodies; what a repeat touches and was
 * there before lives to its end, and so does what one iteration leaves for the next.
 */
const livesOf = (list: readonly Instruction[], storages: readonly Storage[]): (Life | null)[] => {
  const lives: ({ bytes: number; from: number; to: number } | null)[] = storages.map(() => null)
  let clock = 0
  const touch = (v: View, now: number): void => {
    const s = storages[v.buffer] as Storage
    const life = lives[v.buffer]
    if (life == null) lives[v.buffer] = { bytes: s.bytes, from: now, to: now }
    else life.to = now
  }
  for (const i of list) {
    const now = clock++
    eachView(i, (v) => touch(v, now))
  }
  return lives
}
interface Placing { readonly own: readonly Storage[]; readonly offsets: readonly number[]; readonly bytes: number }
const placing = (list: readonly Instruction[], storages: readonly Storage[], kind: Storage['kind'], more: readonly Life[] = []): Placing => {
  const lives = livesOf(list, storages)
  const own = storages.filter((s) => s.kind === kind && lives[s.id] != null)
  return { own, ...place([...own.map((s) => lives[s.id] as Life), ...more]) }
}
/** The memory of a gang's devices lives while it runs; each device has a piece of it, where what is its own is placed. */
const pieces = (list: readonly Instruction[], storages: readonly Storage[]): readonly (Placing & { readonly life: Life })[] =>
  list.flatMap((i, now) => gangs([i]).map((g) => {
    const piece = placing(g.body, storages, 'own')
    return { ...piece, life: { bytes: piece.bytes * g.count, from: now, to: now } }
  }))
/** Puts bodies of control flow on one clock tick: their temporaries do not share bytes with each other. */
const assign = (instructions: readonly Instruction[], storages: readonly Storage[]): { buffers: Buffer[]; bytes: number } => {
  const devices = pieces(instructions, storages)
  const { own, offsets, bytes } = placing(instructions, storages, 'temporary', devices.map((d) => d.life))
  const placed = new Map<Storage, Buffer>()
  const put = (s: Storage, b: { readonly kind: 'arena'; readonly at: number } | { readonly kind: 'own'; readonly at: number; readonly every: number }): void => void placed.set(s, { ...b, bytes: s.bytes })
  own.forEach((s, i) => put(s, { kind: 'arena', at: offsets[i] as number }))
  devices.forEach((d, i) => d.own.forEach((s, k) => put(s, { kind: 'own', at: (offsets[own.length + i] as number) + (d.offsets[k] as number), every: d.bytes })))
  const buffers = storages.map((s): Buffer => (s.kind === 'temporary' || s.kind === 'own' ? (placed.get(s) ?? { kind: 'arena', bytes: 0, at: 0 }) : { kind: s.kind, bytes: s.bytes, at: s.at }))
  return { buffers, bytes }
}

/** Where inputs, outputs and temporaries lie. What follows the inputs proper is written down as two buffers each: over such
 *  an input no result is laid. */
const lowered = (g: Graph, slots: readonly boolean[], codes: ReadonlyMap<string, number>, tier: Tier): Pick<Plan, 'program' | 'outputs' | 'arenaBytes'> => {
  const storages: Storage[] = []
  const l = new Lowering(tier, codes, storages, 0)
  let [inputs, numbers] = [0, 0]
  g.inputs.forEach((v, i) => {
    const s = slots[i] === true ? l.storage(dtypeInfo[v.dtype].bytes, 'slot', numbers++) : l.storage(bytesOf(v), 'input', inputs++)
    if (i >= slots.length) l.storage(s.bytes, 'input', s.at)
    l.values.set(v, { kind: 'view', operand: l.dense(v, s), ready: -1 })
  })
  const targets = g.outputs.map((o, i) => l.dense(o, l.storage(bytesOf(o), 'output', i)))
  g.outputs.forEach((o, i) => l.targets.aim(o, targets[i] as never))
  l.run(g)
  g.outputs.forEach((o, i) => l.deliver(o, targets[i] as never))
  const instructions = l.instructions(), { buffers, bytes } = assign(instructions, storages)
  return { program: { buffers, instructions }, outputs: g.outputs.map((o) => ({ shape: o.shape, dtype: o.dtype })), arenaBytes: bytes }
}
const constantsOf = (g: Graph, of: Graph, codes: ReadonlyMap<string, number>): Constants => {
  const slots = g.inputs.map(() => true)
  return { plan: { ...lowered(g, slots, codes, 1), inputs: slots, peeks: [], interpreted: false, tier: 1, constants: null }, numbers: g.inputs.map((x) => of.inputs.indexOf(x)) }
}
/** Plans a closed graph; `slots` says which inputs are numbers given with each run. What processes do together is planned as
 *  well as it can be at once: they may not have run it equally often, and must exchange the same in one order. */
export const plan = (graph: Graph, slots: readonly boolean[], codes: ReadonlyMap<string, number>, tier: Tier): Plan => {
  const opened = expand(graph, tier), peeks = peeked(opened)
  const g = { ...opened, outputs: [...opened.outputs, ...peeks] }, parts = tier === 0 ? null : split(g, slots)
  const made = lowered(parts?.rest ?? g, slots, codes, tier)
  if (tier === 0 && kinds(made.program.instructions).includes('exchange')) return plan(graph, slots, codes, 1)
  return { ...made, inputs: slots, peeks: peeks.map((x) => x.params as Look), interpreted: peeksInside(opened), tier, constants: parts === null ? null : constantsOf(parts.constants, g, codes) }
}
export type { Tier }
