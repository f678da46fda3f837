/** The laws of functions at the public operations: compositions have no records, so they are listed here with their types. */
import { describe, expect, it } from 'vitest'
import { functionIsLawful } from '../../laws/index.js'
import type { Trial } from '../../laws/index.js'
import * as ct from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'

type X = Tensor<readonly number[], 'f64', 'cpu'>
type Row = readonly [name: string, f: (...xs: X[]) => unknown, shapes: readonly (readonly number[])[], trial?: Trial]
const of = (f: unknown): ((...xs: unknown[]) => unknown) => f as never
const positive: Trial = { range: [0.3, 3] }
const rows: readonly Row[] = [
  ['softmax', (x) => ct.softmax(x), [[2, 4]]], ['logSoftmax', (x) => ct.logSoftmax(x), [[2, 4]]], ['gelu', (x) => ct.gelu(x), [[5]]],
  ['silu', (x) => ct.silu(x), [[5]]], ['softplus', (x) => ct.softplus(x), [[5]]], ['elu', (x) => ct.elu(x), [[5]], { kinks: [0] }],
  ['relu', (x) => ct.relu(x), [[5]], { kinks: [0] }], ['leakyRelu', (x) => ct.leakyRelu(x), [[5]], { kinks: [0] }],
  ['logsumexp', (x) => ct.logsumexp(x), [[3, 4]]], ['variance', (x) => ct.variance(x), [[3, 4]]], ['std', (x) => ct.std(x), [[6]]],
  ['norm', (x) => ct.norm(x), [[2, 3]]], ['mean', (x) => ct.mean(x, { axes: [0] }), [[3, 4]]], ['max', (x) => ct.max(x, { axes: [1] }), [[3, 4]]],
  ['min', (x) => ct.min(x), [[6]]], ['prod', (x) => ct.prod(x), [[5]]], ['prod over an axis', (x) => ct.prod(x, { axes: [0] }), [[3, 2]]],
  ['cumsum', (x) => of(ct.cumsum)(x, 0), [[4, 2]]], ['sort', (x) => of(ct.sort)(x), [[6]]], ['hypot', (x, y) => ct.hypot(x, y), [[4], [4]], positive],
  ['power', (x, y) => ct.power(x, y), [[4], [4]], positive], ['power by 3', (x) => ct.power(x, 3), [[5]]], ['reciprocal', (x) => ct.reciprocal(x), [[4]], positive],
  ['maximum', (x, y) => ct.maximum(x, y), [[4], [4]]], ['clip', (x) => of(ct.clip)(x, { min: -1, max: 1 }), [[6]], { kinks: [-1, 1] }],
  ['add with broadcasting', (x, y) => ct.add(x, y), [[3, 1], [4]]], ['div with broadcasting', (x, y) => ct.div(x, y), [[3, 1], [4]], positive],
  ['matmul', (x, y) => of(ct.matmul)(x, y), [[2, 3, 4], [4, 2]]], ['outer', (x, y) => of(ct.outer)(x, y), [[3], [2]]], ['dot', (x, y) => of(ct.dot)(x, y), [[3], [3]]],
  ['einsum', (x, y) => of(ct.einsum)('bij,bkj->bik', x, y), [[2, 3, 4], [2, 2, 4]]], ['tril', (x) => of(ct.tril)(x), [[3, 3]]], ['diag', (x) => of(ct.diag)(x), [[3]]],
  ['stack', (x, y) => of(ct.stack)([x, y]), [[2, 3], [2, 3]]], ['flatten', (x) => of(ct.flatten)(x), [[2, 3]]],
  ['boxcox', (x, y) => of(ct.special.boxcox)(x, y), [[4], [4]], positive], ['boxcox1p', (x, y) => of(ct.special.boxcox1p)(x, y), [[4], [4]], positive],
  ['conv', (x, w) => of(ct.conv)(x, w, { stride: 2, padding: 1 }), [[1, 2, 5, 5], [3, 2, 3, 3]]], ['avgPool', (x) => of(ct.avgPool)(x, { kernel: [2, 2] }), [[1, 2, 4, 4]]],
  ['maxPool', (x) => of(ct.maxPool)(x, { kernel: [2, 2] }), [[1, 2, 4, 4]]], ['adaptiveAvgPool', (x) => of(ct.adaptiveAvgPool)(x, [2, 2]), [[1, 2, 5, 4]]],
]
describe('public operations', () => {
  it.each(rows.map((row) => [row[0], row] as const))('%s', (_, [, f, shapes, trial = {}]) => {
    expect(functionIsLawful(f, shapes.map((shape) => ({ shape, dtype: 'f64' })), { runs: 6, ...trial })).toBe(true)
  }, 60_000)
})
