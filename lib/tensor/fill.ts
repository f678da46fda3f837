/**
 * Filled tensors. Zeros and ones are rule-made constants, which the planner may look at; a value given by the user is a
 * slot, so `full(shape, rate)` with a new rate is not a new program. None of them has a device: only shapes are used of
 * what they are made like.
 */
import type { Node } from '../ir/node.js'
import { constant, stretch } from '../prim/index.js'
import type { DType, Filled, FilledAs, FilledLike, Full, FullLike, HostScalar, Shape } from '../type/index.js'
import { sizes } from './fit.js'
import { asNode, weak } from './operand.js'

interface Settings { readonly dtype?: DType }
const filled = (op: string, value: number) => (shape: Shape, s: Settings = {}): Node =>
  constant(value, { shape: [...sizes(op, shape)], dtype: s.dtype ?? 'f32' })
const like = (op: string, value: number) => (x: unknown, s: Settings = {}): Node => {
  const { shape, dtype } = asNode(op, x)
  return constant(value, { shape, dtype: s.dtype ?? dtype })
}
const as = (op: string, value: number) => (x: unknown, shape: Shape, s: Settings = {}): Node =>
  filled(op, value)(shape, { dtype: s.dtype ?? asNode(op, x).dtype })
const dtypeFor = (value: HostScalar): DType => (typeof value === 'boolean' ? 'bool' : typeof value === 'bigint' ? 'i64' : 'f32')

/**
 * Zeros, in f32 unless a dtype is given.
 * @shape (shape) → shape
 * @dtype f32, or the one given
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(zeros([2, 2])), [[0, 0], [0, 0]])
 */
export const zeros: Filled = filled('zeros', 0) as never
/**
 * Ones, in f32 unless a dtype is given.
 * @shape (shape) → shape
 * @dtype f32, or the one given
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(ones([3], { dtype: 'i32' })), [1, 1, 1])
 */
export const ones: Filled = filled('ones', 1) as never
/**
 * A tensor for values that do not matter yet; there is no uninitialised memory here, so they are zeros.
 * @shape (shape) → shape
 * @dtype f32, or the one given
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(empty([2, 3]).shape, [2, 3])
 */
export const empty: Filled = filled('empty', 0) as never
/**
 * One value everywhere.
 * @shape (shape, value) → shape
 * @dtype f32 for a number, i64 for a bigint, bool for a boolean, or the one given
 * @throws DTypeMismatch when the dtype does not hold the value.
 * @example deepClose(await read(full([2], 0.5)), [0.5, 0.5])
 */
export const full: Full = ((shape: Shape, value: HostScalar, s: Settings = {}) =>
  stretch(weak('full', value, s.dtype ?? dtypeFor(value)), [...sizes('full', shape)])) as never

/**
 * Zeros in the shape and dtype of another tensor.
 * @shape [...s] → [...s]
 * @dtype any → same, or the one given
 * @example deepClose(await read(zerosLike(tensor([1, 2]))), [0, 0])
 */
export const zerosLike: FilledLike = like('zerosLike', 0) as never
/**
 * Ones in the shape and dtype of another tensor.
 * @shape [...s] → [...s]
 * @dtype any → same, or the one given
 * @example deepClose(await read(onesLike(tensor([5, 6]))), [1, 1])
 */
export const onesLike: FilledLike = like('onesLike', 1) as never
/**
 * A tensor like another for values that do not matter yet: zeros.
 * @shape [...s] → [...s]
 * @dtype any → same, or the one given
 * @example deepClose(emptyLike(tensor([5, 6])).shape, [2])
 */
export const emptyLike: FilledLike = like('emptyLike', 0) as never
/**
 * One value in the shape and dtype of another tensor.
 * @shape [...s] → [...s]
 * @dtype any → same, or the one given
 * @throws DTypeMismatch when the dtype does not hold the value.
 * @example deepClose(await read(fullLike(tensor([5, 6]), 7)), [7, 7])
 */
export const fullLike: FullLike = ((x: unknown, value: HostScalar, s: Settings = {}) => {
  const { shape, dtype } = asNode('fullLike', x)
  return stretch(weak('fullLike', value, s.dtype ?? dtype), shape)
}) as never
/**
 * Zeros in a new shape and the dtype of another tensor.
 * @shape ([...s], shape) → shape
 * @dtype any → same, or the one given
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(newZeros(tensor([1n]), [2]).dtype, 'i64')
 */
export const newZeros: FilledAs = as('newZeros', 0) as never
/**
 * Ones in a new shape and the dtype of another tensor.
 * @shape ([...s], shape) → shape
 * @dtype any → same, or the one given
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(newOnes(tensor([1]), [2])), [1, 1])
 */
export const newOnes: FilledAs = as('newOnes', 1) as never
