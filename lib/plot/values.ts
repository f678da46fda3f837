/**
 * What plots take as numbers: plain arrays, typed arrays and host tensors alike, so that nobody converts before
 * drawing.
 */
import type { HostTensor } from '../io/host.js'

/** Numbers to draw: an array, a typed array, or a host tensor of any shape. */
export type Values = ArrayLike<number> | HostTensor

/**
 * The numbers themselves; i64 becomes doubles, which is exact enough for a picture.
 * @example numbers([1, 2]).length // 2
 */
export const numbers = (values: Values): ArrayLike<number> => {
  const data = 'data' in values ? values.data : values
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? Array.from(data, Number) : data
}
