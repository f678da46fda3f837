/** jit(f, { math: 'fast' }): errors as docs/precision.md states them, in values and derivatives; nothing else changes. */
import { describe, expect, it } from 'vitest'
import { sameBits } from '../../laws/close.js'
import * as ct from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import { findAddon } from '../../lib/run/addon.js'
import { fast } from '../precision/fast.js'

const { run, read } = ct.session()
type V = Tensor<[number], 'f32'>
type Unary = (x: V) => V
const functions = ct as unknown as Readonly<Record<string, Unary>>
const read32 = (x: unknown): Float32Array => read.sync(run.sync(x as V)) as Float32Array
const N = 100_000
const points = (from: number, to: number): V => run.sync(ct.fromHost({ dtype: 'f32', shape: [N], data: Float32Array.from({ length: N }, (_, i) => from + (to - from) * ((i * 0.6180339887498949) % 1)) })) as never
const fastly = (f: Unary): Unary => ct.jit(f, { math: 'fast' })
/** In units of 2⁻²⁴. */
const errorOf = (f: Unary, x: V, exact: (x: number) => number, of: 'result' | 'one'): number => {
  const xs = read32(x), ys = read32(f(x))
  return xs.reduce((most, v, i) => Math.max(most, (Math.abs(ys[i]! - exact(v)) / (of === 'one' ? 1 : Math.abs(exact(v)))) * 2 ** 24 || 0), 0)
}

describe.skipIf('missing' in findAddon())('fast mathematics', () => {
  it.each(Object.entries(fast))('%s', (name, { exact, from, to, of, most }) => {
    const error = errorOf(fastly(functions[name]!), points(from, to), exact, of)
    expect(error).toBeLessThanOrEqual(most)
    expect(error).toBeGreaterThan(0.4) // an error there is: other code ran
  })
  it('powers', () => {
    for (const y of [1.5, -0.7, 2.5, 10]) {
      const error = errorOf(fastly((x) => ct.power(x, ct.full([N], y))), points(0.01, 20), (x) => x ** Math.fround(y), 'result')
      expect(error).toBeLessThanOrEqual(4 + 2 * Math.abs(y) * 4.7)
    }
    const x = ct.tensor([-2, -2, -2, 0, 0, 0, 1, -8, Infinity, Infinity, 5]), y = ct.tensor([3, 2, 0.5, 0, 2, -1, Infinity, -1, 2, -2, NaN])
    const want = [-8, 4, NaN, 1, 0, Infinity, 1, -0.125, Infinity, 0, NaN]
    read32(ct.jit((a: V, b: V) => ct.power(a, b) as V, { math: 'fast' })(x as never, y as never)).forEach((v, i) => (Number.isFinite(want[i]!) ? expect(v).toBeCloseTo(want[i]!, 5) : expect(v).toBe(want[i])))
  })
  it('corners: zeros, infinities, NaN, size 0 and rank 0', () => {
    const corners = [0, Infinity, -Infinity, NaN, 1, -1]
    for (const [name, { exact }] of Object.entries(fast)) {
      const ys = read32(fastly(functions[name]!)(ct.tensor(corners) as never))
      corners.forEach((v, i) => (Number.isFinite(exact(v)) ? expect(Math.abs(ys[i]! - exact(v)), `${name} of ${v}`).toBeLessThan(1e-6) : expect(ys[i], `${name} of ${v}`).toBe(exact(v))))
      expect(read32(fastly(functions[name]!)(ct.zeros([0]) as never)).length).toBe(0)
      expect(read32(fastly(functions[name]!)(ct.tensor(0.5) as never))[0]).toBeCloseTo(exact(0.5), 5)
    }
  })
  it('derivatives are fast too, also of a fast function inside another one', () => {
    const f = (x: V) => ct.sum(ct.sin(ct.mul(x, x))), x = points(-3, 3), xs = read32(x)
    for (const g of [ct.grad(ct.jit(f, { math: 'fast' })), ct.jit(ct.grad(f), { math: 'fast' }), ct.jit(ct.grad(ct.jit(f, { math: 'fast' })))] as readonly Unary[]) {
      const d = read32(g(x)), slow = read32(ct.grad(f)(x) as V)
      xs.forEach((v, i) => expect(Math.abs(d[i]! - 2 * v * Math.cos(Math.fround(v * v)))).toBeLessThan(2e-6))
      expect(d.some((v, i) => v !== slow[i])).toBe(true)
    }
  })
  it('bodies of loops, vmap and a call beside it', () => {
    const rows = ct.reshape(points(-8, 8), [100, 1000]), both = ct.jit((x: Tensor<[100, 1000], 'f32'>) => {
      const [, ys] = ct.scan((c: Tensor<[], 'f32'>, row: Tensor<[1000], 'f32'>) => [c, ct.atan(ct.square(row))], ct.tensor(0), x)
      return [ys, ct.vmap((row: Tensor<[1000], 'f32'>) => ct.atan(ct.square(row)))(x)] as const
    }, { math: 'fast' })
    const [looped, mapped] = both(rows as never), plain = read32(ct.atan(ct.square(rows)))
    expect(read32(looped)).toEqual(read32(mapped))
    expect(read32(looped).some((v, i) => v !== plain[i])).toBe(true)
    const beside = ct.jit((x: V) => [ct.jit((y: V) => ct.sin(y), { math: 'fast' })(x), ct.sin(x)] as const)
    const x = points(-8, 8), [quick, exact] = beside(x), [bits] = [read.sync(run.sync(ct.sin(x)))]
    expect(sameBits({ dtype: 'f32', shape: [N], data: read32(exact) }, { dtype: 'f32', shape: [N], data: bits as never })).toBe(true)
    expect(read32(quick).some((v, i) => v !== (bits as Float32Array)[i])).toBe(true)
  })
  it('doubles are as they were; another word is refused', () => {
    const x = ct.tensor(Float64Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 9), { shape: [1000] })
    expect(read.sync(run.sync(ct.jit((a: typeof x) => ct.sin(a), { math: 'fast' })(x)))).toEqual(read.sync(run.sync(ct.sin(x))))
    expect(() => ct.jit((a: V) => a, { math: 'quick' as never })).toThrow("jit: math must be 'fast' or left out, not 'quick'")
  })
})
