/**
 * Reductions over axes, all of them unless given; `keepdims` leaves them with size 1. Sums and means of nothing are 0 and
 * NaN; the largest of nothing is refused. Positions are i32, the first of equals, of the flattened tensor when no axis is
 * given.
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, castTo, constant, reshapeTo } from '../prim/index.js'
import type { ArgReduction, Axes, BoolReduction, CountReduction, Cumulative, DType, MeanReduction, Reduction, SumReduction } from '../type/index.js'
import { fail, floatOf, isTensor, show, sumOf } from '../type/index.js'
import { axesOf, axisOf } from './fit.js'
import { asNode } from './operand.js'
import { product } from './product.js'

export interface Along { readonly axes?: Axes; readonly keepdims?: boolean }
type Fold = (x: Node, axes: readonly number[]) => Node

/** The shape with the axes at size 1. */
export const kept = (shape: readonly number[], axes: readonly number[]): number[] => shape.map((n, i) => (axes.includes(i) ? 1 : n))
/** How many elements one result is made of. */
export const countOf = (shape: readonly number[], axes: readonly number[]): number => numel(axes.map((a) => shape[a] as number))
/** What only JavaScript hands over is refused: it would have no effect, and all elements would be reduced. */
const expectSettings = (op: string, s: unknown, right: 'axes' | 'axis', wrong: 'axes' | 'axis'): void => {
  const told = (what: unknown): string => `write { ${right}: ${JSON.stringify(what)} }`
  if (isTensor(s) || typeof s === 'function' || typeof s === 'bigint') return fail('InvalidArgument', `${op}: how to reduce is said by { ${right}, keepdims }, not by a ${isTensor(s) ? 'tensor' : typeof s}`)
  if (typeof s !== 'object' || s === null || Array.isArray(s)) return fail('InvalidArgument', `${op}: how to reduce is said by { ${right}, keepdims }, not by ${JSON.stringify(s)}: ${told(s)}`)
  if (wrong in s) fail('InvalidArgument', `${op} takes ${right}, not ${wrong}: ${told((s as Record<string, unknown>)[wrong])}`) // boundary: not of our types
}
/** Folds the chosen axes, and puts them back as 1 when asked. */
export const reduced = (op: string, x: Node, s: Along, fold: Fold): Node => {
  expectSettings(op, s, 'axes', 'axis')
  const axes = axesOf(op, x.shape, s.axes)
  const y = fold(x, axes)
  return s.keepdims === true ? reshapeTo(y, kept(x.shape, axes)) : y
}
const reducing = (op: string, dtype: (d: DType) => DType, fold: Fold) => (x: unknown, s: Along = {}): Node => {
  const node = asNode(op, x)
  return reduced(op, castTo(node, dtype(node.dtype)), s, fold)
}
const same = (d: DType): DType => d
const bool = (): DType => 'bool'
/** Some element must be there to be chosen. */
export const nonEmpty = (op: string, x: Node, axes: readonly number[]): Node =>
  axes.some((a) => x.shape[a] === 0) ? fail('InvalidArgument', `${op}: an axis of size 0 in ${show(x.shape)} has no element to choose`) : x

/**
 * The sum; bools are counted.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype any → same; bool in i32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(sum(tensor([[1, 2], [3, 4]]), { axes: [0] })), [4, 6])
 */
export const sum: SumReduction = reducing('sum', sumOf, (x, axes) => b.sum([x], { axes })) as never
/**
 * The arithmetic mean; NaN of nothing.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(mean(tensor([1, 2, 6]))), 3)
 */
export const mean: MeanReduction = reducing('mean', floatOf, (x, axes) => meanOf(x, axes)) as never
/** The mean over axes counted from the front. */
export const meanOf: Fold = (x, axes) => {
  const total = b.sum([x], { axes })
  return b.div([total, constant(countOf(x.shape, axes), total)])
}
/**
 * The largest element; NaN when there is one. Equal ones share the derivative.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype any → same
 * @throws InvalidArgument over an axis of size 0, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(max(tensor([[1, 5], [3, 2]]), { axes: 1 })), [5, 3])
 */
export const max: Reduction = reducing('max', same, (x, axes) => b.reduceMax([nonEmpty('max', x, axes)], { axes })) as never
/**
 * The smallest element; NaN when there is one. Equal ones share the derivative.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype any → same
 * @throws InvalidArgument over an axis of size 0, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(min(tensor([[1, 5], [3, 2]]))), 1)
 */
export const min: Reduction = reducing('min', same, (x, axes) => b.reduceMin([nonEmpty('min', x, axes)], { axes })) as never
/**
 * The product, as a tree of pairwise multiplications, so that its derivative is right where elements are 0.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype any → same; bool in i32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(prod(tensor([2, 3, 4]))), 24)
 */
export const prod: SumReduction = reducing('prod', sumOf, product) as never
/**
 * Does any element hold?
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype bool → bool
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(any(tensor([false, true]))), true)
 */
export const any: BoolReduction = reducing('any', bool, (x, axes) => b.reduceOr([x], { axes })) as never
/**
 * Do all elements hold?
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype bool → bool
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(all(tensor([false, true]))), false)
 */
export const all: BoolReduction = reducing('all', bool, (x, axes) => b.reduceAnd([x], { axes })) as never
/**
 * How many elements are not zero; NaN is not.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype any → i32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(countNonzero(tensor([0, 3, 5]))), 2)
 */
export const countNonzero: CountReduction = reducing('countNonzero', bool, (x, axes) => b.sum([castTo(x, 'i32')], { axes })) as never

interface AtAxis { readonly axis?: number; readonly keepdims?: boolean }
const position = (op: string, fold: Fold): ArgReduction => ((x: unknown, s: AtAxis = {}) => {
  expectSettings(op, s, 'axis', 'axes')
  const node = asNode(op, x)
  const axes = s.axis === undefined ? {} : { axes: axisOf(op, node.shape, s.axis) }
  return reduced(op, node, { keepdims: s.keepdims === true, ...axes }, (y, at) => fold(nonEmpty(op, y, at), at))
}) as never
/**
 * Where the largest element is (the first of equals; NaN counts as largest).
 * @shape [...s] → reduce(s, axis, keepdims); without an axis a position in the flattened tensor
 * @dtype any → i32
 * @throws InvalidArgument over an axis of size 0 or more than 2,147,483,647 elements, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(argmax(tensor([[1, 5], [3, 2]]), { axis: 1 })), [1, 0])
 */
export const argmax: ArgReduction = position('argmax', (x, axes) => b.argmax([x], { axes }))
/**
 * Where the smallest element is (the first of equals; NaN counts as smallest).
 * @shape [...s] → reduce(s, axis, keepdims); without an axis a position in the flattened tensor
 * @dtype any → i32
 * @throws InvalidArgument over an axis of size 0 or more than 2,147,483,647 elements, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(argmin(tensor([3, 1, 2]))), 1)
 */
export const argmin: ArgReduction = position('argmin', (x, axes) => b.argmin([x], { axes }))

/**
 * The running sum along an axis, the last unless given; `reverse` runs from the end.
 * @shape [...s] → [...s]
 * @dtype any → same; bool in i32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(cumsum(tensor([1, 2, 3]))), [1, 3, 6])
 */
export const cumsum: Cumulative = ((x: unknown, s: { readonly axis?: number; readonly reverse?: boolean } = {}) => {
  const node = asNode('cumsum', x)
  const axis = axisOf('cumsum', node.shape, s.axis ?? -1)
  return b.cumsum([castTo(node, sumOf(node.dtype))], { axis, reverse: s.reverse === true })
}) as never
