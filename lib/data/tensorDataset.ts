/**
 * Tensors as data sets: item i is the tuple of the i-th rows. Law: stacking all items gives the tensors back, bit
 * for bit. Rows are views, not copies; like everything here they are never written to.
 */
import { dtypeInfo } from '../type/dtype.js'
import type { DType } from '../type/dtype.js'
import { fail } from '../type/fault.js'
import { sizeOf, type HostTensor } from '../io/host.js'
import { dataset, type Dataset } from './dataset.js'

/** The type of one row: the shape without its first dim. */
export type RowOf<H> =
  H extends HostTensor<infer S, infer D>
    ? HostTensor<
        S extends readonly [number, ...infer R extends readonly number[]] ? readonly [...R] : readonly number[],
        D
      >
    : never

/**
 * The data set of the rows of tensors with equal first dims; throws InvalidArgument when these differ or are absent.
 * @example tensorDataset(images, labels).at(0) // the pair of u8 [28, 28] and i32 []
 */
export const tensorDataset = <const T extends readonly HostTensor[]>(
  ...tensors: T
): Dataset<{ readonly [K in keyof T]: RowOf<T[K]> }> => {
  const length = tensors[0]?.shape[0]
  if (length === undefined || tensors.some((h) => h.shape[0] !== length))
    fail(
      'InvalidArgument',
      `tensorDataset: the shapes ${tensors.map((h) => `[${h.shape.join(', ')}]`).join(' and ')} do not share a first dim: pass tensors with as many rows.`,
    )
  return dataset(length ?? 0, (i) => tensors.map((h) => rowOf(h, i)) as never)
}

/**
 * The i-th row of a tensor, a view.
 * @example rowOf(hostTensor('u8', [2, 2], new Uint8Array([1, 2, 3, 4])), 1).data // Uint8Array [3, 4]
 */
export const rowOf = <S extends readonly number[], D extends DType>(
  h: HostTensor<S, D>,
  i: number,
): RowOf<HostTensor<S, D>> => {
  const shape = h.shape.slice(1)
  const size = sizeOf(shape) * dtypeInfo[h.dtype].numbers
  return { dtype: h.dtype, shape, data: h.data.subarray(i * size, (i + 1) * size) } as never
}
