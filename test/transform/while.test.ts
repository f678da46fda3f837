/** whileLoop: forward, forward mode, batched (each example its own length), bounded with reverse mode, refusals. */
import { describe, expect, it } from 'vitest'
import type { Node } from '../../lib/ir/node.js'
import { b } from '../../lib/prim/index.js'
import { findAddon, native, reference, Runtime } from '../../lib/run/index.js'
import * as t from '../../lib/transform/index.js'
import { f32, scalar } from '../run/build.js'

type Fn = (...args: never[]) => unknown
const { whileLoop, vmap, jvp, grad } = t as unknown as {
  whileLoop: <T>(test: (c: T) => Node, body: (c: T) => T, init: T, s?: unknown) => T
  vmap: (f: Fn, s?: unknown) => (...a: unknown[]) => Node; jvp: (f: Fn, x: unknown[], dx: unknown[]) => [Node, Node]; grad: (f: Fn) => (...a: unknown[]) => Node
}
const found = findAddon()
const backends = [['reference', reference] as const, ...('addon' in found ? [['native', () => native(found.addon)] as const] : [])]
const number = (v: number): Node => b.constant([], { value: v, dtype: 'f32' })

describe.each(backends)('%s', (_name, make) => {
  const r = new Runtime(make())
  const read = (x: Node): number[] => {
    r.runSync([x])
    return Array.from(r.download(x).data as Float32Array)
  }
  // x ← x·w until it passes 100: captures w in the body and the limit in the test
  const limit = scalar(100)
  const grow = (x: Node, w: Node): Node => whileLoop((c: Node) => b.lt([c, limit]), (c: Node) => b.mul([c, w]), x)
  it('runs until the test fails, also never', () => {
    expect(read(grow(scalar(1), scalar(3)))).toEqual([243])
    expect(read(grow(scalar(500), scalar(3)))).toEqual([500])
  })
  it('carries trees, swaps included', () => {
    const [x, y, n] = whileLoop(([, , i]: Node[]) => b.lt([i as Node, number(3)]), ([p, q, i]: Node[]) => [q as Node, p as Node, b.add([i as Node, number(1)])], [scalar(1), scalar(2), scalar(0)]) as [Node, Node, Node]
    expect([read(x), read(y), read(n)]).toEqual([[2], [1], [3]])
  })
  it('forward mode goes along', () => {
    const [y, dy] = jvp(grow as Fn, [scalar(1), scalar(3)], [scalar(1), scalar(0)])
    expect([read(y), read(dy)]).toEqual([[243], [243]])
    expect(read(jvp(grow as Fn, [scalar(1), scalar(3)], [scalar(0), scalar(1)])[1])).toEqual([5 * 81])
  })
  it('under vmap every example stops by itself', () => {
    expect(read(vmap(grow as Fn, { inAxes: [0, null] })(f32([1, 50, 200]), scalar(3)))).toEqual([243, 150, 200])
    expect(read(vmap(grow as Fn, { inAxes: [null, 0] })(scalar(1), f32([2, 3, 200])))).toEqual([128, 243, 200])
  })
  it('reverse mode is refused by a sentence, and works with a bound', () => {
    expect(() => grad(((x: Node) => grow(x, scalar(3))) as Fn)(scalar(1))).toThrow(/whileLoop has no reverse mode/)
    const bounded = (x: Node): Node => whileLoop((c: Node) => b.lt([c, limit]), (c: Node) => b.mul([c, scalar(3)]), x, { maxSteps: 8 })
    expect(read(bounded(scalar(1)))).toEqual([243])
    expect(read(grad(bounded as Fn)(scalar(1)))).toEqual([243])
  })
})
