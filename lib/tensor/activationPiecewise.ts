/** Activations made of pieces, gates, and standardization. Corners follow JAX 0.10: relu6 has the derivative 0 at both, hardTanh 1. */
import type { Node } from '../ir/node.js'
import { b, constant, cut } from '../prim/index.js'
import type { Along, Device, FloatDType, Must, Shape, Shp, Split, Tensor, Unary, UnaryAny } from '../type/index.js'
import * as law from '../type/index.js'
import type { Tuned } from './activation.js'
import { elu, softplus } from './activation.js'
import { axisOf, fit } from './fit.js'
import { asFloat, asNode, weakLike } from './operand.js'
import { meanOf } from './reduce.js'
import { again } from './statistics.js'

const times = (x: Node, by: number): Node => b.mul([x, constant(by, x)])
const plus = (x: Node, by: number): Node => b.add([x, constant(by, x)])
/** `low` up to one corner, `high` from another, x between. */
const between = (x: Node, low: number, high: number): Node => {
  const [bottom, top] = [constant(low, x), constant(high, x)]
  return b.where([b.le([x, bottom]), bottom, b.where([b.ge([x, top]), top, x])])
}
/**
 * min(max(x, 0), 6).
 * @shape [...s] → [...s]
 * @dtype any but bool → same
 * @example deepClose(await read(relu6(tensor([-1, 2, 9]))), [0, 2, 6])
 */
export const relu6: UnaryAny = ((x: unknown) => between(asNode('relu6', x), 0, 6)) as never
/**
 * x held between -1 and 1.
 * @shape [...s] → [...s]
 * @dtype any but bool → same
 * @example deepClose(await read(hardTanh(tensor([-3, 0.5, 3]))), [-1, 0.5, 1])
 */
export const hardTanh: UnaryAny = ((x: unknown) => {
  const node = asNode('hardTanh', x)
  const [low, high] = [constant(-1, node), constant(1, node)]
  return b.where([b.gt([node, high]), high, b.where([b.lt([node, low]), low, node])])
}) as never
const hard = (x: Node): Node => b.div([between(plus(x, 3), 0, 6), constant(6, x)])
/**
 * relu6(x + 3) / 6.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(hardSigmoid(tensor([-4, 0, 4]))), [0, 0.5, 1])
 */
export const hardSigmoid: Unary = ((x: unknown) => hard(asFloat('hardSigmoid', x))) as never
/**
 * x · hardSigmoid(x).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Howard et al., "Searching for MobileNetV3", 2019.
 * @example deepClose(await read(hardSwish(tensor([-4, 1, 4]))), [0, 2 / 3, 4])
 */
export const hardSwish: Unary = ((x: unknown) => {
  const node = asFloat('hardSwish', x)
  return b.mul([node, hard(node)])
}) as never
/**
 * x / (1 + |x|).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(softSign(tensor([-1, 3]))), [-0.5, 0.75])
 */
export const softSign: Unary = ((x: unknown) => {
  const node = asFloat('softSign', x)
  return b.div([node, plus(b.abs([node]), 1)])
}) as never
/**
 * log sigmoid(x), as -softplus(-x).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(logSigmoid(tensor([0, -1000]))), [-Math.LN2, -1000])
 */
export const logSigmoid: Unary = ((x: unknown) =>
  b.neg([(softplus as unknown as (x: Node) => Node)(b.neg([asFloat('logSigmoid', x)]))])) as never
/**
 * x · tanh(softplus(x)).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Misra, "Mish: a self regularized non-monotonic activation function", 2019.
 * @example deepClose(await read(mish(tensor([0, 1]))), [0, Math.tanh(Math.log1p(Math.E))])
 */
export const mish: Unary = ((x: unknown) => {
  const node = asFloat('mish', x)
  return b.mul([node, b.tanh([(softplus as unknown as (x: Node) => Node)(node)])])
}) as never
const ALPHA = 1.6732632423543772848170429916717
const SCALE = 1.0507009873554804934193349852946
/**
 * elu with the scales under which a network keeps mean 0 and variance 1: 1.0507 · (x where positive, else 1.6733 (eˣ - 1)).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Klambauer et al., "Self-normalizing neural networks", 2017.
 * @example deepClose(await read(selu(tensor([0, 1]))), [0, 1.0507009873554805])
 */
export const selu: Unary = ((x: unknown) => {
  const node = asFloat('selu', x)
  const low = times(b.expm1([b.min([node, constant(0, node)])]), ALPHA)
  return times(b.where([b.gt([node, constant(0, node)]), node, low]), SCALE)
}) as never
/**
 * x where it is positive, else alpha (e^(x / alpha) - 1), alpha 1 unless given: elu with a continuous derivative.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Barron, "Continuously differentiable exponential linear units", 2017.
 * @example deepClose(await read(celu(tensor([-2, 2]), { alpha: 2 })), [2 * Math.expm1(-1), 2])
 */
