/**
 * The plan of what was run last, found without a walk, since loops run one thing again and again. A jitted call with the same
 * params has operands of the same types; what is left to compare is which of its results are wanted, and that the operands
 * are values. Two of them may be one: a plan for different ones serves. Of a few nodes without such a call each is compared
 * (followed.ts), once they have been met twice running.
 */
import type { Node, Params } from '../ir/node.js'
import { follow, pathOf } from './followed.js'
import type { Again, Path } from './followed.js'
import type { Job } from './job.js'
import type { Cached } from './plans.js'

interface Kept {
  readonly params: Params
  /** Which results are wanted, or null: the call has one. */
  readonly wanted: readonly number[] | null
  /** By input of the plan: which operand it is, and whether a leaf or a slot. */
  readonly order: readonly number[]
  readonly kinds: readonly string[]
  readonly cached: Cached
}
const indexOf = (x: Node): number => x.params['index'] as number
const callOf = (x: Node, wanted: Kept['wanted']): Node | undefined => (wanted === null ? x : x.args[0])
/** Are these just the wanted results of the call? */
const wants = (roots: readonly Node[], call: Node, wanted: readonly number[]): boolean => {
  if (roots.length !== wanted.length) return false
  for (let i = 0; i < roots.length; i++) {
    const r = roots[i] as Node
    if (r.op !== 'get' || r.args[0] !== call || indexOf(r) !== wanted[i] || r.gone !== null) return false
  }
  return true
}
/** The operands in the order of the plan's inputs, if they are such. */
const ordered = (call: Node, { order, kinds }: Kept): readonly Node[] | null => {
  const inputs: Node[] = []
  for (let i = 0; i < order.length; i++) {
    const a = call.args[order[i] as number] as Node
    if (a.op !== kinds[i] || a.gone !== null) return null
    inputs.push(a)
  }
  return inputs
}

/** What a job that is one call over leaves and slots is known by; null for others. */
const keptOf = (j: Job, cached: Cached): Kept | null => {
  const call = j.nodes[0]
  if (call === undefined || call.op !== 'call' || j.again > 0 || j.inputs.length !== call.args.length) return null
  const single = call.outs === null
  if (single ? j.nodes.length > 1 : j.nodes.length !== 1 + j.outputs.length || j.outputs.some((x) => x.op !== 'get')) return null
  const order = j.inputs.map((x) => call.args.indexOf(x))
  if (order.includes(-1)) return null
  return { params: call.params, wanted: single ? null : j.outputs.map(indexOf), order, kinds: j.inputs.map((x) => x.op), cached }
}
/** The same call over other operands, or null. */
const called = (kept: Kept, roots: readonly Node[]): Again | null => {
  const call = roots.length === 0 ? undefined : callOf(roots[0] as Node, kept.wanted)
  if (call === undefined || call.op !== 'call' || call.params !== kept.params || call.gone !== null) return null
  if (kept.wanted === null ? roots.length !== 1 : !wants(roots, call, kept.wanted)) return null
  const inputs = ordered(call, kept)
  return inputs === null ? null : { inner: [call], inputs, cached: kept.cached }
}

export class Recent {
  private kept: Kept | null = null
  private path: Path | null = null
  private met: Cached | null = null
  /** Remembers a job that a walk has found, and its plan. */
  keep(j: Job, cached: Cached): void {
    this.kept = keptOf(j, cached)
    if (this.kept !== null || this.met !== cached) this.path = null
    else if (this.path?.cached !== cached) this.path = pathOf(j, cached)
    this.met = cached
  }
  /** The same over other operands, or null. */
  find(roots: readonly Node[]): Again | null {
    const { kept, path } = this
    if (kept !== null) return kept.cached.forgotten ? null : called(kept, roots)
    return path === null || path.cached.forgotten ? null : follow(path, roots)
  }
}
