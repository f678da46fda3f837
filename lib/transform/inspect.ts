/** Looking at a function without running it: its closed graph, and the types of what it gives. */
import { check } from '../ir/graph.js'
import type { Closed } from '../ir/graph.js'
import { b } from '../prim/index.js'
import { unflatten } from '../type/tree.js'
import { closeTrace, flattenNodes, trace } from './trace.js'

/**
 * The closed graph of f at arguments of these types, and what it captured; `print` shows it.
 * @shape (f) => (...args) => { graph, captures }
 * @example deepClose(toGraph((x: Scalar<'f32'>) => mul(x, x))(tensor(3)).graph.nodes.length, 1)
 */
export const toGraph = <A extends readonly unknown[]>(f: (...args: A) => unknown) => (...args: A): Closed => {
  const flat = args.map((a, i) => flattenNodes(a, `toGraph: argument ${i}`))
  const closed = closeTrace(trace(f as never, flat.map((a) => ({ avals: a.nodes, def: a.def })), 'toGraph'))
  check(closed.graph)
  return closed
}
/**
 * A tree like the result of f, of { shape, dtype } records; nothing is computed.
 * @shape (f, ...args) => types of f(...args)
 * @example deepClose(JSON.stringify(evalShape((x: Tensor<[2], 'f32'>) => sum(x), tensor([1, 2]))), '{"shape":[],"dtype":"f32"}')
 */
export const evalShape = <A extends readonly unknown[], R>(f: (...args: A) => R, ...args: A): unknown => {
  const flat = args.map((a, i) => flattenNodes(a, `evalShape: argument ${i}`))
  const t = trace(f as never, flat.map((a) => ({ avals: a.nodes, def: a.def })), 'evalShape')
  return unflatten(t.def, t.outputs.map((o) => ({ shape: o.shape, dtype: o.dtype })))
}

/**
 * Prints a value when it is computed, inside grad, vmap, jit and scan; gives it back. What nobody uses is not computed.
 * @shape [...s] → [...s]
 * @example deepClose(await read(grad((x: Scalar<'f32'>) => peek('square', mul(x, x)))(tensor(3))), 6)
 */
export const peek = <T>(label: string, tree: T): T => {
  const { nodes, def } = flattenNodes(tree, 'peek')
  return unflatten(def, nodes.map((x) => b.peek([x], { label }))) as T
}
