/** Call interfaces of linear algebra: the last two axes are matrices, the sentence of a failed law stands at the operand. */
import type { Device } from '../device.js'
import type { DType, FloatOf, Promote } from '../dtype.js'
import type { Lead, LeftFactor, MatricesOf, RightFactor, Short, Solution, Square, Turned, UpperFactor } from '../linear.js'
import type { Must, Shape, Shp } from '../shape.js'
import type { Must2, Tensor } from '../tensor.js'

/** Square matrices to square matrices, with settings P: cholesky, inv, expm.  @shape [...b, n, n] -> [...b, n, n] */
export interface SquareToSquare<Op extends string, P = Readonly<Record<never, never>>> {
  <S extends Shape, D extends DType, V extends Device>(
    x: Must<Square<Op, S>, Tensor<S, D, V>>, settings?: P,
  ): Tensor<S, FloatOf<D>, V>
}
/** Square matrices to numbers: det.  @shape [...b, n, n] -> [...b] */
export interface SquareToNumber<Op extends string> {
  <S extends Shape, D extends DType, V extends Device>(x: Must<Square<Op, S>, Tensor<S, D, V>>): Tensor<Lead<S>, FloatOf<D>, V>
}
/** slogdet.  @shape [...b, n, n] -> [...b], [...b] */
export interface SlogdetOf {
  <S extends Shape, D extends DType, V extends Device>(
    x: Must<Square<'slogdet', S>, Tensor<S, D, V>>,
  ): readonly [sign: Tensor<Lead<S>, FloatOf<D>, V>, logabsdet: Tensor<Lead<S>, FloatOf<D>, V>]
}
/** A whole power.  @shape [...b, n, n] -> [...b, n, n] */
export interface MatrixPowerOf {
  <S extends Shape, D extends DType, V extends Device>(x: Must<Square<'matrixPower', S>, Tensor<S, D, V>>, n: number): Tensor<S, D, V>
}
/** Matrices to their shorter side: svdvals.  @shape [...b, m, n] -> [...b, min(m, n)] */
export interface MatrixToVector<Op extends string> {
  <S extends Shape, D extends DType, V extends Device>(x: Must<MatricesOf<Op, S>, Tensor<S, D, V>>): Tensor<Short<S>, FloatOf<D>, V>
}
/** Matrices to numbers of dtype R, with settings P: trace, matrixNorm, cond.  @shape [...b, m, n] -> [...b] */
export interface MatrixToNumber<Op extends string, P, R = never> {
  <S extends Shape, D extends DType, V extends Device>(
    x: Must<MatricesOf<Op, S>, Tensor<S, D, V>>, settings?: P,
  ): Tensor<Lead<S>, [R] extends [never] ? FloatOf<D> : R, V>
}
/** @shape [...b, m, n] -> [...b, n, m] */
export interface TurnedOf<Op extends string, P = Readonly<Record<never, never>>> {
  <S extends Shape, D extends DType, V extends Device>(
    x: Must<MatricesOf<Op, S>, Tensor<S, D, V>>, settings?: P,
  ): Tensor<Turned<S>, FloatOf<D>, V>
}
/** Of symmetric matrices.  @shape [...b, n, n] -> [...b, n], [...b, n, n] */
export interface EighOf {
  <S extends Shape, D extends DType, V extends Device>(
    x: Must<Square<'eigh', S>, Tensor<S, D, V>>, settings?: { readonly symmetrize?: boolean },
  ): readonly [values: Tensor<Short<S>, FloatOf<D>, V>, vectors: Tensor<S, FloatOf<D>, V>]
}
/** The values alone.  @shape [...b, n, n] -> [...b, n] */
export interface EigvalshOf {
  <S extends Shape, D extends DType, V extends Device>(
    x: Must<Square<'eigvalsh', S>, Tensor<S, D, V>>, settings?: { readonly symmetrize?: boolean },
  ): Tensor<Short<S>, FloatOf<D>, V>
}
/** @shape [...b, m, n] -> [...b, m, p], [...b, min(m, n)], [...b, q, n] */
export interface SvdOf {
  <S extends Shape, D extends DType, V extends Device, F extends boolean = true>(
    x: Must<MatricesOf<'svd', S>, Tensor<S, D, V>>, settings?: { readonly fullMatrices?: F },
  ): readonly [u: Tensor<LeftFactor<S, F>, FloatOf<D>, V>, s: Tensor<Short<S>, FloatOf<D>, V>, vt: Tensor<RightFactor<S, F>, FloatOf<D>, V>]
}
export type QrMode = 'reduced' | 'complete' | 'r'
type QrResult<S extends Shape, D, V, M> =
  M extends 'r' ? Tensor<UpperFactor<S, false>, FloatOf<D>, V>
  : readonly [q: Tensor<LeftFactor<S, M extends 'complete' ? true : false>, FloatOf<D>, V>, r: Tensor<UpperFactor<S, M extends 'complete' ? true : false>, FloatOf<D>, V>]
/** @shape [...b, m, n] -> [...b, m, k], [...b, k, n] */
export interface QrOf {
  <S extends Shape, D extends DType, V extends Device, M extends QrMode = 'reduced'>(
    x: Must<MatricesOf<'qr', S>, Tensor<S, D, V>>, settings?: { readonly mode?: M },
  ): QrResult<S, D, V, M>
}
/** @shape [...b, m, n] -> [...b, m, m], [...b, m, k], [...b, k, n] */
export interface LuOf {
  <S extends Shape, D extends DType, V extends Device>(
    x: Must<MatricesOf<'lu', S>, Tensor<S, D, V>>,
  ): readonly [p: Tensor<LeftFactor<S, true>, FloatOf<D>, V>, l: Tensor<LeftFactor<S, false>, FloatOf<D>, V>, u: Tensor<UpperFactor<S, false>, FloatOf<D>, V>]
}
/** @shape [...b, m, n] -> [...b, m, n], [...b, min(m, n)] */
export interface LuFactorOf {
  <S extends Shape, D extends DType, V extends Device>(
    x: Must<MatricesOf<'luFactor', S>, Tensor<S, D, V>>,
  ): readonly [lu: Tensor<S, FloatOf<D>, V>, pivots: Tensor<Short<S>, 'i32', V>]
}
/** A X = B, with settings P.  @shape [...b, n, n], [...b, n, k] -> [...b, n, k]; a vector [n] -> [...b, n] */
export interface SolveOf<Op extends string, P = Readonly<Record<never, never>>> {
  <A extends Shape, D extends DType, V extends Device, B extends Shape, E extends DType, W extends Device>(
    a: Tensor<A, D, V>, b: Must2<Solution<Op, A, B>, V, W, Tensor<B, E, W>>, settings?: P,
  ): Tensor<Shp<Solution<Op, A, B>>, FloatOf<Promote<D, E>>, V | W>
}
