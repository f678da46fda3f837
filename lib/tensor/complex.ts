/**
 * Complex numbers: made of two real tensors, or of lengths and angles, and taken apart again. Arithmetic and analytic
 * functions take them as they take reals; comparisons of order and rounding do not.
 */
import type { Node } from '../ir/node.js'
import { b, castTo, zeros } from '../prim/index.js'
import type { Device, DType, FloatOf, RealOf, Shape, Tensor, ToComplex, ToReal, UnaryAny } from '../type/index.js'
import { isComplex, isFloat } from '../type/index.js'
import { asNode, pair } from './operand.js'

interface ToAngle {
  <S extends Shape, D extends DType, V extends Device>(x: Tensor<S, D, V>): Tensor<S, FloatOf<RealOf<D>>, V>
}
const reals = (op: string, x: unknown, y: unknown): [Node, Node] => pair(op, x, y, (d) => (isFloat(d) || isComplex(d) ? d : 'f32'))

export const conjugate = (z: Node): Node => (isComplex(z.dtype) ? b.complex([b.real([z]), b.neg([b.imag([z])])]) : z)
/** |z|², which is x² of a real number. */
export const sizeSquared = (z: Node): Node => {
  if (!isComplex(z.dtype)) return b.mul([z, z])
  const [re, im] = [b.real([z]), b.imag([z])]
  return b.add([b.mul([re, re]), b.mul([im, im])])
}
/**
 * x + i y.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype f32 → c64, f64 → c128; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast, DTypeMismatch when a part is complex already.
 * @example deepClose(await read(abs(complex(tensor([3, 0]), tensor([4, -1])))), [5, 1])
 */
export const complex: ToComplex = ((x: unknown, y: unknown) => b.complex(reals('complex', x, y))) as never
/**
 * The real part; real numbers are their own.
 * @shape [...s] → [...s]
 * @dtype complex → its real dtype; others stay
 * @example deepClose(await read(real(tensor([{ re: 1, im: 2 }]))), [1])
 */
export const real: ToReal = ((x: unknown) => {
  const node = asNode('real', x)
  return isComplex(node.dtype) ? b.real([node]) : node
}) as never
/**
 * The imaginary part; of real numbers it is 0.
 * @shape [...s] → [...s]
 * @dtype complex → its real dtype; others stay
 * @example deepClose(await read(imag(tensor([{ re: 1, im: 2 }]))), [2])
 */
export const imag: ToReal = ((x: unknown) => {
  const node = asNode('imag', x)
  return isComplex(node.dtype) ? b.imag([node]) : zeros(node)
}) as never
/**
 * The complex conjugate; real numbers are their own.
 * @shape [...s] → [...s]
 * @dtype any → same
 * @example deepClose(await read(imag(conj(tensor([{ re: 1, im: 2 }])))), [-2])
 */
export const conj: UnaryAny = ((x: unknown) => conjugate(asNode('conj', x))) as never
/**
 * The angle in radians, within [-π, π]: 0 or π of a real number.
 * @shape [...s] → [...s]
 * @dtype complex → its real dtype; float → same; integers in f32
 * @example deepClose(await read(angle(tensor([{ re: 0, im: 2 }, { re: -1, im: 0 }]))), [Math.PI / 2, Math.PI])
 */
export const angle: ToAngle = ((x: unknown) => {
  const node = asNode('angle', x)
  if (isComplex(node.dtype)) return b.atan2([b.imag([node]), b.real([node])])
  const float = isFloat(node.dtype) ? node : castTo(node, 'f32')
  return b.where([b.ne([float, float]), float, b.atan2([zeros(float), float])])
}) as never
/**
 * r (cos θ + i sin θ).
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype f32 → c64, f64 → c128; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(imag(polar(tensor([2]), tensor([Math.PI / 2])))), [2])
 */
export const polar: ToComplex = ((r: unknown, theta: unknown) => {
  const [size, turn] = reals('polar', r, theta)
  return b.complex([b.mul([size, b.cos([turn])]), b.mul([size, b.sin([turn])])])
}) as never
