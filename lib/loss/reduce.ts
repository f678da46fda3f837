/**
 * What all losses share: predictions and targets of one shape, and how the losses of elements become one number. PyTorch
 * broadcasts the two with a warning; here unequal shapes are refused, since [n] against [n, 1] is a mistake every time.
 */
import { div, mean, sum } from '../tensor/index.js'
import type { Device, DimOk, FloatDType, Must2, Shape, Show, Tensor, Unranked } from '../type/index.js'
import { fail, sameShape, show } from '../type/index.js'

export type Reduction = 'mean' | 'sum' | 'none'
/** S when nothing is reduced, else a scalar. */
export type Reduced<S, R> = R extends 'none' ? S : []

/** true when two shapes are, or may be, the same; else the sentence. */
export type Alike<Op extends string, A extends Shape, B extends Shape> =
  Unranked<A> extends true ? true : Unranked<B> extends true ? true
  : A['length'] extends B['length'] ? Fits<A, B> extends true ? true : Unlike<Op, A, B> : Unlike<Op, A, B>
type Fits<A, B> =
  A extends readonly [infer X, ...infer R] ? B extends readonly [infer Y, ...infer T] ? DimOk<X, Y> extends true ? Fits<R, T> : false : false : true
type Unlike<Op extends string, A, B> = `${Op}: predictions ${Show<A>} and targets ${Show<B>} differ; reshape one of them`

/** A loss of predictions and targets elementwise, with settings T beside the reduction. */
export interface Elementwise<Op extends string, T = {}> {
  <A extends Shape, D extends FloatDType, V extends Device, B extends Shape, E extends FloatDType, W extends Device, R extends Reduction = 'mean'>(
    input: Tensor<A, D, V>, target: Must2<Alike<Op, A, B>, V, W, Tensor<B, E, W>>, settings?: T & { readonly reduction?: R },
  ): Tensor<Reduced<A, R>, D, V | W>
}

export type Float = Tensor<Shape, FloatDType, Device>
/** The run-time twin of `Alike`. */
export const alike = (op: string, x: { readonly shape: Shape }, y: { readonly shape: Shape }): void => {
  if (!sameShape(x.shape, y.shape))
    fail('ShapeMismatch', `${op}: predictions ${show(x.shape)} and targets ${show(y.shape)} differ; reshape one of them`)
}
/** The losses of elements: their mean, their sum, or as they are. */
export const reduced = (op: string, losses: Float, reduction: Reduction = 'mean'): Float =>
  known(op, reduction) === 'none' ? losses : reduction === 'sum' ? sum(losses) : mean(losses)
/** The same where the mean is one by weights: Σ losses / Σ weights. */
export const weighed = (op: string, losses: Float, weights: Float, reduction: Reduction = 'mean'): Float =>
  known(op, reduction) === 'mean' ? div(sum(losses), sum(weights)) : reduced(op, losses, reduction)
const known = (op: string, r: Reduction): Reduction =>
  r === 'mean' || r === 'sum' || r === 'none' ? r : fail('InvalidArgument', `${op}: the reduction is '${String(r)}'; choose 'mean', 'sum' or 'none'`)
