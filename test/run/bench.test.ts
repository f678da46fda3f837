/** Every row of the bench gives the same numbers on the reference backend as on the native one, on a corner of its inputs. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fromHost, jit, session } from '../../lib/index.js'
import type { AnyTensor } from '../../lib/index.js'
import { findAddon, reference } from '../../lib/run/index.js'
import { Runtime } from '../../lib/run/runtime.js'
import type { AnyArray } from '../../lib/type/dtype.js'
import { flatten, leavesOf, unflatten } from '../../lib/type/tree.js'
import type { Case, Small } from '../bench/row.js'

const folder = join(import.meta.dirname, '../bench/rows')
const files = readdirSync(folder).filter((f) => f.endsWith('.ts'))
const cases = (await Promise.all(files.map((f) => import(join(folder, f)) as Promise<{ readonly cases: readonly Case[] }>))).flatMap((m) => m.cases)
/** Rows that give no numbers of their own, or none that the reference can give. */
const without: readonly (readonly [RegExp, string])[] = [
  [/^(import_cotangent|cold_process_first_result|addon_size|demo_type_check)$/, 'what is measured is no computation'],
  [/^(node_creation|plan_|hmc_compile|first_call_)/, 'nothing is run'],
  [/^grad_flops_/, 'what is measured is a plan'],
  [/^(scaling_|infer_p99_|first_step_|peak_rss_)/, 'another row is run in a process of its own, or beside others'],
  [/^demo_2_devices_/, 'the network is LeNet; that sharing it changes nothing is in test/train/parallel.test.ts'],
  [/^(allreduce_|train_1_rank_|communication_)/, 'only plans exchange something with other processes: test/run/world.test.ts compares'],
]
const reason = (name: string): string | undefined => without.find(([of]) => of.test(name))?.[1]

const native = session(), plain = session({ cpu: { device: 'cpu', runtime: new Runtime(reference()) } })
type Numbers = ArrayLike<number>
const numbers = (s: typeof native, { f }: Small, given: unknown): readonly Numbers[] => {
  const { leaves, def } = flatten(given)
  const inputs = unflatten(def, (leaves as AnyTensor[]).map((x) => fromHost({ data: native.read.sync(x) as AnyArray, shape: x.shape, dtype: x.dtype })))
  return (leavesOf(s.run.sync(jit(f as never as (x: object) => object)(inputs as object))) as AnyTensor[]).map((x) => s.read.sync(x) as Numbers)
}
const differs = (x: number, y: number, tolerance: number): boolean => !Object.is(x, y) && !(Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y)))
const difference = (xs: Numbers, ys: Numbers, tolerance: number): string | null => {
  for (let i = 0; i < ys.length; i++) if (differs(Number(xs[i]), Number(ys[i]), tolerance)) return `element ${i} is ${xs[i]}, the reference has ${ys[i]}`
  return null
}
const small = [...new Map(cases.flatMap((c) => (c.small === undefined ? [] : [[c.small.f, [c.name, c.small]] as const]))).values()]

describe('the rows of the bench', () => {
  it('can be compared, or there is a reason', () => {
    expect(cases.filter((c) => (c.small === undefined) !== (reason(c.name) !== undefined)).map((c) => c.name)).toEqual([])
  })
  it.skipIf('missing' in findAddon()).each(small)('%s', (_name, row) => {
    const given = native.run.sync(row.inputs()), [own, meant] = [numbers(native, row, given), numbers(plain, row, given)]
    expect(own.map((x) => x.length)).toEqual(meant.map((x) => x.length))
    expect(meant.every((x) => x.length > 0) && meant.length > 0).toBe(true)
    meant.forEach((ys, i) => expect(difference(own[i] as Numbers, ys, row.tolerance), `result ${i}`).toBe(null))
  })
})
