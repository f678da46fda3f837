/** The first slice: grad, vmap, jit, scan with a captured tensor, cond by thunks, composed, on both backends. */
import { describe, expect, it } from 'vitest'
import { printGraph } from '../../lib/ir/print.js'
import { leaf } from '../../lib/ir/node.js'
import type { Node } from '../../lib/ir/node.js'
import { b } from '../../lib/prim/index.js'
import { findAddon, native, reference, Runtime } from '../../lib/run/index.js'
import { take } from '../../lib/tensor/index.js'
import * as t from '../../lib/transform/index.js'
import { f32, scalar, total } from '../run/build.js'

// below the tensor floor everything is a Node: the public types are tested in test/types
type Fn = (...args: never[]) => unknown
const loose = t as unknown as {
  grad: (f: Fn, s?: unknown) => (...a: unknown[]) => Node; vmap: (f: Fn, s?: unknown) => (...a: unknown[]) => Node; jit: (f: Fn, s?: unknown) => (...a: unknown[]) => Node
  scan: (f: Fn, c: unknown, xs: unknown, s?: unknown) => [Node, Node]; cond: (p: Node, f: () => unknown, g: () => unknown) => Node
  hessian: (f: Fn) => (x: unknown) => Node; jacfwd: (f: Fn) => (x: unknown) => Node; jacrev: (f: Fn) => (x: unknown) => Node
  jvp: (f: Fn, x: unknown[], dx: unknown[]) => [Node, Node]; vjp: (f: Fn, ...x: unknown[]) => [Node, (ct: Node) => Node[]]
}
const { grad, vmap, jit, scan, cond, hessian, jacfwd, jacrev, jvp, vjp } = loose
const found = findAddon()
const backends = [['reference', reference] as const, ...('addon' in found ? [['native', () => native(found.addon)] as const] : [])]

describe.each(backends)('%s', (_name, make) => {
  const r = new Runtime(make())
  const read = (x: Node): number[] => {
    r.runSync([x])
    return Array.from(r.download(x).data as Float32Array)
  }
  const w = f32([2, 3, 4])
  const cube = (x: Node): Node => total(b.mul([x, b.mul([x, w])]))
  it('derivatives of first and second order', () => {
    const x = f32([1, 2, 3])
    expect(read(grad(cube)(x))).toEqual([4, 12, 24])
    expect(read(grad((v: Node) => total(grad(cube)(v)))(x))).toEqual([4, 6, 8])
    expect(read(hessian(cube)(x))).toEqual([4, 0, 0, 0, 6, 0, 0, 0, 8])
    for (const jacobian of [jacfwd, jacrev]) expect(read(jacobian((v: Node) => b.mul([v, v]))(x))).toEqual([2, 0, 0, 0, 4, 0, 0, 0, 6])
    const [y, dy] = jvp((v: Node) => b.mul([v, v]), [x], [f32([1, 0, -1])])
    expect([read(y), read(dy)]).toEqual([[1, 4, 9], [2, 0, -6]])
    const [, back] = vjp((v: Node) => b.mul([v, v]), x)
    expect(read(back(f32([1, 1, 2]))[0] as Node)).toEqual([2, 4, 12])
  })
  it('inner and outer variables are never confused', () => {
    const f = (x: Node): Node => b.mul([x, grad((y: Node) => b.add([x, y]))(scalar(1))])
    expect(read(grad(f)(scalar(3)))).toEqual([1])
    const g = (x: Node): Node => grad((y: Node) => b.mul([x, b.mul([y, y])]))(x)
    expect(read(grad(g)(scalar(3)))).toEqual([12])
  })
  // c ← c·w·x, s ← Σ c: the weight is captured, not carried
  const recur = (v: Node): Node => {
    const [c, ys] = scan((c: Node, x: Node) => [b.mul([b.mul([c, v]), x]), c], scalar(1), f32([1, 2, 3, 4]))
    return b.add([c, total(ys)])
  }
  it('a scan differentiates in what it captures, twice, and batches', () => {
    expect(read(recur(scalar(0.5)))).toEqual([4.25])
    expect(read(grad(recur)(scalar(0.5)))).toEqual([19.5])
    expect(read(grad(grad(recur))(scalar(0.5)))).toEqual([94])
    expect(read(vmap(grad(recur))(f32([0.5, 1, 2])))).toEqual([19.5, 119, 849])
  })
  it('a scan runs backwards, over trees, and inside another scan', () => {
    const [, ys] = scan((c: Node, x: Node) => [b.add([c, x]), b.add([c, x])], scalar(0), f32([1, 2, 3]), { reverse: true })
    expect(read(ys)).toEqual([6, 5, 3])
    const row = (c: Node, x: Node): [Node, Node] => scan((s: Node, e: Node) => [b.add([b.mul([s, s]), e]), s], c, x)
    const [end, all] = scan(row as never, scalar(1), f32([1, 2, 3, 4], [2, 2]))
    expect([read(end), read(all)]).toEqual([[1525], [1, 2, 6, 39]])
  })
  it('cond runs one branch, differentiates it, and selects under vmap', () => {
    const h = (p: Node, x: Node): Node => cond(b.gt([x, b.constant([], { value: 0, dtype: 'f32' })]), () => b.mul([x, p]), () => b.mul([b.mul([x, x]), p]))
    expect(read(grad(h)(scalar(3), scalar(2)))).toEqual([2])
    expect(read(grad(h)(scalar(3), scalar(-2)))).toEqual([4])
    expect(read(vmap(grad(h, { argnums: 1 }), { inAxes: [null, 0] })(scalar(3), f32([2, -2])))).toEqual([3, -12])
  })
  it('jit is traced once and is transparent to grad and vmap', () => {
    const j = jit((x: Node) => total(b.mul([x, w])))
    expect(read(j(f32([1, 2, 3])))).toEqual([20])
    expect(read(grad((x: Node) => j(x))(f32([1, 2, 3])))).toEqual([2, 3, 4])
    expect(read(vmap((x: Node) => j(x))(f32([1, 2, 3, 4, 5, 6], [2, 3])))).toEqual([20, 47])
    expect(read(grad((x: Node) => total(vmap(jit((y: Node) => b.mul([y, y])) as never)(x)))(f32([1, 2, 3])))).toEqual([2, 4, 6])
    expect(t.jitStats(j)).toMatchObject({ entries: 1, misses: 1 })
  })
  it('chains of 100,000 nodes are built, differentiated and run', () => {
    const chain = (x: Node): Node => {
      let c = x
      for (let i = 0; i < 100_000; i++) c = b.add([c, x])
      return total(c)
    }
    expect(read(grad(chain)(f32([1, 2])))).toEqual([100_001, 100_001])
  }, 60_000)
})

