/** remat, customJvp, customVjp: values, derivatives of both orders, batching, memory, refusals, on both backends. */
import { describe, expect, it } from 'vitest'
import type { Node } from '../../lib/ir/node.js'
import { b } from '../../lib/prim/index.js'
import { findAddon, native, plan, reference, Runtime } from '../../lib/run/index.js'
import * as t from '../../lib/transform/index.js'
import { f32, scalar, total } from '../run/build.js'

type Fn = (...args: never[]) => unknown
const { grad, vmap, jvp, remat, customJvp, customVjp } = t as unknown as {
  grad: (f: Fn, s?: unknown) => (...a: unknown[]) => Node; vmap: (f: Fn, s?: unknown) => (...a: unknown[]) => Node
  jvp: (f: Fn, x: unknown[], dx: unknown[]) => [Node, Node]
  remat: (f: Fn) => (...a: unknown[]) => Node
  customJvp: (f: Fn, rule: Fn) => (...a: unknown[]) => Node
  customVjp: (f: Fn, rule: { forward: Fn; backward: Fn }) => (...a: unknown[]) => Node
}
const found = findAddon()
const backends = [['reference', reference] as const, ...('addon' in found ? [['native', () => native(found.addon)] as const] : [])]
const block = (x: Node): Node => b.sin([b.mul([x, b.tanh([x])])])

describe.each(backends)('%s', (_name, make) => {
  const r = new Runtime(make())
  const read = (x: Node): number[] => {
    r.runSync([x])
    return Array.from(r.download(x).data as Float32Array)
  }
  const x = f32([0.5, -1, 2])
  it('remat changes no value and no derivative of first or second order, and batches', () => {
    const plain = (v: Node): Node => total(block(block(v)))
    const again = (v: Node): Node => total(remat(block)(remat(block)(v)))
    const second = (f: (v: Node) => Node) => (v: Node): Node => total(grad(f)(v))
    for (const at of [(f: (v: Node) => Node): Node => f(x), (f: (v: Node) => Node): Node => grad(f)(x), (f: (v: Node) => Node): Node => grad(second(f))(x)])
      read(at(again)).forEach((v, i) => expect(v).toBeCloseTo(read(at(plain))[i] as number, 5))
    const rows = f32([0.5, -1, 2, 1, 0, 3], [2, 3])
    read(vmap(grad(again))(rows)).forEach((v, i) => expect(v).toBeCloseTo(read(vmap(grad(plain))(rows))[i] as number, 5))
  })
  it('a custom pull-back is used by grad, under jit and vmap too', () => {
    const f = customVjp((v: Node) => b.mul([v, v]), { forward: (v: Node) => [b.mul([v, v]), { v }], backward: (k: { v: Node }, ct: Node) => [b.mul([b.mul([ct, k.v]), f32like(k.v, 10)])] })
    expect(read(f(scalar(3)))).toEqual([9])
    expect(read(grad(f)(scalar(3)))).toEqual([30])
    expect(read(grad((v: Node) => total(vmap(f)(v)))(f32([1, 2])))).toEqual([10, 20])
    expect(read(vmap(grad(f))(f32([1, 2])))).toEqual([10, 20])
    expect(read(grad((v: Node) => (t.jit as unknown as (g: Fn) => (v: Node) => Node)(f as Fn)(v))(scalar(3)))).toEqual([30])
    expect(read(grad(grad(f))(scalar(3)))).toEqual([10])
    expect(read(jvp(f, [scalar(3)], [scalar(1)])[1])).toEqual([6])
  })
  it('a custom tangent rule is used in both directions', () => {
    const f = customJvp((v: Node) => b.mul([v, v]), (p: [Node], d: [Node]) => [b.mul([p[0], p[0]]), b.mul([d[0], f32like(p[0], 5)])])
    expect(read(jvp(f, [scalar(3)], [scalar(2)])[1])).toEqual([10])
    expect(read(grad(f)(scalar(3)))).toEqual([5])
    expect(read(vmap(grad(f))(f32([1, 2])))).toEqual([5, 5])
  })
  it('a rule may capture values and integers take part', () => {
    const w = f32([2, 4])
    const f = customVjp((v: Node, i: Node) => b.gather([b.mul([v, w]), i], { batch: 0 }), {
      forward: (v: Node, i: Node) => [b.gather([b.mul([v, w]), i], { batch: 0 }), i],
      backward: (i: Node, ct: Node) => [b.mul([b.scatterAdd([ct, i], { batch: 0, size: 2 }), w]), i],
    })
    const index = b.cast([f32([1, 1, 0])], { dtype: 'i32' })
    expect(read(grad((v: Node) => total(f(v, index)))(f32([1, 1])))).toEqual([2, 8])
  })
  it('a rule that captures an argument of an open transform is refused by name', () => {
    const bad = (w: Node): Node => customVjp((v: Node) => b.mul([v, w]), { forward: (v: Node) => [b.mul([v, w]), v], backward: (_k: Node, ct: Node) => [ct] })(scalar(1))
    expect(() => grad(bad)(scalar(2))).toThrow(/the rule captures f32\[\], an argument of grad/)
  })
})
const f32like = (x: Node, v: number): Node => b.broadcast([b.constant([], { value: v, dtype: 'f32' })], { shape: x.shape, axes: [] })

it('the planned arena of twelve recomputed blocks is at most 0.4 of that of kept ones', () => {
  const names = 'addon' in found ? found.addon.kernels().elementwise : []
  if (names.length === 0) return console.log('skipped: planned bytes (no addon)')
  const codes = new Map(names.map((n, i) => [n, i]))
  const wide = (f: Fn) => (v: Node): Node => {
    let y = v
    for (let i = 0; i < 12; i++) y = (f as unknown as (y: Node) => Node)(y)
    return total(y)
  }
  const deep = (v: Node): Node => block(block(block(block(v))))
  const bytes = (f: Fn): number => {
    const { graph } = t.toGraph(grad(wide(f)) as never)(f32(new Array<number>(4096).fill(0.5)) as never)
    return plan(graph, graph.inputs.map(() => false), codes, 1).arenaBytes
  }
  const [kept, again] = [bytes(deep), bytes(remat(deep))]
  console.log(`planned bytes: ${kept} kept, ${again} with remat (${(again / kept).toFixed(2)})`)
  expect(again / kept).toBeLessThanOrEqual(0.4)
})
