/**
 * Quantiles by sorting: the q-quantile lies at place q · (n - 1) of the sorted elements, between two of them by the method
 * (on the line between them unless given). NaN among the elements gives NaN; the nan- functions leave NaNs out.
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, castTo, constant, cut, permuteTo, reshapeTo, stretch } from '../prim/index.js'
import type { Axes, Device, DType, FloatOf, Must, Reduce, Shape, Shp, Tensor } from '../type/index.js'
import { fail } from '../type/index.js'
import { axesOf } from './fit.js'
import { asFloat } from './operand.js'
import type { Along } from './reduce.js'
import { kept } from './reduce.js'

export type QuantileMethod = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest'
type Settings = Along & { readonly method?: QuantileMethod }
/** The chosen axes as one last axis, in ascending order, NaN last. */
const ordered = (x: Node, axes: readonly number[]): Node => {
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i))
  const lead = rest.map((i) => x.shape[i] as number)
  const rows = reshapeTo(permuteTo(x, [...rest, ...axes]), [...lead, numel(axes.map((a) => x.shape[a] as number))])
  return b.sort([rows], { axis: lead.length })
}
/** One element of each row, at places that the rows' own data give. */
const pick = (rows: Node, place: Node): Node => {
  const lead = rows.shape.slice(0, -1)
  return reshapeTo(b.gather([rows, reshapeTo(castTo(place, 'i32'), [...lead, 1])], { batch: lead.length }), lead)
}
const weights: Readonly<Record<QuantileMethod, (fraction: Node) => Node>> = {
  linear: (f) => f,
  lower: (f) => constant(0, f),
  higher: (f) => b.ceil([f]),
  midpoint: (f) => b.div([b.ceil([f]), constant(2, f)]),
  nearest: (f) => castTo(b.gt([f, constant(0.5, f)]), f.dtype),
}
/** low + (high - low) w, and the ends themselves where w is 0 or 1: infinities do not meet 0. */
const between = (low: Node, high: Node, w: Node): Node => {
  const inside = b.add([b.mul([low, b.sub([constant(1, w), w])]), b.mul([high, w])])
  return b.where([b.eq([w, constant(0, w)]), low, b.where([b.eq([w, constant(1, w)]), high, inside])])
}
/** The quantile of rows of which the first `counts` elements are numbers; none give NaN. */
const ofCounted = (rows: Node, counts: Node, q: number, method: QuantileMethod): Node => {
  const last = b.max([b.sub([counts, constant(1, counts)]), constant(0, counts)])
  const place = b.mul([constant(q, counts), last])
  const low = b.floor([place])
  const value = between(pick(rows, low), pick(rows, b.min([b.add([low, constant(1, low)]), last])), weights[method](b.sub([place, low])))
  return b.where([b.eq([counts, constant(0, counts)]), constant(NaN, value), value])
}
const isNumber = (x: Node): Node => b.eq([x, x])
const quantileOf = (rows: Node, q: number, method: QuantileMethod, skip: boolean): Node => {
  const n = rows.shape.at(-1) as number
  const lead = rows.shape.slice(0, -1)
  if (n === 0) return constant(NaN, { shape: lead, dtype: rows.dtype })
  if (skip) return ofCounted(rows, b.sum([castTo(isNumber(rows), rows.dtype)], { axes: [lead.length] }), q, method)
  const top = reshapeTo(cut(rows, lead.length, n - 1, 1), lead)
  return b.where([isNumber(top), ofCounted(rows, constant(n, { shape: lead, dtype: rows.dtype }), q, method), top])
}
const quantiles = (op: string, x: unknown, qs: number | readonly number[], s: Settings, skip = false): Node => {
  const node = asFloat(op, x)
  const axes = axesOf(op, node.shape, s.axes)
  const rows = ordered(node, axes)
  const one = (q: number): Node => {
    if (!(q >= 0 && q <= 1)) return fail('InvalidArgument', `${op}: a quantile lies between 0 and 1 (a percentile between 0 and 100), got ${q}`)
    const y = quantileOf(rows, q, s.method ?? 'linear', skip)
    return s.keepdims === true ? reshapeTo(y, kept(node.shape, axes)) : y
  }
  if (typeof qs === 'number') return one(qs)
  const all = qs.map(one).map((y) => reshapeTo(y, [1, ...y.shape]))
  return all.length === 0 ? stretch(constant(0, { shape: [], dtype: node.dtype }), [0]) : b.concat(all, { axis: 0 })
}
type Listed<Q, S extends readonly number[]> = Q extends readonly unknown[] ? [Q['length'], ...S] : S
/** One quantile, or a list of them as a first axis.  @shape [...s] -> reduce(s, axes, keepdims) */
export interface Quantile {
  <S extends Shape, D extends DType, V extends Device, const Q extends number | readonly number[], const A extends Axes = undefined, K extends boolean = false>(
    x: Tensor<S, D, V>, q: Q, settings?: { readonly axes?: Must<Reduce<S, A, K>, A>; readonly keepdims?: K; readonly method?: QuantileMethod },
  ): Tensor<Listed<Q, Shp<Reduce<S, A, K>>>, FloatOf<D>, V>
}
/** @shape [...s] -> reduce(s, axes, keepdims) */
export interface Middle {
  <S extends Shape, D extends DType, V extends Device, const A extends Axes = undefined, K extends boolean = false>(
    x: Tensor<S, D, V>, settings?: { readonly axes?: Must<Reduce<S, A, K>, A>; readonly keepdims?: K },
  ): Tensor<Shp<Reduce<S, A, K>>, FloatOf<D>, V>
}
/**
 * The value below which a share q of the elements lies; a list of shares gives them along a first axis. `method` chooses
 * between neighbours: 'linear' unless given, 'lower', 'higher', 'midpoint', 'nearest' (the lower of two equally near).
 * @shape [...s] → reduce(s, axes, keepdims), or [q's length, ...]
 * @dtype float → same; integers in f32
 * @throws InvalidArgument for a share outside [0, 1], IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(quantile(tensor([3, 1, 2, 4]), [0, 0.5])), [1, 2.5])
 */
