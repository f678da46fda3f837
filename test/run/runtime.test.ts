/** The memo, the plan cache and its keys, flights, consumption: what a run may and may not do. */
import { describe, expect, it } from 'vitest'
import { LEAF, slot } from '../../lib/ir/node.js'
import type { Node } from '../../lib/ir/node.js'
import { add, session, sin, stats, tensor } from '../../lib/index.js'
import { b } from '../../lib/prim/index.js'
import { findAddon, native, reference, Runtime } from '../../lib/run/index.js'
import { grad, jit } from '../../lib/transform/index.js'
import { f32, scalar, total } from './build.js'

// below the tensor floor everything is a Node: the public types are tested in test/types
const slope = (grad as unknown as (f: (v: Node) => Node) => (w: Node) => Node)((v) => total(b.mul([v, v])))
const found = findAddon()
const backends = [['reference', reference] as const, ...('addon' in found ? [['native', () => native(found.addon)] as const] : [])]
if (!('addon' in found)) console.log(`skipped: the native runtime (${found.missing})`)

describe.each(backends)('%s', (_name, make) => {
  const values = (r: Runtime, x: Node): number[] => {
    r.runSync([x])
    return Array.from(r.download(x).data as Float32Array)
  }
  it('a node that has been run is a leaf and its history is gone', () => {
    const r = new Runtime(make())
    const y = b.mul([f32([1, 2]), f32([3, 4])])
    expect(values(r, y)).toEqual([3, 8])
    expect(y.op).toBe(LEAF)
    expect(y.args).toEqual([])
  })
  it('an interior node is kept when it is computed for the second time, and not before', () => {
    const r = new Runtime(make())
    const y = b.mul([f32([1, 2]), f32([3, 4])])
    values(r, b.neg([y]))
    expect(y.op).toBe('mul')
    values(r, b.add([y, y]))
    expect(y.op).toBe(LEAF)
    expect(r.stats().recomputed).toBe(1)
    values(r, b.exp([y]))
    expect(r.stats().recomputed).toBe(1)
  })
  it('numbers are in no key, and two slots that hold one number stay two', () => {
    const r = new Runtime(make())
    const f = (x: number, y: number): Node => b.sub([b.add([scalar(1), slot(x, 'f32')]), slot(y, 'f32')])
    expect(values(r, f(2, 2))).toEqual([1])
    for (let i = 0; i < 20; i++) expect(values(r, f(i, 2 * i))).toEqual([1 - i])
    expect(r.stats().misses).toBe(1)
  })
  it('which operands are the same tensor is in the key', () => {
    const r = new Runtime(make())
    const [x, y] = [f32([2, 3]), f32([5, 7])]
    expect(values(r, b.mul([x, x]))).toEqual([4, 9])
    expect(values(r, b.mul([x, y]))).toEqual([10, 21])
    expect(values(r, b.mul([y, y]))).toEqual([25, 49])
    expect(r.stats().misses).toBe(2)
  })
  it('how old operands are is not: what a step gives is younger than the data from the second step on', () => {
    const r = new Runtime(make())
    let w = f32([1, 2])
    const data = f32([3, 4])
    for (let i = 0; i < 3; i++) r.runSync([(w = b.sub([b.mul([w, data]), w]))])
    expect(Array.from(r.download(w).data as Float32Array)).toEqual([8, 54])
    expect(r.stats().misses).toBe(1)
  })
  it('params are in the key', () => {
    const r = new Runtime(make())
    const x = f32([1, 2, 3, 4, 5, 6], [2, 3])
    expect(values(r, b.sum([x], { axes: [0] }))).toEqual([5, 7, 9])
    expect(values(r, b.sum([x], { axes: [1] }))).toEqual([6, 15])
    expect(values(r, b.sum([x], { axes: [0, 1] }))).toEqual([21])
    expect(values(r, b.sum([x], { axes: [1] }))).toEqual([6, 15])
    const one = f32([1, 2])
    expect(values(r, b.div([one, b.broadcast([b.constant([], { value: 0, dtype: 'f32' })], { shape: [2], axes: [] })]))).toEqual([Infinity, Infinity])
    expect(values(r, b.div([one, b.broadcast([b.constant([], { value: -0, dtype: 'f32' })], { shape: [2], axes: [] })]))).toEqual([-Infinity, -Infinity])
    expect([r.stats().misses, r.stats().hits]).toEqual([5, 1])
  })
  it('a changing learning rate in a jitted step plans once', () => {
    const r = new Runtime(make())
    const step = jit((w: Node, lr: Node) => b.sub([w, b.mul([b.broadcast([lr], { shape: [2], axes: [] }), slope(w)])]) as never) as unknown as (w: Node, lr: Node) => Node
    let w = f32([1, 2])
    for (let i = 0; i < 10; i++) r.runSync([(w = step(w, slot(0.1 + 0.01 * i, 'f32')))])
    expect(r.stats().misses).toBe(1)
    const want = Array.from({ length: 10 }, (_, i) => 1 - 2 * (0.1 + 0.01 * i)).reduce((p, q) => p * q, 1)
    expect(r.download(w).data[0]).toBeCloseTo(want, 5)
  })
  it('several roots are one plan, in the order given, also when one is an operand of another', () => {
    const r = new Runtime(make())
    const x = f32([1, 2])
    const y = b.add([x, x])
    const z = b.mul([y, x])
    r.runSync([z, y, x, y])
    expect([z, y, x].map((n) => Array.from(r.download(n).data as Float32Array))).toEqual([[2, 8], [2, 4], [1, 2]])
    expect(r.stats().misses).toBe(1)
  })
  it('awaited runs of one node share the work, and a sync run beside them gives the same', async () => {
    const r = new Runtime(make())
    const big = f32(Array.from({ length: 90000 }, (_, i) => Math.sin(i)), [300, 300])
    const y = b.dot([b.dot([big, big]), big])
    const both = [r.run([y]), r.run([y])]
    const z = values(r, b.sum([y], { axes: [0, 1] }))
    await Promise.all(both)
    expect(values(r, b.sum([y], { axes: [0, 1] }))).toEqual(z)
  })
  it('what depends on a variable cannot be run, and the sentence names the transform', () => {
    const r = new Runtime(make())
    let leaked: Node | undefined
    grad(((x: Node) => {
      leaked = b.mul([x, x])
      return leaked
    }) as never)(scalar(2) as never)
    expect(() => r.runSync([leaked as Node])).toThrow(/inside grad depends on its argument f32\[\]/)
  })
  it('a tensor of one backend is foreign to another', () => {
    const [r, s] = [new Runtime(make()), new Runtime(make())]
    const y = b.add([f32([1]), f32([2])])
    r.runSync([y])
    expect(() => s.runSync([b.neg([y])])).toThrow(/belongs to another backend/)
  })
  it('zero-size and rank-0 tensors run', () => {
    const r = new Runtime(make())
    expect(values(r, b.add([f32([], [0, 3]), f32([], [0, 3])]))).toEqual([])
    expect(values(r, b.sum([f32([], [0, 3])], { axes: [0] }))).toEqual([0, 0, 0])
    expect(values(r, b.exp([scalar(0)]))).toEqual([1])
  })
})
describe.skipIf(!('addon' in found))('memory of consumed values', () => {
  const large = (): Float32Array => new Float32Array(1 << 18).fill(1)
  it('is given back when the run ends', () => {
    const { run, read } = session()
    const x = run.sync(tensor(large(), { shape: [1 << 18] }))
    const before = stats().live
    const y = run.sync(add(x, 1), { consume: x })
    expect(stats().live).toBeLessThanOrEqual(before + 4096)
    expect(read.sync(y)[7]).toBe(2)
    expect(() => read.sync(x)).toThrow(/consumed/)
  })
  it('stays when the run gives the same tensor', () => {
    const { run, read } = session()
    const x = run.sync(tensor(large(), { shape: [1 << 18] }))
    run.sync({ x, y: add(x, 1) }, { consume: { x } })
    expect(read.sync(x)[7]).toBe(1)
  })
  it('waits for a run in flight', async () => {
    const { run, read } = session()
    const x = run.sync(tensor(large(), { shape: [1 << 18] }))
    let y = add(x, 0)
    for (let i = 0; i < 40; i++) y = sin(y)
    const flight = run(y)
    run.sync(add(x, 1), { consume: x })
    expect((await read(await flight))[0]).toBeCloseTo(Array.from({ length: 40 }).reduce<number>((v) => Math.sin(v), 1), 5)
  })
})
