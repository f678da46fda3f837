/**
 * Which class is taken for which, and what follows from that table: precision, recall, F1. All of it is a matrix of counts,
 * so metrics over classes are one monoid with different values.
 */
import { add, cast, diag, div, eq, matmul, maximum, mul, oneHot, reshape, sum, transpose, where, zeros } from '../tensor/index.js'
import type { Device, Tensor } from '../type/index.js'
import { fail } from '../type/index.js'
import { classesOf } from './accuracy.js'
import type { Classes, Count, Logits, Metric } from './metric.js'
import { summed } from './metric.js'

type Batch = readonly [predictions: Logits | Classes, targets: Classes]
type Table<C extends number> = Count<[C, C]>
const hot = (x: Classes, classes: number) => oneHot(reshape(x, [-1]) as Tensor<[number], 'i32', Device>, classes, { dtype: 'f64' })

/**
 * How often each class (rows) was taken for each class (columns).
 * @shape logits [..., c] or classes [...], targets [...] → value [c, c]
 * @dtype float or integer, integer → i32
 * @throws InvalidArgument unless there is at least one class.
 * @law exact: counts are integers
 * @example deepClose(await read(confusionMatrix(2).of(tensor([1, 1], { dtype: 'i32' }), tensor([0, 1], { dtype: 'i32' }))), [0, 1, 0, 1])
 */
export const confusionMatrix = <C extends number>(classes: C): Metric<Batch, Table<C>, Table<C>> => {
  if (!Number.isSafeInteger(classes) || classes < 1) fail('InvalidArgument', `confusionMatrix: ${classes} classes; pass a whole number of at least 1`)
  return {
    empty: zeros([classes, classes], { dtype: 'i32' }) as Table<C>,
    of: (predictions, targets) => {
      const found = classesOf('confusionMatrix', predictions, targets)
      return cast(matmul(transpose(hot(targets, classes)), hot(found, classes)), 'i32') as Table<C>
    },
    concat: summed,
    value: (m) => m,
  }
}

/** One number a class; 0 where there is nothing to divide by. */
export interface Scores<C extends number> {
  readonly precision: Tensor<[C], 'f32', Device>
  readonly recall: Tensor<[C], 'f32', Device>
  readonly f1: Tensor<[C], 'f32', Device>
}
type Row = Tensor<readonly number[], 'f32', Device>
const ratio = (x: Row, y: Row): Row => where(eq(y, 0), 0, div(x, maximum(y, 1))) as Row
const scores = <C extends number>(table: Table<C>): Scores<C> => {
  const counts = cast(table, 'f32')
  const hits: Row = diag(counts as Tensor<[number, number], 'f32', Device>)
  const found: Row = sum(counts, { axes: [0] }), there: Row = sum(counts, { axes: [1] })
  return { precision: ratio(hits, found), recall: ratio(hits, there), f1: ratio(mul(hits, 2), add(found, there) as Row) } as Scores<C>
}
/**
 * Of each class: precision (the part of what was called so that is so), recall (the part of what is so that was called so),
 * and F1, their harmonic mean 2 hits / (called + there); their mean over classes is the macro average.
 * @shape logits [..., c] or classes [...], targets [...] → value { precision: [c], recall: [c], f1: [c] }
 * @dtype float or integer, integer → f32
 * @law exact: counts are integers
 * @source https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_recall_fscore_support.html (zero_division 0)
 * @example deepClose(await read(precisionRecallF1(2).value(confusionMatrix(2).of(tensor([1, 1], { dtype: 'i32' }), tensor([0, 1], { dtype: 'i32' }))).precision), [0, 0.5])
 */
export const precisionRecallF1 = <C extends number>(classes: C): Metric<Batch, Table<C>, Scores<C>> => ({
  ...confusionMatrix(classes), value: scores,
})
