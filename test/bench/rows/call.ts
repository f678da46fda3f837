/** What a call costs before any arithmetic: making a node, running four numbers, calling a jitted function. */
import { add, jit, mul, session, sin, sub, tensor } from '../../../lib/index.js'
import type { Tensor } from '../../../lib/index.js'
import type { Case, Ready } from '../row.js'
import { perCall } from '../training.js'

const { run, read } = session()
const four = [0.5, -1.25, 2, 3.75] as const
const others = [1.5, 0.25, -2, 0.125] as const
const given = () => run.sync({ x: tensor([...four]), y: tensor([...others]) })
const same = (found: ArrayLike<number>, expected: readonly number[]): void => {
  expected.forEach((e, i) => {
    if (Math.abs((found[i] ?? NaN) - e) > 1e-5) throw new Error(`element ${i} is ${found[i]}, expected ${e}`)
  })
}
/** Microseconds a call, from calls that take about 30 ms together. */
const micros = (n: number, work: () => void): Ready => {
  for (let i = 0; i < n; i++) work()
  return { measure: () => perCall(n, work) * 1e3 }
}
const sums = four.map((a, i) => a + (others[i] ?? 0))
const node: Case = {
  name: 'node_creation', unit: 'µs', bound: { of: 'value', most: 1 }, rounds: 15,
  prepare: () => {
    const { x, y } = given()
    same(read.sync(add(x, y)), sums)
    return micros(30_000, () => void add(x, y))
  },
}
const pair = { inputs: () => ({ x: tensor([...four]), y: tensor([...others]) }), f: ({ x, y }: ReturnType<typeof given>) => add(x, y), tolerance: 1e-6 }
const runSync: Case = {
  name: 'run_sync_add_4', unit: 'µs', bound: { of: 'value', most: 5 }, rounds: 15, small: pair,
  prepare: () => {
    const { x, y } = given()
    same(read.sync(run.sync(add(x, y))), sums)
    return micros(10_000, () => void run.sync(add(x, y)))
  },
}
const runAwaited: Case = {
  name: 'run_awaited_add_4', unit: 'µs', bound: { of: 'value', most: 10 }, rounds: 15, small: pair,
  prepare: async () => {
    const { x, y } = given()
    same(await read(await run(add(x, y))), sums)
    const calls = 5_000
    const measure = async (): Promise<number> => {
      const start = performance.now()
      for (let i = 0; i < calls; i++) await run(add(x, y))
      return ((performance.now() - start) * 1e3) / calls
    }
    await measure()
    return { measure }
  },
}
/** Twenty elementwise operations, and the same on numbers. */
const twenty = (x: Tensor<[4], 'f32'>): Tensor<[4], 'f32'> => {
  let y = x
  for (let i = 0; i < 5; i++) y = sub(mul(add(sin(y), 0.5), 0.75), x)
  return y
}
const twentyNumbers = (x: number): number => {
  let y = x
  for (let i = 0; i < 5; i++) y = (Math.sin(y) + 0.5) * 0.75 - x
  return y
}
const jitted: Case = {
  name: 'jit_20_ops_call', unit: 'µs', bound: { of: 'value', most: 5 }, rounds: 15, small: { inputs: () => tensor([...four]), f: twenty, tolerance: 1e-6 },
  prepare: () => {
    const { x } = given()
    const f = jit(twenty)
    same(read.sync(f(x)), four.map(twentyNumbers))
    return micros(10_000, () => void run.sync(f(x)))
  },
}
export const cases: readonly Case[] = [node, runSync, runAwaited, jitted]
