/**
 * Floating-point operations of a graph, counted, not estimated from formulas of layers: so a layer of the user's own, and a
 * model that is a plain function, are counted like any other. A multiply-add is two; elementwise operations are one an
 * element of the result, reductions one an element read; what only moves elements is free.
 */
import type { Graph } from '../ir/graph.js'
import { reach } from '../ir/graph.js'
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { primitiveOf } from '../prim/index.js'
import { sizeOf } from '../type/index.js'

const moving = new Set(['cast', 'constant', 'where', 'stop', 'peek', 'mark', 'get'])
type Shape = readonly number[]
const bodyOf = (x: Node): Graph | undefined => x.params['body'] as Graph | undefined
/** Multiply-adds. The three convolutions are one trilinear form, Σ y w x: each multiplies once for every tap of every element of y. */
const multiplied: Readonly<Record<string, (result: Shape, a: Shape, b: Shape) => number>> = {
  dot: (y, a) => numel(y) * (a.at(-1) ?? 0),
  conv: (y, _, w) => numel(y) * numel(w.slice(1)),
  convInput: (_, y, w) => numel(y) * numel(w.slice(1)),
  convWeight: (w, _, y) => numel(y) * numel(w.slice(1)),
}
/** Products for each pair of a query and a key: as long as a query, and as long as a value. */
const pairs: Readonly<Record<string, readonly [queries: number, values: number]>> = { attention: [1, 1], attentionTangent: [3, 2], attentionGrad: [3, 2] }
const paired = ([q, k, v]: readonly Node[], [queries, values]: readonly [number, number]): number =>
  2 * sizeOf(q?.shape.slice(0, -1) ?? []) * (k?.shape.at(-3) ?? 0) * (queries * (q?.shape.at(-1) ?? 0) + values * (v?.shape.at(-1) ?? 0))
const own = (x: Node): number => {
  const products = pairs[x.op]
  if (products !== undefined) return paired(x.args, products)
  const inner = bodyOf(x)
  if (inner !== undefined) return flopsOf(inner.nodes) * Number(x.params['length'] ?? 1)
  const multiplies = multiplied[x.op]
  if (multiplies !== undefined) return 2 * multiplies(x.shape, x.args[0]?.shape ?? [], x.args[1]?.shape ?? [])
  if (x.op === 'maxPool') return numel(x.shape) * sizeOf((x.params['kernel'] as readonly number[] | undefined) ?? [])
  const { kind } = primitiveOf(x.op).lower
  return kind === 'element' && !moving.has(x.op) ? numel(x.shape) : kind === 'reduce' ? numel(x.args[0]?.shape ?? []) : 0
}
export const flopsOf = (nodes: readonly Node[]): number => nodes.reduce((n, x) => n + own(x), 0)
/** What lies between the inputs and the output. */
export const flopsBetween = (inputs: readonly Node[], output: Node): number => {
  const given = new Set(inputs)
  return flopsOf(reach([output], (x) => given.has(x) || x.args.length === 0))
}
