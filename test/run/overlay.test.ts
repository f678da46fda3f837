/** What a run uses up may be written over: no result shows it, and a run that fails has written nothing. */
import { describe, expect, it } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { sameBits } from '../../laws/close.js'
import { fromSeed } from '../../laws/draw.js'
import { add, cos, cumsum, div, erf, flip, fromHost, isFault, jit, matmul, mul, neg, optim, session, sin, sub, sum, tanh } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import type { Graph } from '../../lib/ir/graph.js'
import type { Host, Node } from '../../lib/ir/node.js'
import { b } from '../../lib/prim/index.js'
import { findAddon } from '../../lib/run/addon.js'
import type { Value } from '../../lib/run/backend.js'
import { native } from '../../lib/run/native.js'

const found = findAddon()
const { run, read, stats } = session()
const N = 1003
type V = Tensor<[1003], 'f32'>
const vector = (k: number): V => run.sync(fromHost({ dtype: 'f32', shape: [N], data: Float32Array.from({ length: N }, (_, i) => Math.sin(i * k + k)) })) as never
const sentence = async (f: () => unknown): Promise<string> => {
  try {
    await f()
    return 'no fault'
  } catch (e) {
    return isFault(e) ? `${e._tag}: ${e.message}` : String(e)
  }
}

