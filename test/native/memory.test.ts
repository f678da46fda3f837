import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { runStatus } from '../../lib/run/addon.js'
import { encode, type Instruction, type Program, type View } from '../../lib/run/program.js'
import { addon, code, filled, input, load, output, program, random, run, storage, view } from './harness.js'

const a = addon!
const doubling = (n: number): Program => program([input(0, 'f32', n), output(0, 'f32', n)], { kind: 'loop', dims: [n], reduced: 0, sources: [view(0, 'f32', [n])], ops: [{ code: code('add'), dtype: 'f32', out: 'f32', args: [0, 0] }], sinks: [{ kind: 'store', register: 1, view: view(1, 'f32', [n]) }] })
const codeOf = (f: () => unknown): string => {
  try {
    f()
    return 'nothing'
  } catch (e) {
    return String((e as { code?: string }).code)
  }
}

describe.skipIf(addon === null)('memory', () => {
  it('a synchronous loop of 10,000 x 4 MB stays below 700 MB', () => {
    const n = 1 << 20
    const plan = a.load(encode(program([output(0, 'f32', n)], { kind: 'loop', dims: [n], reduced: 0, sources: [{ dtype: 'f32', value: 1 }], ops: [], sinks: [{ kind: 'store', register: 0, view: view(0, 'f32', [n]) }] })))
    const command = a.shared()
    let most = 0
    for (let i = 0; i < 10_000; i++) {
      command.set([plan, a.alloc(n * 4, {}), 0])
      expect(a.run()).toBe(0)
      if (i % 100 === 0) most = Math.max(most, process.memoryUsage.rss())
    }
    expect(most).toBeLessThan(700e6)
    expect(a.memory().collections).toBeGreaterThan(10)
  }, 60_000)
  it('kept storages survive, dropped ones go', () => {
    a.sweep()
    const owners = Array.from({ length: 50 }, () => ({}))
    const ids = owners.map((o, i) => {
      const id = a.alloc(1000, o)
      a.upload(id, 0, new Float32Array(250).fill(i))
      return id
    })
    for (let i = 0; i < 400; i++) a.alloc(4 << 20, {})
    const got = new Float32Array(1)
    ids.forEach((id, i) => {
      a.download(id, 996, got)
      expect(got[0]).toBe(i)
    })
    expect(owners.length).toBe(50)
  })
  it('an emptied storage gives its bytes back, and refuses to be read or run on', () => {
    const owner = {}, id = a.alloc(1 << 20, owner), before = a.memory().live
    a.empty(id)
    expect(a.memory().live).toBeLessThanOrEqual(before - (1 << 20) + 64)
    expect(codeOf(() => a.download(id, 0, new Float32Array(1)))).toBe('BadRange')
    const l = load(a, doubling(3), [Float32Array.of(1, 2, 3)])
    l.command[1] = id
    a.shared().set(l.command)
    expect(a.run()).toBe(runStatus.badRange)
    a.empty(id)
    a.empty(2 ** 40)
    a.sweep()
    expect(owner).toEqual({})
  })
  it('ends in OutOfMemory at its limit, and goes on afterwards', () => {
    const keep: object[] = []
    a.limit(a.memory().used + a.memory().pooled + (64 << 20))
    const held = (): void => {
      for (;;) {
        const o = {}
        a.alloc(3 << 20, o)
        keep.push(o)
      }
    }
    expect(codeOf(held)).toBe('OutOfMemory')
    expect(codeOf(() => a.alloc(2 ** 50, {}))).toBe('OutOfMemory')
    // An arena that cannot be had is a status, not a crash.
    const n = 1 << 28
    const big = load(a, program([{ kind: 'arena', bytes: n * 4, at: 0 }, output(0, 'f32', 1)], { kind: 'loop', dims: [1], reduced: 0, sources: [{ dtype: 'f32', value: 1 }], ops: [], sinks: [{ kind: 'store', register: 0, view: view(1, 'f32', [1]) }] }), [])
    a.shared().set(big.command)
    expect(a.run()).toBe(runStatus.outOfMemory)
    expect(a.failure()).toContain('out of memory')
    keep.length = 0
    a.limit(0)
    expect(new Float32Array(run(a, load(a, doubling(3), [Float32Array.of(1, 2, 3)]))[0]!)).toEqual(Float32Array.of(2, 4, 6))
  })
  it('poisoned memory never shows in a result', () => {
    a.poison(true)
    const n = 1000
    const p = program(
      [input(0, 'f32', n), { kind: 'arena', bytes: n * 4, at: 0 }, output(0, 'f32', n)],
      { kind: 'loop', dims: [n], reduced: 0, sources: [view(0, 'f32', [n])], ops: [], sinks: [{ kind: 'store', register: 0, view: view(1, 'f32', [n]) }] },
      { kind: 'loop', dims: [n], reduced: 0, sources: [view(1, 'f32', [n])], ops: [], sinks: [{ kind: 'store', register: 0, view: view(2, 'f32', [n]) }] },
    )
    const x = filled('f32', n, random(1))
    expect(new Float32Array(run(a, load(a, p, [x]))[0]!)).toEqual(x)
    // Reading an arena that nobody wrote gives NaN.
    const bad = program([{ kind: 'arena', bytes: 4, at: 0 }, output(0, 'f32', 1)], { kind: 'loop', dims: [], reduced: 0, sources: [view(0, 'f32', [])], ops: [], sinks: [{ kind: 'store', register: 0, view: view(1, 'f32', []) }] })
    expect(new Float32Array(run(a, load(a, bad, []))[0]!)[0]).toBeNaN()
    a.poison(false)
  })
})

