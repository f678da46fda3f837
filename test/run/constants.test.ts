/** What a program computes of numbers alone: once for a plan, with the bits that it had anyway, and given up for what is needed. */
import { describe, expect, it } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { allSameBits } from '../../laws/close.js'
import { controlNames, controlOf } from '../../laws/control.js'
import { fromSeed } from '../../laws/draw.js'
import { functionOf, records } from '../../laws/program.js'
import { wideProgramOf } from '../../laws/wide.js'
import { add, arange, broadcastTo, cond, cos, cpu, explainPlan, exp, full, grad, jit, lt, matmul, mul, ones, remat, reshape, scan, sin, sub, sum, where, whileLoop } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import type { Host, Node } from '../../lib/ir/node.js'
import { numel } from '../../lib/ir/node.js'
import { b } from '../../lib/prim/index.js'
import { findAddon } from '../../lib/run/addon.js'
import type { Addon } from '../../lib/run/addon.js'
import type { Executable, Value } from '../../lib/run/backend.js'
import { evaluate, native, reference, Runtime } from '../../lib/run/index.js'
import { split } from '../../lib/run/plan/constant.js'
import { expand } from '../../lib/run/plan/expand.js'
import { toGraph } from '../../lib/transform/index.js'
import { isFault } from '../../lib/type/index.js'
import { f32 } from './build.js'

const found = findAddon()
type Wide = Tensor<[4, 64, 32], 'f32'>
type M = Tensor<[64, 64], 'f32'>
/** Positions of 64 places in 32 channels. */
const table = (rate = -0.3): Tensor<[64, 32], 'f32'> =>
  sin(mul(reshape(arange(64, { dtype: 'f32' }), [64, 1]), exp(mul(reshape(arange(32, { dtype: 'f32' }), [1, 32]), rate)))) as never
/** The real part of a discrete Fourier transform. */
const waves = (): M => cos(mul(mul(reshape(arange(64, { dtype: 'f32' }), [64, 1]), reshape(arange(64, { dtype: 'f32' }), [1, 64])), (2 * Math.PI) / 64)) as never
const positioned = (x: Wide): Wide => add(x, table()) as never
type V = Tensor<[64], 'f32'>
const few = (x: M): M => mul(x, 0.01) as never
/** What is the same in every turn, in bodies of each kind. */
const bodies = {
  scan: (x: M) => scan((c: V, r: V) => [add(matmul(waves(), mul(c, 0.01)), r), sum(c)] as const, ones([64]), x),
  nested: (x: M) => scan((c: M, r: V) => [scan((d: M, _: Tensor<[], 'f32'>) => [matmul(waves(), few(d)), sum(d)] as const, c, r)[0], sum(c)] as const, x, x),
  cond: (x: M) => cond(lt(sum(x), 3), () => matmul(waves(), x), () => matmul(x, sin(waves()))),
  while: (x: M) => whileLoop((c: M) => lt(sum(c), 1e6), (c: M) => add(add(c, 1000), matmul(waves(), few(few(c)))), x),
  remat: (x: M) => remat((y: M) => mul(matmul(waves(), y), y))(x),
}
/** Kernels and what they do; times and sizes left out. */
const shown = async (f: unknown, ...args: unknown[]): Promise<string> => {
  const got = await explainPlan(f as (...xs: unknown[]) => unknown)(...args)(cpu)()
  if (got._tag === 'Left') throw got.left
  const [header = '', ...rows] = got.right.split('\n'), [kernel, what] = [header.indexOf('kernel'), header.indexOf('what')]
  const kept = /, ([\d.]+ MB of constants)/.exec(rows.at(-1) as string)?.[1] ?? 'no constants'
  return [...rows.slice(0, -1).map((r) => `${r.slice(kernel).split(' ')[0]} ${r.slice(what)}`.trim()), kept].join('\n')
}
/** Small whole numbers, so that every order of additions gives the same. */
const squares = (): Node => {
  const i = b.iota([], { shape: [64, 64], axis: 0, dtype: 'f32' }), j = b.iota([], { shape: [64, 64], axis: 1, dtype: 'f32' })
  return b.remainder([b.add([b.mul([i, i]), j]), wide(b.constant([], { value: 7, dtype: 'f32' }))])
}
const wide = (x: Node): Node => (x.shape.length > 0 ? x : b.broadcast([x], { shape: [64, 64], axes: [] }))
const host = (shape: readonly number[], seed = 1): Host => ({ shape, dtype: 'f32', data: Float32Array.from({ length: numel(shape) }, (_, i) => Math.sin(i * 0.7 + seed)) })
const leafOf = (shape: readonly number[], seed = 1): Node => f32([...(host(shape, seed).data as Float32Array)], shape)

