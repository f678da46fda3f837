/**
 * Call interfaces of the function transforms. They are signatures over `(p: P, ...rest: R) => Y`, never over a
 * function type F, and no conditional type stands where f is inferred: then a generic f stays generic through the
 * transform (the result must be one plain signature). Where something can be wrong with f, a last overload that never
 * applies says what. Known limit: grad(jit(f)) loses the type parameters of a generic f, jit(grad(f)) keeps them: jit
 * goes outermost.
 */
import type { Device } from './device.js'
import type { Broadcast } from './broadcast.js'
import type { Axis } from './collective.js'
import type { ComplexDType, DType, FloatDType, InexactDType } from './dtype.js'
import type { InsertAt } from './move.js'
import type { InsertKey } from './axis.js'
import type { Shape, Show } from './shape.js'
import type { AnyTensor, On, Scalar, Tensor } from './tensor.js'

// ---- grad -------------------------------------------------------------------------------------------------
/** What may be differentiated: records, tuples and arrays of float or complex tensors (a `type`, an `interface` has no
 *  index). */
export type DiffTree = Tensor<Shape, InexactDType, Device> | readonly DiffTree[] | { readonly [key: string]: DiffTree }
type Keys<P> = keyof P & (P extends readonly unknown[] ? `${number}` : string)
/** The message for the first leaf of P that is not a float tensor; never when all are. */
type BadLeaf<P, Path extends string = ''> =
  P extends Tensor<unknown, infer D, unknown>
    ? D extends InexactDType ? never : `the gradient argument${Path} is ${D & string}, which is not differentiable`
  : P extends object ? { [K in Keys<P>]: BadLeaf<P[K], `${Path}.${K}`> }[Keys<P>]
  : `the gradient argument${Path} is not a tensor`
/** Why grad does not apply to a function with first argument P and a result of shape S and dtype D. */
type GradError<P, S, D> =
  [S] extends [readonly []]
    ? D extends ComplexDType ? `grad needs a real result, this function returns ${D}: take real, imag or abs of it, or use vjp`
      : [BadLeaf<P>] extends [never] ? 'grad: write the type of the first argument as a `type`, not as an `interface`'
      : BadLeaf<P>
    : `grad needs a scalar result, this function returns shape ${Show<S>}`
type Chosen<A extends readonly unknown[], I> = { -readonly [K in keyof I]: A[I[K] & keyof A] }
type LossOf<A extends readonly unknown[]> = (...args: A) => Scalar<FloatDType>

/** grad(f): d f / d (first argument), of its type; grad(f, { argnums: [0, 2] }): a tuple; { hasAux: true }: f returns
 *  [loss, aux] and the result is [grad, aux]. */
export interface Grad {
  <A extends readonly unknown[], const I extends readonly number[]>(
    f: LossOf<A>, settings: { readonly argnums: readonly [...I] },
  ): (...args: A) => Chosen<A, I>
  <P extends DiffTree, R extends readonly unknown[], Aux>(
    f: (p: P, ...rest: R) => readonly [Scalar<FloatDType>, Aux], settings: { readonly hasAux: true },
  ): (p: P, ...rest: R) => readonly [grad: P, aux: Aux]
  <P extends DiffTree, R extends readonly unknown[]>(
    f: (p: P, ...rest: R) => Scalar<FloatDType>,
  ): (p: P, ...rest: R) => P
  /** Never applies: only says why the signatures above did not. */
  <P, R extends readonly unknown[], S, D>(
    f: ((p: P, ...rest: R) => Tensor<S, D>) & GradError<P, S, D>, settings?: unknown,
  ): never
}
/** valueAndGrad(f): [value, grad]; with { argnums }: grad is a tuple; with { hasAux: true }: [value, aux, grad]. */
export interface ValueAndGrad {
  <A extends readonly unknown[], D extends FloatDType, V extends Device, const I extends readonly number[]>(
    f: (...args: A) => Scalar<D, V>, settings: { readonly argnums: readonly [...I] },
  ): (...args: A) => readonly [value: Scalar<D, V>, grads: Chosen<A, I>]
  <P extends DiffTree, R extends readonly unknown[], D extends FloatDType, V extends Device, Aux>(
    f: (p: P, ...rest: R) => readonly [Scalar<D, V>, Aux], settings: { readonly hasAux: true },
  ): (p: P, ...rest: R) => readonly [value: Scalar<D, V>, aux: Aux, grad: P]
  <P extends DiffTree, R extends readonly unknown[], D extends FloatDType, V extends Device>(
    f: (p: P, ...rest: R) => Scalar<D, V>,
  ): (p: P, ...rest: R) => readonly [value: Scalar<D, V>, grad: P]
  /** Never applies: only says why the signatures above did not. */
  <P, R extends readonly unknown[], S, D>(
    f: ((p: P, ...rest: R) => Tensor<S, D>) & GradError<P, S, D>, settings?: unknown,
  ): never
}

