/** Pieces of control flow for random programs: each captures what it is given, and answers with one value. */
import type { Node } from '../lib/ir/node.js'
import { b, constant } from '../lib/prim/index.js'
import { cond, grad, jit, scan, vmap } from '../lib/transform/index.js'
import type { Draw } from './draw.js'

export interface Block {
  readonly op: string
  readonly text: string
  readonly types: readonly (readonly number[])[]
  readonly make: (draw: Draw) => (xs: readonly Node[]) => Node
}
type Pair = readonly [Node, Node]
const scanOf = scan as unknown as (f: (c: Node, x: Node) => Pair, init: Node, xs: Node, s: { reverse: boolean }) => Pair
const condOf = cond as unknown as (p: Node, x: () => Node, y: () => Node) => Node
const unary = (f: unknown): ((g: (x: Node) => Node) => (x: Node) => Node) => f as never
const positive = (x: Node): Node => b.gt([b.sum([x], { axes: [...x.shape.keys()] }), constant(0, { shape: [], dtype: x.dtype })])

export const blocks: readonly Block[] = [
  {
    op: 'scan', text: 'scan c ← tanh(c·w + x)', types: [[3], [3], [2, 3]],
    make: (draw) => {
      const [which, reverse] = [draw(2), draw(2) === 1]
      return ([w, c, xs]) => scanOf((s, x) => {
        const next = b.tanh([b.add([b.mul([s, w as Node]), x])])
        return [next, b.mul([next, x])]
      }, c as Node, xs as Node, { reverse })[which] as Node
    },
  },
  {
    op: 'scan', text: 'scan of cond', types: [[2], [2], [3, 2]],
    make: () => ([w, c, xs]) => scanOf((s, x) => {
      const next = condOf(positive(x), () => b.sin([b.mul([s, w as Node])]), () => b.sub([s, x]))
      return [next, s]
    }, c as Node, xs as Node, { reverse: false })[1],
  },
  {
    op: 'cond', text: 'cond by thunks', types: [[2, 3], [2, 3]],
    make: () => ([x, y]) => condOf(positive(x as Node), () => b.mul([x as Node, y as Node]), () => b.add([b.cos([y as Node]), x as Node])),
  },
  {
    op: 'call', text: 'jit of a function that captures', types: [[3], [3]],
    make: () => ([x, w]) => unary(jit)((v) => b.mul([b.sin([v]), w as Node]))(x as Node),
  },
  {
    op: 'call', text: 'grad inside', types: [[3], [3]],
    make: () => ([x, w]) => unary(grad)((v) => b.sum([b.mul([b.sin([v]), w as Node])], { axes: [0] }))(x as Node),
  },
  {
    op: 'call', text: 'vmap of jit', types: [[2, 3], [3]],
    make: () => ([x, w]) => unary(vmap)((v) => unary(jit)((u) => b.mul([b.tanh([u]), w as Node]))(v))(x as Node),
  },
]
