/** What kernels keep of weights: no result shows it, whoever writes the weights ends it, and it is given up for what is needed. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { conv, fromHost, jit, mul, session, slice, sub, vjp } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import { findAddon } from '../../lib/run/addon.js'

const found = findAddon()
const { run, read } = session()
type Images = Tensor<[1, 32, 9, 9], 'f32'>
type Weights = Tensor<[48, 32, 3, 3], 'f32'>
const wave = (shape: readonly number[], k: number): never =>
  run.sync(fromHost({ dtype: 'f32', shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * k + k)) })) as never
const strided = jit((x: Images, w: Weights) => conv(x, w, { stride: 2, padding: 1 }))
const values = (x: unknown): unknown => read.sync(x as never)
const bytes = (shape: readonly number[]): number => 4 * shape.reduce((a, b) => a * b, 1)
const PANELS = bytes([48, 32, 3, 3])

describe.skipIf('missing' in found)('kept weights', () => {
  const { addon } = found as Extract<typeof found, { addon: unknown }>
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  it('the third run of weights reads panels that the second one made', () => {
    addon.trim()
    const x: Images = wave([1, 32, 9, 9], 0.37), w: Weights = wave([48, 32, 3, 3], 0.11)
    const first = values(run.sync(strided(x, w)))
    expect(addon.memory().kept).toBe(0)
    for (let i = 0; i < 4; i++) {
      expect(values(run.sync(strided(x, w)))).toEqual(first)
      expect(addon.memory().kept).toBe(PANELS)
    }
    addon.trim()
    expect(addon.memory().kept).toBe(0)
    for (let i = 0; i < 3; i++) expect(values(run.sync(strided(x, w)))).toEqual(first)
  })
  it('weights that change at every step are not kept', () => {
    addon.trim()
    const x: Images = wave([1, 32, 9, 9], 0.2)
    let w: Weights = wave([48, 32, 3, 3], 0.3)
    for (let i = 0; i < 6; i++) {
      run.sync(strided(x, w))
      w = run.sync(mul(w, 0.9)) as never
      expect(addon.memory().kept).toBe(0)
    }
  })
  it('weights that are written over are others', () => {
    const x: Images = wave([1, 32, 9, 9], 0.5), smaller = jit((w: Weights) => sub(mul(w, 0.5), 0.25))
    let w: Weights = wave([48, 32, 3, 3], 0.7)
    for (let i = 0; i < 4; i++) {
      const [y, again, third] = [0, 1, 2].map(() => values(run.sync(strided(x, w))))
      expect([again, third]).toEqual([y, y])
      const copy = run.sync(fromHost({ dtype: 'f32', shape: [48, 32, 3, 3], data: values(w) as Float32Array })) as Weights
      expect(values(run.sync(strided(x, copy)))).toEqual(y)
      w = run.sync(smaller(w), { consume: w }) as never
    }
  })
  it('goes with its weights', async () => {
    addon.trim()
    const x: Images = wave([1, 32, 9, 9], 0.4)
    const use = (): void => {
      const w: Weights = wave([48, 32, 3, 3], 0.6)
      for (let i = 0; i < 3; i++) run.sync(strided(x, w))
    }
    use()
    expect(addon.memory().kept).toBe(PANELS)
    await new Promise((done) => setTimeout(done, 5))
    gc()
    addon.sweep()
    expect(addon.memory().kept).toBe(0)
  })
  it('is given up before a run fails for want of memory', () => {
    addon.trim()
    const x: Images = wave([1, 32, 9, 9], 0.8), w: Weights = wave([48, 32, 3, 3], 0.9)
    const y = values(run.sync(strided(x, w)))
    for (let i = 0; i < 3; i++) run.sync(strided(x, w))
    expect(addon.memory().kept).toBe(PANELS)
    const held: unknown[] = []
    try {
      addon.limit(addon.memory().used + (8 << 20))
      for (let i = 0; i < 64 && addon.memory().kept > 0; i++) held.push(wave([1, 32, 64, 64], i))
      expect(addon.memory().kept).toBe(0)
    } catch (e) {
      expect(String(e)).toContain('out of memory')
      expect(addon.memory().kept).toBe(0)
    } finally {
      addon.limit(0)
    }
    expect(held.length).toBeGreaterThan(0)
    expect(values(run.sync(strided(x, w)))).toEqual(y)
  })
  it('random uses, updates in place and new weights: each use gives what weights nobody has kept anything of give', () => {
    const x: Images = wave([1, 32, 9, 9], 0.15)
    const uses = [
      strided,
      jit((a: Images, w: Weights) => conv(a, w, { padding: 1 })),
      jit((a: Images, w: Weights) => conv(a, slice(w, [[8, 40]]), { padding: 1 })),
      jit((a: Images, w: Weights) => vjp((v: Images) => conv(v, w, { padding: 1 }), a)[1](conv(a, w, { padding: 1 }))),
    ] as readonly ((a: Images, w: Weights) => unknown)[]
    const halved = jit((w: Weights) => sub(mul(w, 0.5), 0.01))
    const copyOf = (w: Weights): Weights => run.sync(fromHost({ dtype: 'f32', shape: [48, 32, 3, 3], data: (values(w) as Float32Array).slice() })) as Weights
    // Something is kept from the second use on, so each is repeated.
    const which = fc.nat(1), how = fc.nat(uses.length - 1), command = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('use' as const), which, how, times: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('update' as const, 'renew' as const), which, how, times: fc.constant(1) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('trim' as const), which, how, times: fc.constant(1) }) },
    )
    let kept = 0
    fc.assert(fc.property(fc.array(command, { minLength: 8, maxLength: 40, size: 'max' }), (commands) => {
      const all: Weights[] = [wave([48, 32, 3, 3], 0.21), wave([48, 32, 3, 3], 0.43)]
      for (const c of commands) {
        const w = all[c.which] as Weights
        if (c.do === 'trim') addon.trim()
        else if (c.do === 'update') all[c.which] = run.sync(halved(w), { consume: w }) as never
        else if (c.do === 'renew') all[c.which] = wave([48, 32, 3, 3], 0.01 * (c.how + 1))
        else {
          const f = uses[c.how] as (typeof uses)[number], fresh = values(run.sync(f(x, copyOf(w)) as never))
          for (let i = 0; i < c.times; i++) expect(values(run.sync(f(x, w) as never))).toEqual(fresh)
          kept = Math.max(kept, addon.memory().kept)
        }
      }
    }), { numRuns: 20 })
    expect(kept).toBeGreaterThan(PANELS) // more than one piece at a time, or the law says nothing
  })
})