describe.skipIf('missing' in found)('results over operands', () => {
  const { addon } = found as Extract<typeof found, { addon: unknown }>
  const backend = native(addon)
  /** Results with all operands spent, how many lie over one, and which operands are as they were. */
  const spending = (g: Graph, inputs: readonly Host[]) => {
    const e = backend.compile(g, g.inputs.map(() => false), 1)
    const kept = inputs.map((x) => backend.upload(x)), plain = backend.run(e, kept).map((y) => backend.download(y))
    for (const [i, x] of kept.entries()) expect(sameBits(backend.download(x), inputs[i] as Host)).toBe(true)
    const given = inputs.map((x) => backend.upload(x)), places = given.map((x) => (x as Value & { storage: { id: number } }).storage.id)
    const outs = backend.run(e, given, given.map(() => true))
    const over = outs.filter((y) => places.includes((y as Value & { storage: { id: number } }).storage.id)).length
    outs.forEach((y, i) => expect(sameBits(backend.download(y), plain[i] as Host)).toBe(true))
    given.forEach((x, i) => {
      if ((x as Value & { storage: { id: number } }).storage.id === places[i]) expect(sameBits(backend.download(x), inputs[i] as Host)).toBe(true)
    })
    backend.release(e)
    return over
  }
  const hosts = (n: number, scale = 1, size = N): Host[] => Array.from({ length: n }, (_, k) => ({ shape: [size], dtype: 'f32', data: Float32Array.from({ length: size }, (_, i) => scale * Math.sin(i * (k + 1) + k)) }))
  const types = (n: number, size = N) => Array.from({ length: n }, () => ({ shape: [size], dtype: 'f32' as const }))
  const lying = (f: (...xs: V[]) => unknown, n: number, scale = 1, size = N): number => spending(closed(f as never, types(n, size)), hosts(n, scale, size))

  it('a state is updated where it lies', () => {
    expect(lying((p, m, v, g) => [sub(p, mul(add(m, g), g)), add(m, g), mul(v, g)], 4)).toBe(3)
    expect(lying((x) => add(x, x), 1)).toBe(1)
    expect(lying((x, y) => add(x, y), 2)).toBe(1)
  })
  it('what is read afterwards is not written over', () => {
    expect(lying((x, y) => [y, x], 2)).toBeLessThanOrEqual(1) // the second over what the first was copied from
    expect(lying((x, y) => [add(x, y), sub(x, y), mul(x, y)], 2)).toBeLessThanOrEqual(1)
    expect(lying((x, y) => [add(x, y), sum(x), flip(y)], 2)).toBeLessThanOrEqual(1)
    expect(lying((x, y) => [add(x, flip(x)), y], 2)).toBeLessThanOrEqual(1)
    expect(lying((x, y) => [mul(x, y), cumsum(mul(x, y))], 2)).toBe(0) // what comes after it may fail
  })
  it('functions that look at their operands twice', () => {
    for (const scale of [1, 1e6]) for (const f of [sin, cos]) expect(lying((x) => (f as (x: V) => V)(x), 1, scale)).toBe(1)
  })
  it('code writes over an operand what is made at once, when all have read it that wait for something else', () => {
    expect(lying((x, y) => [mul(erf(erf(y)), x), neg(x)], 2)).toBe(2)
    expect(lying((x, y, z) => [div(mul(erf(tanh(y)), x), sub(x, erf(z))), mul(x, x)], 3)).toBe(2)
  })
  it('random programs of loops, reductions and movement', () => {
    let over = 0
    for (let seed = 1; seed <= 240; seed++) {
      const draw = fromSeed(seed)
      const f = (...xs: Node[]): Node[] => {
        const all = [...xs], any = (): Node => all[draw(all.length)] as Node
        for (let i = 0; i < 2 + draw(9); i++) {
          const x = any(), y = any(), which = draw(12)
          all.push(which < 4 ? b.add([x, y]) : which === 4 ? b.mul([x, y]) : which === 5 ? b.sin([x]) : which === 6 ? b.where([b.lt([x, y]), y, x]) : which === 7 ? b.flip([x], { axes: [0] }) : which === 8 ? b.erf([x]) : which === 9 ? b.tanh([x]) : which === 10 ? b.neg([x]) : b.sub([x, y]))
        }
        return Array.from({ length: 1 + draw(4) }, any)
      }
      over += spending(closed(f as never, types(3)), hosts(3))
    }
    expect(over).toBeGreaterThan(120)
  })
  it('a run that fails has written nothing', () => {
    const g = closed(((x: Tensor<[1003, 1003], 'f32'>, y: Tensor<[1003, 1003], 'f32'>) => add(x, matmul(matmul(y, y), y))) as never, [{ shape: [N, N], dtype: 'f32' }, { shape: [N, N], dtype: 'f32' }])
    const square = (k: number): Host => ({ shape: [N, N], dtype: 'f32', data: Float32Array.from({ length: N * N }, (_, i) => Math.sin(i * k)) })
    const made = backend.compile(g, [false, false], 1), hostsOf = [square(1), square(2)], given = hostsOf.map((x) => backend.upload(x))
    addon.trim()
    addon.limit(addon.memory().live + (1 << 16))
    try {
      expect(() => backend.run(made, given, [true, true])).toThrow(/out of memory/)
    } finally {
      addon.limit(0)
    }
    given.forEach((x, i) => expect(sameBits(backend.download(x), hostsOf[i] as Host)).toBe(true))
    expect(sameBits(backend.download(backend.run(made, given, [true, true])[0] as Value), backend.download(backend.run(made, hostsOf.map((x) => backend.upload(x)))[0] as Value))).toBe(true)
  })
  it('a training state takes its memory once', () => {
    const optimizer = optim.adam(0.01)
    const start = (): { p: V; o: ReturnType<typeof optimizer.init<V>> } => {
      const p = vector(1)
      return run.sync({ p, o: optimizer.init(p) })
    }
    const step = jit((s: ReturnType<typeof start>, g: V) => {
      const [p, o] = optimizer.update(g, s.o, s.p)
      return { p, o }
    })
    const g = vector(2)
    let spent = start(), kept = start()
    for (let i = 0; i < 5; i++) [spent, kept] = [run.sync(step(spent, g), { consume: spent }), run.sync(step(kept, g))]
    expect([...read.sync(spent.p)]).toEqual([...read.sync(kept.p)])
    addon.sweep()
    const before = stats().live
    for (let i = 0; i < 50; i++) spent = run.sync(step(spent, g), { consume: spent })
    expect(stats().live - before).toBeLessThan(2 * 4096)
  })
  it('who reads what a run under way writes over is told so, and has it back when that run fails', async () => {
    const n = 400
    type M = Tensor<[400, 400], 'f32'>
    const even = (): M => fromHost({ dtype: 'f32', shape: [n, n], data: new Float32Array(n * n).fill(1 / n) }) as never
    const given = (): { x: M; y: M } => run.sync({ x: even(), y: even() })
    const slow = jit((s: { x: M; y: M }) => ({ x: add(s.x, Array.from({ length: 20 }).reduce((z: M) => matmul(z, s.y), s.y)) }))
    const s = given(), under = run(slow(s), { consume: s })
    expect(await sentence(() => run(add(s.x, 1)))).toMatch(/Consumed: this f32\[400, ?400\] was consumed/)
    expect((await read(await under)).x[0]).toBeCloseTo(2 / n)
    const wide = jit((v: { x: M; y: M }) => {
      const all = [v.y]
      for (let i = 0; i < 12; i++) all.push(matmul(all[i] as M, v.y))
      return { x: all.reduce((z, y) => add(z, y), v.x) }
    })
    const u = given()
    addon.limit(1)
    try {
      expect(await sentence(() => run(wide(u), { consume: u }))).toMatch(/OutOfMemory/)
    } finally {
      addon.limit(0)
    }
    expect((await read(add(u.x, u.y)))[0]).toBeCloseTo(2 / n)
  })
  it('while another run may read it, it stays as it is', async () => {
    const n = 400
    type M = Tensor<[400, 400], 'f32'>
    const x = run.sync(fromHost({ dtype: 'f32', shape: [n, n], data: new Float32Array(n * n).fill(1) })) as never as M
    const reader = jit((v: M) => sum(matmul(matmul(v, v), v)))
    const reading = run(reader(x)), stepped = run.sync(add(x, 1), { consume: x })
    expect((await read(await reading))[0]).toBe(n * n * n * n)
    expect((await read(stepped))[7]).toBe(2)
  })
  it('large states too, which elsewhere are written past the caches', () => {
    for (const size of [4_194_304, 4_194_317]) expect(lying((p, m, v, g) => [sub(p, mul(add(m, g), g)), add(m, g), mul(v, g)], 4, 1, size)).toBe(3)
  })
})
