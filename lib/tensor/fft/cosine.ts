/**
 * The cosine transform (type II) and its inverse (type III), by one Fourier transform of the same length: the even elements
 * followed by the odd ones backwards, each frequency turned by a quarter step. Law: idct(dct(x)) = x.
 * @source J. Makhoul, "A fast cosine transform in one and two dimensions", IEEE Trans. ASSP 28 (1980).
 */
import type { Node } from '../../ir/node.js'
import { leaf } from '../../ir/node.js'
import { b, castTo, constant, moveAxis, reshapeTo, zeros } from '../../prim/index.js'
import type { Device, DType, FloatOf, FourierNorm, Shape, Tensor } from '../../type/index.js'
import { axisOf } from '../fit.js'
import { lengthOf } from './one.js'
import { asReal, fitted } from './pair.js'

type Norm = Exclude<FourierNorm, 'forward'>
interface Settings { readonly n?: number; readonly axis?: number; readonly norm?: Norm }
interface Cosine {
  <S extends Shape, D extends DType, V extends Device, const N extends number | undefined = undefined>(
    x: Tensor<S, D, V>, settings?: { readonly n?: N; readonly axis?: number; readonly norm?: Norm },
  ): Tensor<[N] extends [undefined] ? S : { -readonly [K in keyof S]: number } & Shape, FloatOf<D>, V>
}
/** One factor a frequency, along the last axis. */
const factors = (like: Node, f: (k: number, n: number) => number): Node => {
  const n = like.shape.at(-1) as number
  const values = leaf(Float64Array.from({ length: n }, (_, k) => f(k, n)), [n], 'f64')
  return b.broadcast([castTo(values, like.dtype)], { shape: like.shape, axes: [like.shape.length - 1] })
}
const angle = (k: number, n: number): number => (Math.PI * k) / (2 * n)
const everySecond = (x: Node, start: 0 | 1): Node => {
  const last = x.shape.length - 1
  return b.slice([x], { start: x.shape.map((_, i) => (i === last ? Math.min(start, x.shape[last] as number) : 0)), limit: x.shape, step: x.shape.map((_, i) => (i === last ? 2 : 1)) })
}
const backwards = (x: Node): Node => b.flip([x], { axes: [x.shape.length - 1] })
const folded = (x: Node): Node => b.concat([everySecond(x, 0), backwards(everySecond(x, 1))], { axis: x.shape.length - 1 })
const unfolded = (v: Node): Node => {
  const [lead, n] = [v.shape.slice(0, -1), v.shape.at(-1) as number]
  const last = lead.length
  const [even, odd] = [Math.ceil(n / 2), Math.floor(n / 2)]
  const part = (start: number, count: number): Node => b.slice([v], { start: [...lead.map(() => 0), start], limit: [...lead, start + count], step: v.shape.map(() => 1) })
  const spread = (y: Node, low: 0 | 1, high: number): Node => b.pad([y, constant(0, { shape: [], dtype: v.dtype })], {
    low: [...lead.map(() => 0), low], high: [...lead.map(() => 0), high], interior: y.shape.map((_, i) => (i === last ? 1 : 0)),
  })
  if (odd === 0) return v
  return b.add([spread(part(0, even), 0, n % 2 === 0 ? 1 : 0), spread(backwards(part(even, odd)), 1, n % 2 === 0 ? 0 : 1)])
}
/** 2 Σ x[j] cos(π k (2j + 1) / 2n) along the last axis. */
const forward = (x: Node, ortho: boolean): Node => {
  const v = b.fft([b.asReals([b.complex([folded(x), zeros(x)])])], { inverse: false, scale: 2 })
  const size = (k: number, n: number): number => (ortho ? Math.sqrt((k === 0 ? 0.25 : 0.5) / n) : 1)
  const z = b.asComplex([v])
  const [re, im] = [b.real([z]), b.imag([z])]
  const turn = (f: (a: number) => number): Node => factors(re, (k, n) => f(angle(k, n)) * size(k, n))
  return b.add([b.mul([re, turn(Math.cos)]), b.mul([im, turn(Math.sin)])])
}
const inverse = (y: Node, ortho: boolean): Node => {
  const size = (k: number, n: number): number => (ortho ? Math.sqrt((k === 0 ? 1 : 2) * n) : k === 0 ? 0.5 : 1)
  const turn = (f: (a: number) => number): Node => b.mul([y, factors(y, (k, n) => f(angle(k, n)) * size(k, n))])
  const v = b.fft([b.asReals([b.complex([turn(Math.cos), turn(Math.sin)])])], { inverse: true, scale: 1 / (y.shape.at(-1) as number) })
  return unfolded(b.real([b.asComplex([v])]))
}
const along = (op: string, f: (x: Node, ortho: boolean) => Node): Cosine => ((x: unknown, s: Settings = {}) => {
  const node = asReal(op, x)
  const axis = axisOf(op, node.shape, s.axis ?? -1)
  const n = lengthOf(op, node.shape, axis, s.n, 'full')
  const last = node.shape.length - 1
  const rows = moveAxis(fitted(node, axis, n), axis, last)
  return moveAxis(reshapeTo(f(rows, s.norm === 'ortho'), rows.shape), last, axis)
}) as never
/**
 * The cosine transform of type II, 2 Σⱼ x[j] cos(π k (2j + 1) / 2n), along an axis, the last unless given; 'ortho' makes it
 * orthogonal.
 * @shape [...s] → [...s], or n along the axis
 * @dtype float → same; integers in f32
 * @throws DTypeMismatch for complex numbers, IndexOutOfRange for an axis that is not there.
 * @source scipy.fft.dct, SciPy 1.17.
 * @example deepClose(await read(fft.dct(tensor([1, 1]))), [4, 0])
 */
export const dct = along('dct', forward)
/**
 * The inverse of `dct`: the transform of type III, divided by 2n.
 * @shape [...s] → [...s], or n along the axis
 * @dtype float → same; integers in f32
 * @throws DTypeMismatch for complex numbers, IndexOutOfRange for an axis that is not there.
 * @source scipy.fft.idct, SciPy 1.17.
 * @example deepClose(await read(fft.idct(tensor([4, 0]))), [1, 1])
 */
export const idct = along('idct', inverse)
