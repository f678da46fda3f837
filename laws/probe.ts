/**
 * Probes: single facts with a known answer that random programs seldom meet. Perturbation confusion, loops against their
 * unrolled form, choices against the branch, chains of 100,000 nodes, and counters that must not grow.
 */
import { graphKey } from '../lib/ir/key.js'
import { leaf, slot } from '../lib/ir/node.js'
import type { Host, Node } from '../lib/ir/node.js'
import { b, constant, stretch } from '../lib/prim/index.js'
import { plan, Runtime } from '../lib/run/index.js'
import { cond, grad, jit, scan, vmap } from '../lib/transform/index.js'
import { closed, pullback } from './calculus.js'
import type { Fn } from './calculus.js'
import { allClose, both, closeNumbers } from './close.js'
import type { Verdict } from './close.js'
import type { Machine } from './machine.js'
import { hostOf } from './host.js'

type F1 = (x: Node) => Node
const gradOf = grad as unknown as (f: F1) => F1
const vmapOf = vmap as unknown as (f: F1) => F1
const jitOf = jit as unknown as (f: F1) => F1
type Pair = readonly [Node, Node]
const scanOf = scan as unknown as (f: (c: Node, x: Node) => Pair, init: Node, xs: Node) => Pair
const condOf = cond as unknown as (p: Node, x: () => Node, y: () => Node) => Node
const num = (v: number, like: Node): Node => constant(v, like)
const scalar = (v: number): Host => ({ shape: [], dtype: 'f64', data: Float64Array.of(v) })
const total: F1 = (x) => b.sum([x], { axes: [...x.shape.keys()] })

/** f'(x), by hand, at a point; each would be wrong if a tangent leaked into the wrong level. */
export const confusions: readonly { readonly name: string; readonly f: F1; readonly at: number; readonly want: number }[] = [
  { name: 'd/dx x · d/dy (x + y) = 1', f: gradOf((x) => b.mul([x, gradOf((y) => b.add([x, y]))(x)])), at: 3, want: 1 },
  { name: 'd/dx x · d/dy (x y) at y = 1: 2x', f: gradOf((x) => b.mul([x, gradOf((y) => b.mul([x, y]))(num(1, x))])), at: 3, want: 6 },
  { name: 'd/dx d/dy (x² y³) at y = x: derivative of 3 x² x²', f: gradOf((x) => gradOf((y) => b.mul([b.mul([x, x]), b.mul([y, b.mul([y, y])])]))(x)), at: 2, want: 96 },
  { name: "sin''' = -cos", f: gradOf(gradOf(gradOf((x) => b.sin([x])))), at: 1, want: -Math.cos(1) },
  { name: 'the inner grad of a constant is zero', f: gradOf((x) => b.mul([x, gradOf((y) => b.mul([x, num(2, y)]))(x)])), at: 3, want: 0 },
  { name: 'grad through a scan that captures x', f: gradOf((x) => scanOf((c) => [b.mul([c, x]), c], num(1, x), stretch(num(1, x), [3]))[0]), at: 2, want: 12 },
  { name: 'grad of grad through a scan', f: gradOf(gradOf((x) => scanOf((c) => [b.mul([c, x]), c], x, stretch(num(1, x), [3]))[0])), at: 2, want: 48 },
  { name: 'grad through cond captures both branches by thunk', f: gradOf((x) => condOf(b.gt([x, num(0, x)]), () => b.mul([x, x]), () => b.neg([x]))), at: 3, want: 6 },
  { name: 'grad through jit that captures x', f: gradOf((x) => b.mul([x, jitOf((y) => b.mul([x, y]))(x)])), at: 2, want: 12 },
  { name: 'grad through vmap that captures x', f: gradOf((x) => total(vmapOf((y) => b.mul([x, y]))(stretch(x, [4])))), at: 3, want: 24 },
  { name: 'grad inside vmap inside grad', f: gradOf((x) => total(vmapOf(gradOf((y) => b.mul([x, b.mul([y, y])])))(stretch(x, [2])))), at: 3, want: 24 },
  { name: 'a hidden inner variable named alike', f: gradOf((x) => b.add([gradOf((y) => b.mul([y, y]))(x), x])), at: 5, want: 3 },
]
export const confusionIsAbsent = (f: F1, at: number, want: number, on: Machine): Verdict => {
  const x = scalar(at)
  const [y] = on.run(closed((v) => [f(v as Node)], [x]), [x])
  return closeNumbers(Number((y as Host).data[0]), want, 1, { class: 'program' })
}

