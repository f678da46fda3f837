/** Pieces of control flow for random programs: each captures what it is given, and answers with one value. */
import type { Node } from '../lib/ir/node.js'
import { b, constant } from '../lib/prim/index.js'
import { cond, customVjp, grad, jit, jvp, remat, scan, vmap, whileLoop } from '../lib/transform/index.js'
import type { Draw } from './draw.js'
import { collectives, devices, over, scaled } from './gang.js'

export interface Block {
  readonly op: string
  readonly text: string
  readonly types: readonly (readonly number[])[]
  /** Can it be differentiated in reverse? */
  readonly reverse: boolean
  readonly make: (draw: Draw) => (xs: readonly Node[]) => Node
}
type Pair = readonly [Node, Node]
const scanOf = scan as unknown as (f: (c: Node, x: Node) => Pair, init: Node, xs: Node, s: { reverse: boolean }) => Pair
const condOf = cond as unknown as (p: Node, x: () => Node, y: () => Node) => Node
const unary = (f: unknown): ((g: (x: Node) => Node) => (x: Node) => Node) => f as never
const positive = (x: Node): Node => b.gt([b.sum([x], { axes: [...x.shape.keys()] }), constant(0, { shape: [], dtype: x.dtype })])

type Unary = (x: Node) => Node
const customOf = customVjp as unknown as (f: Unary, rule: { forward: (x: Node) => Pair; backward: (x: Node, ct: Node) => readonly [Node] }) => Unary
const jvpOf = jvp as unknown as (f: Unary, xs: readonly [Node], ts: readonly [Node]) => Pair
/** x², with a rule of its own. */
const square = customOf((x) => b.mul([x, x]), { forward: (x) => [b.mul([x, x]), x], backward: (x, ct) => [b.mul([ct, b.add([x, x])])] })
/** Halves a pair, tree and all, until its sum is small. */
interface Halving { readonly state: { readonly c: Node }; readonly steps: Node }
const whileOf = whileLoop as unknown as (goOn: (c: Halving) => Node, body: (c: Halving) => Halving, init: Halving, s?: { readonly maxSteps: number }) => Halving
const halved = (w: Node, c: Node, s?: { readonly maxSteps: number }): Node => {
  const num = (v: number): Node => constant(v, { shape: [], dtype: c.dtype })
  const large = (h: Halving): Node => b.and([b.gt([b.sum([b.mul([h.state.c, h.state.c])], { axes: [0] }), num(1)]), b.lt([h.steps, num(4)])])
  const step = (h: Halving): Halving => ({ state: { c: b.mul([b.sin([h.state.c]), w]) }, steps: b.add([h.steps, num(1)]) })
  return whileOf(large, step, { state: { c }, steps: num(0) }, s).state.c
}
interface Tree { readonly a: Node; readonly rest: readonly [Node, { readonly c: Node }] }
const treeScan = scan as unknown as (f: (c: Tree, x: { readonly x: Node }) => readonly [Tree, readonly [Node]], init: Tree, xs: { readonly x: Node }) => readonly [Tree, readonly [Node]]

const onDevices = (op: string, shape: readonly number[], of: (x: Node) => Node): Block => ({
  op, text: `${op} on three devices`, types: [[3, ...shape], shape], reverse: true,
  make: () => ([x, w]) => over('pmap', devices, (y) => [of(b.mul([b.sin([y as Node]), w as Node]))], [true])(x as Node)[0] as Node,
})

export const blocks: readonly Block[] = [
  {
    op: 'scan', text: 'scan c ← tanh(c·w + x)', types: [[3], [3], [2, 3]], reverse: true,
    make: (draw) => {
      const [which, reverse] = [draw(2), draw(2) === 1]
      return ([w, c, xs]) => scanOf((s, x) => {
        const next = b.tanh([b.add([b.mul([s, w as Node]), x])])
        return [next, b.mul([next, x])]
      }, c as Node, xs as Node, { reverse })[which] as Node
    },
  },
  {
    op: 'scan', text: 'scan of cond', types: [[2], [2], [3, 2]], reverse: true,
    make: () => ([w, c, xs]) => scanOf((s, x) => {
      const next = condOf(positive(x), () => b.sin([b.mul([s, w as Node])]), () => b.sub([s, x]))
      return [next, s]
    }, c as Node, xs as Node, { reverse: false })[1],
  },
  {
    op: 'cond', text: 'cond by thunks', types: [[2, 3], [2, 3]], reverse: true,
    make: () => ([x, y]) => condOf(positive(x as Node), () => b.mul([x as Node, y as Node]), () => b.add([b.cos([y as Node]), x as Node])),
  },
  {
    op: 'call', text: 'jit of a function that captures', types: [[3], [3]], reverse: true,
    make: () => ([x, w]) => unary(jit)((v) => b.mul([b.sin([v]), w as Node]))(x as Node),
  },
  {
    op: 'call', text: 'grad inside', types: [[3], [3]], reverse: true,
    make: () => ([x, w]) => unary(grad)((v) => b.sum([b.mul([b.sin([v]), w as Node])], { axes: [0] }))(x as Node),
  },
  {
    op: 'call', text: 'vmap of jit', types: [[2, 3], [3]], reverse: true,
    make: () => ([x, w]) => unary(vmap)((v) => unary(jit)((u) => b.mul([b.tanh([u]), w as Node]))(v))(x as Node),
  },
  {
    op: 'call', text: 'remat', types: [[3], [3]], reverse: true,
    make: () => ([x, w]) => unary(remat)((v) => b.sin([b.mul([b.tanh([v]), w as Node])]))(x as Node),
  },
  {
    op: 'call', text: 'a rule of its own', types: [[3]], reverse: true,
    make: () => ([x]) => square(b.sin([x as Node])),
  },
  {
    op: 'pushforward', text: 'jvp of a rule of its own', types: [[3], [3]], reverse: true,
    make: () => ([x, t]) => jvpOf(square, [x as Node], [t as Node])[1],
  },
  { op: 'while', text: 'while', types: [[2], [2]], reverse: false, make: () => ([w, c]) => halved(w as Node, c as Node) },
  { op: 'scan', text: 'bounded while', types: [[2], [2]], reverse: true, make: () => ([w, c]) => halved(w as Node, c as Node, { maxSteps: 3 }) },
  {
    op: 'scan', text: 'scan over trees', types: [[2], [2], [3, 2]], reverse: true,
    make: () => ([p, q, xs]) => {
      const [c, [ys]] = treeScan((s, { x }) => [{ a: b.sin([b.add([s.a, x])]), rest: [b.mul([s.rest[0], s.a]), { c: x }] }, [s.rest[1].c]], { a: p as Node, rest: [q as Node, { c: p as Node }] }, { x: xs as Node })
      return b.add([b.add([c.a, c.rest[0]]), b.sum([ys], { axes: [0] })])
    },
  },
  onDevices('pmap', [2], scaled),
  ...collectives.map(({ op, shape, of }) => onDevices(op, shape, of)),
]
