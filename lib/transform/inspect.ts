/** Looking at a function without running it: its closed graph, and the types of what it gives. */
import { check } from '../ir/graph.js'
import type { Closed } from '../ir/graph.js'
import { b } from '../prim/index.js'
import { unflatten } from '../type/tree.js'
import { closeTrace, flattenNodes, trace } from './trace.js'

/**
 * The closed graph of f at arguments of these types, and what it captured; `print` shows it.
 * @shape (f) => (...args) => { graph, captures }
 */
export const toGraph = <A extends readonly unknown[]>(f: (...args: A) => unknown) => (...args: A): Closed => {
  const flat = args.map((a, i) => flattenNodes(a, `toGraph: argument ${i}`))
  const closed = closeTrace(trace(f as never, flat.map((a) => ({ avals: a.nodes, def: a.def })), 'toGraph'))
  check(closed.graph)
  return closed
}
/** A tree like the result of f, of shape and dtype records; nothing is computed. @shape (f, ...args) => types of f(...args) */
export const evalShape = <A extends readonly unknown[], R>(f: (...args: A) => R, ...args: A): unknown => {
  const flat = args.map((a, i) => flattenNodes(a, `evalShape: argument ${i}`))
  const t = trace(f as never, flat.map((a) => ({ avals: a.nodes, def: a.def })), 'evalShape')
  return unflatten(t.def, t.outputs.map((o) => ({ shape: o.shape, dtype: o.dtype })))
}

/** Prints a value when it is computed, inside any transform; gives it back. @shape [...s] → [...s] */
export const peek = <T>(label: string, tree: T): T => {
  const { nodes, def } = flattenNodes(tree, 'peek')
  return unflatten(def, nodes.map((x) => b.peek([x], { label }))) as T
}