describe.skipIf('missing' in found)('constants of plans', () => {
  const { addon } = found as Extract<typeof found, { addon: Addon }>
  const backend = native(addon)
  /** A runtime that counts the programs that it runs. */
  const counting = (): { readonly runtime: Runtime; readonly runs: () => number } => {
    let n = 0
    return { runtime: new Runtime(native({ ...addon, run: () => (n++, addon.run()) })), runs: () => n }
  }
  const valueOf = (r: Runtime, x: unknown): ArrayLike<number> => {
    r.runSync([x as Node])
    return r.download(x as Node).data as never
  }

  it('are computed by no kernel of the plan', async () => {
    expect(await shown(positioned, ones([4, 64, 32]))).toMatchInlineSnapshot(`
      "loop 4x64x32: add
      0.01 MB of constants"
    `)
    expect(await shown((x: M) => matmul(waves(), x), ones([64, 64]))).toMatchInlineSnapshot(`
      "dot 64x64 by 64x64
      0.02 MB of constants"
    `)
    const causal = (x: Tensor<[4, 64, 64], 'f32'>) => where(broadcastTo(lt(reshape(arange(64), [64, 1]), arange(64)), [4, 64, 64]), -1e9, x)
    expect(await shown(causal, ones([4, 64, 64]))).toMatchInlineSnapshot(`
      "loop 4x64x64: where
      0.00 MB of constants"
    `)
    expect(await shown((x: M) => add(x, matmul(waves(), waves())), ones([64, 64]))).toMatchInlineSnapshot(`
      "loop 64x64: add
      0.02 MB of constants"
    `)
    expect(await shown(grad((x: Wide) => sum(mul(positioned(x), x))), ones([4, 64, 32]))).toMatchInlineSnapshot(`
      "loop 4x64x32: add add
      0.01 MB of constants"
    `)
  })
  it('are what nobody would store, left in the loops that make them', async () => {
    expect(await shown((x: M) => add(mul(x, 2), sin(reshape(arange(4096, { dtype: 'f32' }), [64, 64]))), ones([64, 64]))).toMatchInlineSnapshot(`
      "loop 4096: copy
      loop 64x64: sin mul add
      no constants"
    `)
    expect(await shown((x: M) => sub(full([64, 64], 0.5), mul(x, arange(64, { dtype: 'f32' }))), ones([64, 64]))).toMatchInlineSnapshot(`
      "loop 64x64: mul sub
      no constants"
    `)
    expect(await shown((x: Tensor<[8], 'f32'>) => matmul(x, sin(reshape(arange(64, { dtype: 'f32' }), [8, 8]))), ones([8]))).toMatchInlineSnapshot(`
      "loop 64: copy
      loop 8x8: sin
      dot 1x8 by 8x8
      loop 8: copy
      no constants"
    `)
  })
  it('are hoisted out of bodies', async () => {
    expect(await shown(bodies.scan, ones([64, 64]))).toMatchInlineSnapshot(`
      "loop 64: copy
      loop 64: copy
      repeat 64 times 5 instructions
      0.02 MB of constants"
    `)
    expect(await shown(bodies.nested, ones([64, 64]))).toMatchInlineSnapshot(`
      "loop 64x64: copy
      repeat 64 times 6 instructions
      0.02 MB of constants"
    `)
    expect(await shown(bodies.cond, ones([64, 64]))).toMatchInlineSnapshot(`
      "loop 64x64: lt reduce sum reduce row
      cond 2 or 2 instructions
      0.03 MB of constants"
    `)
    expect(await shown(bodies.while, ones([64, 64]))).toMatchInlineSnapshot(`
      "loop 64x64: copy
      while 2 and 3 instructions a turn
      0.02 MB of constants"
    `)
    expect(await shown(bodies.remat, ones([64, 64]))).toMatchInlineSnapshot(`
      "dot 64x64 by 64x64
      loop 64x64: mul
      0.02 MB of constants"
    `)
  })
  it.each(Object.entries(bodies))('have in bodies the bits that they have there (%s)', (_, f) => {
    const x = leafOf([64, 64]), { graph, captures } = toGraph(f as (...xs: unknown[]) => unknown)(x)
    const slots = [false, ...captures.map(() => true)], inputs = [backend.upload(host([64, 64])), ...captures.map((c) => c.host as number)]
    const [cut, plain] = ([1, 0] as const).map((tier) => backend.compile(graph, slots, tier)) as [Executable, Executable]
    expect([cut.plan?.constants === null, plain.plan?.constants]).toEqual([false, null])
    const want = backend.run(plain, inputs).map(backend.download)
    for (let i = 0; i < 2; i++) expect(allSameBits(backend.run(cut, inputs).map(backend.download), want)).toBe(true)
  })
  it('are made at the first run, and not again while numbers stay the same', () => {
    const { runtime, runs } = counting(), f = jit(positioned), x = leafOf([4, 64, 32])
    const first = valueOf(runtime, f(x as never))
    expect(runs()).toBe(2)
    for (let i = 0; i < 3; i++) expect(valueOf(runtime, f(x as never))).toEqual(first)
    expect(runs()).toBe(5)
    let rate = -0.3
    const eager = (): ArrayLike<number> => valueOf(runtime, add(x as never, table(rate) as never))
    eager()
    expect([eager(), eager()]).toEqual([first, first])
    const before = runs()
    rate = -0.5
    const other = eager()
    expect(runs()).toBe(before + 2)
    expect(other).not.toEqual(first)
    expect(other).toEqual(valueOf(new Runtime(native(addon)), add(leafOf([4, 64, 32]) as never, table(-0.5) as never)))
    expect(eager()).toEqual(other)
    expect(runs()).toBe(before + 3)
  })
  it('have the bits that they have in a plan of their own operations, and the values of the reference', () => {
    const whole = (x: Node): readonly Node[] => [b.mul([x, b.dot([squares(), squares()])]), b.dot([b.sub([squares(), b.constant([], { value: 3, dtype: 'f32' })].map(wide) as never), x])]
    const g = closed(whole as never, [{ shape: [64, 64], dtype: 'f32' }]), x = { ...host([64, 64]), data: Float32Array.from({ length: 4096 }, (_, i) => i % 5) }
    const [cut, plain, meaning] = [evaluate(g, [x], backend), evaluate(g, [x], backend, { tier: 0 }), evaluate(g, [x], reference())]
    expect(backend.compile(g, [false], 1).plan?.constants?.plan.outputs).toHaveLength(2)
    expect(allSameBits(cut.outputs, plain.outputs)).toBe(true)
    expect(allSameBits(cut.outputs, meaning.outputs)).toBe(true)
  })
  it('are computed beside the event loop\'s thread too', async () => {
    const f = jit((x: Tensor<[8192, 64], 'f32'>) => matmul(matmul(matmul(x, waves()), waves()), waves()))
    const { runtime, runs } = counting(), x = leafOf([8192, 64]), twice = [f(x as never), f(x as never)] as unknown as Node[]
    for (const y of twice) await runtime.run([y])
    expect(runs()).toBe(1)
    expect(runtime.download(twice[1] as Node).data).toEqual(runtime.download(twice[0] as Node).data)
    expect(runtime.download(twice[0] as Node).data).toEqual(valueOf(new Runtime(native(addon)), f(leafOf([8192, 64]) as never)))
  })
  it.each([[0, 1], [1, 0]] as const)('are not written over, and what is consumed is (%i %i)', (first, second) => {
    const product = (x: Node): Node => {
      const args = [x, b.dot([squares(), squares()])] as const
      return b.mul([args[first], args[second]])
    }
    const e = backend.compile(closed(product as never, [{ shape: [64, 64], dtype: 'f32' }]), [false], 1), results = [0, 1, 2].map(() => {
      const x = backend.upload(host([64, 64])) as Value & { storage: unknown }, place = x.storage, [y] = backend.run(e, [x], [true]) as [typeof x]
      expect(y.storage).toBe(place)
      return backend.download(y).data
    })
    expect([results[1], results[2]]).toEqual([results[0], results[0]])
    backend.release(e)
  })
  it('go with their plan', () => {
    const g = closed(((x: Node) => b.mul([x, b.dot([squares(), squares()])])) as never, [{ shape: [64, 64], dtype: 'f32' }])
    const x = backend.upload(host([64, 64])), before = addon.memory().live
    const e = backend.compile(g, [false], 1), [y] = backend.run(e, [x])
    expect(addon.memory().live).toBe(before + 2 * 64 * 64 * 4)
    backend.drop(y as never)
    backend.release(e)
    expect(addon.memory().live).toBeLessThan(before + 1024)
  })
  it('are given up for what needs memory, and made again; without memory for them a run fails and its operands stay', () => {
    const { runtime, runs } = counting(), f = jit((x: Tensor<[8, 1024], 'f32'>) => matmul(x, sin(reshape(arange(1024 * 1024, { dtype: 'f32' }), [1024, 1024])) as never))
    const x = leafOf([8, 1024]), want = valueOf(runtime, f(x as never))
    expect(valueOf(runtime, f(x as never))).toEqual(want)
    expect(runs()).toBe(3)
    const failed = (g: () => unknown): string => {
      try {
        g()
      } catch (e) {
        return isFault(e) ? e._tag : String(e)
      }
      return 'nothing'
    }
    const held: Node[] = [], fill = (): void => {
      const y = b.broadcast([b.constant([], { value: held.length, dtype: 'f32' })], { shape: [1 << 18], axes: [] })
      runtime.runSync([y])
      held.push(y)
    }
    addon.trim()
    addon.limit(addon.memory().used + (1 << 20))
    try {
      expect(failed(() => { for (;;) fill() })).toBe('OutOfMemory')
      expect(held.length).toBeGreaterThanOrEqual(4)
      held.forEach((y, i) => expect(runtime.download(y).data[5]).toBe(i))
      expect(failed(() => runtime.runSync([f(x as never) as unknown as Node]))).toBe('OutOfMemory')
      expect(runtime.download(x).data).toEqual(host([8, 1024]).data)
    } finally {
      addon.limit(0)
    }
    const before = runs()
    expect(valueOf(runtime, f(x as never))).toEqual(want)
    expect(runs()).toBe(before + 2)
  })
})

