/**
 * Batching: rebuilds a graph so that batched nodes carry one more axis in front. Nodes that nothing batched reaches stay
 * as they are and are computed once.
 */
import { withArgs } from '../ir/graph.js'
import type { Node } from '../ir/node.js'
import { b, inheriting, outputs, primitiveOf, stretch, zeros } from '../prim/index.js'
import type { Batched, Transforms } from '../prim/index.js'

export class Batching {
  private readonly values = new Map<Node, Batched>()
  set(x: Node, value: Batched): void {
    this.values.set(x, value)
  }
  at(x: Node): Batched | undefined {
    return this.values.get(x)
  }
  node(x: Node): Node {
    return this.values.get(x)?.nodes[0] ?? x
  }
  batched(x: Node): boolean {
    return this.values.get(x)?.batched[0] === true
  }
}
const one = (node: Node): Batched => ({ nodes: [node], batched: [true] })
const isBatched = (r: Node | Batched): r is Batched => 'nodes' in r

/** A batch of nothing is nothing, whatever the op: rules may divide by the batch size. */
const empty = (x: Node): Batched => {
  const outs = x.outs ?? [x]
  return { nodes: outs.map((o) => zeros({ shape: [0, ...o.shape], dtype: o.dtype })), batched: outs.map(() => true) }
}
const batchNode = (x: Node, env: Batching, size: number, transforms: Transforms): Batched => {
  const args = x.args.map((a) => env.node(a))
  const batched = x.args.map((a) => env.batched(a))
  if (!batched.includes(true)) return { nodes: outputs(withArgs(x, args)), batched: (x.outs ?? [x]).map(() => false) }
  if (size === 0) return empty(x)
  const { batch } = primitiveOf(x.op)
  if (batch === 'pointwise') {
    const wide = args.map((a, i) => (batched[i] === true ? a : stretch(a, [size, ...a.shape])))
    return one((b as unknown as Record<string, (xs: readonly Node[], p: unknown) => Node>)[x.op]!(wide, x.params))
  }
  const result = batch(b, { args, params: x.params, batched, size, transforms })
  return isBatched(result) ? result : one(result)
}
const pick = (x: Node, env: Batching): void => {
  const below = env.at(x.args[0] as Node)
  const i = x.params['index'] as number
  if (below !== undefined) env.set(x, { nodes: [below.nodes[i] as Node], batched: [below.batched[i] === true] })
}
/** Extends `env` over the nodes, which come operands first. */
export const batchOver = (nodes: readonly Node[], env: Batching, size: number, transforms: Transforms): void => {
  for (const x of nodes) {
    if (env.at(x) !== undefined) continue
    if (x.op === 'get') pick(x, env)
    else if (x.args.some((a) => env.at(a) !== undefined)) env.set(x, inheriting(x, () => batchNode(x, env, size, transforms)))
  }
}
