/** How often the class is right: the best one, or one of the k best. Classes lie along the last axis. */
import { any, argmax, cast, div, eq, maximum, sum, tensor, topK as best, unsqueeze } from '../tensor/index.js'
import type { Device, Tensor } from '../type/index.js'
import { fail, isFloat, sameShape, show, sizeOf } from '../type/index.js'
import type { Classes, Count, Logits, Metric } from './metric.js'
import { summed } from './metric.js'

export interface Hits { readonly correct: Count; readonly total: Count }
/** A part of the whole; 0 of nothing. */
export type Part = Tensor<[], 'f32', Device>

const count = (n: number): Count => tensor(n, { dtype: 'i32' })
const share = ({ correct, total }: Hits): Part => div(cast(correct, 'f32'), cast(maximum(total, 1), 'f32'))
const hits = (right: Tensor<readonly number[], 'bool', Device>): Hits => ({ correct: sum(right) as Count, total: count(sizeOf(right.shape)) })
const none: Hits = { correct: count(0), total: count(0) }

const isLogits = (x: Logits | Classes): x is Logits => isFloat(x.dtype)
/** The class of each case: integers as they are, of floats the position of the largest along the last axis. */
export const classesOf = (op: string, predictions: Logits | Classes, targets: Classes): Classes => {
  const found: Classes = isLogits(predictions) ? argmax(predictions, { axis: -1 }) as Classes : predictions
  if (sameShape(found.shape, targets.shape)) return found
  const unlike = `predictions ${show(predictions.shape)} do not fit targets ${show(targets.shape)}`
  return fail('ShapeMismatch', `${op}: ${unlike}; pass logits [...t, classes] or classes [...t]`)
}

/**
 * The part of the cases whose class is right, as a monoid: counts of hits and of cases.
 * @shape logits [..., c] or classes [...], targets [...] → value []
 * @dtype float or integer, integer → f32
 * @throws ShapeMismatch when predictions and targets do not fit.
 * @law exact: counts are integers
 * @example const { of, value } = metric.accuracy
 *   deepClose(await item(value(of(tensor([[0, 1], [1, 0]]), tensor([1, 1], { dtype: 'i32' })))), 0.5)
 */
export const accuracy: Metric<readonly [predictions: Logits | Classes, targets: Classes], Hits, Part> = {
  empty: none,
  of: (predictions, targets) => hits(eq(classesOf('accuracy', predictions, targets), targets)),
  concat: summed,
  value: share,
}
/**
 * The part of the cases whose class is among the k with the largest logits.
 * @shape logits [..., c], targets [...] → value []
 * @dtype float, integer → f32
 * @law exact: counts are integers
 * @example const top2 = metric.topK(2)
 *   deepClose(await item(top2.value(top2.of(tensor([[3, 2, 1]]), tensor([1], { dtype: 'i32' })))), 1)
 */
export const topK = (k: number): Metric<readonly [logits: Logits, targets: Classes], Hits, Part> => ({
  empty: none,
  of: (logits, targets) => hits(any(eq(best(logits, k)[1], unsqueeze(targets, { axis: -1 })), { axes: [-1] })),
  concat: summed,
  value: share,
})
