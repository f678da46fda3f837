/** Call interfaces of the contractions: matmul, dot, outer, einsum; and of the windows: conv and the pools. */
import type { Dot, Einsum, MatMul, Outer } from '../contract.js'
import type { Device } from '../device.js'
import type { DType, FloatDType, Meeting, Promote, PromoteAll } from '../dtype.js'
import type { Must, Shape, Shp } from '../shape.js'
import type { AnyTensor, Must2, Tensor } from '../tensor.js'
import type { AdaptivePool, Conv, Padding, PerAxis, Pool, Precision } from '../window.js'
import type { DTypesOf, DevicesOf, OnOneDevice, ShapesOf } from './list.js'

/** NumPy's matmul.  @shape [...b, m, k], [...b, k, n] -> [...b, m, n] */
export interface MatMulOf {
  <A extends Shape, D extends DType, V extends Device, B extends Shape, E extends DType, W extends Device>(
    a: Tensor<A, D, V>, b: Must2<Meeting<D, E, MatMul<A, B>>, V, W, Tensor<B, E, W>>,
  ): Tensor<Shp<MatMul<A, B>>, Promote<D, E>, V | W>
}
/** Of two vectors.  @shape [n], [n] -> [] */
export interface DotOf {
  <A extends Shape, D extends DType, V extends Device, B extends Shape, E extends DType, W extends Device>(
    a: Tensor<A, D, V>, b: Must2<Meeting<D, E, Dot<A, B>>, V, W, Tensor<B, E, W>>,
  ): Tensor<Shp<Dot<A, B>>, Promote<D, E>, V | W>
}
/** Of two vectors.  @shape [m], [n] -> [m, n] */
export interface OuterOf {
  <A extends Shape, D extends DType, V extends Device, B extends Shape, E extends DType, W extends Device>(
    a: Tensor<A, D, V>, b: Must2<Meeting<D, E, Outer<A, B>>, V, W, Tensor<B, E, W>>,
  ): Tensor<Shp<Outer<A, B>>, Promote<D, E>, V | W>
}
/** einsum('ij,jk->ik', a, b).  @shape by the letters; the output is written out */
export interface EinsumOf {
  <const F extends string, X extends AnyTensor[]>(
    spec: Must<OnOneDevice<X, Einsum<F, ShapesOf<X>>>, F>, ...operands: X
  ): Tensor<Shp<Einsum<F, ShapesOf<X>>>, PromoteAll<DTypesOf<X>>, DevicesOf<X>>
}

type ConvBy<S extends Shape, W extends Shape, St, P, Di, G> =
  Conv<S, W, { stride: St; padding: P; dilation: Di; groups: G }>
/** Cross-correlation, channels first.  @shape [n, c, ...space], [o, c / groups, ...window] -> [n, o, ...space'] */
export interface ConvOf {
  <S extends Shape, D extends FloatDType, V extends Device, W extends Shape, U extends Device,
    const St extends PerAxis = 1, const P extends Padding = 0, const Di extends PerAxis = 1, G extends number = 1>(
    x: Tensor<S, D, V>, w: Must2<ConvBy<S, W, St, P, Di, G>, V, U, Tensor<W, D, U>>,
    settings?: { readonly stride?: St; readonly padding?: P; readonly dilation?: Di; readonly groups?: G; readonly precision?: Precision },
  ): Tensor<Shp<ConvBy<S, W, St, P, Di, G>>, D, V | U>
}
type PoolBy<S extends Shape, K, St, P> = Pool<S, { kernel: K; stride: [St] extends [undefined] ? K : St; padding: P }>
/** Over the last axes; the stride is the kernel unless given: maxPool, avgPool.  @shape [..., ...space] -> [...,
 *  ...space'] */
export interface PoolOf {
  <S extends Shape, D extends FloatDType, V extends Device,
    const K extends PerAxis, const St extends PerAxis | undefined = undefined, const P extends Padding = 0>(
    x: Tensor<S, D, V>,
    settings: { readonly kernel: Must<PoolBy<S, K, St, P>, K>; readonly stride?: St; readonly padding?: P },
  ): Tensor<Shp<PoolBy<S, K, St, P>>, D, V>
}
/** Averages over as many windows as the result has elements.  @shape [..., h, w] -> [..., ...size] */
export interface AdaptivePoolOf {
  <S extends Shape, D extends FloatDType, V extends Device, const Z extends PerAxis>(
    x: Tensor<S, D, V>, size: Must<AdaptivePool<S, Z>, Z>,
  ): Tensor<Shp<AdaptivePool<S, Z>>, D, V>
}
