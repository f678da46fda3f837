/**
 * Samples of control flow. `call`, `scan`, `cond` and `pmap` take bodies, and a collective means nothing outside one, so their
 * records have no domain: their instances are written here as functions, and every law about instances (derivatives, adjoints, vmap, fusion, strides) holds for them.
 */
import { placeOf } from '../lib/ir/node.js'
import type { Aval, Host, Node } from '../lib/ir/node.js'
import { b, stretch } from '../lib/prim/index.js'
import { axis, cond, customJvp, customVjp, jit, remat, scan, whileLoop } from '../lib/transform/index.js'
import { smooth } from './arbitrary.js'
import type { Instance } from './arbitrary.js'
import type { Fn } from './calculus.js'
import type { Draw, Gen } from './draw.js'
import { oneOf } from './draw.js'
import { collectives, devices, over, scaled } from './gang.js'

type Scanned = readonly [Node, Node]
const scanOf = scan as unknown as (f: (c: Node, x: Node) => Scanned, init: Node, xs: Node, s?: { reverse: boolean }) => Scanned
const condOf = cond as unknown as (p: Node, x: () => readonly Node[], y: () => readonly Node[]) => readonly Node[]
const jitOf = jit as unknown as (f: Fn) => Fn
const rematOf = remat as unknown as (f: Fn) => Fn
type Unary = (x: Node) => Node
const customVjpOf = customVjp as unknown as (f: Unary, rule: { forward: (x: Node) => Pairs; backward: (x: Node, ct: Node) => readonly [Node] }) => Unary
const customJvpOf = customJvp as unknown as (f: Unary, rule: (xs: readonly [Node], ts: readonly [Node]) => Pairs) => Unary
type Pairs = readonly [Node, Node]
const whileOf = whileLoop as unknown as (goOn: (c: Pairs) => Node, body: (c: Pairs) => Pairs, init: Pairs, s?: { maxSteps: number }) => Pairs

