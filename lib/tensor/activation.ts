/**
 * Activations of neural networks, composed so that no value and no derivative overflows where the function itself does
 * not. Corners follow JAX 0.10: the derivative of relu at 0 is 0, of leakyRelu at 0 is 1.
 */
import type { Node } from '../ir/node.js'
import { b, constant } from '../prim/index.js'
import type { AlongAxis, Device, FloatDType, Shape, Softmax, Tensor, Unary, UnaryAny } from '../type/index.js'
import { axisOf } from './fit.js'
import { asFloat, asNode, weakLike } from './operand.js'
import { again } from './statistics.js'

const positive = (x: Node): Node => b.gt([x, constant(0, x)])
/**
 * x where it is positive, else 0; NaN passes.
 * @shape [...s] → [...s]
 * @dtype any but bool → same
 * @example deepClose(await read(relu(tensor([-1, 2]))), [0, 2])
 */
export const relu: UnaryAny = ((x: unknown) => {
  const node = asNode('relu', x)
  const zero = constant(0, node)
  return b.where([b.le([node, zero]), zero, node])
}) as never

/** A float activation with one setting.  @shape [...s] → [...s] */
export interface Tuned<K extends string, T> {
  <S extends Shape, D extends FloatDType, V extends Device>(x: Tensor<S, D, V>, settings?: { readonly [P in K]?: T }): Tensor<S, D, V>
}
const scaled = (x: Node, by: number): Node => b.mul([x, constant(by, x)])
const exactGelu = (x: Node): Node => b.mul([scaled(x, 0.5), b.erfc([scaled(x, -Math.SQRT1_2)])])
const tanhGelu = (x: Node): Node => {
  const inner = scaled(b.add([x, scaled(b.mul([x, b.mul([x, x])]), 0.044715)]), Math.sqrt(2 / Math.PI))
  return b.mul([x, scaled(b.add([constant(1, x), b.tanh([inner])]), 0.5)])
}
/**
 * x Φ(x) with the normal distribution's Φ: exact by erfc (PyTorch's default), or by tanh when `approximate` is true
 * (JAX's default).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Hendrycks, Gimpel, "Gaussian Error Linear Units", 2016.
 * @example deepClose(await read(gelu(tensor([0, 1]))), [0, 0.8413447460685429])
 */
export const gelu: Tuned<'approximate', boolean> = ((x: unknown, s: { readonly approximate?: boolean } = {}) =>
  (s.approximate === true ? tanhGelu : exactGelu)(asFloat('gelu', x))) as never
/**
 * x · sigmoid(x), also called swish.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(silu(tensor([0, 1]))), [0, 1 / (1 + Math.exp(-1))])
 */
export const silu: Unary = ((x: unknown) => {
  const node = asFloat('silu', x)
  return b.mul([node, b.sigmoid([node])])
}) as never
/**
 * x where it is positive, else `alpha` (1 unless given) · (eˣ - 1).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(elu(tensor([-1, 2]))), [Math.expm1(-1), 2])
 */
export const elu: Tuned<'alpha', number> = ((x: unknown, s: { readonly alpha?: number } = {}) => {
  const node = asFloat('elu', x)
  const low = b.expm1([b.where([positive(node), constant(0, node), node])])
  return b.where([positive(node), node, s.alpha === undefined ? low : b.mul([weakLike('elu', s.alpha, node), low])])
}) as never
/**
 * x where it is not negative, else `negativeSlope` (0.01 unless given) · x.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(leakyRelu(tensor([-100, 2]))), [-1, 2])
 */
export const leakyRelu: Tuned<'negativeSlope', number> = ((x: unknown, s: { readonly negativeSlope?: number } = {}) => {
  const node = asFloat('leakyRelu', x)
  return b.where([b.ge([node, constant(0, node)]), node, b.mul([weakLike('leakyRelu', s.negativeSlope ?? 0.01, node), node])])
}) as never
/**
 * log(1 + eˣ), as max(x, 0) + log1p(e^(-|x|)).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(softplus(tensor([0, 1000]))), [Math.LN2, 1000])
 */
export const softplus: Unary = ((x: unknown) => {
  const node = asFloat('softplus', x)
  return b.add([b.max([node, constant(0, node)]), b.log1p([b.exp([b.neg([b.abs([node])])])])])
}) as never

interface At { readonly axis?: number }
/** x less its largest element along the axis, which takes no part in the derivative. */
const shifted = (x: Node, axes: readonly number[]): Node => b.sub([x, again(b.stop([b.reduceMax([x], { axes })]), x, axes)])
/**
 * eˣ / Σ eˣ along an axis, the last unless given.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(softmax(tensor([0, Math.log(3)]))), [0.25, 0.75])
 */
export const softmax: Softmax = ((x: unknown, s: At = {}) => {
  const node = asFloat('softmax', x)
  const axes = [axisOf('softmax', node.shape, s.axis ?? -1)]
  const e = b.exp([shifted(node, axes)])
  return b.div([e, again(b.sum([e], { axes }), e, axes)])
}) as never
/**
 * log softmax(x) along an axis, the last unless given, without overflow.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(logSoftmax(tensor([0, Math.log(3)]))), [Math.log(0.25), Math.log(0.75)])
 */
export const logSoftmax: AlongAxis<'logSoftmax'> = ((x: unknown, s: At = {}) => {
  const node = asFloat('logSoftmax', x)
  const axes = [axisOf('logSoftmax', node.shape, s.axis ?? -1)]
  const y = shifted(node, axes)
  return b.sub([y, again(b.log([b.sum([b.exp([y])], { axes })]), y, axes)])
}) as never
