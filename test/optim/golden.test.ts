/**
 * Optimizers and schedules against PyTorch's and optax's: twelve steps each with given gradients, three with NaN and infinite ones, the parameters after every
 * step, recorded by record.py in double precision.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as optim from '../../lib/optim/index.js'
import type { Optimizer, Schedule, StateFn } from '../../lib/optim/index.js'
import { session } from '../../lib/run/index.js'
import { tensor } from '../../lib/tensor/index.js'
import { jit } from '../../lib/transform/index.js'

/** Numbers, or their names where JSON has none. */
type Values = Readonly<Record<string, readonly (number | string)[]>>
interface Case { readonly name: string; readonly args: readonly unknown[]; readonly from: string; readonly given: 'grads' | 'odd'; readonly params: readonly Values[] }
interface Table { readonly name: string; readonly args: readonly unknown[]; readonly values: readonly number[] }
interface Golden { readonly shapes: Readonly<Record<string, readonly number[]>>; readonly start: Values; readonly grads: readonly Values[]; readonly odd: readonly Values[]; readonly records: readonly (Case | Table)[] }
const golden = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')) as Golden
const cases = golden.records.filter((r) => 'params' in r), schedules = golden.records.filter((r) => 'values' in r)
const { run, read, item } = session()

type Made = Optimizer<readonly StateFn[]>
const made = optim as unknown as Readonly<Record<string, (...args: readonly unknown[]) => Made>>
const call = (name: string, args: readonly unknown[]): Made => (made[name] as (...args: readonly unknown[]) => Made)(...args)
/** 'clipByValue(0.5) sgd': what stands before the optimizer, and it. */
const optimizerOf = ({ name, args }: Case): Made => {
  const before = name.split(' '), last = before.pop() as string
  if (name.startsWith('cosine')) return call(last, [optim.cosine(0.1, 10), ...args])
  if (name.startsWith('freeze')) return optim.freeze(call(last, args), ['b']) as unknown as Made
  const clips = before.map((clip) => call(...(clip.slice(0, -1).split('(') as [string, string]).map((x, i) => (i === 0 ? x : [Number(x)])) as [string, readonly unknown[]]))
  return (optim.chain as (...all: readonly Made[]) => unknown)(...clips, call(last, args)) as Made
}
const treeOf = (v: Values) => Object.fromEntries(Object.entries(v).map(([k, x]) => [k, tensor(Float64Array.from(x, Number), { shape: golden.shapes[k] as readonly number[] })]))
const near = (got: number, want: number, tolerance: number): boolean => Object.is(got, want) || Math.abs(got - want) <= tolerance
/** A schedule counts in f32; everything else is f64 throughout. */
const tolerance = (c: Case): number => (c.name.startsWith('cosine') ? 1e-7 : 1e-13)

describe('optimizers are PyTorch\'s and optax\'s', () => {
  test.each(cases.map((c) => [`${c.name} ${JSON.stringify(c.args)} (${c.from}, ${c.given})`, c] as const))('%s', async (_, c) => {
    const optimizer = optimizerOf(c)
    const update = jit((g: ReturnType<typeof treeOf>, s: readonly object[], p: ReturnType<typeof treeOf>) => optimizer.update(g, s as never, p))
    let params = treeOf(golden.start), state: readonly object[] = optimizer.init(params) as readonly object[]
    for (const [i, g] of golden[c.given].entries()) {
      ;[params, state] = await run(update(treeOf(g), state, params)) as unknown as readonly [typeof params, readonly object[]]
      const got = await read(params), want = c.params[i] as Values
      for (const [k, values] of Object.entries(want))
        values.forEach((v, j) => expect(near(got[k]?.[j] as number, Number(v), tolerance(c)), `step ${i}, ${k}[${j}]: ${String(got[k]?.[j])}, ${c.from} has ${v}`).toBe(true))
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