// ---- forward and reverse mode -----------------------------------------------------------------------------
/** The tangents of a tree: float and complex tensors as they are; of integers, bools and keys there is none (`null`). */
export type TangentOf<T> =
  T extends Tensor<unknown, infer D, unknown> ? ([D] extends [InexactDType] ? T : null)
  : T extends object ? { [K in keyof T]: TangentOf<T[K]> } : T
type TangentsOf<A extends readonly unknown[]> = { [K in keyof A]: TangentOf<A[K]> }
/** vjp(f, ...at): the output, and the pull-back of its cotangents to all arguments. */
export interface Vjp {
  <A extends readonly unknown[], Y>(f: (...args: A) => Y, ...at: A):
    readonly [out: Y, pullback: (ct: TangentOf<Y>) => TangentsOf<A>]
}
/** jvp(f, at, tangents): the output and its tangent. */
export interface Jvp {
  <A extends readonly unknown[], Y>(f: (...args: A) => Y, at: readonly [...A], tangents: TangentsOf<A>):
    readonly [out: Y, tangent: TangentOf<Y>]
}
/** linearize(f, ...at): the output, and the linear map of tangents. */
export interface Linearize {
  <A extends readonly unknown[], Y>(f: (...args: A) => Y, ...at: A):
    readonly [out: Y, push: (...tangents: TangentsOf<A>) => TangentOf<Y>]
}
/** The derivative of every leaf of Y by every leaf of P: output axes first, then input axes. */
export type Jacobian<Y, P> =
  Y extends Tensor<infer S extends Shape, infer D, infer V>
    ? P extends Tensor<infer T extends Shape, unknown, infer W> ? Tensor<[...S, ...T], D, V | W>
      : P extends object ? { [K in keyof P]: Jacobian<Y, P[K]> } : never
    : Y extends object ? { [K in keyof Y]: Jacobian<Y[K], P> } : never
/** jacFwd, jacRev: by the first argument. */
export interface Jac {
  <P extends DiffTree, R extends readonly unknown[], Y extends DiffTree>(f: (p: P, ...rest: R) => Y):
    (p: P, ...rest: R) => Jacobian<Y, P>
}
export type JacFwd = Jac
export type JacRev = Jac
/** Second derivatives of a scalar function by its first argument, twice. */
export interface Hessian {
  <P extends DiffTree, R extends readonly unknown[]>(f: (p: P, ...rest: R) => Scalar<FloatDType>):
    (p: P, ...rest: R) => Jacobian<P, P>
  /** Never applies: only says why the signature above did not. */
  <P, R extends readonly unknown[], S, D>(f: ((p: P, ...rest: R) => Tensor<S, D>) & GradError<P, S, D>): never
}

// ---- vmap -------------------------------------------------------------------------------------------------
/** An axis for every tensor of a tree, null for an unmapped tree, or a tree of them. */
export type AxisTree = number | null | readonly AxisTree[] | { readonly [key: string]: AxisTree }
/** N inserted at axis I of every tensor of a tree. */
export type Batch<T, I, N extends number> =
  I extends null ? T
  : T extends Tensor<infer S extends Shape, infer D, infer V> ? Tensor<InsertAt<S, InsertKey<S, I & number>, N>, D, V>
  : T extends object ? { [K in keyof T]: Batch<T[K], I extends number ? I : K extends keyof I ? I[K] : null, N> } : T