export const quantile: Quantile = ((x: unknown, q: number | readonly number[], s: Settings = {}) => quantiles('quantile', x, q, s)) as never
/**
 * `quantile` in hundredths: the 50th percentile is the median.
 * @shape [...s] → reduce(s, axes, keepdims), or [p's length, ...]
 * @dtype float → same; integers in f32
 * @throws InvalidArgument for a percentile outside [0, 100], IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(percentile(tensor([3, 1, 2, 4]), 25)), 1.75)
 */
export const percentile: Quantile = ((x: unknown, p: number | readonly number[], s: Settings = {}) =>
  quantiles('percentile', x, typeof p === 'number' ? p / 100 : p.map((v) => v / 100), s)) as never
/**
 * `quantile` of the elements that are not NaN; NaN where there are none.
 * @shape [...s] → reduce(s, axes, keepdims), or [q's length, ...]
 * @dtype float → same; integers in f32
 * @throws InvalidArgument for a share outside [0, 1], IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(nanquantile(tensor([3, NaN, 1]), 0.5)), 2)
 */
export const nanquantile: Quantile = ((x: unknown, q: number | readonly number[], s: Settings = {}) => quantiles('nanquantile', x, q, s, true)) as never
/**
 * The middle of the sorted elements; of an even number the mean of the two in the middle.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(median(tensor([3, 1, 2, 4]))), 2.5)
 */
export const median: Middle = ((x: unknown, s: Along = {}) => quantiles('median', x, 0.5, { ...s, method: 'midpoint' })) as never
/**
 * The middle of the sorted elements that are not NaN; NaN where there are none.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(nanmedian(tensor([3, NaN, 1]))), 2)
 */
export const nanmedian: Middle = ((x: unknown, s: Along = {}) => quantiles('nanmedian', x, 0.5, { ...s, method: 'midpoint' }, true)) as never