it('graphs print as JAX prints jaxprs', () => {
  const { graph } = t.toGraph((x: never, y: never) => total(b.mul([x, b.sin([y])])) as never)(f32([1, 2]) as never, f32([3, 4]) as never)
  expect(printGraph(graph)).toBe(['{ lambda a:f32[2] b:f32[2] .', '  c:f32[2] = sin b', '  d:f32[2] = mul a c', '  e:f32[] = sum[axes=[0]] d', '  in e }'].join('\n'))
})

it('under locate a node knows the line that made it, and its gradient inherits it', () => {
  const y = t.locate(() => b.sin([f32([1])]))
  expect(y.line).toMatch(/transform\.test\.ts:\d+:\d+$/)
  const g = t.locate(() => grad((x: Node) => total(b.sin([x])))(f32([1])))
  const lines = new Set<string | undefined>()
  for (const work = [g]; work.length > 0; ) {
    const x = work.pop() as Node
    if (x.args.length > 0) lines.add(x.line)
    work.push(...x.args)
  }
  expect([...lines].filter((l) => l?.includes('/test/') !== true)).toEqual([])
  expect(b.sin([f32([1])]).line).toBeUndefined()
})

it('what is no float has no tangent: null goes in and comes out, as the types say', () => {
  const r = new Runtime(reference())
  const of = (x: Node): number[] => (r.runSync([x]), Array.from(r.download(x).data as Float32Array))
  const at = leaf(Int32Array.of(2, 0), [2], 'i32'), x = f32([1, 2, 3])
  const picked = ((v: Node, i: Node) => [take(v as never, i as never), i]) as unknown as Fn
  const [, back] = vjp(picked, x, at) as unknown as [unknown, (ct: unknown) => [Node, null]]
  const [dx, di] = back([f32([1, 10]), null])
  expect([of(dx), di]).toEqual([[10, 0, 1], null])
  const [, [dy, none]] = jvp(picked, [x, at], [f32([1, 2, 4]), null as never]) as unknown as [unknown, [Node, null]]
  expect([of(dy), none]).toEqual([[4, 1], null])
  expect(() => back([null, null])).toThrow('vjp: the cotangent: leaf 0 is null, but its value is f32[2]; pass a tensor of that type')
})
