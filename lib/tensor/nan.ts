/** Reductions that leave NaNs out, and the distance between extremes. Where nothing but NaN is, sums are 0 and the others NaN. */
import type { Node } from '../ir/node.js'
import { b, castTo, constant } from '../prim/index.js'
import type { MeanReduction, Reduction, SumReduction, VarReduction } from '../type/index.js'
import { isFloat, sumOf } from '../type/index.js'
import { asFloat, asNode } from './operand.js'
import { product } from './product.js'
import type { Along } from './reduce.js'
import { nonEmpty, reduced } from './reduce.js'
import { again } from './statistics.js'

type Fold = (x: Node, axes: readonly number[]) => Node
const isNumber = (x: Node): Node => (isFloat(x.dtype) ? b.eq([x, x]) : constant(1, { shape: x.shape, dtype: 'bool' }))
const instead = (x: Node, value: number): Node => (isFloat(x.dtype) ? b.where([isNumber(x), x, constant(value, x)]) : x)
const counted = (x: Node, axes: readonly number[]): Node => b.sum([castTo(isNumber(x), x.dtype)], { axes })
const total: Fold = (x, axes) => b.sum([instead(x, 0)], { axes })
const mean: Fold = (x, axes) => b.div([total(x, axes), counted(x, axes)])

/**
 * The sum of what is not NaN.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype any → same; bool in i32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(nansum(tensor([1, NaN, 2]))), 3)
 */
export const nansum: SumReduction = ((x: unknown, s: Along = {}) => {
  const node = asNode('nansum', x)
  return reduced('nansum', castTo(node, sumOf(node.dtype)), s, total)
}) as never
/**
 * The product of what is not NaN.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype any → same; bool in i32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(nanprod(tensor([3, NaN, 2]))), 6)
 */
export const nanprod: SumReduction = ((x: unknown, s: Along = {}) => {
  const node = asNode('nanprod', x)
  return reduced('nanprod', castTo(node, sumOf(node.dtype)), s, (y, axes) => product(instead(y, 1), axes))
}) as never
/**
 * The mean of what is not NaN; NaN where there is nothing.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(nanmean(tensor([1, NaN, 3]))), 2)
 */
export const nanmean: MeanReduction = ((x: unknown, s: Along = {}) => reduced('nanmean', asFloat('nanmean', x), s, mean)) as never
const spread = (correction: number): Fold => (x, axes) => {
  const deviation = b.where([isNumber(x), b.sub([instead(x, 0), again(mean(x, axes), x, axes)]), constant(0, x)])
  const n = b.sub([counted(x, axes), constant(correction, counted(x, axes))])
  const sum = b.sum([b.mul([deviation, deviation])], { axes })
  return b.where([b.gt([n, constant(0, n)]), b.div([sum, n]), constant(NaN, sum)])
}
type Spread = Along & { readonly correction?: number }
/**
 * The variance of what is not NaN, divided by its count - `correction` (0 unless given); NaN where that is not positive.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(nanvar(tensor([1, NaN, 3]))), 1)
 */
export const nanvar: VarReduction = ((x: unknown, s: Spread = {}) => reduced('nanvar', asFloat('nanvar', x), s, spread(s.correction ?? 0))) as never
/**
 * The standard deviation of what is not NaN: the square root of `nanvar`.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(nanstd(tensor([1, NaN, 5]))), 2)
 */
export const nanstd: VarReduction = ((x: unknown, s: Spread = {}) => b.sqrt([reduced('nanstd', asFloat('nanstd', x), s, spread(s.correction ?? 0))])) as never

const extreme = (op: string, fold: (args: readonly Node[], p: { readonly axes: readonly number[] }) => Node, none: number): Reduction => ((x: unknown, s: Along = {}) =>
  reduced(op, asNode(op, x), s, (y, axes) => {
    const best = fold([instead(nonEmpty(op, y, axes), none)], { axes })
    if (!isFloat(y.dtype)) return best
    return b.where([b.reduceOr([isNumber(y)], { axes }), best, constant(NaN, best)])
  })) as never
/**
 * The largest of what is not NaN; NaN where there is nothing else. Equal ones share the derivative.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype any → same
 * @throws InvalidArgument over an axis of size 0, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(nanmax(tensor([1, NaN, 3]))), 3)
 */
export const nanmax: Reduction = extreme('nanmax', b.reduceMax, -Infinity)
/**
 * The smallest of what is not NaN; NaN where there is nothing else. Equal ones share the derivative.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype any → same
 * @throws InvalidArgument over an axis of size 0, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(nanmin(tensor([1, NaN, 3]))), 1)
 */
export const nanmin: Reduction = extreme('nanmin', b.reduceMin, Infinity)
/**
 * The largest element minus the smallest.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype any but bool → same
 * @throws InvalidArgument over an axis of size 0, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(ptp(tensor([4, 1, 9]))), 8)
 */
export const ptp: Reduction = ((x: unknown, s: Along = {}) => reduced('ptp', asNode('ptp', x), s, (y, axes) =>
  b.sub([b.reduceMax([nonEmpty('ptp', y, axes)], { axes }), b.reduceMin([y], { axes })]))) as never
