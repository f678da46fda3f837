/**
 * Call interfaces of creation and randomness. What is made from host values alone has no leaves: its device is
 * `never`, so it goes with tensors on any device. Dtypes: numbers make f32, { re, im } c64, bigints i64, booleans bool, typed arrays
 * keep theirs, and `{ dtype }` overrules; only `arange`, `randint` and `permutation`, whose results are indices, make
 * i32. The result says `NoInfer<D>`: else `zeros([])` where a `Scalar<FloatDType>` is expected would get the dtype
 * `FloatDType`.
 */
import type { Sub } from '../arith.js'
import type { Device } from '../device.js'
import type { AnyArray, DType, DTypeOfArray, FloatDType, IntDType, WideFloatDType } from '../dtype.js'
import type { Reduce } from '../reduce.js'
import type { DimOk, Must, Same, Shape, Show, Shp, Unranked } from '../shape.js'
import type { Tensor } from '../tensor.js'
import type { Times } from './list.js'

// ---- nested literals --------------------------------------------------------------------------------------
export type HostScalar = number | bigint | boolean
/** A complex number on the host. */
export interface Complex { readonly re: number; readonly im: number }
/** A scalar, or arrays of arrays of scalars, all of one length at each level. */
export type Nested = HostScalar | Complex | readonly Nested[]
/** The shape of nested arrays, or a message when they are ragged. */
export type NestedShape<X> =
  [Nested] extends [X] ? Shape
  : X extends readonly unknown[]
    ? X extends readonly [] ? [0]
      : X extends readonly [infer H, ...infer R]
        ? NestedShape<H> extends infer S ? S extends Shape ? Rows<R, S, X['length']> : S : never
      : NestedShape<X[number]> extends infer S ? S extends Shape ? [number, ...S] : S : never
    : []
type Rows<R, S extends Shape, N> =
  S extends readonly [] ? R extends readonly (HostScalar | Complex)[] ? [N] : 'tensor: a number stands beside an array'
  : EqualRows<R, S, N>
type EqualRows<R, S extends Shape, N> =
  R extends readonly [infer H, ...infer R1]
    ? NestedShape<H> extends infer T
      ? T extends string ? T : Same<[S], [T]> extends true ? EqualRows<R1, S, N>
        : `tensor: rows of shape ${Show<S>} and ${Show<T>} side by side`
      : never
    : [N, ...S]
type Entry<X> = [Nested] extends [X] ? HostScalar | Complex : X extends readonly (infer E)[] ? Entry<E> : X
/** The default dtype of host values. */
export type HostDType<X> =
  X extends AnyArray ? DTypeOfArray<X>
  : [Entry<X>] extends [never] ? 'f32' : [Extract<Entry<X>, Complex>] extends [never] ? RealHostDType<X> : 'c64'
type RealHostDType<X> =
  [Entry<X>] extends [boolean] ? 'bool' : [Entry<X>] extends [bigint] ? 'i64' : 'f32'
/** The shape of host values: a typed array is a vector. */
export type HostShape<X> = X extends AnyArray ? [number] : NestedShape<X>

/** From a scalar, nested arrays or a typed array, which may be given a `shape`.  @shape the literal's, or the one
 *  given */
export interface TensorOf {
  <const X extends Nested | AnyArray, const S extends Shape = never, D extends DType = HostDType<X>>(
    values: Must<HostShape<X>, X>, settings?: { readonly shape?: readonly [...S]; readonly dtype?: D; readonly move?: boolean },
  ): Tensor<[S] extends [never] ? Shp<HostShape<X>> : S, NoInfer<D>, never>
}

// ---- filled -----------------------------------------------------------------------------------------------
/** zeros, ones.  @shape the one given */
export interface Filled {
  <const S extends Shape, D extends DType = 'f32'>(
    shape: readonly [...S], settings?: { readonly dtype?: D },
  ): Tensor<S, NoInfer<D>, never>
}
/** full(shape, value).  @shape the one given */
export interface Full {
  <const S extends Shape, X extends HostScalar, D extends DType = HostDType<X>>(
    shape: readonly [...S], value: X, settings?: { readonly dtype?: D },
  ): Tensor<S, NoInfer<D>, never>
}
/** zerosLike, onesLike: needs the shape only, so the result has no device.  @shape [...s] -> [...s] */
export interface FilledLike {
  <S extends Shape, D extends DType, E extends DType = D>(
    x: Tensor<S, D, Device>, settings?: { readonly dtype?: E },
  ): Tensor<S, NoInfer<E>, never>
}
/** @shape [...s] -> [...s] */
export interface FullLike {
  <S extends Shape, D extends DType, E extends DType = D>(
    x: Tensor<S, D, Device>, value: HostScalar, settings?: { readonly dtype?: E },
  ): Tensor<S, NoInfer<E>, never>
}
/** newZeros, newOnes: another shape, the dtype of x.  @shape the one given */
export interface FilledAs {
  <D extends DType, const S extends Shape, E extends DType = D>(
    x: Tensor<Shape, D, Device>, shape: readonly [...S], settings?: { readonly dtype?: E },
  ): Tensor<S, NoInfer<E>, never>
}
type Count<Start extends number, End extends number, Step extends number> =
  number extends Start | End | Step ? number
  : `${Start}${End}${Step}` extends `${string}${'-' | '.'}${string}` ? number
  : Step extends 1 ? Sub<End, Start> : number
