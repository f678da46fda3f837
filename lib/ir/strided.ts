/** Dense row-major arrays on the host: strides, and reading through other strides. What the reference is made of. */
import type { AnyArray } from '../type/dtype.js'
import { arrayOf } from '../type/dtype.js'
import { numel } from './node.js'
import type { Host } from './node.js'

/** Row-major strides of a shape. */
export const rowMajor = (shape: readonly number[]): number[] => {
  const strides = new Array<number>(shape.length)
  for (let i = shape.length - 1, s = 1; i >= 0; i--) {
    strides[i] = s
    s *= shape[i] as number
  }
  return strides
}
/** Calls back with the flat position of each index of `shape`, in row-major order, for strides from `offset`. */
export const walk = (shape: readonly number[], offset: number, strides: readonly number[], visit: (at: number, i: number) => void): void => {
  const n = numel(shape)
  const index = new Array<number>(shape.length).fill(0)
  for (let i = 0, at = offset; i < n; i++) {
    visit(at, i)
    for (let d = shape.length - 1; d >= 0; d--) {
      at += strides[d] as number
      if (++(index[d] as number) < (shape[d] as number)) break
      at -= (strides[d] as number) * (shape[d] as number)
      index[d] = 0
    }
  }
}
/** A dense copy of what `shape`, `offset` and `strides` select from an array. */
export const collect = (x: Host, shape: readonly number[], offset: number, strides: readonly number[]): AnyArray => {
  const out = arrayOf(x.dtype, numel(shape))
  walk(shape, offset, strides, (at, i) => {
    out[i] = x.data[at] as never
  })
  return out
}
/** Writes `x` into `out` at what offset and strides select. */
export const spread = (x: Host, out: AnyArray, offset: number, strides: readonly number[]): AnyArray => {
  walk(x.shape, offset, strides, (at, i) => {
    out[at] = x.data[i] as never
  })
  return out
}
export const permuted = (x: Host, axes: readonly number[]): Host => {
  const from = rowMajor(x.shape)
  const shape = axes.map((a) => x.shape[a] as number)
  return { dtype: x.dtype, shape, data: collect(x, shape, 0, axes.map((a) => from[a] as number)) }
}
