/** Initial weights that keep lengths: orthonormal rows or columns, as PyTorch's orthogonal_. Numbers are JAX's for the same key. */
import { moveaxis, mul, pad, random, reshape } from '../tensor/index.js'
import type { Device, WideFloatDType, Key, Shape, Tensor } from '../type/index.js'
import { fail, show } from '../type/index.js'

type Initial<D> = { readonly scale?: number; readonly dtype?: D }
/**
 * A weight whose outputs (along `outAxis`, 0 unless given) are orthonormal vectors, or its inputs where they are fewer, times
 * `scale`.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch below rank 2 or without that axis.
 * @source A. M. Saxe, J. L. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
 * networks", ICLR 2014; jax.nn.initializers.orthogonal, JAX 0.10.
 * @example const w = nn.orthogonal(key(0), [2, 5]); deepClose(await read(matmul(w, transpose(w))), [[1, 0], [0, 1]])
 */
export const orthogonal = <const S extends Shape, V extends Device, D extends WideFloatDType = 'f32'>(
  key: Key<V>, shape: readonly [...S], s: Initial<D> & { readonly outAxis?: number } = {},
): Tensor<S, D, V> => {
  const axis = (s.outAxis ?? 0) < 0 ? (s.outAxis ?? 0) + shape.length : s.outAxis ?? 0
  const outputs = shape[axis]
  if (shape.length < 2 || outputs === undefined) return fail('ShapeMismatch', `orthogonal: a weight of shape ${show(shape)} has no inputs beside its axis ${axis}; give at least two axes, and outAxis`)
  const rest = shape.filter((_, i) => i !== axis)
  const q = random.orthogonal(key, rest.reduce((n: number, d) => n * d, 1), [], { m: outputs, ...(s.dtype === undefined ? {} : { dtype: s.dtype }) })
  return mul(moveaxis(reshape(q, [...rest, outputs]), -1, axis), s.scale ?? 1) as never
}
/**
 * The weight [out, in, ...kernel] of a convolution that keeps lengths: a matrix with orthonormal columns at the middle of the
 * kernel, zeros around it. There must be as many outputs as inputs, or more.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch without a kernel or with fewer outputs than inputs.
 * @source L. Xiao, Y. Bahri, J. Sohl-Dickstein, S. S. Schoenholz, J. Pennington, "Dynamical isometry and a mean field theory of
 * CNNs", ICML 2018; jax.nn.initializers.delta_orthogonal, JAX 0.10.
 * @example const w = nn.deltaOrthogonal(key(0), [4, 2, 3, 3]); deepClose(await item(sum(mul(w, w))), 2)
 */
export const deltaOrthogonal = <const S extends Shape, V extends Device, D extends WideFloatDType = 'f32'>(
  key: Key<V>, shape: readonly [...S], s: Initial<D> = {},
): Tensor<S, D, V> => {
  const [out, inputs, ...kernel] = shape as Shape
  if (out === undefined || inputs === undefined || kernel.length === 0) return fail('ShapeMismatch', `deltaOrthogonal: a weight of shape ${show(shape)} is none of a convolution: [out, in, ...kernel]`)
  if (out < inputs) return fail('ShapeMismatch', `deltaOrthogonal: ${show(shape)} has fewer outputs than inputs, so that no lengths can be kept`)
  const middle = reshape(orthogonal(key, [out, inputs], s), [out, inputs, ...kernel.map(() => 1)])
  return pad(middle, [[0, 0], [0, 0], ...kernel.map((k): [number, number] => [Math.floor((k - 1) / 2), k - 1 - Math.floor((k - 1) / 2)])]) as never
}
