/** jit's cache: what it counts, what it forgets, what it says about tracing again, and strict mode. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { add, explain, isFault, jit, jitStats, mul, ones, session, strictJit, sum, tensor } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import { reference, Runtime } from '../../lib/run/index.js'
import { b } from '../../lib/prim/index.js'
import { f32 } from '../run/build.js'

type X = Tensor<[number], 'f32'>
const said = (f: () => void): string[] => {
  const spy = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  f()
  const lines = spy.mock.calls.map((c) => String(c[0]))
  spy.mockRestore()
  return lines
}
afterEach(() => strictJit(false))

describe('jit', () => {
  it('counts, and explains which argument made it trace again', () => {
    const w = tensor([1, 2])
    const loss = (p: { readonly w: X; readonly b: X }, x: X) => sum(mul(add(p.w, sum(w)), x))
    const step = jit(loss)
    step({ w: ones([3]), b: ones([1]) }, ones([3]))
    step({ w: ones([3]), b: ones([1]) }, ones([3]))
    step({ w: ones([3]), b: ones([2]) }, ones([3]))
    expect(jitStats(step)).toMatchObject({ entries: 2, hits: 1, misses: 2, evicted: 0 })
    const text = explain(step)
    expect(text).toContain('jit loss: traced 2 times, 1 calls used a trace again, 0 forgotten')
    expect(text).toContain('#0 (f32[1], f32[3], f32[3])')
    expect(text).toContain('captures:\n  f32[2]')
    expect(text).toContain('#1 was traced beside #0: argument 0.b was f32[1], now f32[2]')
  })
  it('names a static argument that differed', () => {
    const f = jit((x: X, n: number) => mul(x, n), { static: [1] })
    f(ones([2]), 2)
    f(ones([2]), 3)
    expect(explain(f)).toContain('argument 1 was 2, now 3')
  })
  it('takes the trace used last only for the same trees, types and static values', () => {
    const { run, read } = session()
    const [two, three, four] = run.sync([ones([2]), ones([3]), ones([4])] as const)
    const f = jit((x: Readonly<Record<string, X>>, n: number) => Object.values(x).reduce((a, v) => add(a, mul(sum(v), n)), tensor(0)), { static: [1] })
    const cases = [[{ a: two }, 1, 2], [{ a: two, b: three }, 1, 5], [{ b: three }, 1, 3], [{ a: two }, 3, 6], [{ a: four }, 1, 4]] as const
    for (const repeats of [1, 2, 3]) {
      for (const [x, n, expected] of cases) for (let i = 0; i < repeats; i++) expect(Array.from(read.sync(f(x, n)))).toEqual([expected])
    }
    expect(jitStats(f)).toMatchObject({ entries: 5, hits: 25, misses: 5 })
  })
  it('says once which dim takes many sizes', () => {
    const many = (x: X, y: Tensor<[2], 'f32'>) => add(sum(x), sum(y))
    const f = jit(many)
    const lines = said(() => {
      for (let n = 1; n <= 80; n++) f(ones([n]), ones([2]))
    })
    expect(lines).toEqual(['cotangent: jit traced many for 32 sizes of axis 0 of argument 0 (f32[1], …, f32[32]): pad to a few fixed sizes, or leave jit out\n'])
  })
  it('keeps the traces used last, within 256', () => {
    const f = jit((x: X) => sum(x))
    said(() => {
      for (let n = 1; n <= 300; n++) {
        f(ones([n]))
        f(ones([1]))
      }
    })
    expect(jitStats(f)).toMatchObject({ entries: 256, evicted: 44, misses: 300 })
    f(ones([1]))
    f(ones([300]))
    expect(jitStats(f).misses).toBe(300)
    f(ones([2]))
    expect(jitStats(f).misses).toBe(301)
  })
  it('refuses what jit did not return', () => {
    expect(() => explain(() => 1)).toThrow(/give it what jit returned/)
  })
  it('under strict refuses a function that gives another graph', () => {
    let k = 1
    const f = jit((x: X) => mul(x, k))
    strictJit(true)
    f(ones([2]))
    f(ones([2]))
    k = 2
    try {
      f(ones([2]))
      expect.fail('nothing was thrown')
    } catch (e) {
      expect(isFault(e) && e.message).toMatch(/gave another graph for the same argument types/)
    }
  })
})
describe('plans', () => {
  it('says once which dim of which operand takes many sizes', () => {
    const r = new Runtime(reference())
    const lines = said(() => {
      for (let n = 1; n <= 80; n++) r.runSync([b.mul([f32(new Array<number>(n).fill(1)), f32(new Array<number>(n).fill(2))])])
    })
    expect(lines).toEqual(['cotangent: 32 programs were planned that differ only in sizes, as in axis 0 of operand 0 (f32[1], …, f32[32]): pad to a few fixed sizes\n'])
  })
  it('forgets the plans used longest ago beyond 512', () => {
    const r = new Runtime(reference())
    said(() => {
      for (let n = 1; n <= 600; n++) r.runSync([b.neg([f32(new Array<number>(n).fill(1))])])
    })
    expect(r.stats()).toMatchObject({ plans: 512, misses: 600 })
    r.runSync([b.neg([f32(new Array<number>(600).fill(1))])])
    expect(r.stats()).toMatchObject({ misses: 600, hits: 1 })
    r.runSync([b.neg([f32([1])])])
    expect(r.stats()).toMatchObject({ misses: 601 })
  })
  it('a number that changes makes no new plan', () => {
    const { read } = session()
    for (let i = 0; i < 3; i++) expect([...read.sync(mul(tensor([2, 3]), i))]).toEqual([2 * i, 3 * i])
  })
})
