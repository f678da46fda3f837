/** Trees of tensors as users map over them: parameters, gradients, states. The structure stays, so the type does. */
import { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, castTo, reshapeTo } from '../prim/index.js'
import type { AnyTensor, Device, DType, Tensor, TreeDef } from '../type/index.js'
import { fail, flatten, mapTree as mapLeaves, promoteAll, unflatten } from '../type/index.js'

/**
 * f at every leaf, with the leaves of further trees of the same structure beside it. Any leaf of a tree of its own type
 * stands for the others, so f sees tensors of unknown shape.
 * @shape ((x, ...rest) => x, tree, ...trees) => tree
 * @throws InvalidArgument naming the path where the structures differ.
 * @example deepClose(await read(mapTree((p, g) => sub(p, mul(g, 0.5)), { w: tensor([1, 2]) }, { w: tensor([2, 2]) })), { w: [0, 1] })
 */
export const mapTree = <T>(f: (x: AnyTensor, ...rest: AnyTensor[]) => AnyTensor, tree: T, ...rest: readonly NoInfer<T>[]): T =>
  mapLeaves(f as (...leaves: unknown[]) => unknown, tree, ...rest) as T

/**
 * The leaves from left to right, records by sorted key.
 * @shape tree => tensors
 * @throws InvalidArgument for what is not a tensor, with its path.
 * @example deepClose(treeLeaves({ b: tensor(2), a: [tensor(1)] }).length, 2)
 */
export const treeLeaves = (tree: unknown): AnyTensor[] => flatten(tree).leaves as AnyTensor[]

const nodesOf = (tree: unknown): { nodes: Node[]; def: TreeDef } => {
  const { leaves, def } = flatten(tree)
  return { nodes: leaves.map((x) => (x instanceof Node ? x : fail('ForeignTensor', 'ravelTree: a tensor was made by another copy of cotangent'))), def }
}
const pieces = (flat: Node, like: readonly Node[]): Node[] => {
  let at = 0
  return like.map((x) => {
    const n = numel(x.shape)
    at += n
    return castTo(reshapeTo(b.slice([flat], { start: [at - n], limit: [at], step: [1] }), x.shape), x.dtype)
  })
}
/**
 * All leaves as one vector (in their promoted dtype), and the way back.
 * @shape tree => [[n], ([n]) => tree]
 * @throws InvalidArgument for a tree without leaves.
 * @example const [v, back] = ravelTree({ a: tensor([1, 2]), b: tensor(3) }); deepClose([await read(v), await read(back(mul(v, 2)))], [[1, 2, 3], { a: [2, 4], b: 6 }])
 */
export const ravelTree = <T>(tree: T): readonly [vector: Tensor<[number], DType, Device>, unravel: (vector: Tensor<[number], DType, Device>) => T] => {
  const { nodes, def } = nodesOf(tree)
  if (nodes.length === 0) return fail('InvalidArgument', 'ravelTree: the tree has no leaves')
  const dtype = promoteAll(nodes.map((x) => x.dtype))
  const vector = b.concat(nodes.map((x) => castTo(reshapeTo(x, [numel(x.shape)]), dtype)), { axis: 0 })
  const back = (v: unknown): T => unflatten(def, pieces(v as Node, nodes)) as T
  return [vector as never, back as never]
}