/** Programs some of whose operands are made of numbers. */
describe.skipIf('missing' in found)('random programs of constants', () => {
  const { addon } = found as Extract<typeof found, { addon: Addon }>
  const backend = native(addon)
  const made = (x: Host, k: number): Node => b.mul([b.cast([b.iota([], { shape: x.shape, axis: 0, dtype: 'i32' })], { dtype: x.dtype }), constantOf(x, 0.5 + k / 4)])
  const constantOf = (x: Host, value: number): Node => b.broadcast([b.constant([], { value, dtype: x.dtype })], { shape: x.shape, axes: [] })
  /** Whether something was cut off; the bits are those of the whole. */
  const agrees = (f: (...ys: never[]) => unknown, inputs: readonly Host[], seed: number): boolean => {
    const fixed = inputs.map((x, i) => (x.dtype === 'f32' || x.dtype === 'f64') && x.shape.length > 0 && (seed + i) % 3 !== 0), given = inputs.filter((_, i) => fixed[i] !== true)
    const g = closed(((...xs: Node[]) => f(...(inputs.map((x, i) => (fixed[i] === true ? made(x, i) : xs.shift())) as never[]))) as never, given)
    const parts = split(expand(g, 1), g.inputs.map(() => false), 1)
    if (parts === null) return false
    const { outputs } = evaluate(parts.constants, [], backend, { tier: 0 }), whole = evaluate(g, given, backend, { tier: 0 }).outputs
    for (const tier of [0, 1] as const) expect(allSameBits(evaluate(parts.rest, [...given, ...outputs], backend, { tier }).outputs, whole), `seed ${seed}`).toBe(true)
    return true
  }
  const seeds = Array.from({ length: 150 }, (_, i) => i + 1)
  it('cut or whole, they have the same bits', () => {
    const cut = seeds.filter((seed) => {
      const p = wideProgramOf(records)(fromSeed(seed))
      return agrees(functionOf(p) as never, p.inputs, seed)
    })
    expect(cut.length).toBeGreaterThan(40)
  })
  it.each(controlNames)('control flow too: %s', (name) => {
    for (const seed of seeds.slice(0, 40)) {
      const { fn, inputs } = (controlOf(name) as NonNullable<ReturnType<typeof controlOf>>)(fromSeed(seed))
      agrees(fn as never, inputs, seed)
    }
  })
})
