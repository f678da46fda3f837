/** Metrics against scikit-learn's, recorded by record.py: of the whole, and of two batches put together. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as metric from '../../lib/metric/index.js'
import type { Metric } from '../../lib/metric/index.js'
import { session } from '../../lib/run/index.js'
import { tensor } from '../../lib/tensor/index.js'
import type { AnyTensor } from '../../lib/type/index.js'

interface Flat { readonly shape: readonly number[]; readonly values: readonly number[] }
interface Case { readonly fn: string; readonly settings: readonly number[]; readonly batch: readonly Flat[]; readonly out: Readonly<Record<string, Flat>> }
const { records } = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')) as { readonly records: readonly Case[] }
const { read } = session()

type Any = Metric<readonly AnyTensor[], unknown, AnyTensor | Readonly<Record<string, AnyTensor>>>
const metrics = metric as unknown as Readonly<Record<string, Any | ((...settings: readonly number[]) => Any)>>
const metricOf = ({ fn, settings }: Case): Any => {
  const of = metrics[fn.replace('metric.', '')] as Any | ((...settings: readonly number[]) => Any)
  return typeof of === 'function' ? of(...settings) : of
}
/** Predictions are floats, classes are integers; rows from..to of it. */
const rowsOf = (f: Flat, at: number, from = 0, to = f.shape[0] ?? 1): AnyTensor => {
  const width = f.values.length / (f.shape[0] ?? 1)
  const values = f.shape.length === 0 ? f.values : f.values.slice(from * width, to * width)
  return tensor(at === 0 ? Float32Array.from(values) : Int32Array.from(values), { shape: (f.shape.length === 0 ? [] : [to - from, ...f.shape.slice(1)]) as readonly number[] }) as AnyTensor
}
const check = async (got: AnyTensor | Readonly<Record<string, AnyTensor>>, out: Case['out']): Promise<void> => {
  for (const [name, want] of Object.entries(out)) {
    const x = (name === 'value' ? got : (got as Readonly<Record<string, AnyTensor>>)[name]) as AnyTensor
    expect(x.shape).toEqual(want.shape)
    const values = Array.from(await read(x) as unknown as Float32Array)
    want.values.forEach((v, i) => expect(values[i], `${name}[${i}]`).toBeCloseTo(v, 6))
  }
}

describe('metrics are scikit-learn\'s', () => {
  test.each(records.map((c) => [`${c.fn}(${c.settings}) of ${c.batch.map((b) => `[${b.shape}]`).join(' ')}`, c] as const))('%s', async (_, c) => {
    const m = metricOf(c), rows = c.batch[0]?.shape[0] ?? 0, half = rows >> 1
    await check(m.value(m.of(...c.batch.map((f, i) => rowsOf(f, i)))), c.out)
    if (rows < 2) return
    const [first, second] = [m.of(...c.batch.map((f, i) => rowsOf(f, i, 0, half))), m.of(...c.batch.map((f, i) => rowsOf(f, i, half)))]
    await check(m.value(m.concat(first, second)), c.out)
  })
})
