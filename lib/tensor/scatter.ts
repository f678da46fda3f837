/**
 * Writing entries along an axis at the places that an index tensor names: `take` the other way round. An index outside the
 * axis is dropped. Law: take(scatter(x, i, u), i) = u for different i inside the axis.
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { castTo, moveAxis, reshapeTo, stretch } from '../prim/index.js'
import type { Device, DType, IntDType, Shape, Tensor } from '../type/index.js'
import * as law from '../type/index.js'
import type { Write } from './combine.js'
import { added, lowered, multiplied, raised, replaced } from './combine.js'
import { within } from './checked.js'
import { axisOf, fit } from './fit.js'
import { asNode, weak } from './operand.js'

/** Updates are tensors of x's dtype (or one that it can hold), or a number.  @shape [n, ...s], [...i], [...i, ...s] -> [n, ...s] */
interface Scatter {
  <S extends Shape, D extends DType, V extends Device, W extends Device, U extends Device = never>(
    x: Tensor<S, D, V>, index: Tensor<Shape, IntDType, W>, updates: Tensor<Shape, DType, U> | number, settings?: { readonly axis?: number },
  ): Tensor<S, D, V | W | U>
}
/** The update in the dtype of what it is written into. */
export const fitting = (op: string, updates: unknown, dtype: DType): Node => {
  if (typeof updates === 'number' || typeof updates === 'boolean' || typeof updates === 'bigint') return weak(op, updates, dtype)
  const node = asNode(op, updates)
  if (law.promote(node.dtype, dtype) === dtype) return castTo(node, dtype)
  return law.fail('DTypeMismatch', `${op}: a ${dtype} tensor does not hold updates in ${node.dtype}; cast them`)
}
const integers = (op: string, index: unknown): Node => {
  const at = asNode(op, index)
  return law.isFloat(at.dtype) || at.dtype === 'bool' ? law.fail('DTypeMismatch', `${op}: the index must be an integer tensor, not ${at.dtype}`) : at
}
/** An integer tensor where every integer has a meaning. */
export const integersOf = (op: string, x: unknown): Node => castTo(integers(op, x), 'i32')
/** An index tensor into an axis of this size. */
export const indexOf = (op: string, index: unknown, size: number): Node => castTo(within(op, integers(op, index), size), 'i32')
const writing = (op: string, write: Write): Scatter => ((x: unknown, index: unknown, updates: unknown, s: { readonly axis?: number } = {}) => {
  const node = asNode(op, x)
  const axis = axisOf(op, node.shape, s.axis ?? 0)
  const at = indexOf(op, index, node.shape[axis] as number)
  const front = moveAxis(node, axis, 0)
  const rest = front.shape.slice(1)
  const shape = [...at.shape, ...rest]
  const given = fitting(op, updates, node.dtype)
  fit(op, law.broadcastTo(given.shape, shape), `updates have the index's axes, then those of x without axis ${axis}: ${law.show(shape)}`)
  const k = numel(at.shape)
  return moveAxis(write(front, reshapeTo(at, [k]), reshapeTo(stretch(given, shape), [k, ...rest])), 0, axis)
}) as never

/**
 * x with entries replaced along an axis, 0 unless given; of several updates for one place the last stays.
 * @shape [n, ...s], [...i], [...i, ...s] → [n, ...s]
 * @dtype any, integer, one that x's dtype holds → any
 * @throws ShapeMismatch when the updates do not stretch to the index's axes and x's others, DTypeMismatch for a float index.
 * @example deepClose(await read(scatter(tensor([1, 2, 3]), tensor([2, 0], { dtype: 'i32' }), tensor([7, 8]))), [8, 2, 7])
 */
export const scatter: Scatter = writing('scatter', replaced)
/**
 * x with updates added to its entries along an axis, 0 unless given.
 * @shape [n, ...s], [...i], [...i, ...s] → [n, ...s]
 * @dtype any, integer, one that x's dtype holds → any
 * @throws ShapeMismatch when the updates do not stretch to the index's axes and x's others, DTypeMismatch for a float index.
 * @example deepClose(await read(scatterAdd(tensor([1, 2, 3]), tensor([0, 0], { dtype: 'i32' }), tensor([10, 20]))), [31, 2, 3])
 */
export const scatterAdd: Scatter = writing('scatterAdd', added)
/**
 * x with its entries multiplied by updates along an axis, 0 unless given; not bool.
 * @shape [n, ...s], [...i], [...i, ...s] → [n, ...s]
 * @dtype number, integer, one that x's dtype holds → the first
 * @throws ShapeMismatch when the updates do not stretch to the index's axes and x's others, DTypeMismatch for a float index.
 * @example deepClose(await read(scatterMul(tensor([1, 2, 3]), tensor([1, 1], { dtype: 'i32' }), tensor([5, 7]))), [1, 70, 3])
 */
export const scatterMul: Scatter = writing('scatterMul', multiplied)
/**
 * The smaller of x's entries and the updates along an axis, 0 unless given; NaN stays, equal ones share the derivative.
 * @shape [n, ...s], [...i], [...i, ...s] → [n, ...s]
 * @dtype any, integer, one that x's dtype holds → any
 * @throws ShapeMismatch when the updates do not stretch to the index's axes and x's others, DTypeMismatch for a float index.
 * @example deepClose(await read(scatterMin(tensor([1, 2, 3]), tensor([2, 2], { dtype: 'i32' }), tensor([-1, 5]))), [1, 2, -1])
 */
export const scatterMin: Scatter = writing('scatterMin', lowered)
/**
 * The larger of x's entries and the updates along an axis, 0 unless given; NaN stays, equal ones share the derivative.
 * @shape [n, ...s], [...i], [...i, ...s] → [n, ...s]
 * @dtype any, integer, one that x's dtype holds → any
 * @throws ShapeMismatch when the updates do not stretch to the index's axes and x's others, DTypeMismatch for a float index.
 * @example deepClose(await read(scatterMax(tensor([1, 2, 3]), tensor([0, 0], { dtype: 'i32' }), tensor([4, 9]))), [9, 2, 3])
 */
export const scatterMax: Scatter = writing('scatterMax', raised)
