/**
 * Call interfaces of the elementwise operations, to be used as `export const add: Binary = ...`. A failed shape law
 * turns the type of the offending parameter into its sentence. A JavaScript number is a weak operand on either side:
 * it keeps the tensor's dtype. Operands are naked type parameters (`B extends Operand`, never `Tensor<T, E, W> |
 * number`), else inference fills them with junk when a number is passed; no overloads, they quadruple the error text.
 */
import type { Broadcast } from '../broadcast.js'
import type { Device, DeviceError, SameDevice } from '../device.js'
import type { ComplexOf, DType, FloatDType, FloatOf, InexactDType, IntDType, Meeting, Promote, RealOf } from '../dtype.js'
import type { Must, Shape, Unbox } from '../shape.js'
import type { AnyTensor, DeviceOf, Tensor } from '../tensor.js'

export type Operand = AnyTensor | number
export type BoolOperand = Tensor<Shape, 'bool', Device> | boolean
export type IntOperand = Tensor<Shape, IntDType | 'bool', Device> | number

/** What `a op b` has as its shape, boxed, or a message. */
export type Bin<A, B> =
  A extends Tensor<infer S extends Shape, infer D extends DType, infer V>
    ? B extends Tensor<infer T extends Shape, infer E extends DType, infer W>
      ? SameDevice<V, W> extends true ? Meeting<D, E, Broadcast<S, T>> : DeviceError<V, W>
      : [S]
    : B extends Tensor<infer T extends Shape, unknown, unknown> ? [T]
    : 'two plain numbers make no tensor: wrap one with tensor()'
/** The promoted dtype; a number is weak. */
export type BinDType<A, B> =
  A extends Tensor<unknown, infer D extends DType, unknown>
    ? B extends Tensor<unknown, infer E extends DType, unknown> ? Promote<D, E> : D
    : B extends Tensor<unknown, infer E extends DType, unknown> ? E : 'f32'
type BinDevice<A, B> = DeviceOf<A> | DeviceOf<B>

/** Floats only, the dtype stays: exp, log, tanh.  @shape [...s] -> [...s] */
export interface Unary {
  <S extends Shape, D extends FloatDType, V extends Device>(x: Tensor<S, D, V>): Tensor<S, D, V>
}
/** Floats and complex numbers, the dtype stays: exp, log, sin, sqrt.  @shape [...s] -> [...s] */
export interface Analytic {
  <S extends Shape, D extends InexactDType, V extends Device>(x: Tensor<S, D, V>): Tensor<S, D, V>
}
/** Any dtype to that of its real numbers: abs, real, imag.  @shape [...s] -> [...s] */
export interface ToReal {
  <S extends Shape, D extends DType, V extends Device>(x: Tensor<S, D, V>): Tensor<S, RealOf<D>, V>
}
/** Two real tensors to a complex one: complex, polar.  @shape [...a], [...b] -> broadcast(a, b) */
export interface ToComplex {
  <A extends Operand, B extends Operand>(a: A, b: Must<Bin<A, B>, B>):
    Tensor<Unbox<Bin<A, B>>, ComplexOf<BinDType<A, B>>, BinDevice<A, B>>
}
/** Any dtype, which stays: neg, square, stopGradient.  @shape [...s] -> [...s] */
export interface UnaryAny {
  <S extends Shape, D extends DType, V extends Device>(x: Tensor<S, D, V>): Tensor<S, D, V>
}
/** Any dtype to bool: isnan, isinf, isfinite.  @shape [...s] -> [...s] */
export interface Predicate {
  <S extends Shape, D extends DType, V extends Device>(x: Tensor<S, D, V>): Tensor<S, 'bool', V>
}
/** bool to bool: logicalNot.  @shape [...s] -> [...s] */
export interface LogicalUnary {
  <S extends Shape, V extends Device>(x: Tensor<S, 'bool', V>): Tensor<S, 'bool', V>
}
/** Promoting: add, sub, mul, maximum, pow.  @shape [...a], [...b] -> broadcast(a, b) */
export interface Binary {
  <A extends Operand, B extends Operand>(a: A, b: Must<Bin<A, B>, B>):
    Tensor<Unbox<Bin<A, B>>, BinDType<A, B>, BinDevice<A, B>>
}
/** Giving bool: equal, less, greater.  @shape [...a], [...b] -> broadcast(a, b) */
export interface Comparison {
  <A extends Operand, B extends Operand>(a: A, b: Must<Bin<A, B>, B>): Tensor<Unbox<Bin<A, B>>, 'bool', BinDevice<A, B>>
}
/** bool with bool: logicalAnd, logicalOr, logicalXor.  @shape [...a], [...b] -> broadcast(a, b) */
export interface Logical {
  <A extends BoolOperand, B extends BoolOperand>(a: A, b: Must<Bin<A, B>, B>):
    Tensor<Unbox<Bin<A, B>>, 'bool', BinDevice<A, B>>
}
/** Integers and bools only: bitwiseAnd, leftShift.  @shape [...a], [...b] -> broadcast(a, b) */
export interface IntBinary {
  <A extends IntOperand, B extends IntOperand>(a: A, b: Must<Bin<A, B>, B>):
    Tensor<Unbox<Bin<A, B>>, BinDType<A, B>, BinDevice<A, B>>
}
/** True division: integers and bools give f32, floats promote.  @shape [...a], [...b] -> broadcast(a, b) */
export interface Division {
  <A extends Operand, B extends Operand>(a: A, b: Must<Bin<A, B>, B>):
    Tensor<Unbox<Bin<A, B>>, FloatOf<BinDType<A, B>>, BinDevice<A, B>>
}

/** The shape of three operands, boxed, or a message: the first two are known to fit. */
type Bin3<C, X, Y> =
  Bin<C, X> extends [infer S]
    ? Bin<Tensor<S, 'bool', DeviceOf<C> | DeviceOf<X>>, Y>
    : [Shape]
/** Elements of x where the condition holds, of y elsewhere.  @shape [...c], [...x], [...y] -> broadcast(c, x, y) */
export interface Where {
  <C extends Tensor<Shape, 'bool', Device>, X extends Operand, Y extends Operand>(
    condition: C, x: Must<Bin<C, X>, X>, y: Must<Bin3<C, X, Y>, Y>,
  ): Tensor<Unbox<Bin3<C, X, Y>>, BinDType<X, Y>, DeviceOf<C> | DeviceOf<X> | DeviceOf<Y>>
}
/** Limits by numbers: clip(x, { min: 0, max: 6 }).  @shape [...s] -> [...s] */
export interface Clip {
  <S extends Shape, D extends DType, V extends Device>(
    x: Tensor<S, D, V>, limits: { readonly min?: number; readonly max?: number },
  ): Tensor<S, D, V>
}
/** Another dtype.  @shape [...s] -> [...s] */
export interface Cast {
  <S extends Shape, V extends Device, D extends DType>(x: Tensor<S, DType, V>, dtype: D): Tensor<S, D, V>
}
/** Integers to rows of zeros with a one.  @shape [...s] -> [...s, n] */
export interface OneHot {
  <S extends Shape, V extends Device, N extends number, D extends DType = 'f32'>(
    x: Tensor<S, IntDType, V>, classes: N, settings?: { readonly dtype?: D },
  ): Tensor<[...S, N], NoInfer<D>, V>
}
/** The gradual way back: a check that refines the static shape.  @shape [?...] -> [...t] */
export interface AssertShape {
  <const T extends Shape, D extends DType, V extends Device>(
    x: Tensor<Shape, D, V>, shape: readonly [...T],
  ): Tensor<T, D, V>
}
