/**
 * What a run has to do: the nodes behind its roots that have no value yet, their inputs, what is kept, and the key of the
 * plan. One walk makes all of it, since for four numbers the walk is most of what a run costs.
 */
import { reach } from '../ir/graph.js'
import { isInput } from '../ir/key.js'
import { LEAF, VARIABLE, isPlace, typeName } from '../ir/node.js'
import type { Node } from '../ir/node.js'
import { Fault } from '../type/fault.js'
import type { Key } from './plans.js'

export interface Job extends Key {
  readonly inputs: readonly Node[]
  readonly nodes: readonly Node[]
  /** What the run keeps: roots first, then interior nodes computed again. */
  readonly outputs: readonly Node[]
  readonly again: number
  readonly jitted: boolean
}
export const openGraph = (x: Node): Fault =>
  isPlace(x) ? new Fault('OpenGraph', `nothing binds ${String(x.host)} here: run what uses it inside vmap(f, { axis }) or pmap(f, { axis }) with this same axis`)
  : new Fault('OpenGraph', `a tensor inside ${String(x.host)} depends on its argument ${typeName(x)} and has no value yet: run what ${String(x.host)} returns, or use peek(label, x) to look inside`)
const consumed = (x: Node): boolean => {
  if (x.gone !== null) throw new Fault('Consumed', x.gone.sentence)
  return false
}
const mixed = (hash: number, n: number): number => Math.imul(hash ^ n, 0x01000193)

/** The roots that have to be run, each once. */
const wantedOf = (roots: readonly Node[]): readonly Node[] => {
  const open: Node[] = []
  for (let i = 0; i < roots.length; i++) if (!consumed(roots[i] as Node) && (roots[i] as Node).op !== LEAF) open.push(roots[i] as Node)
  return open.length < 2 ? open : [...new Set(open)]
}
const besides = (xs: readonly Node[], wanted: readonly Node[]): readonly Node[] => {
  const own = new Set(wanted)
  return xs.filter((x) => !own.has(x))
}
/** The key's hash with one more node: operations, how many operands they have, and sizes tell nearly all plans apart. */
const hashed = (x: Node, before: number): number => {
  let hash = mixed(before, x.op.length + 256 * x.args.length)
  if (x.op === LEAF) for (let i = 0; i < x.shape.length; i++) hash = mixed(hash, x.shape[i] as number)
  return hash
}
const isNumbered = (x: Node, walked: readonly Node[]): boolean => x.number < walked.length && walked[x.number] === x
const numbered = (x: Node, walked: Node[], hash: number): number => {
  x.number = walked.length
  walked.push(x)
  return hashed(x, hash)
}
/**
 * Nodes that still have to be run, as a plan's key, inputs and outputs; null when nothing is left to do. Inputs come where they
 * are first read, whatever their age: parameters older than the data at the first step and younger from then on are one plan.
 */
export const jobOf = (roots: readonly Node[]): Job | null => {
  const wanted = wantedOf(roots)
  if (wanted.length === 0) return null
  const reached = reach(wanted, consumed)
  const walked: Node[] = [], inputs: Node[] = [], nodes: Node[] = [], again: Node[] = []
  let hash = 0x811c9dc5, jitted = false
  for (let i = 0; i < reached.length; i++) {
    const x = reached[i] as Node
    if (x.op === VARIABLE) throw openGraph(x)
    if (isInput(x)) continue
    for (let k = 0; k < x.args.length; k++) {
      const a = x.args[k] as Node
      if (isNumbered(a, walked)) continue
      inputs.push(a)
      hash = numbered(a, walked, hash)
    }
    nodes.push(x)
    hash = numbered(x, walked, hash)
    if (x.op === 'call' || x.op === 'pmap') jitted = true
    if (x.computed > 0 && x.outs === null) again.push(x)
  }
  for (let i = 0; i < wanted.length; i++) {
    const x = wanted[i] as Node
    if (isNumbered(x, walked)) continue
    inputs.push(x)
    hash = numbered(x, walked, hash)
  }
  const outputs = again.length === 0 ? wanted : [...wanted, ...besides(again, wanted)]
  return { hash, reached: walked, inputs, nodes, outputs, again: outputs.length - wanted.length, jitted }
}
