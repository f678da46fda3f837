/**
 * A metric is a monoid with two doors: `of` takes a batch in, `value` gives the result out. Laws: concat is associative
 * with `empty` on both sides, and of(all examples) = the concat of its batches in any cut. Counts are i32, so for accuracy,
 * confusion and what comes from them the laws hold exactly, on every device and for any order of workers; sums of floats
 * are kept in f64 and hold to rounding. Everything is a graph: nothing runs before the value is read.
 */
import { add } from '../tensor/index.js'
import type { AnyTensor, Device, FloatDType, IntDType, Shape, Tensor } from '../type/index.js'
import { mapTree } from '../type/index.js'

/** Batches of type In are gathered in M (a tree of tensors), which says Out. */
export interface Metric<In extends readonly unknown[], M, Out> {
  /** Nothing seen yet. */
  readonly empty: M
  readonly of: (...batch: In) => M
  readonly concat: (a: M, b: M) => M
  readonly value: (m: M) => Out
}
export type Count<S = []> = Tensor<S, 'i32', Device>
export type Logits = Tensor<Shape, FloatDType, Device>
export type Classes = Tensor<Shape, IntDType, Device>

/** The concat of all metrics that only count: sums leaf by leaf. */
export const summed = <M>(a: M, b: M): M => mapTree<AnyTensor>((x, y) => add(x, y), a, b) as M

/** Any metric: what it gathers is its own affair. */
interface Any {
  readonly empty: unknown
  readonly of: (...batch: readonly never[]) => unknown
  readonly concat: (a: never, b: never) => unknown
  readonly value: (m: never) => unknown
}
/** What several metrics gather together, and what they say: records. */
type Gathered<R> = { readonly [K in keyof R]: R[K] extends { readonly empty: infer M } ? M : never }
type Said<R> = { readonly [K in keyof R]: R[K] extends { readonly value: (m: never) => infer O } ? O : never }
/** The batch that every one of them takes. */
type BatchOf<R> = R[keyof R] extends { readonly of: (...batch: infer In extends readonly unknown[]) => unknown } ? In : never
/**
 * Several metrics of the same batches at once, by name.
 * @shape a record of metrics → one metric of records
 * @law componentwise, so a monoid because each part is one
 * @example const both = metric.together({ first: metric.accuracy, best5: metric.topK(5) })
 *   deepClose(Object.keys(both.empty), ['first', 'best5'])
 */
export const together = <const R extends { readonly [name: string]: Any }>(metrics: R): Metric<BatchOf<R>, Gathered<R>, Said<R>> => {
  const each = (f: (m: Any, name: string) => unknown) => Object.fromEntries(Object.entries(metrics).map(([name, m]) => [name, f(m, name)])) as never
  return {
    empty: each((m) => m.empty),
    of: (...batch) => each((m) => m.of(...(batch as readonly unknown[] as readonly never[]))),
    concat: (a, b) => each((m, name) => m.concat(a[name] as never, b[name] as never)),
    value: (all) => each((m, name) => m.value(all[name] as never)),
  }
}
