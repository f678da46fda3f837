/**
 * A tensor as it lies in this process's memory: a dtype, a shape and a typed array in row-major order. It is what
 * files hold, what data sets yield and what plots read; it knows no device and no graph. Law: `data.length` is the
 * product of `shape` (twice that for complex numbers), and a bool holds 0 or 1 (checked by `hostTensor`, kept by everything here). It is separate
 * from `Tensor` so that data loading and files need neither a backend nor a graph, and can run in a worker.
 */
import { arrayOf, dtypeInfo, isBig, isHalf, lengthOf, type AnyArray, type ArrayOf, type DType } from '../type/dtype.js'
import { fail } from '../type/fault.js'
import { roundHalf } from '../type/half.js'

/** A typed array with its dtype and shape: row-major, never changed once made. */
export interface HostTensor<S extends readonly number[] = readonly number[], D extends DType = DType> {
  readonly dtype: D
  readonly shape: S
  readonly data: ArrayOf<D>
}

/**
 * The number of elements of a shape; 1 for a scalar.
 * @example sizeOf([2, 3]) // 6
 */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, dim) => size * dim, 1)

/**
 * Makes a host tensor (no copy); throws InvalidArgument when the array does not have the shape's size.
 * @example hostTensor('f32', [2, 2], new Float32Array([1, 2, 3, 4])).shape // [2, 2]
 */
export const hostTensor = <const S extends readonly number[], D extends DType>(
  dtype: D,
  shape: S,
  data: ArrayOf<D>,
): HostTensor<S, D> =>
  isDims(shape) && lengthOf(dtype, data) === sizeOf(shape)
    ? Object.freeze({ dtype, shape: Object.freeze([...shape]) as unknown as S, data })
    : fail(
        'InvalidArgument',
        `hostTensor: shape [${shape}] does not fit ${lengthOf(dtype, data)} elements: pass whole, non-negative dims whose product is the array's length.`,
      )

/**
 * A host tensor of shape [] from one number; throws InvalidArgument when the number is outside the dtype.
 * @example scalar(3, 'i32').data[0] // 3
 */
export const scalar = <const D extends DType>(
  value: number | bigint | boolean,
  dtype: D,
): HostTensor<readonly [], D> => {
  const data = arrayOf(dtype, 1)
  data[0] = isBig(dtype) ? BigInt(value) : isHalf(dtype) ? roundHalf(Number(value), dtype) : fitting(Number(value), dtype)
  return hostTensor(dtype, [], data)
}

/**
 * A class label: the scalar of dtype i32 that losses on classes expect.
 * @example label(7).dtype // 'i32'
 */
export const label = (value: number): HostTensor<readonly [], 'i32'> => scalar(value, 'i32')

/**
 * The bytes of a typed array (no copy).
 * @example bytesOf(new Float32Array(2)).length // 8
 */
export const bytesOf = (data: AnyArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/**
 * Dtype and shape in the words of messages.
 * @example describe({ dtype: 'f32', shape: [2, 3] }) // 'f32 [2, 3]'
 */
export const describe = (h: { readonly dtype: string; readonly shape: readonly number[] }): string =>
  `${h.dtype} [${h.shape.join(', ')}]`

/**
 * Whether a value has the form of a host tensor.
 * @example isHostTensor(label(1)) // true
 */
export const isHostTensor = (value: unknown): value is HostTensor =>
  typeof value === 'object' &&
  value !== null &&
  'dtype' in value &&
  'shape' in value &&
  'data' in value &&
  Array.isArray(value.shape) &&
  ArrayBuffer.isView(value.data)

const isDims = (shape: readonly number[]): boolean => shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)

const fitting = (value: number, dtype: DType): number => {
  const { kind, min, max } = dtypeInfo[dtype]
  return kind === 'float' || kind === 'complex' || (Number.isInteger(value) && value >= min && value <= max)
    ? value
    : fail(
        'InvalidArgument',
        `scalar: ${value} is not a value of ${dtype}: pass a whole number from ${min} to ${max}, or another dtype.`,
      )
}
