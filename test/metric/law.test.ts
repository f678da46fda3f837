/** Metrics are monoids: any cut of the examples into batches gives the same, and the values are the textbook's. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accuracy, confusionMatrix, mean, meanOf, precisionRecallF1, together, topK } from '../../lib/metric/index.js'
import type { Metric } from '../../lib/metric/index.js'
import { session } from '../../lib/run/index.js'
import { square, tensor } from '../../lib/tensor/index.js'
import type { Device, Tensor } from '../../lib/type/index.js'

const { read } = session()
const C = 4
type Logits = Tensor<readonly [number, number], 'f32', Device>
type Classes = Tensor<readonly [number], 'i32', Device>
const logits = (rows: readonly (readonly number[])[]): Logits => tensor(Float32Array.from(rows.flat()), { shape: [rows.length, C] })
const classes = (ys: readonly number[]): Classes => tensor(Int32Array.from(ys))
const example = fc.tuple(fc.uniqueArray(fc.integer({ min: -9, max: 9 }), { minLength: C, maxLength: C }), fc.integer({ min: 0, max: C - 1 }))
const examples = fc.array(example, { maxLength: 12 })
type Example = readonly [readonly number[], number]
const batch = (xs: readonly Example[]) => [logits(xs.map((x) => x[0])), classes(xs.map((x) => x[1]))] as const

type Any = Metric<readonly [Logits, Classes], unknown, unknown>
const metrics: readonly (readonly [string, Any])[] = [
  ['accuracy', accuracy as Any], ['topK', topK(2) as Any], ['confusion', confusionMatrix(C) as Any], ['scores', precisionRecallF1(C) as Any],
  ['together', together({ accuracy, table: confusionMatrix(C) }) as unknown as Any],
]
describe('metrics are monoids, exactly', () => {
  test.each(metrics)('%s', async (_, m) => {
    await fc.assert(fc.asyncProperty(examples, examples, examples, async (a, b, c) => {
      const of = (xs: readonly Example[]) => m.of(...batch(xs))
      const whole = await read(of([...a, ...b, ...c]))
      expect(await read(m.concat(m.concat(of(a), of(b)), of(c)))).toEqual(whole)
      expect(await read(m.concat(of(a), m.concat(of(b), of(c))))).toEqual(whole)
      expect(await read(m.concat(m.empty, of(a)))).toEqual(await read(of(a)))
      expect(await read(m.concat(of(a), m.empty))).toEqual(await read(of(a)))
    }), { numRuns: 20 })
  })
  test('the mean, up to rounding', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.float({ min: -9, max: 9, noNaN: true }), fc.integer({ min: 1, max: 5 })), { minLength: 1 }), async (xs) => {
      const [all] = await read(mean.value(xs.reduce((m, [x, w]) => mean.concat(m, mean.of(tensor(x), w)), mean.empty)))
      const want = xs.reduce((s, [x, w]) => s + x * w, 0) / xs.reduce((s, [, w]) => s + w, 0)
      expect(Math.abs((all ?? NaN) - want)).toBeLessThan(1e-12)
    }), { numRuns: 30 })
  })
})

describe('values', () => {
  const best = (row: readonly number[]): number => row.indexOf(Math.max(...row))
  test('accuracy and topK count', async () => {
    await fc.assert(fc.asyncProperty(fc.array(example, { minLength: 1, maxLength: 9 }), async (xs) => {
      const right = xs.filter(([row, y]) => best(row) === y).length / xs.length
      const near = xs.filter(([row, y]) => row.filter((v) => v > (row[y] ?? 0)).length < 2).length / xs.length
      expect((await read(accuracy.value(accuracy.of(...batch(xs)))))[0]).toBeCloseTo(right, 6)
      expect((await read(topK(2).value(topK(2).of(...batch(xs)))))[0]).toBeCloseTo(near, 6)
    }), { numRuns: 30 })
  })
  test('the confusion matrix counts pairs; precision, recall and F1 follow', async () => {
    const y = [0, 0, 0, 1, 1, 2], p = [0, 0, 1, 1, 0, 1]
    const m = precisionRecallF1(4), table = m.of(classes(p) as never, classes(y))
    expect(Array.from(await read(table))).toEqual([2, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    const { precision, recall, f1 } = await read(m.value(table))
    expect(precision).toEqual(Float32Array.of(2 / 3, 1 / 3, 0, 0))
    expect(recall).toEqual(Float32Array.of(2 / 3, 1 / 2, 0, 0))
    expect(Array.from(f1, (v) => Number(v.toFixed(4)))).toEqual([0.6667, 0.4, 0, 0])
  })
  test('nothing seen is 0, not NaN', async () => {
    expect(await read([accuracy.value(accuracy.empty), mean.value(mean.empty)])).toEqual([Float32Array.of(0), Float64Array.of(0)])
  })
  test('the mean of a function', async () => {
    const m = meanOf(square as (x: Tensor<[2], 'f32', Device>) => Tensor<[2], 'f32', Device>)
    expect(await read(m.value(m.concat(m.of(tensor([1, 2])), m.of(tensor([3, 4])))))).toEqual(Float64Array.of(7.5))
  })
  test('unlike shapes are refused', () => {
    expect(() => accuracy.of(logits([[1, 2, 3, 4]]), classes([1, 2]))).toThrow('accuracy: predictions [1,4] do not fit targets [2]; pass logits [...t, classes] or classes [...t]')
    expect(() => confusionMatrix(0)).toThrow('confusionMatrix: 0 classes; pass a whole number of at least 1')
  })
})
