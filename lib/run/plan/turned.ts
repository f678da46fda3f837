/**
 * Products that are only read through a permute are written in the order in which they are read: the gradient of a weight
 * [out, in] comes from a product [in, out], and every update would walk across it. The addon's product writes either way.
 */
import type { Graph } from '../../ir/graph.js'
import { sameShape } from '../../ir/node.js'
import type { Node } from '../../ir/node.js'
import { rowMajor } from '../../ir/strided.js'

/** Strides of x that make `x.permute(axes)` row-major. */
const stridesFor = (x: Node, axes: readonly number[]): number[] => {
  const along = rowMajor(axes.map((a) => x.shape[a] as number))
  return x.shape.map((_, i) => along[axes.indexOf(i)] as number)
}
const axesOf = (x: Node): readonly number[] => x.params['axes'] as readonly number[]

/** The strides of such products of a graph. */
export const turned = (g: Graph): ReadonlyMap<Node, readonly number[]> => {
  const readers = new Map<Node, Node[]>()
  for (const x of g.nodes) for (const a of x.args) if (a.op === 'dot') readers.set(a, [...(readers.get(a) ?? []), x])
  const found = new Map<Node, readonly number[]>()
  for (const [x, by] of readers) {
    const first = by[0] as Node
    const alike = by.every((y) => y.op === 'permute' && sameShape(axesOf(y), axesOf(first)))
    if (alike && !g.outputs.includes(x)) found.set(x, stridesFor(x, axesOf(first)))
  }
  return found
}