describe.skipIf(addon === null)('runs', () => {
  it('refuses dead ids, short ranges, other plans', () => {
    const l = load(a, doubling(8), [new Float32Array(8)])
    const status = (change: (c: Float64Array) => void): number => {
      const c = l.command.slice()
      change(c)
      a.shared().set(c)
      return a.run()
    }
    expect(status(() => {})).toBe(0)
    for (const id of [NaN, -1, 0.5, 2 ** 52, Infinity, l.command[1]! + 2 ** 26]) expect(status((c) => (c[1] = id))).toBe(runStatus.deadStorage)
    for (const offset of [4, 1, -4, NaN, 1e300, 0.5]) expect(status((c) => (c[2] = offset))).toBe(runStatus.badRange)
    for (const plan of [NaN, -1, 1e9, l.command[0]! + 2 ** 24, 0.5]) expect(status((c) => (c[0] = plan))).toBe(runStatus.unknownPlan)
    a.unload(l.command[0]!)
    expect(status(() => {})).toBe(runStatus.unknownPlan)
    const id = storage(a, 16)
    expect(codeOf(() => a.upload(id, 8, new Float32Array(3)))).toBe('BadRange')
    expect(codeOf(() => a.download(id, -1, new Uint8Array(1)))).toBe('BadArgument')
    expect(codeOf(() => a.upload(id + 2 ** 26, 0, new Float32Array(1)))).toBe('DeadStorage')
    expect(codeOf(() => a.alloc(-1, {}))).toBe('BadArgument')
    expect(codeOf(() => a.alloc(1, 3 as never))).toBe('BadArgument')
  })
  it('asynchronously, with the event loop free and storages pinned', async () => {
    const n = 1 << 22
    const steps: Instruction[] = Array.from({ length: 20 }, (_, i) => ({ kind: 'loop', dims: [n], reduced: 0, sources: [view(i === 0 ? 0 : 1, 'f32', [n])], ops: [{ code: code('sin'), dtype: 'f32', out: 'f32', args: [0] }], sinks: [{ kind: 'store', register: 1, view: view(i === 0 ? 1 : 2, 'f32', [n]) }] }))
    const p = program([input(0, 'f32', n), output(0, 'f32', n), output(1, 'f32', n)], ...steps)
    expect(a.predictedMicros(a.load(encode(p)))).toBeGreaterThan(5000)
    const x = filled('f32', n, random(2))
    const l = load(a, p, [x])
    const want = run(a, l)
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const statuses = await Promise.all([0, 1].map(() => new Promise<number>((done) => {
      a.runAsync(l.command.slice(), done)
      expect(codeOf(() => a.upload(l.command[1]!, 0, x))).toBe('InFlight')
    })))
    clearInterval(timer)
    expect(statuses).toEqual([0, 0])
    expect(ticks).toBeGreaterThan(3)
    const got = new Uint8Array(n * 4)
    a.download(l.outputs[1]!.id, 0, got)
    expect(Buffer.from(got.buffer).equals(Buffer.from(want[1]!))).toBe(true)
    expect(codeOf(() => a.runAsync(Float64Array.of(1e9), () => {}))).toBe('BadRun')
  }, 30_000)
  it('in a process of its own: ends with work in flight, and in workers', () => {
    const path = process.env['COTANGENT_NATIVE_PATH'] ?? `${process.cwd()}/build/Release/cotangent.node`
    const n = 1 << 20
    const words = JSON.stringify([...encode(doubling(n))])
    const script = `
      const { Worker, isMainThread } = require('node:worker_threads')
      const a = require(${JSON.stringify(path)})
      const plan = a.load(Float64Array.from(${words}))
      const owners = [{}, {}]
      const [x, y] = owners.map((o) => a.alloc(${n * 4}, o))
      const c = a.shared()
      for (let i = 0; i < 50; i++) { c.set([plan, x, 0, y, 0]); if (a.run() !== 0) throw new Error(a.failure()) }
      for (let i = 0; i < 5; i++) a.runAsync(Float64Array.of(plan, x, 0, y, 0), (s) => { if (s !== 0) throw new Error('status') })
      if (isMainThread) {
        let left = 3
        for (let i = 0; i < 3; i++) new Worker(__filename).on('exit', (code) => { if (code !== 0) process.exit(3); if (--left === 0) { console.log('done'); process.exit(0) } })
      } else if (Math.random() < 0.5) process.exit(0)
    `
    const file = `/tmp/cotangent-worker-${process.pid}.cjs`
    spawnSync(process.execPath, ['-e', `require('fs').writeFileSync(${JSON.stringify(file)}, ${JSON.stringify(script)})`])
    const ran = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 30_000 })
    expect(ran.stdout + ran.stderr).toBe('done\n')
    expect(ran.status).toBe(0)
  }, 60_000)
})