/** inAxes: one axis for all arguments, or a list with one entry an argument. */
type BatchArgs<A extends readonly unknown[], I, N extends number> =
  { [K in keyof A]: Batch<A[K], AxisOf<I, K>, K extends First<I> ? N : NoInfer<N>> }
type AxisOf<I, K> = I extends readonly unknown[] ? (K extends keyof I ? I[K] : never) : I
/** Only the first mapped argument says what N is: 5 and 6 would else give the union 5 | 6 instead of an error. */
type First<I, At extends 0[] = []> =
  I extends readonly [infer H, ...infer R] ? H extends null ? First<R, [...At, 0]> : `${At['length']}` : '0'
export interface Vmap {
  /** With the size named, `vmap(f, { size: B })`, the result is one plain signature: a generic f stays generic. */
  <N extends number, A extends readonly unknown[], Y, const I extends AxisTree = 0, const O extends AxisTree = 0>(
    f: (...args: A) => Y, settings: ({ readonly size: N } | { readonly axis: Axis<string, N> }) & { readonly inAxes?: I; readonly outAxes?: O },
  ): (...args: BatchArgs<A, I, N>) => Batch<Y, O, N>
  /** The size is inferred at each call: the result is polymorphic in N, and f must not be generic. */
  <A extends readonly unknown[], Y, const I extends AxisTree = 0, const O extends AxisTree = 0>(
    f: (...args: A) => Y, settings?: { readonly inAxes?: I; readonly outAxes?: O },
  ): <N extends number>(...args: BatchArgs<A, I, N>) => Batch<Y, O, N>
}

/** pmap(f, { axis }): one call on each device of the axis; outAxes null: the result is the same on all, and comes once. */
export interface Pmap {
  <N extends number, A extends readonly unknown[], Y, const I extends AxisTree = 0, const O extends AxisTree = 0>(
    f: (...args: A) => Y, settings: { readonly axis: Axis<string, N>; readonly inAxes?: I; readonly outAxes?: O },
  ): (...args: BatchArgs<A, I, N>) => Batch<Y, O, N>
}

// ---- vectorize --------------------------------------------------------------------------------------------
/** What stands in front of the core axes C in S. */
type LeadOf<S, C extends Shape> = S extends readonly [...infer L extends number[], ...C] ? L : Shape
/** The leading axes of all operands X, whose cores are those of A, broadcast. */
type Leads<A, X, Acc extends Shape = []> =
  A extends readonly [Tensor<infer C extends Shape, unknown, unknown>, ...infer A1]
    ? X extends readonly [Tensor<infer S extends Shape, unknown, unknown>, ...infer X1]
      ? Broadcast<Acc, LeadOf<S, C>> extends readonly [infer L extends Shape] ? Leads<A1, X1, L> : Shape
      : Acc
    : Acc
type Longer<A> = { readonly [K in keyof A]: A[K] extends Tensor<unknown, infer D, infer V> ? Tensor<Shape, D, V> : A[K] }
/** vectorize(f, { signature }): the core shapes are those that f declares, axes in front of them broadcast. */
export interface Vectorize {
  <A extends readonly AnyTensor[], S extends Shape, D extends DType, V>(
    f: (...args: A) => Tensor<S, D, V>, settings?: { readonly signature?: string },
  ): <X extends Longer<A>>(...args: X) => Tensor<Leads<A, X> extends infer L extends Shape ? [...L, ...S] : Shape, D, V>
}

// ---- jit --------------------------------------------------------------------------------------------------
type NameOf<T> = T extends number ? 'number' : T extends string ? 'string' : T extends boolean ? 'boolean' : 'value'
type JitError<A extends readonly unknown[], I extends 0[] = []> =
  A extends readonly [infer H, ...infer R]
    ? H extends object ? JitError<R, [...I, 0]>
      : `jit: argument ${I['length']} is a ${NameOf<H>}: name it in static, or pass a tensor`
    : 'jit: a host value is an argument: name it in static, or pass a tensor'
/** jit(f): arguments are trees of tensors; host values only where `static` names their position (a key of the
 *  cache). */