interface Form { readonly name: string; readonly types: readonly (readonly number[])[]; readonly fn: (draw: Draw) => Fn }
/** c ← tanh(c w + x): w is captured, c is carried, the products are stacked. */
const recurrence: Form = {
  name: 'scan', types: [[3], [3], [4, 3]],
  fn: (draw) => {
    const reverse = draw(2) === 1
    return (w, c, xs) => scanOf((s, x) => {
      const next = b.tanh([b.add([b.mul([s, w as Node]), x])])
      return [next, b.mul([next, x])]
    }, c as Node, xs as Node, { reverse })
  },
}
/** A carry that does not depend on what is differentiated, and one that does; a matrix product inside. */
const twoCarries: Form = {
  name: 'scan', types: [[2, 2], [1, 2], [3, 1, 2]],
  fn: () => (w, c, xs) => {
    const body = (s: readonly Node[], x: Node): readonly [readonly Node[], Node] => {
      const [h, k] = s as readonly [Node, Node]
      const next = b.sin([b.add([b.dot([h, w as Node]), x])])
      return [[next, b.add([k, b.constant([], { value: 1, dtype: k.dtype })])], b.mul([next, b.broadcast([k], { shape: [1, 2], axes: [] })])]
    }
    const start = [c as Node, b.constant([], { value: 1, dtype: (c as Node).dtype })]
    const [[h], ys] = (scanOf as unknown as (f: typeof body, init: readonly Node[], xs: Node) => readonly [readonly [Node, Node], Node])(body, start, xs as Node)
    return [h, ys]
  },
}
const scanInScan: Form = {
  name: 'scan', types: [[2], [3, 2]],
  fn: () => (c, xs) => scanOf((s, x) => {
    const [t] = scanOf((r, y) => [b.cos([b.add([r, y])]), r], s, xs as Node)
    return [b.mul([t, x]), b.add([s, x])]
  }, c as Node, xs as Node),
}
const choice: Form = {
  name: 'cond', types: [[], [3], [3]],
  fn: () => (p, x, y) => condOf(b.gt([p as Node, b.constant([], { value: 0, dtype: (p as Node).dtype })]), () => [b.mul([x as Node, y as Node]), x as Node], () => [b.sin([y as Node]), b.neg([y as Node])]),
}
const condInScan: Form = {
  name: 'cond', types: [[2], [3, 2]],
  fn: () => (c, xs) => scanOf((s, x) => {
    const sum = b.sum([x], { axes: [0] })
    const [next] = condOf(b.lt([sum, b.constant([], { value: 0, dtype: sum.dtype })]), () => [b.mul([s, x])], () => [b.add([s, b.sin([x])])])
    return [next as Node, s]
  }, c as Node, xs as Node),
}
const called: Form = {
  name: 'call', types: [[2, 3], [3]],
  fn: () => {
    const f = jitOf((x, y) => [b.mul([b.sin([x as Node]), b.broadcast([y as Node], { shape: [2, 3], axes: [1] })]), b.sum([x as Node], { axes: [0] })])
    return (x, y) => f(x as Node, y as Node)
  },
}
const calledTwice: Form = {
  name: 'call', types: [[3]],
  fn: () => {
    const f = jitOf((x) => [b.mul([x as Node, b.tanh([x as Node])])])
    return (x) => f(...f(x as Node))
  },
}
const again: Form = {
  name: 'call', types: [[3], [3]],
  fn: () => (x, w) => rematOf((y) => [b.sin([b.mul([y as Node, w as Node])]), b.exp([b.tanh([y as Node])])])(x as Node),
}
/** f(x) = x tanh x, f' = tanh x + x (1 - tanh² x) */
const xtanh: Unary = (x) => b.mul([x, b.tanh([x])])
const slope = (x: Node, by: Node): Node => {
  const t = b.tanh([x])
  return b.mul([by, b.add([t, b.mul([x, b.sub([b.constant([], { value: 1, dtype: x.dtype }), b.mul([t, t])].map((v) => stretch(v, x.shape)))])])])
}
const ownReverse: Form = {
  name: 'pushforward', types: [[3]],
  fn: () => (x) => [b.sin([customVjpOf(xtanh, { forward: (y) => [xtanh(y), y], backward: (y, ct) => [slope(y, ct)] })(x as Node)])],
}
const ownForward: Form = {
  name: 'call', types: [[3]],
  fn: () => (x) => [b.cos([customJvpOf(xtanh, ([y], [dy]) => [xtanh(y), slope(y, dy)])(x as Node)])],
}
/** c ← c w + sin c while |c|² < 20, four times at most: how often depends on the values. */
const growth = (bounded: boolean): Form => ({
  name: bounded ? 'scan' : 'while', types: [[2], [2]],
  fn: () => (w, c) => {
    const small = ([s, i]: Pairs): Node => b.and([b.lt([b.sum([b.mul([s, s])], { axes: [0] }), num(20, s)]), b.lt([i, num(4, s)])])
    const body = ([s, i]: Pairs): Pairs => [b.add([b.mul([s, w as Node]), b.sin([s])]), b.add([i, num(1, s)])]
    const init: Pairs = [c as Node, num(0, c as Node)]
    return [bounded ? whileOf(small, body, init, { maxSteps: 5 })[0] : whileOf(small, body, init)[0]]
  },
})
const num = (value: number, like: Node): Node => b.constant([], { value, dtype: like.dtype })
/** On three devices, or along a batch of three: the first operand is mapped, the others are the same for all. */
const onDevices = (name: string, types: Form['types'], body: Fn): Form => ({
  name, types: types.map((t, i) => (i === 0 ? [3, ...t] : t)),
  fn: (draw) => over(draw(4) === 0 ? 'vmap' : 'pmap', devices, body, types.map((_, i) => i === 0)),
})
const total = (x: Node): Node => collectives[0]?.of(x) as Node
const gangs: readonly Form[] = [
  // something that differs on the devices, something that does not, and what went in
  ...collectives.map(({ op, shape, of }) => onDevices(op, [shape, shape], (x, w) => [b.sin([of(b.mul([x as Node, w as Node]))]), of(w as Node), b.mul([scaled(x as Node), x as Node])])),
  onDevices('pmap', [[2], [2]], (x, w) => [b.tanh([b.mul([b.exp([x as Node]), w as Node])]), b.cos([w as Node])]),
  // meetings in a loop, in a call, and on devices of devices
  onDevices('pmap', [[2, 2], [2]], (x, w) => scanOf((c, y) => {
    const next = b.tanh([b.add([total(b.mul([c, w as Node])), y])])
    return [next, b.mul([next, c])]
  }, w as Node, x as Node)),
  onDevices('pmap', [[2], [2]], (x, w) => jitOf((y) => [b.sub([b.mul([y as Node, w as Node]), total(b.sin([y as Node]))])])(x as Node)),
  onDevices('pmap', [[4, 2], [2]], (x, w) => {
    const inner = axis('inner', 4)
    const all = (y: Node): Node => b.psum([y, placeOf(inner)], { axis: 'inner', size: 4 })
    return over('pmap', inner, (y) => [b.sin([all(b.mul([total(y as Node), w as Node]))])], [true])(x as Node)
  }),
]
const forms: readonly Form[] = [recurrence, twoCarries, scanInScan, choice, condInScan, called, calledTwice, again, ownReverse, ownForward, growth(false), growth(true), ...gangs]
/** Forms without reverse mode: nobody knows how many steps a while would have to keep. */
export const forwardOnly: ReadonlySet<string> = new Set(['while'])

/** Instances of a control form by its primitive's name; none for other names. */
export const controlOf = (name: string): Gen<Instance> | null => {
  const own = forms.filter((f) => f.name === name)
  return own.length === 0 ? null : (draw) => instance(draw, oneOf(draw, own))
}
const instance = (draw: Draw, form: Form): Instance => {
  const slots = form.types.map((shape) => ({ aval: { shape, dtype: 'f64' } as Aval, range: [-2, 2] as const }))
  const fresh = (d: Draw): readonly Host[] => smooth(d, slots, [])
  return { name: form.name, params: ` form ${forms.indexOf(form)}`, fn: form.fn(draw), inputs: fresh(draw), work: { class: 'program' }, fresh }
}
export const controlNames: readonly string[] = [...new Set(forms.map((f) => f.name))]
