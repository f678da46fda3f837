/** Trees of tensors as lists of host arrays, so that functions on trees become functions on nodes that laws understand. */
import { close } from '../lib/ir/graph.js'
import { SLOT, variable } from '../lib/ir/node.js'
import type { Aval, Host, Node } from '../lib/ir/node.js'
import { toGraph } from '../lib/transform/index.js'
import type { Value } from '../lib/run/backend.js'
import { isFloat } from '../lib/type/dtype.js'
import { flatten, unflatten } from '../lib/type/tree.js'
import type { TreeDef } from '../lib/type/tree.js'
import { opened } from './calculus.js'
import type { Fn } from './calculus.js'
import { hostOf, recast } from './host.js'
import { oracle } from './machine.js'

export interface HostTree { readonly hosts: readonly Host[]; readonly def: TreeDef }

const given = (x: Node): Host => {
  if (x.op === SLOT) return hostOf({ shape: [], dtype: x.dtype }, () => x.host as number)
  if (x.held !== null) return (x.held as Value).owner.download(x.held as Value)
  return { shape: x.shape, dtype: x.dtype, data: x.host as Host['data'] }
}
/** The values of a tree, by the reference; the tensors themselves stay as they are. */
export const valuesOfTree = (tree: unknown): HostTree => {
  const { leaves, def } = flatten(tree)
  const { graph, captures } = close([], leaves as Node[], 0)
  return { hosts: oracle.run(graph, captures.map(given)), def }
}
/** Floats in double precision: laws about derivatives are judged there. */
export const precise = (t: HostTree): HostTree => ({ ...t, hosts: t.hosts.map((x) => (isFloat(x.dtype) ? recast(x, 'f64') : x)) })
/** A function with what it captures (numbers, constant tensors) as further operands, and their values. */
export interface Lifted { readonly fn: Fn; readonly values: readonly Host[] }
export const lifted = (f: Fn, types: readonly Aval[]): Lifted => {
  const { graph, captures } = toGraph(f)(...types.map((t) => variable(t, 'law')))
  return captures.length === 0 ? { fn: f, values: [] } : { fn: opened(graph), values: captures.map(given) }
}
export const treeOf = (def: TreeDef, nodes: readonly Node[]): unknown => unflatten(def, nodes)
export const nodesOf = (tree: unknown): readonly Node[] => flatten(tree).leaves as Node[]
