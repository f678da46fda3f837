/**
 * Forward mode: walks a graph once and gives every node a primal and a tangent. Primals are rebuilt only where something
 * below them changed (a substituted variable, or a structured op that now also returns residuals); a node whose operands
 * have no tangents has none itself, and no zero is ever materialised for it.
 */
import { withArgs } from '../ir/graph.js'
import type { Node } from '../ir/node.js'
import { b, inheriting, outputs, primitiveOf } from '../prim/index.js'
import type { Pushed, Tangent, Transforms } from '../prim/index.js'
import { isInexact } from '../type/dtype.js'

/** What each node (each output of a node) becomes. Nodes that are not listed stand for themselves and have no tangent. */
export class Pushing {
  private readonly values = new Map<Node, Pushed>()
  set(x: Node, primals: readonly Node[], tangents: readonly Tangent[]): void {
    this.values.set(x, { primals, tangents })
  }
  at(x: Node): Pushed | undefined {
    return this.values.get(x)
  }
  primal(x: Node): Node {
    return this.values.get(x)?.primals[0] ?? x
  }
  tangent(x: Node): Tangent {
    return this.values.get(x)?.tangents[0] ?? null
  }
}
const absent = (xs: readonly unknown[]): null[] => xs.map(() => null)
const onlyFloats = (xs: readonly Node[], ts: readonly Tangent[]): Tangent[] =>
  xs.map((x, i) => (isInexact(x.dtype) ? (ts[i] ?? null) : null))
const isPushed = (r: Tangent | Pushed): r is Pushed => r !== null && 'primals' in r

const pushGet = (x: Node, env: Pushing): void => {
  const below = env.at(x.args[0] as Node)
  const i = x.params['index'] as number
  if (below !== undefined) env.set(x, [below.primals[i] as Node], [below.tangents[i] ?? null])
}
const pushNode = (x: Node, env: Pushing, transforms: Transforms): void => {
  const args = x.args.map((a) => env.primal(a))
  const tangents = x.args.map((a) => env.tangent(a))
  const changed = args.some((a, i) => a !== x.args[i])
  const out = changed ? withArgs(x, args) : x
  if (tangents.every((t) => t === null)) {
    if (changed) env.set(x, outputs(out), absent(x.outs ?? [x]))
    return
  }
  const rule = inheriting(x, () => primitiveOf(x.op).jvp(b, { args, params: x.params, tangents, out, transforms }))
  if (isPushed(rule)) env.set(x, rule.primals, onlyFloats(rule.primals, rule.tangents))
  else env.set(x, [out], onlyFloats([out], [rule]))
}
/** Extends `env` over the nodes, which come operands first. */
export const push = (nodes: readonly Node[], env: Pushing, transforms: Transforms): void => {
  for (const x of nodes) {
    if (env.at(x) !== undefined) continue
    if (x.op === 'get') pushGet(x, env)
    else if (x.args.length > 0) pushNode(x, env, transforms)
  }
}