/** arange(end, { start, step }), in i32 unless a dtype is given.  @shape [(end - start) / step] */
export interface Arange {
  <N extends number, S extends number = 0, T extends number = 1, D extends DType = 'i32'>(
    end: N, settings?: { readonly start?: S; readonly step?: T; readonly dtype?: D },
  ): Tensor<[Count<S, N, T>], NoInfer<D>, never>
}
/** linspace(start, end, n), both ends included.  @shape [n] */
export interface Linspace {
  <N extends number, D extends FloatDType = 'f32'>(
    start: number, end: number, n: N, settings?: { readonly dtype?: D },
  ): Tensor<[N], NoInfer<D>, never>
}
/** eye(n, { columns }).  @shape [n, columns] */
export interface Eye {
  <N extends number, M extends number = N, D extends DType = 'f32'>(
    n: N, settings?: { readonly columns?: M; readonly dtype?: D },
  ): Tensor<[N, M], NoInfer<D>, never>
}
type Matrices<Op extends string, S extends Shape> =
  Unranked<S> extends true ? S : S extends readonly [...unknown[], unknown, unknown] ? S
  : `${Op}: needs rank 2 or more, got ${Show<S>}`
/** tril, triu: the rest is 0.  @shape [..., m, n] -> [..., m, n] */
export interface Triangle<Op extends string> {
  <S extends Shape, D extends DType, V extends Device>(
    x: Must<Matrices<Op, S>, Tensor<S, D, V>>, settings?: { readonly diagonal?: number },
  ): Tensor<S, D, V>
}
type Diag<S extends Shape> =
  Unranked<S> extends true ? Shape : S extends readonly [infer N extends number] ? [N, N]
  : S extends readonly [infer M extends number, infer N] ? (DimOk<M, N> extends true ? [M] : [number])
  : `diag: needs rank 1 or 2, got ${Show<S>}`
/** A vector to a diagonal matrix, a matrix to its diagonal.  @shape [n] -> [n, n] | [n, n] -> [n] */
export interface DiagOf {
  <S extends Shape, D extends DType, V extends Device>(x: Must<Diag<S>, Tensor<S, D, V>>): Tensor<Shp<Diag<S>>, D, V>
}

// ---- randomness -------------------------------------------------------------------------------------------
/** A random key: state handed on explicitly, never changed. */
export type Key<V = Device> = Tensor<[2], 'u32', V>
/** key(seed).  @shape [2] */
export interface KeyOf { (seed: number | bigint): Key<never> }
/** n independent keys; destructure them.  @shape [2] -> n of [2] */
export interface SplitKey { <V extends Device, N extends number = 2>(key: Key<V>, n?: N): Times<Key<V>, N> }
/** n independent keys in one tensor, to map over.  @shape [2] -> [n, 2] */
export interface StackedKeys { <V extends Device, N extends number>(key: Key<V>, n: N): Tensor<[N, 2], 'u32', V> }
/** A key that depends on a number too.  @shape [2] -> [2] */
export interface FoldIn { <V extends Device>(key: Key<V>, data: number | Tensor<[], IntDType, V>): Key<V> }
/** Uniformly random 32 bits.  @shape the one given */
export interface Bits {
  <V extends Device, const S extends Shape>(key: Key<V>, shape: readonly [...S]): Tensor<S, 'u32', V>
}
/** randLike, randnLike: the shape and the dtype of x.  @shape [...s] -> [...s] */
export interface RandomLike {
  <V extends Device, S extends Shape, D extends WideFloatDType>(key: Key<V>, x: Tensor<S, D, Device>): Tensor<S, D, V>
}
/** Uniform in [minval, maxval), [0, 1) unless given.  @shape the one given */
export interface Uniform {
  <V extends Device, const S extends Shape, D extends WideFloatDType = 'f32'>(
    key: Key<V>, shape: readonly [...S],
    settings?: { readonly dtype?: D; readonly minval?: number; readonly maxval?: number },
  ): Tensor<S, NoInfer<D>, V>
}
/** Standard normal unless given.  @shape the one given */
export interface Normal {
  <V extends Device, const S extends Shape, D extends WideFloatDType = 'f32'>(
    key: Key<V>, shape: readonly [...S],
    settings?: { readonly dtype?: D; readonly mean?: number; readonly std?: number },
  ): Tensor<S, NoInfer<D>, V>
}
/** True with probability p, 0.5 unless given.  @shape the one given */
export interface Bernoulli {
  <V extends Device, const S extends Shape>(
    key: Key<V>, shape: readonly [...S], settings?: { readonly p?: number },
  ): Tensor<S, 'bool', V>
}
/** Integers in [minval, maxval).  @shape the one given */
export interface RandInt {
  <V extends Device, const S extends Shape, D extends IntDType = 'i32'>(
    key: Key<V>, shape: readonly [...S],
    settings: { readonly minval?: number; readonly maxval: number; readonly dtype?: D },
  ): Tensor<S, NoInfer<D>, V>
}
/** The numbers 0..n-1 in random order.  @shape [n] */
export interface Permutation { <V extends Device, N extends number>(key: Key<V>, n: N): Tensor<[N], 'i32', V> }
/** A class by unnormalised log probabilities along an axis, the last unless given.  @shape [..., c] -> [...] */
export interface Categorical {
  <V extends Device, S extends Shape, const I extends number = -1>(
    key: Key<V>, logits: Tensor<S, WideFloatDType, V>,
    settings?: { readonly axis?: Must<Reduce<S, I, false, 'categorical'>, I> },
  ): Tensor<Shp<Reduce<S, I, false, 'categorical'>>, 'i32', V>
}
