/** Transforms along several axes: one after the other, the last axis first; of real numbers the last axis is the half one. */
import type { Node } from '../../ir/node.js'
import type { FourierKind, FourierManyOf, FourierNorm } from '../../type/index.js'
import { fail, show } from '../../type/index.js'
import { axisOf } from '../fit.js'
import { lengthOf } from './one.js'
import type { Along } from './pair.js'
import { alongAll, asComplex, asReal, doubled, halved, scaleOf } from './pair.js'

interface Settings { readonly n?: readonly number[]; readonly axes?: readonly number[]; readonly norm?: FourierNorm }
/** The axes: given, the last ones that n has sizes for, or `otherwise` (null: all). */
const axesOf = (op: string, x: Node, s: Settings, otherwise: readonly number[] | null): readonly number[] => {
  const all = [...x.shape.keys()]
  const named = s.axes ?? (s.n === undefined || otherwise !== null ? otherwise : s.n.map((_, i, n) => i - n.length)) ?? all
  const axes = named.map((a) => axisOf(op, x.shape, a))
  if (new Set(axes).size !== axes.length) return fail('InvalidArgument', `${op}: axes ${show(named)} name one axis twice`)
  return s.n !== undefined && s.n.length !== axes.length ? fail('InvalidArgument', `${op}: ${s.n.length} sizes for ${axes.length} axes; give one each`) : axes
}
const alongs = (op: string, x: Node, s: Settings, otherwise: readonly number[] | null, inverse: boolean, last: FourierKind): Along[] => {
  const axes = axesOf(op, x, s, otherwise)
  return axes.map((axis, i) => {
    const n = lengthOf(op, x.shape, axis, s.n?.[i], i === axes.length - 1 ? last : 'full')
    return { axis, n, scale: scaleOf(s.norm ?? 'backward', n, inverse) }
  })
}
type Defaults = readonly number[] | null
const full = (op: string, otherwise: Defaults, inverse: boolean): FourierManyOf<'full', 'complex'> => ((x: unknown, s: Settings = {}) => {
  const z = asComplex(op, x)
  return alongAll(z, alongs(op, z, s, otherwise, inverse, 'full').reverse(), inverse)
}) as never
const half = (op: string, otherwise: Defaults): FourierManyOf<'half', 'complex'> => ((x: unknown, s: Settings = {}) => {
  const node = asReal(op, x)
  const all = alongs(op, node, s, otherwise, false, 'half')
  const last = all.pop()
  return last === undefined ? fail('InvalidArgument', `${op}: there is no axis to transform`) : alongAll(halved(node, last), all.reverse(), false)
}) as never
const whole = (op: string, otherwise: Defaults): FourierManyOf<'whole', 'real'> => ((x: unknown, s: Settings = {}) => {
  const z = asComplex(op, x)
  const all = alongs(op, z, s, otherwise, true, 'whole')
  const last = all.pop()
  return last === undefined ? fail('InvalidArgument', `${op}: there is no axis to transform`) : doubled(alongAll(z, all, true), last)
}) as never

/**
 * The transform along several axes, all of them unless given.
 * @shape [...s] → [...s], or with the sizes n along the axes
 * @dtype f32, c64 → c64; f64, c128 → c128; integers in c64
 * @throws IndexOutOfRange for an axis that is not there, InvalidArgument for sizes or axes that do not fit, ShapeMismatch for an empty axis.
 * @source numpy.fft.fftn, NumPy 2.
 * @example deepClose(await read(real(fft.fftn(tensor([[1, 2], [3, 4]])))), [[10, -2], [-4, 0]])
 */
export const fftn = full('fftn', null, false)
/**
 * The inverse of `fftn`.
 * @shape [...s] → [...s], or with the sizes n along the axes
 * @dtype f32, c64 → c64; f64, c128 → c128; integers in c64
 * @throws IndexOutOfRange for an axis that is not there, InvalidArgument for sizes or axes that do not fit, ShapeMismatch for an empty axis.
 * @source numpy.fft.ifftn, NumPy 2.
 * @example deepClose(await read(real(fft.ifftn(tensor([[10, -2], [-4, 0]])))), [[1, 2], [3, 4]])
 */
export const ifftn = full('ifftn', null, true)
/**
 * The transform along two axes, the last two unless given.
 * @shape [..., h, w] → [..., h, w], or with the sizes n
 * @dtype f32, c64 → c64; f64, c128 → c128; integers in c64
 * @throws as `fftn`.
 * @source numpy.fft.fft2, NumPy 2.
 * @example deepClose(await read(real(fft.fft2(tensor([[1, 2], [3, 4]])))), [[10, -2], [-4, 0]])
 */
export const fft2 = full('fft2', [-2, -1], false)
/**
 * The inverse of `fft2`.
 * @shape [..., h, w] → [..., h, w], or with the sizes n
 * @dtype f32, c64 → c64; f64, c128 → c128; integers in c64
 * @throws as `fftn`.
 * @source numpy.fft.ifft2, NumPy 2.
 * @example deepClose(await read(real(fft.ifft2(tensor([[10, -2], [-4, 0]])))), [[1, 2], [3, 4]])
 */
export const ifft2 = full('ifft2', [-2, -1], true)
/**
 * The transform of real numbers along several axes, all of them unless given; of the last one only the first half.
 * @shape [..., m] → [..., ⌊n/2⌋ + 1]
 * @dtype f32 → c64, f64 → c128; integers in c64
 * @throws DTypeMismatch for complex numbers; else as `fftn`.
 * @source numpy.fft.rfftn, NumPy 2.
 * @example deepClose(await read(real(fft.rfftn(tensor([[1, 2], [3, 4]])))), [[10, -2], [-4, 0]])
 */
export const rfftn = half('rfftn', null)
/**
 * The inverse of `rfftn`; an odd last size must be given.
 * @shape [..., m] → [..., n]; n is 2 (m - 1) unless given
 * @dtype c64, f32 → f32; c128, f64 → f64; integers in f32
 * @throws as `fftn`.
 * @source numpy.fft.irfftn, NumPy 2.
 * @example deepClose(await read(fft.irfftn(tensor([[10, -2], [-4, 0]]))), [[1, 2], [3, 4]])
 */
export const irfftn = whole('irfftn', null)
/**
 * The transform of real numbers along two axes, the last two unless given; of the last one only the first half.
 * @shape [..., h, m] → [..., h, ⌊n/2⌋ + 1]
 * @dtype f32 → c64, f64 → c128; integers in c64
 * @throws DTypeMismatch for complex numbers; else as `fftn`.
 * @source numpy.fft.rfft2, NumPy 2.
 * @example deepClose(await read(real(fft.rfft2(tensor([[1, 2], [3, 4]])))), [[10, -2], [-4, 0]])
 */
export const rfft2 = half('rfft2', [-2, -1])
/**
 * The inverse of `rfft2`; an odd last size must be given.
 * @shape [..., h, m] → [..., h, n]; n is 2 (m - 1) unless given
 * @dtype c64, f32 → f32; c128, f64 → f64; integers in f32
 * @throws as `fftn`.
 * @source numpy.fft.irfft2, NumPy 2.
 * @example deepClose(await read(fft.irfft2(tensor([[10, -2], [-4, 0]]))), [[1, 2], [3, 4]])
 */
export const irfft2 = whole('irfft2', [-2, -1])
