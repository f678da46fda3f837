/** Transforms along one axis, with NumPy's settings: n cuts or fills the axis, the norm says where 1/n goes. */
import type { Node } from '../../ir/node.js'
import { b } from '../../prim/index.js'
import type { FourierKind, FourierNorm, FourierOf } from '../../type/index.js'
import { fail, show, transformedSize } from '../../type/index.js'
import { axisOf } from '../fit.js'
import type { Along } from './pair.js'
import { alongAll, asComplex, asReal, doubled, halved, scaleOf } from './pair.js'

interface Settings { readonly n?: number; readonly axis?: number; readonly norm?: FourierNorm }
/** The length of a transform: given, or what the axis has. */
export const lengthOf = (op: string, shape: readonly number[], axis: number, n: number | undefined, kind: FourierKind): number => {
  const length = n ?? (kind === 'whole' ? transformedSize(shape[axis] as number, n, kind) : shape[axis] as number)
  if (Number.isInteger(length) && length > 0) return length
  return n === undefined ? fail('ShapeMismatch', `${op}: axis ${axis} of ${show(shape)} is too short to transform; give n`) : fail('InvalidArgument', `${op}: n must be a whole number above 0, got ${n}`)
}
const along = (op: string, x: Node, s: Settings, inverse: boolean, kind: FourierKind): Along => {
  const axis = axisOf(op, x.shape, s.axis ?? -1)
  const n = lengthOf(op, x.shape, axis, s.n, kind)
  return { axis, n, scale: scaleOf(s.norm ?? 'backward', n, inverse) }
}
const complexToComplex = (op: string, inverse: boolean): FourierOf<'full', 'complex'> => ((x: unknown, s: Settings = {}) => {
  const z = asComplex(op, x)
  return alongAll(z, [along(op, z, s, inverse, 'full')], inverse)
}) as never
/**
 * The discrete Fourier transform Σⱼ x[j] e^(-2πi jk/n) along an axis, the last unless given; O(n log n) for every n.
 * @shape [..., m, ...] → [..., n, ...]; n is m unless given: the axis is cut or filled with zeros
 * @dtype f32, c64 → c64; f64, c128 → c128; integers in c64
 * @throws IndexOutOfRange for an axis that is not there, InvalidArgument for an n below 1, ShapeMismatch for an empty axis.
 * @source numpy.fft.fft, NumPy 2.
 * @example deepClose(await read(real(fft.fft(tensor([1, 0, 0, 0])))), [1, 1, 1, 1])
 */
export const fft = complexToComplex('fft', false)
/**
 * The inverse of `fft`: Σₖ x[k] e^(2πi jk/n) / n along an axis, the last unless given.
 * @shape [..., m, ...] → [..., n, ...]; n is m unless given: the axis is cut or filled with zeros
 * @dtype f32, c64 → c64; f64, c128 → c128; integers in c64
 * @throws IndexOutOfRange for an axis that is not there, InvalidArgument for an n below 1, ShapeMismatch for an empty axis.
 * @source numpy.fft.ifft, NumPy 2.
 * @example deepClose(await read(real(fft.ifft(tensor([4, 0, 0, 0])))), [1, 1, 1, 1])
 */
export const ifft = complexToComplex('ifft', true)
/**
 * The first half of the transform of real numbers, of which the other half is the conjugate: n / 2 + 1 numbers.
 * @shape [..., m, ...] → [..., ⌊n/2⌋ + 1, ...]; n is m unless given
 * @dtype f32 → c64, f64 → c128; integers in c64
 * @throws DTypeMismatch for complex numbers; else as `fft`.
 * @source numpy.fft.rfft, NumPy 2.
 * @example deepClose(await read(real(fft.rfft(tensor([1, 2, 3, 4])))), [10, -2, -2])
 */
export const rfft: FourierOf<'half', 'complex'> = ((x: unknown, s: Settings = {}) => {
  const node = asReal('rfft', x)
  return halved(node, along('rfft', node, s, false, 'half'))
}) as never
const back = (op: string, z: Node, s: Settings, inverse: boolean): Node => doubled(z, along(op, z, s, inverse, 'whole'))
/**
 * Real numbers from the first half of their transform: the inverse of `rfft`. An odd n must be given.
 * @shape [..., m, ...] → [..., n, ...]; n is 2 (m - 1) unless given
 * @dtype c64, f32 → f32; c128, f64 → f64; integers in f32
 * @throws ShapeMismatch for an axis of fewer than 2 numbers without n; else as `fft`.
 * @source numpy.fft.irfft, NumPy 2: imaginary parts at 0, and at n/2 of an even n, do not count.
 * @example deepClose(await read(fft.irfft(tensor([10, -2, -2]))), [1, 3, 3, 3])
 */
export const irfft: FourierOf<'whole', 'real'> = ((x: unknown, s: Settings = {}) => back('irfft', asComplex('irfft', x), s, true)) as never
const turned: Readonly<Record<FourierNorm, FourierNorm>> = { backward: 'forward', ortho: 'ortho', forward: 'backward' }
const opposite = (s: Settings): Settings => ({ ...s, norm: turned[s.norm ?? 'backward'] })
const conjugate = (z: Node): Node => b.complex([b.real([z]), b.neg([b.imag([z])])])
/**
 * The real transform of a signal that is the conjugate of itself reversed, from its first half.
 * @shape [..., m, ...] → [..., n, ...]; n is 2 (m - 1) unless given
 * @dtype c64, f32 → f32; c128, f64 → f64; integers in f32
 * @throws ShapeMismatch for an axis of fewer than 2 numbers without n; else as `fft`.
 * @source numpy.fft.hfft, NumPy 2.
 * @example deepClose(await read(fft.hfft(tensor([1, 1, 1]))), [4, 0, 0, 0])
 */
export const hfft: FourierOf<'whole', 'real'> = ((x: unknown, s: Settings = {}) => back('hfft', conjugate(asComplex('hfft', x)), opposite(s), true)) as never
/**
 * The inverse of `hfft`: the first half of the signal whose transform these real numbers are.
 * @shape [..., m, ...] → [..., ⌊n/2⌋ + 1, ...]; n is m unless given
 * @dtype f32 → c64, f64 → c128; integers in c64
 * @throws DTypeMismatch for complex numbers; else as `fft`.
 * @source numpy.fft.ihfft, NumPy 2.
 * @example deepClose(await read(real(fft.ihfft(tensor([4, 0, 0, 0])))), [1, 1, 1])
 */
export const ihfft: FourierOf<'half', 'complex'> = ((x: unknown, s: Settings = {}) => {
  const node = asReal('ihfft', x)
  return conjugate(halved(node, along('ihfft', node, opposite(s), false, 'half')))
}) as never
