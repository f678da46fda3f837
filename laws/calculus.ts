/**
 * The transforms as laws see them: on functions from lists of nodes to lists of nodes. `closed` makes a graph of such a
 * function; `derivative`, `pullback` and `mapped` make another function, so laws compose: the adjoint law of a derivative
 * is a law about second derivatives.
 */
import { check, substitute, withArgs } from '../lib/ir/graph.js'
import type { Graph } from '../lib/ir/graph.js'
import { variable } from '../lib/ir/node.js'
import type { Aval, Node } from '../lib/ir/node.js'
import { jit, jvp, toGraph, vjp, vmap } from '../lib/transform/index.js'
import { isInexact } from '../lib/type/dtype.js'

export type Fn = (...xs: readonly Node[]) => readonly Node[]
type List = readonly Node[]

/** The graph of f at operands of these types, checked to be closed. */
export const closed = (f: Fn, types: readonly Aval[]): Graph => {
  const { graph, captures } = toGraph(f)(...types.map((t) => variable(t, 'law')))
  if (captures.length > 0) throw new Error(`the function captured ${captures.length} tensors; a law needs them as operands`)
  return check(graph)
}
/** A closed graph as a function; its constants are made anew, so that a trace around it owns them. */
export const opened = (g: Graph): Fn => (...xs) => {
  const env = new Map(g.inputs.map((v, i) => [v, xs[i] as Node]))
  for (const x of g.nodes) if (x.args.length === 0 && !env.has(x)) env.set(x, withArgs(x, []))
  return g.outputs.map(substitute(g.nodes, env))
}
export const typesOf = (f: Fn, types: readonly Aval[]): readonly Aval[] => closed(f, types).outputs
const pick = <A>(xs: readonly A[], flags: readonly boolean[]): A[] => xs.filter((_, i) => flags[i] === true)
const fill = (xs: List, flags: readonly boolean[], some: List): Node[] => {
  let at = 0
  return xs.map((x, i) => (flags[i] === true ? (some[at++] as Node) : x))
}
export const picked = pick
const floatsOf = (ys: List): boolean[] => ys.map((y) => isInexact(y.dtype))
/** f in its active operands alone, the others fixed. */
const along = (f: Fn, xs: List, active: readonly boolean[]): Fn => (...some) => f(...fill(xs, active, some))

const jvpOf = jvp as unknown as (f: Fn, xs: List, ts: List) => readonly [List, List]
const vjpOf = vjp as unknown as (f: Fn, ...xs: List) => readonly [List, (cts: List) => List]
const vmapOf = vmap as unknown as (f: Fn, s: { inAxes: readonly (number | null)[]; outAxes: number; size: number }) => Fn
const jitOf = jit as unknown as (f: Fn) => Fn

/** (xs.., tangents of the active ones..) -> the tangents of the float results. */
export const derivative = (f: Fn, active: readonly boolean[]): Fn => (...all) => {
  const xs = all.slice(0, active.length)
  const [ys, dys] = jvpOf(along(f, xs, active), pick(xs, active), all.slice(active.length))
  return pick(dys, floatsOf(ys))
}
/** (xs.., cotangents of the float results..) -> the cotangents of the active operands. */
export const pullback = (f: Fn, active: readonly boolean[]): Fn => (...all) => {
  const xs = all.slice(0, active.length)
  const floating: Fn = (...ys) => pick(f(...ys), floatsOf(f(...ys)))
  const [, back] = vjpOf(along(floating, xs, active), ...pick(xs, active))
  return back(all.slice(active.length))
}
/** f over a batch in front of the chosen operands. */
export const mapped = (f: Fn, batched: readonly boolean[], size: number): Fn => (...xs) =>
  vmapOf(f, { inAxes: batched.map((x) => (x ? 0 : null)), outAxes: 0, size })(...xs)
export const jitted = (f: Fn): Fn => jitOf(f)
