/**
 * Transposition: walks the linear part of a graph backwards and carries cotangents from its outputs to its linear inputs.
 * A node that is reached twice adds what it gets; a node that nothing reaches is not visited.
 */
import type { Node } from '../ir/node.js'
import { addAll, b, inheriting, primitiveOf } from '../prim/index.js'
import type { Tangent, Transforms } from '../prim/index.js'
import { Fault } from '../type/fault.js'

/** The nodes that depend on any of the seeds, seeds included; `nodes` come operands first. */
export const dependents = (nodes: readonly Node[], seeds: readonly Node[]): Set<Node> => {
  const set = new Set(seeds)
  for (const x of nodes) if (x.args.some((a) => set.has(a))) set.add(x)
  return set
}

class Cotangents {
  private readonly parts = new Map<Node, Node[][]>()
  add(x: Node, output: number, ct: Tangent): void {
    if (ct === null) return
    const slots = this.parts.get(x) ?? []
    ;(slots[output] ??= []).push(ct)
    this.parts.set(x, slots)
  }
  of(x: Node): readonly Tangent[] {
    const slots = this.parts.get(x)
    return (x.outs ?? [x]).map((_, i) => addAll(slots?.[i] ?? []))
  }
  has(x: Node): boolean {
    return this.parts.has(x)
  }
}
const transposeNode = (x: Node, linear: ReadonlySet<Node>, cts: Cotangents, transforms: Transforms): void => {
  if (x.op === 'get') return cts.add(x.args[0] as Node, x.params['index'] as number, cts.of(x)[0] ?? null)
  const rule = primitiveOf(x.op).transpose
  if (rule === 'none') throw new Fault('NotDifferentiable', `${x.op} is not linear, so it cannot be transposed`)
  const back = inheriting(x, () => rule(b, { args: x.args, params: x.params, linear: x.args.map((a) => linear.has(a)), cts: cts.of(x), transforms }))
  back.forEach((ct, i) => cts.add(x.args[i] as Node, 0, ct))
}
/** Cotangents of `inputs` for cotangents `cts` of `outs`; `nodes` come operands first and hold what is between. */
export const pull = (nodes: readonly Node[], inputs: readonly Node[], outs: readonly (Node | null)[], cts: readonly Tangent[], transforms: Transforms): readonly Tangent[] => {
  const linear = dependents(nodes, inputs)
  const given = new Cotangents()
  outs.forEach((x, i) => {
    if (x !== null && linear.has(x)) given.add(x, 0, cts[i] ?? null)
  })
  for (let i = nodes.length - 1; i >= 0; i--) {
    const x = nodes[i] as Node
    if (linear.has(x) && given.has(x) && x.args.length > 0) transposeNode(x, linear, given, transforms)
  }
  return inputs.map((x) => given.of(x)[0] ?? null)
}
