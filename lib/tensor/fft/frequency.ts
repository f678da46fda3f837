/** Where the frequencies of a transform are, and the order that puts zero in the middle. Law: ifftshift(fftshift(x)) = x. */
import type { Node } from '../../ir/node.js'
import { leaf } from '../../ir/node.js'
import { b, cut } from '../../prim/index.js'
import type { Device, DType, FloatDType, Shape, Tensor } from '../../type/index.js'
import { arrayOf, fail } from '../../type/index.js'
import { axesOf, count } from '../fit.js'
import { asNode } from '../operand.js'

interface Shift { <S extends Shape, D extends DType, V extends Device>(x: Tensor<S, D, V>, settings?: { readonly axes?: number | readonly number[] }): Tensor<S, D, V> }
/** The entries from `start` on first, then those before. */
const from = (x: Node, axis: number, start: number): Node => {
  const n = x.shape[axis] as number
  return start === 0 || n === 0 ? x : b.concat([cut(x, axis, start, n - start), cut(x, axis, 0, start)], { axis })
}
const shift = (op: string, start: (n: number) => number): Shift => ((x: unknown, s: { readonly axes?: number | readonly number[] } = {}) => {
  const node = asNode(op, x)
  return axesOf(op, node.shape, s.axes).reduce((y, axis) => from(y, axis, start(y.shape[axis] as number)), node)
}) as never
/**
 * Zero frequency brought from the start to the middle, along all axes unless given.
 * @shape [...s] → [...s]
 * @dtype any → same
 * @throws IndexOutOfRange for an axis that is not there.
 * @source numpy.fft.fftshift, NumPy 2.
 * @example deepClose(await read(fft.fftshift(tensor([0, 1, 2, -2, -1]))), [-2, -1, 0, 1, 2])
 */
export const fftshift = shift('fftshift', (n) => Math.ceil(n / 2))
/**
 * Zero frequency brought back from the middle to the start: the inverse of `fftshift`.
 * @shape [...s] → [...s]
 * @dtype any → same
 * @throws IndexOutOfRange for an axis that is not there.
 * @source numpy.fft.ifftshift, NumPy 2.
 * @example deepClose(await read(fft.ifftshift(tensor([-2, -1, 0, 1, 2]))), [0, 1, 2, -2, -1])
 */
export const ifftshift = shift('ifftshift', (n) => Math.floor(n / 2))

interface Spacing<D extends FloatDType> { readonly spacing?: number; readonly dtype?: D }
const frequencies = (op: string, n: number, length: number, s: Spacing<FloatDType>, of: (k: number) => number): Node => {
  if (count(op, 'n', n) === 0) return fail('InvalidArgument', `${op}: n must be above 0`)
  const dtype = s.dtype ?? 'f32'
  const values = arrayOf(dtype, length).map((_, k) => of(k) / (n * (s.spacing ?? 1)))
  return leaf(values as never, [length], dtype)
}
/**
 * The frequencies of a transform of n samples that are `spacing` (1) apart, in its order: 0 up, then the negative ones.
 * @shape (n) → [n]
 * @dtype f32, or the float given
 * @throws InvalidArgument for an n below 1.
 * @source numpy.fft.fftfreq, NumPy 2.
 * @example deepClose(await read(fft.fftfreq(4)), [0, 0.25, -0.5, -0.25])
 */
export const fftfreq = <N extends number, D extends FloatDType = 'f32'>(n: N, s: Spacing<D> = {}): Tensor<[N], NoInfer<D>, never> =>
  frequencies('fftfreq', n, n, s, (k) => (k < n / 2 ? k : k - n)) as never
/**
 * The frequencies of the half transform of n real samples that are `spacing` (1) apart: 0 up to half the sampling rate.
 * @shape (n) → [⌊n/2⌋ + 1]
 * @dtype f32, or the float given
 * @throws InvalidArgument for an n below 1.
 * @source numpy.fft.rfftfreq, NumPy 2.
 * @example deepClose(await read(fft.rfftfreq(4)), [0, 0.25, 0.5])
 */
export const rfftfreq = <D extends FloatDType = 'f32'>(n: number, s: Spacing<D> = {}): Tensor<[number], NoInfer<D>, never> =>
  frequencies('rfftfreq', n, Math.floor(n / 2) + 1, s, (k) => k) as never
