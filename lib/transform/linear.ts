/**
 * What all derivatives begin with: a function at its arguments, with a symbolic tangent for each float leaf that counts.
 * The nodes between those seeds and the tangents of the result are the linear map; pulling back is walking it backwards.
 */
import { reach } from '../ir/graph.js'
import { counterNow, variable } from '../ir/node.js'
import type { Node } from '../ir/node.js'
import type { Tangent } from '../prim/index.js'
import { isInexact } from '../type/dtype.js'
import { fail } from '../type/fault.js'
import { paths } from '../type/tree.js'
import type { TreeDef } from '../type/tree.js'
import { transforms } from './body.js'
import { pull } from './pull.js'
import { push, Pushing } from './push.js'
import { flattenNodes, trace } from './trace.js'
import type { FlatNodes } from './trace.js'

export type Fn = (...args: never[]) => unknown

/** f at `args` with symbolic tangents of the leaves chosen by `active`. */
export interface Linear {
  readonly outs: readonly Node[]
  readonly def: TreeDef
  readonly seeds: readonly Node[]
  readonly tangents: readonly Tangent[]
  readonly start: number
}
export const linearizeAt = (f: Fn, args: readonly FlatNodes[], active: (argument: number) => boolean, where: string): Linear => {
  const t = trace(f, args.map((a) => ({ avals: a.nodes, def: a.def })), where)
  const env = new Pushing()
  const operands = args.flatMap((a) => a.nodes)
  const wanted = args.flatMap((a, i) => a.nodes.map((x) => active(i) && isInexact(x.dtype)))
  const start = counterNow()
  const seeds = operands.map((x, i) => (wanted[i] === true ? variable(x, where, x.device) : null))
  t.variables.forEach((v, i) => env.set(v, [operands[i] as Node], [seeds[i] ?? null]))
  push(reach(t.outputs, (x) => x.id < t.start), env, transforms)
  return {
    outs: t.outputs.map((o) => env.primal(o)), def: t.def, start,
    seeds: seeds.filter((s): s is Node => s !== null), tangents: t.outputs.map((o) => env.tangent(o)),
  }
}
/** The tangent part: nodes that the tracing made between the seeds and the tangents. */
export const between = (l: Linear): readonly Node[] => reach(l.tangents.filter((t): t is Node => t !== null), (x) => x.id < l.start)
export const pullBack = (l: Linear, cts: readonly Tangent[]): readonly Tangent[] => pull(between(l), l.seeds, l.tangents, cts, transforms)

export const flatArgs = (args: readonly unknown[], where: string): FlatNodes[] => args.map((a, i) => flattenNodes(a, `${where}: argument ${i}`))
export const demandFloat = (arg: FlatNodes, tree: unknown): void => {
  const bad = arg.nodes.findIndex((x) => !isInexact(x.dtype))
  if (bad < 0) return
  const path = paths(tree)[bad] ?? ''
  fail('NotDifferentiable', `the gradient argument${path === '' ? '' : `.${path}`} is ${(arg.nodes[bad] as Node).dtype}, which is not differentiable`)
}
