/**
 * Call interfaces of what goes along axes: reductions (`sum(x, { axes: [0], keepdims: true })`), those of one axis
 * (argmax, softmax, cumsum, sort, topK). The sentence of a failed law stands at the `axes` or `axis` setting. Settings
 * are spelled property by property, so that a misspelt one is an error.
 */
import type { Along, Axes } from '../axis.js'
import type { Device } from '../device.js'
import type { DType, FloatDType, FloatOf, RealOf, SumOf } from '../dtype.js'
import type { Reduce, TopK } from '../reduce.js'
import type { Must, Shape, Shp } from '../shape.js'
import type { Tensor } from '../tensor.js'

/** Settings of a reduction; A is the type of `axes` when it fits, else the sentence. */
export interface AxesSettings<A, K> { readonly axes?: A; readonly keepdims?: K }
export interface AxisSettings<I, K> { readonly axis?: I; readonly keepdims?: K }

/** Keeps the dtype: max, min.  @shape [...s] -> reduce(s, axes, keepdims) */
export interface Reduction {
  <S extends Shape, D extends DType, V extends Device, const A extends Axes = undefined, K extends boolean = false>(
    x: Tensor<S, D, V>, settings?: AxesSettings<Must<Reduce<S, A, K>, A>, K>,
  ): Tensor<Shp<Reduce<S, A, K>>, D, V>
}
/** Bools are counted in i32, else keeps the dtype: sum, prod.  @shape [...s] -> reduce(s, axes, keepdims) */
export interface SumReduction {
  <S extends Shape, D extends DType, V extends Device, const A extends Axes = undefined, K extends boolean = false>(
    x: Tensor<S, D, V>, settings?: AxesSettings<Must<Reduce<S, A, K>, A>, K>,
  ): Tensor<Shp<Reduce<S, A, K>>, SumOf<D>, V>
}
/** Integers give f32: mean.  @shape [...s] -> reduce(s, axes, keepdims) */
export interface MeanReduction {
  <S extends Shape, D extends DType, V extends Device, const A extends Axes = undefined, K extends boolean = false>(
    x: Tensor<S, D, V>, settings?: AxesSettings<Must<Reduce<S, A, K>, A>, K>,
  ): Tensor<Shp<Reduce<S, A, K>>, FloatOf<D>, V>
}
/** The same with a correction (Bessel's is 1): var, std.  @shape [...s] -> reduce(s, axes, keepdims) */
export interface VarReduction {
  <S extends Shape, D extends DType, V extends Device, const A extends Axes = undefined, K extends boolean = false>(
    x: Tensor<S, D, V>, settings?: AxesSettings<Must<Reduce<S, A, K>, A>, K> & { readonly correction?: number },
  ): Tensor<Shp<Reduce<S, A, K>>, FloatOf<RealOf<D>>, V>
}
/** Floats only: logSumExp.  @shape [...s] -> reduce(s, axes, keepdims) */
export interface FloatReduction {
  <S extends Shape, D extends FloatDType, V extends Device,
    const A extends Axes = undefined, K extends boolean = false>(
    x: Tensor<S, D, V>, settings?: AxesSettings<Must<Reduce<S, A, K>, A>, K>,
  ): Tensor<Shp<Reduce<S, A, K>>, D, V>
}
/** all, any.  @shape [...s] -> reduce(s, axes, keepdims) */
export interface BoolReduction {
  <S extends Shape, V extends Device, const A extends Axes = undefined, K extends boolean = false>(
    x: Tensor<S, 'bool', V>, settings?: AxesSettings<Must<Reduce<S, A, K>, A>, K>,
  ): Tensor<Shp<Reduce<S, A, K>>, 'bool', V>
}
/** In i32: countNonzero.  @shape [...s] -> reduce(s, axes, keepdims) */
export interface CountReduction {
  <S extends Shape, D extends DType, V extends Device, const A extends Axes = undefined, K extends boolean = false>(
    x: Tensor<S, D, V>, settings?: AxesSettings<Must<Reduce<S, A, K>, A>, K>,
  ): Tensor<Shp<Reduce<S, A, K>>, 'i32', V>
}
/** A position in i32, of the flattened tensor when no axis is given: argmax, argmin.  @shape [...s] -> reduce(s,
 *  axis, keepdims) */
export interface ArgReduction {
  <S extends Shape, D extends DType, V extends Device,
    const I extends number | undefined = undefined, K extends boolean = false>(
    x: Tensor<S, D, V>, settings?: AxisSettings<Must<Reduce<S, I, K>, I>, K>,
  ): Tensor<Shp<Reduce<S, I, K>>, 'i32', V>
}

/** Floats, normalised along one axis, the last unless given: softmax, logSoftmax.  @shape [...s] -> [...s] */
export interface AlongAxis<Op extends string> {
  <S extends Shape, D extends FloatDType, V extends Device, const I extends number = -1>(
    x: Tensor<S, D, V>, settings?: { readonly axis?: Must<Along<Op, S, I>, I> },
  ): Tensor<S, D, V>
}
export type Softmax = AlongAxis<'softmax'>
/** Running sum or product along an axis.  @shape [...s] -> [...s] */
export interface Cumulative<Op extends string = 'cumsum'> {
  <S extends Shape, D extends DType, V extends Device, const I extends number = -1>(
    x: Tensor<S, D, V>, settings?: { readonly axis?: Must<Along<Op, S, I>, I>; readonly reverse?: boolean },
  ): Tensor<S, SumOf<D>, V>
}
/** In order along one axis, the last unless given.  @shape [...s] -> [...s] */
export interface Sort {
  <S extends Shape, D extends DType, V extends Device, const I extends number = -1>(
    x: Tensor<S, D, V>, settings?: { readonly axis?: Must<Along<'sort', S, I>, I>; readonly descending?: boolean },
  ): Tensor<S, D, V>
}
/** The positions that put x in order.  @shape [...s] -> [...s] */
export interface ArgSort {
  <S extends Shape, D extends DType, V extends Device, const I extends number = -1>(
    x: Tensor<S, D, V>, settings?: { readonly axis?: Must<Along<'argsort', S, I>, I>; readonly descending?: boolean },
  ): Tensor<S, 'i32', V>
}
/** The k largest (or smallest) along an axis, and where they are.  @shape [..., n] -> [..., k], [..., k] */
export interface TopKOf {
  <S extends Shape, D extends DType, V extends Device, K extends number, const I extends number = -1>(
    x: Tensor<S, D, V>, k: Must<TopK<S, K, I>, K>, settings?: { readonly axis?: I; readonly smallest?: boolean },
  ): readonly [values: Tensor<Shp<TopK<S, K, I>>, D, V>, indices: Tensor<Shp<TopK<S, K, I>>, 'i32', V>]
}
