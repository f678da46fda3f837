/**
 * Tracing: calls a user's function on fresh variables and sees what comes out. Trees in, trees out; what is not a tensor
 * in a tree is refused by name. Every transform begins here, so `where` (grad, vmap, jit, …) appears in every message.
 */
import { close } from '../ir/graph.js'
import type { Closed } from '../ir/graph.js'
import { counterNow, Node, typeName, variable } from '../ir/node.js'
import type { Aval } from '../ir/node.js'
import { fail } from '../type/fault.js'
import { flatten, pathsOf, unflatten } from '../type/tree.js'
import type { TreeDef } from '../type/tree.js'

export interface FlatNodes { readonly nodes: readonly Node[]; readonly def: TreeDef }
/** The tensors of a tree; two copies of the library in one process are told apart here. */
export const flattenNodes = (tree: unknown, where: string): FlatNodes => {
  const { leaves, def } = flatten(tree)
  for (const x of leaves) if (!(x instanceof Node)) fail('ForeignTensor', `${where}: a tensor was made by another copy of cotangent`)
  return { nodes: leaves as Node[], def }
}
export interface Traced {
  readonly variables: readonly Node[]
  readonly outputs: readonly Node[]
  readonly def: TreeDef
  readonly start: number
}
/** Calls f on a tree of variables of the given types (devices as the operands'). */
export const trace = (f: (...args: never[]) => unknown, args: readonly { readonly avals: readonly (Aval & { readonly device?: string | undefined })[]; readonly def: TreeDef }[], where: string): Traced => {
  const start = counterNow()
  const variables = args.map((a) => a.avals.map((x) => variable(x, where, x.device)))
  const result = f(...(args.map((a, i) => unflatten(a.def, variables[i] as Node[])) as never[]))
  const out = flattenNodes(result, `${where}: the result`)
  return { variables: variables.flat(), outputs: out.nodes, def: out.def, start }
}
export const closeTrace = (t: Traced): Closed => close(t.variables, t.outputs, t.start)

/** The first leaf of a tree whose type is not the one it should have: where it is (' at w', '' for a lone tensor), and both. */
export const misfit = (def: TreeDef, want: readonly Aval[], got: readonly Aval[]): { readonly at: string; readonly want: string; readonly got: string } | undefined => {
  const types = want.map((x, i) => ({ want: typeName(x), got: typeName(got[i] as Aval) }))
  const i = types.findIndex((t) => t.want !== t.got)
  const path = pathsOf(def, '')[i]
  return i < 0 ? undefined : { at: path === '' ? '' : ` at ${path}`, ...(types[i] as { want: string; got: string }) }
}
