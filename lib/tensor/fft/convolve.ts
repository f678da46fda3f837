/**
 * Convolution by the convolution theorem: the transform of a convolution is the product of the transforms. O(n log n), where
 * sliding costs n m; every result has the rounding of the largest ones.
 */
import type { Node } from '../../ir/node.js'
import { b, cut, reshapeTo } from '../../prim/index.js'
import type { Device, DType, FloatOf, Promote, Shape, SlideMode, Tensor } from '../../type/index.js'
import { fail, floatOf, isComplex, show } from '../../type/index.js'
import { asDType, asNode, commonDType } from '../operand.js'
import { fftn, ifftn, irfftn, rfftn } from './many.js'

interface Settings { readonly mode?: SlideMode }
type Many = (x: Node, s: { readonly n: readonly number[] }) => Node
const many = (f: unknown): Many => f as Many
/** The smallest even 2ᵃ 3ᵇ 5ᶜ that is at least n: what transforms fastest. */
const fast = (n: number): number => {
  for (let size = n + (n % 2); ; size += 2) {
    let rest = size
    for (const p of [2, 3, 5]) while (rest % p === 0) rest /= p
    if (rest === 1) return size
  }
}
const product = (x: Node, y: Node, n: readonly number[]): Node => {
  const [there, back] = isComplex(x.dtype) ? [many(fftn), many(ifftn)] : [many(rfftn), many(irfftn)]
  return back(b.mul([there(x, { n }), there(y, { n })]), { n })
}
const covers = (x: Node, y: Node): boolean => x.shape.every((d, i) => d >= (y.shape[i] as number))
/**
 * Σⱼ x[j] y[k - j] over all axes, by Fourier transforms. 'full' (unless given) has every overlap, 'same' the middle ones in x's
 * shape, 'valid' those where one operand lies in the other.
 * @shape [...m], [...n] → [...m + n - 1]; same: [...m]; valid: [...|m - n| + 1]
 * @dtype float, complex → promoted; integers in f32
 * @throws ShapeMismatch when the ranks differ, an axis is empty, or neither covers the other in mode 'valid'.
 * @source scipy.signal.fftconvolve, SciPy 1.17.
 * @example deepClose(await read(fft.fftConvolve(tensor([1, 2]), tensor([1, 3]))), [1, 5, 6])
 */
export const fftConvolve = <S extends Shape, D extends DType, V extends Device, E extends DType, W extends Device>(
  x: Tensor<S, D, V>, y: Tensor<{ readonly [K in keyof S]: number }, E, W>, s: Settings = {},
): Tensor<{ -readonly [K in keyof S]: number } & Shape, FloatOf<Promote<D, E>>, V | W> => {
  const dtype = floatOf(commonDType('fftConvolve', [asNode('fftConvolve', x), asNode('fftConvolve', y)]))
  const [p, q] = asDType('fftConvolve', [x, y], dtype) as [Node, Node]
  if (p.shape.length !== q.shape.length || [...p.shape, ...q.shape].includes(0)) return fail('ShapeMismatch', `fftConvolve: ${show(p.shape)} and ${show(q.shape)} must have one rank and no empty axis`)
  if (p.shape.length === 0) return b.mul([p, q]) as never
  const full = p.shape.map((d, i) => d + (q.shape[i] as number) - 1)
  if (s.mode === 'valid' && !covers(p, q) && !covers(q, p)) return fail('ShapeMismatch', `fftConvolve: neither of ${show(p.shape)} and ${show(q.shape)} lies in the other; mode 'valid' needs that`)
  const out = s.mode === 'same' ? p.shape : s.mode === 'valid' ? p.shape.map((d, i) => Math.abs(d - (q.shape[i] as number)) + 1) : full
  const whole = product(p, q, full.map(fast))
  return reshapeTo(out.reduce((z, d, axis) => cut(z, axis, Math.floor(((full[axis] as number) - d) / 2), d), whole), out) as never
}
