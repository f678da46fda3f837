/**
 * Optimizers and schedules against PyTorch's and optax's: twelve steps each with given gradients, the parameters after every
 * step, recorded by record.py in double precision.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as optim from '../../lib/optim/index.js'
import type { Optimizer, Schedule, StateFn } from '../../lib/optim/index.js'
import { session } from '../../lib/run/index.js'
import { tensor } from '../../lib/tensor/index.js'
import { jit } from '../../lib/transform/index.js'

type Values = Readonly<Record<'w' | 'b', readonly number[]>>
interface Case { readonly name: string; readonly args: readonly unknown[]; readonly from: string; readonly params: readonly Values[] }
interface Table { readonly name: string; readonly args: readonly unknown[]; readonly values: readonly number[] }
interface Golden { readonly start: Values; readonly grads: readonly Values[]; readonly records: readonly (Case | Table)[] }
const golden = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')) as Golden
const cases = golden.records.filter((r) => 'params' in r), schedules = golden.records.filter((r) => 'values' in r)
const { run, read, item } = session()

type Made = Optimizer<readonly StateFn[]>
const made = optim as unknown as Readonly<Record<string, (...args: readonly unknown[]) => Made>>
const call = (name: string, args: readonly unknown[]): Made => (made[name] as (...args: readonly unknown[]) => Made)(...args)
/** 'clipByValue(0.5) sgd': what stands before the optimizer. */
const optimizerOf = ({ name, args }: Case): Made => {
  const [before, last] = name.includes(' ') ? name.split(' ') as [string, string] : ['', name]
  if (before.startsWith('cosine')) return call(last, [optim.cosine(0.1, 10), ...args])
  if (before.startsWith('freeze')) return optim.freeze(call(last, args), ['b']) as unknown as Made
  const clip = /^(\w+)\((.+)\)$/.exec(before)
  return clip === null ? call(last, args) : (optim.chain as (...all: readonly Made[]) => unknown)(call(clip[1] as string, [Number(clip[2])]), call(last, args)) as Made
}
const treeOf = (v: Values) => ({ w: tensor(Float64Array.from(v.w), { shape: [2, 3] }), b: tensor(Float64Array.from(v.b)) })
/** A schedule counts in f32; everything else is f64 throughout. */
const tolerance = (c: Case): number => (c.name.startsWith('cosine') ? 1e-7 : 1e-13)

describe('optimizers are PyTorch\'s and optax\'s', () => {
  test.each(cases.map((c) => [`${c.name} ${JSON.stringify(c.args)} (${c.from})`, c] as const))('%s', async (_, c) => {
    const optimizer = optimizerOf(c)
    const update = jit((g: ReturnType<typeof treeOf>, s: readonly object[], p: ReturnType<typeof treeOf>) => optimizer.update(g, s as never, p))
    let params = treeOf(golden.start), state: readonly object[] = optimizer.init(params) as readonly object[]
    for (const [i, g] of golden.grads.entries()) {
      ;[params, state] = await run(update(treeOf(g), state, params)) as unknown as readonly [typeof params, readonly object[]]
      const got = await read(params), want = c.params[i] as Values
      for (const k of ['w', 'b'] as const)
        want[k].forEach((v, j) => expect(Math.abs((got[k][j] as number) - v), `step ${i}, ${k}[${j}]: ${got[k][j]}, ${c.from} has ${v}`).toBeLessThanOrEqual(tolerance(c)))
    }
  })
})

describe('schedules are optax\'s', () => {
  const scheduleOf = ({ name, args }: Table): Schedule =>
    name === 'warmup then cosine' ? optim.warmup(args[0] as number, args[1] as number, { then: optim.cosine(0.3, 8) })
      : (optim as unknown as Record<string, (...args: readonly unknown[]) => Schedule>)[name]?.(...args) as Schedule
  test.each(schedules.map((t) => [`${t.name} ${JSON.stringify(t.args)}`, t] as const))('%s', async (_, t) => {
    const schedule = scheduleOf(t)
    for (const [i, want] of t.values.entries()) expect(Math.abs(await item(schedule(tensor(i, { dtype: 'i32' }))) - want)).toBeLessThanOrEqual(1e-7)
  })
})