export interface Jit {
  <A extends readonly unknown[], Y>(
    f: (...args: A) => Y, settings: { readonly static: readonly number[]; readonly math?: 'fast' },
  ): (...args: A) => Y
  <A extends readonly object[], Y>(f: (...args: A) => Y, settings?: { readonly math?: 'fast' }): (...args: A) => Y
  /** Never applies: only says why the signatures above did not. */
  <A extends readonly unknown[], Y>(f: ((...args: A) => Y) & JitError<A>): never
}
/** What remat keeps for the backward pass: nothing, the results of products and convolutions, or marked values. */
export type RematPolicy = 'nothing' | 'dots' | { readonly names: readonly string[] }
/** The same function, computed otherwise: remat, checkpoint. */
export interface Transparent { <A extends readonly unknown[], Y>(f: (...args: A) => Y, settings?: { readonly policy?: RematPolicy }): (...args: A) => Y }
/** customJvp(f, rule): f with `rule` for its derivative, which gives the value and a tangent of its type. */
export interface CustomJvp {
  <A extends readonly unknown[], Y>(f: (...args: A) => Y, rule: (primals: A, tangents: A) => readonly [value: Y, tangent: Y]): (...args: A) => Y
}
export interface VjpRule<A extends readonly unknown[], Y, R> {
  /** The value, and what the backward pass will need. */
  readonly forward: (...args: A) => readonly [value: Y, residuals: R]
  /** Cotangents of all arguments from what was kept and the cotangent of the value. */
  readonly backward: (residuals: R, ct: Y) => A
}
/** customVjp(f, rule): f with `rule` for its pull-back. */
export interface CustomVjp {
  <A extends readonly unknown[], Y, R>(f: (...args: A) => Y, rule: VjpRule<A, Y, R>): (...args: A) => Y
}

// ---- control flow -----------------------------------------------------------------------------------------
/** The devices of all leaves, as a union. */
type DeviceIn<T> =
  T extends Tensor<unknown, unknown, infer V> ? V
  : T extends object ? { [K in keyof T]: DeviceIn<T[K]> }[keyof T & Keys<T>] : never
/** The carry as the body sees it: a leafless init (zeros) takes the device of xs. */
export type Carry<C, Xs> = On<C, (DeviceIn<C> | DeviceIn<Xs>) & Device>
/** One step's slice of every tensor: the first axis is gone. */
export type Row<Xs> =
  Xs extends Tensor<infer S, infer D, infer V> ? Tensor<S extends readonly [unknown, ...infer R] ? R : Shape, D, V>
  : Xs extends object ? { [K in keyof Xs]: Row<Xs[K]> } : Xs
/** The number of steps: the first dim of the first tensor found. */
type Steps<Xs> =
  Xs extends Tensor<infer S, unknown, unknown>
    ? S extends readonly [infer N extends number, ...unknown[]] ? N : number
  : Xs extends object ? { [K in keyof Xs]: Steps<Xs[K]> }[keyof Xs & Keys<Xs>] : never
/** scan(f, init, xs): f(carry, x) gives [carry, y] for each x along the first axis; the ys come stacked. With
 *  `null` for xs the number of steps is `{ length }`. */
export interface Scan {
  <C, Xs, Y, R extends On<C, Device>, L extends number = number>(
    f: (carry: Carry<C, Xs>, x: Row<Xs>) => readonly [carry: R, y: Y], init: C, xs: Xs,
    settings?: { readonly length?: L; readonly reverse?: boolean },
  ): readonly [carry: On<C, (DeviceIn<C> | DeviceIn<Xs> | DeviceIn<R>) & Device>, ys: Batch<Y, 0, Xs extends null ? L : Steps<Xs>>]
}
/** cond(pred, onTrue, onFalse): thunks of one type; only the chosen one is computed. */
export interface Cond {
  <T>(pred: Tensor<[], 'bool', Device>, onTrue: () => T, onFalse: () => T): T
}
/** whileLoop(goOn, body, init): body as long as goOn holds. */
export interface WhileLoop {
  <C>(goOn: (carry: C) => Tensor<[], 'bool', Device>, body: (carry: C) => C, init: C, settings?: { readonly maxSteps?: number }): C
}
