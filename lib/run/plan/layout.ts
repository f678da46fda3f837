/**
 * Which values lie with their channels last or first. Convolutions with many channels work on images [n, ..space, channel];
 * what they give and take, and all that is computed from it element by element or pooled, lies so. Images of few channels lie
 * [channel, n, ..space]: biases and their gradients then go through long runs. Nobody sees it: inputs and outputs keep their
 * order, and no kernel's result depends on how its operands lie.
 */
import type { Graph } from '../../ir/graph.js'
import { sameShape } from '../../ir/node.js'
import type { Node } from '../../ir/node.js'
import { rowMajor } from '../../ir/strided.js'
import { primitiveOf } from '../../prim/index.js'

/** Channels from which the addon's convolutions work on such images (native/cpu/sheet.cpp, onSheets; depthwise.cpp, byChannel). */
const MANY = 16
/** Of a group: a channel by itself meets no others. */
const wide = (c: number, o: number, groups: number): boolean => (groups === 1 ? (c >= MANY && o >= MANY) || o >= 2 * MANY : c === 1 && groups >= MANY)
/** Images that a convolution reads and writes, when it has many channels or, if so asked, few. */
const imagesOf = (x: Node, many: boolean): readonly Node[] => {
  if (x.op !== 'conv' && x.op !== 'convInput' && x.op !== 'convWeight') return []
  const [a, k] = x.args as readonly [Node, Node]
  const groups = x.params['groups'] as number
  const [o, c] = x.op === 'convWeight' ? [k.shape[1], (a.shape[1] as number) / groups] : [k.shape[0], k.shape[1]]
  const plain = x.dtype === 'f32' && (a.shape.length === 3 || a.shape.length === 4)
  if (!plain || wide(c as number, o as number, groups) !== many || (groups > 1 && !many)) return []
  return x.op === 'convWeight' ? [a, k] : [a, x]
}
const pools = new Set(['maxPool', 'maxPoolGrad'])
/** What lies as x does: operands and result of an operation that keeps places. */
const alike = (x: Node): readonly Node[] =>
  pools.has(x.op) ? [...x.args, x] : primitiveOf(x.op).lower.kind === 'element' ? [...x.args.filter((a) => sameShape(a.shape, x.shape)), x] : []

/** The images and all that lies like them. */
const spread = (g: Graph, images: readonly Node[]): Set<Node> => {
  const found = new Set<Node>(images)
  if (found.size === 0) return found
  const near = new Map<Node, Node[]>()
  for (const x of g.nodes) {
    const group = alike(x)
    for (const a of group) {
      const known = near.get(a)
      if (known === undefined) near.set(a, [...group])
      else known.push(...group)
    }
  }
  const work = [...found]
  while (work.length > 0)
    for (const y of near.get(work.pop() as Node) ?? []) {
      if (found.has(y)) continue
      found.add(y)
      work.push(y)
    }
  return found
}
const channelsOf = (g: Graph, many: boolean): Set<Node> => spread(g, g.nodes.flatMap((x) => imagesOf(x, many)))
/** What a reshape reads stays row-major: it is a view then; and so does what lies like a result, which is not turned then. */
const channelsFirst = (g: Graph, last: ReadonlySet<Node>): readonly Node[] => {
  const found = channelsOf(g, false)
  for (const x of spread(g, g.outputs.filter((o) => found.has(o)))) found.delete(x)
  for (const x of g.nodes) if (x.op === 'reshape') found.delete(x.args[0] as Node)
  return [...found].filter((x) => !last.has(x))
}
/** The strides of every node that lies channels last, row-major of [n, ..space, channel], or channels first. */
export const channelStrides = (g: Graph): ReadonlyMap<Node, readonly number[]> => {
  const last = channelsOf(g, true)
  return new Map([...channelsFirst(g, last).map((x) => [x, firstOf(x.shape)] as const), ...[...last].map((x) => [x, stridesOf(x.shape)] as const)])
}
const firstOf = (shape: readonly number[]): number[] => {
  const [n, c, ...space] = shape as readonly [number, number, ...number[]]
  const [channel, image, ...rest] = rowMajor([c, n, ...space])
  return [image as number, channel as number, ...rest]
}
const stridesOf = (shape: readonly number[]): number[] => {
  const [n, space] = [shape[0] as number, shape.slice(2)]
  const [image, ...rest] = rowMajor([n, ...space, shape[1] as number])
  return [image as number, 1, ...rest.slice(0, -1)]
}
/** Whether all axes of images but the channel are reduced. */
export const channelwise = (shape: readonly number[], axes: readonly number[]): boolean =>
  shape.length > 2 && axes.length === shape.length - 1 && !axes.includes(1)