export const celu: Tuned<'alpha', number> = ((x: unknown, s: { readonly alpha?: number } = {}) => {
  const node = asFloat('celu', x)
  if (s.alpha === undefined) return (elu as unknown as (x: Node) => Node)(node)
  const alpha = weakLike('celu', s.alpha, node)
  const zero = constant(0, node)
  const low = b.mul([alpha, b.expm1([b.div([b.min([node, zero]), alpha])])])
  return b.where([b.gt([node, zero]), node, low])
}) as never
/**
 * (x + √(x² + b)) / 2 with b 4 unless given: a softplus without exponentials.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Barron, "Squareplus: a softplus-like algebraic rectifier", 2021.
 * @example deepClose(await read(squareplus(tensor([0, 1.5]))), [1, 2])
 */
export const squareplus: Tuned<'b', number> = ((x: unknown, s: { readonly b?: number } = {}) => {
  const node = asFloat('squareplus', x)
  return times(b.add([node, b.sqrt([b.add([b.mul([node, node]), weakLike('squareplus', s.b ?? 4, node)])])]), 0.5)
}) as never
/**
 * 0 up to -1, x from 1 on, (x + 1)² / 4 between.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source jax.nn.sparse_plus, JAX 0.10.
 * @example deepClose(await read(sparsePlus(tensor([-2, 0, 2]))), [0, 0.25, 2])
 */
export const sparsePlus: Unary = ((x: unknown) => {
  const node = asFloat('sparsePlus', x)
  const y = plus(node, 1)
  const [low, high] = [b.le([node, constant(-1, node)]), b.ge([node, constant(1, node)])]
  return b.where([low, constant(0, node), b.where([high, node, times(b.mul([y, y]), 0.25)])])
}) as never
/**
 * x.
 * @shape [...s] → [...s]
 * @dtype any → same
 * @example deepClose(await read(identity(tensor([1, 2]))), [1, 2])
 */
export const identity: UnaryAny = ((x: unknown) => asNode('identity', x)) as never

/** Half of an axis, the last unless given, gated by the other.  @shape [..., 2 n, ...] → [..., n, ...] */
export interface Glu {
  <S extends Shape, D extends FloatDType, V extends Device, const I extends number = -1>(
    x: Tensor<S, D, V>, settings?: { readonly axis?: Must<Split<S, 2, I>, I> },
  ): Tensor<Shp<Split<S, 2, I>>, D, V>
}
/**
 * The first half of an axis (the last unless given) times the sigmoid of the second.
 * @shape [..., 2 n, ...] → [..., n, ...]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch when the axis is odd, IndexOutOfRange when it is not there.
 * @source Dauphin et al., "Language modeling with gated convolutional networks", 2016.
 * @example deepClose(await read(glu(tensor([2, 4, 0, 0]))), [1, 2])
 */
export const glu: Glu = ((x: unknown, s: { readonly axis?: number } = {}) => {
  const node = asFloat('glu', x)
  const axis = axisOf('glu', node.shape, s.axis ?? -1)
  const n = fit('glu', law.split(node.shape, 2, axis), 'the gated axis must be even')[axis] as number
  return b.mul([cut(node, axis, 0, n), b.sigmoid([cut(node, axis, n, n)])])
}) as never

/** Along an axis, with a floor under the variance.  @shape [...s] → [...s] */
export interface Standardize {
  <S extends Shape, D extends FloatDType, V extends Device, const I extends number = -1>(
    x: Tensor<S, D, V>, settings?: { readonly axis?: Must<Along<'standardize', S, I>, I>; readonly epsilon?: number },
  ): Tensor<S, D, V>
}
/**
 * (x - mean) / √(variance + epsilon) along an axis, the last unless given; epsilon is 1e-5 unless given.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(standardize(tensor([1, 3]), { epsilon: 0 })), [-1, 1])
 */
export const standardize: Standardize = ((x: unknown, s: { readonly axis?: number; readonly epsilon?: number } = {}) => {
  const node = asFloat('standardize', x)
  const axes = [axisOf('standardize', node.shape, s.axis ?? -1)]
  const deviation = b.sub([node, again(meanOf(node, axes), node, axes)])
  const spread = meanOf(b.mul([deviation, deviation]), axes)
  const root = b.rsqrt([b.add([spread, weakLike('standardize', s.epsilon ?? 1e-5, spread)])])
  return b.mul([deviation, again(root, node, axes)])
}) as never