const steps = 5
const stepOf = (w: Node, c: Node, x: Node): Pair => {
  const next = b.tanh([b.add([b.mul([c, w]), x])])
  return [next, b.mul([next, x])]
}
const looped: Fn = (w, c, xs) => scanOf((s, x) => stepOf(w as Node, s, x), c as Node, xs as Node)
const unrolled: Fn = (w, c, xs) => {
  let carry = c as Node
  const ys: Node[] = []
  for (let i = 0; i < steps; i++) {
    const row = b.reshape([b.slice([xs as Node], { start: [i, 0], limit: [i + 1, 3], step: [1, 1] })], { shape: [3] })
    const [next, y] = stepOf(w as Node, carry, row)
    carry = next
    ys.push(b.reshape([y], { shape: [1, 3] }))
  }
  return [carry, b.concat(ys, { axis: 0 })]
}
const some = (shape: readonly number[], k: number): Host => hostOf({ shape, dtype: 'f64' }, (i) => Math.sin(i * 1.7 + k))
/** scan f = f unrolled, and so are its gradients. */
export const scanIsUnrolled = (on: Machine): Verdict => {
  const xs = [some([3], 1), some([3], 2), some([steps, 3], 3)]
  const cts = [some([3], 4), some([steps, 3], 5)]
  const of = (f: Fn, args: readonly Host[]): readonly Host[] => on.run(closed(f, args), args)
  const back = (f: Fn): readonly Host[] => of(pullback(f, [true, true, true]), [...xs, ...cts])
  return both(allClose(of(looped, xs), of(unrolled, xs), { class: 'program' }), () => allClose(back(looped), back(unrolled), { class: 'program' }))
}
/** cond(true, f, g) = f and cond(false, f, g) = g, with their gradients. */
export const condIsBranch = (on: Machine): Verdict => {
  const [f, g] = [(x: Node): Node => b.sin([x]), (x: Node): Node => b.mul([x, x])]
  const choose = (v: number): Fn => (x) => [condOf(b.gt([num(v, x as Node), num(0, x as Node)]), () => f(x as Node), () => g(x as Node))]
  const at = (h: Fn): readonly Host[] => on.run(closed(pullback(h, [true]), [scalar(0.7), scalar(1)]), [scalar(0.7), scalar(1)])
  return both(allClose(at(choose(1)), at((x) => [f(x as Node)]), { class: 'program' }), () => allClose(at(choose(-1)), at((x) => [g(x as Node)]), { class: 'program' }))
}

// ---- size ----------------------------------------------------------------------------------------------------------
const chain = (n: number): Fn => (x) => {
  let y = x as Node
  for (let i = 0; i < n; i++) y = b.sin([y])
  return [y]
}
/** x through n sines: the graph, its gradient and its vmap are made and run without recursion. */
export const longChainsWork = (n: number, on: Machine): Verdict => {
  const x = scalar(1)
  const [y] = on.run(closed(chain(n), [x]), [x])
  const [dy] = on.run(closed(pullback(chain(n), [true]), [x, scalar(1)]), [x, scalar(1)])
  return Number.isFinite(Number((y as Host).data[0])) && Number.isFinite(Number((dy as Host).data[0])) ? true : 'a chain gave no number'
}
/** Nodes of the gradient for each node of a chain: bounded whatever n is. */
export const gradientNodesPerNode = (n: number): number => closed(pullback(chain(n), [true]), [scalar(1), scalar(1)]).nodes.length / n
/** Arena bytes that a chain of n ops on `length` elements needs: constant in n. */
export const arenaOfChain = (n: number, length: number, codes: ReadonlyMap<string, number>, tier: 0 | 1): number => {
  const x = some([length], 1)
  const softened: Fn = (v) => {
    let y = v as Node
    for (let i = 0; i < n; i++) y = b.sub([y, stretch(b.sum([b.sin([y])], { axes: [0] }), [length])])
    return [y]
  }
  return plan(closed(softened, [x]), [false], codes, tier).arenaBytes
}
/** Keys that a loop of `count` steps makes whose learning rate changes every step. */
export const keysOfLoop = (count: number, on: Machine): { readonly plans: number; readonly misses: number; readonly value: number } => {
  const runtime = new Runtime(on.backend)
  let p: Node = leaf(Float32Array.of(1, 2, 3), [3], 'f32')
  for (let i = 0; i < count; i++) {
    const g = gradOf((x) => b.sum([b.mul([x, x])], { axes: [0] }))(p)
    p = b.sub([p, b.mul([g, stretch(slot(0.1 / (i + 1), 'f32'), [3])])])
    runtime.runSync([p])
  }
  const { plans, misses } = runtime.stats()
  return { plans, misses, value: Number(runtime.download(p).data[0]) }
}
/** A chain run at every link, root after root: how many ops are computed twice. */
export const recomputedByLoop = (count: number, on: Machine): number => {
  const runtime = new Runtime(on.backend)
  const x = leaf(Float32Array.of(1), [1], 'f32')
  let y = b.sin([x])
  for (let i = 0; i < count; i++) {
    const shared = b.cos([y])
    runtime.runSync([b.add([shared, shared])])
    y = shared
  }
  runtime.runSync([y])
  return runtime.stats().recomputed
}
/** Equal graphs have equal keys, and a number in a slot is in none. */
export const keysAreStable = (): Verdict => {
  const key = (v: number): string => graphKey(closed((x) => [b.mul([x as Node, num(v, x as Node)])], [scalar(1)]))
  return key(2) === key(2) && key(2) !== key(3) ? true : 'keys of equal graphs differ, or of different ones agree'
}