describe.skipIf(addon === null)('hostile programs', () => {
  const good = encode(doubling(8))
  const refusal = (w: Float64Array): string => {
    try {
      a.unload(a.load(w))
      return ''
    } catch (e) {
      return (e as { code?: string }).code === 'BadProgram' ? (e as Error).message : `code ${(e as { code?: string }).code}`
    }
  }
  it('every word replaced by every oddity is refused with a sentence or decodes', () => {
    expect(refusal(good)).toBe('')
    for (let i = 0; i < good.length; i++)
      for (const odd of [NaN, Infinity, -1, 0.5, 2 ** 53, -(2 ** 53), 1e300, 9, 2 ** 40]) {
        const w = good.slice()
        w[i] = odd
        const said = refusal(w)
        if (said !== '') expect(said).toMatch(/^bad program at word \d+: .{8,}/)
      }
    for (let n = 0; n < good.length; n++) expect(refusal(good.slice(0, n))).toMatch(/bad program/)
    expect(refusal(Float64Array.from([...good, 0]))).toMatch(/after its end/)
  })
  it('views that leave their buffers by any road', () => {
    const loop = (v: object, dims = [8]): Instruction => ({ kind: 'loop', dims, reduced: 0, sources: [{ ...view(0, 'f32', [8]), ...v }], ops: [], sinks: [{ kind: 'store', register: 0, view: view(1, 'f32', dims) }] })
    const of = (i: Instruction): string => refusal(encode(program([input(0, 'f32', 8), output(0, 'f32', 8)], i)))
    expect(of(loop({}))).toBe('')
    expect(of(loop({ offset: 1 }))).toMatch(/leaves its buffer/)
    expect(of(loop({ strides: [2] }))).toMatch(/leaves its buffer/)
    expect(of(loop({ strides: [-1] }))).toMatch(/leaves its buffer/)
    expect(of(loop({ strides: [-1], offset: 7 }))).toBe('')
    expect(of(loop({ strides: [2 ** 53] }))).toMatch(/leaves its buffer/)
    expect(of(loop({}, [2 ** 53]))).toMatch(/leaves its buffer/)
    expect(of(loop({ dtype: 'f64' }))).not.toBe('')
    expect(of(loop({ steps: [[0, 1]] }))).toMatch(/repeat/)
    expect(of({ kind: 'repeat', level: 0, count: 2, body: [loop({ strides: [0], steps: [[0, 7]] })] })).toBe('')
    expect(of({ kind: 'repeat', level: 0, count: 2, body: [loop({ steps: [[0, 1]] })] })).toMatch(/leaves its buffer/)
    expect(of({ kind: 'repeat', level: 0, count: 2 ** 53, body: [loop({ steps: [[0, 2 ** 53]] })] })).toMatch(/leaves its buffer/)
    expect(of({ kind: 'repeat', level: 0, count: 2, body: [{ kind: 'repeat', level: 0, count: 2, body: [] }] })).toMatch(/inside another/)
    const nested = (depth: number): Instruction => ({ kind: 'cond', which: view(0, 'bool', []), then: depth === 0 ? [] : [nested(depth - 1)], otherwise: [] })
    expect(of(nested(200))).toMatch(/too deeply/)
  })
  it('devices of a gang that touch what another writes', () => {
    const buffers = [input(0, 'f32', 16), output(0, 'f32', 16), { kind: 'own', bytes: 32, at: 64, every: 64 }, { kind: 'arena', bytes: 64, at: 0 }, output(1, 'f32', 16)] as const
    const at = (buffer: number, offset: number, step: number, dims = [8], level = 1): View => ({ ...view(buffer, 'f32', dims), offset, steps: step === 0 ? [] : [[level, step]] })
    const copy = (from: View, to: View, dims = [8]): Instruction => ({ kind: 'loop', dims, reduced: 0, sources: [from], ops: [], sinks: [{ kind: 'store', register: 0, view: to }] })
    const gang = (body: readonly Instruction[], count = 2): Instruction => ({ kind: 'gang', level: 1, count, body })
    const of = (...list: Instruction[]): string => refusal(encode({ buffers, instructions: list }))
    expect(of(gang([copy(at(0, 0, 8), at(2, 0, 0)), copy(at(2, 0, 0), at(1, 8, -8))]))).toBe('')
    expect(of(gang([copy(at(0, 0, 0), at(1, 0, 8))]))).toBe('')
    expect(of(gang([copy(at(0, 0, 0), at(1, 0, 0))]))).toMatch(/touched by another/)
    expect(of(gang([copy(at(0, 0, 0), at(1, 0, 0))], 1))).toBe('')
    expect(of(gang([copy(at(0, 0, 8), at(1, 0, 7))]))).toMatch(/touched by another/)
    expect(of(gang([copy(at(0, 0, 8), at(1, 0, 8)), copy(at(1, 0, 0), at(4, 0, 8))]))).toMatch(/touched by another/)
    expect(of(gang([copy(at(1, 0, 0), at(4, 0, 8)), copy(at(0, 0, 8), at(1, 0, 8))]))).toMatch(/touched by another/)
    expect(of(gang([copy(at(0, 0, 8), at(1, 8, -8)), copy(at(1, 0, 8), at(4, 0, 8))]))).toMatch(/touched by another/)
    // own memory of device 0 begins at byte 64 of the arena: what all share may end there
    expect(of(gang([copy(at(0, 0, 8), at(2, 0, 0)), copy(at(3, 0, 8), at(1, 0, 8))]))).toBe('')
    expect(refusal(encode({ buffers: buffers.map((b) => (b.kind === 'own' ? { ...b, at: 0 } : b)), instructions: [gang([copy(at(0, 0, 8), at(2, 0, 0)), copy(at(3, 0, 0), at(1, 0, 8))])] }))).toMatch(/touched by another/)
    expect(refusal(encode({ buffers: buffers.map((b) => (b.kind === 'own' ? { ...b, every: 0 } : b)), instructions: [gang([copy(at(0, 0, 8), at(2, 0, 0))])] }))).toMatch(/touched by another/)
    // a repeat around it moves all devices alike, one inside moves each
    const around = (body: Instruction): Instruction => ({ kind: 'repeat', level: 0, count: 2, body: [body] })
    const within = (body: Instruction): Instruction => ({ kind: 'repeat', level: 2, count: 2, body: [body] })
    const four = (buffer: number, offset: number, steps: [number, number][]): View => ({ ...view(buffer, 'f32', [4]), offset, steps })
    expect(of(around(gang([copy(four(0, 0, [[0, 4], [1, 8]]), four(1, 0, [[0, 4], [1, 8]]), [4])])))).toBe('')
    expect(of(around(gang([copy(four(0, 0, []), four(1, 0, [[0, 8], [1, 4]]), [4]), copy(four(1, 0, [[1, 4]]), four(4, 0, [[1, 4]]), [4])])))).toMatch(/touched by another, maybe/)
    expect(of(gang([within(copy(four(0, 0, []), four(1, 0, [[1, 8], [2, 4]]), [4]))]))).toBe('')
    expect(of(gang([within(copy(four(0, 0, []), four(1, 0, [[1, 4], [2, 8]]), [4]))]))).toMatch(/touched by another/)
    expect(of(copy(at(2, 0, 0), at(1, 0, 0)))).toMatch(/outside of a gang/)
    expect(of(gang([gang([])]))).toMatch(/inside another/)
    expect(of(gang([{ kind: 'exchange', how: 'sum', processes: 1, label: 'psum', dims: [8], x: view(0, 'f32', [8]), out: view(1, 'f32', [8]) }]))).toMatch(/exchange inside a gang/)
    expect(of(gang([{ kind: 'wait', left: 0, views: [] }]))).toMatch(/wait inside a gang/)
    expect(of(gang([], 257))).toMatch(/a gang's size/)
    expect(of({ kind: 'repeat', level: 1, count: 2, body: [gang([])] })).toMatch(/of its level/)
  })
})
