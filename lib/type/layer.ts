/**
 * Layers as types. A layer is a value that carries a type-level function on *per-example* shapes: an interface whose
 * members read `this['in']`, applied as `(L & { in: S })['out']`, so no higher-kinded types are needed. A layer is
 * polymorphic in its input until `model(input, layer)` binds it, once. Parameters have PyTorch's names and layouts:
 * linear weight [out, in], conv weight [out, in / groups, ...window]. The layer kinds are exported although users never
 * write them: else declaration emit of a user's model fails (TS4023).
 */
import type { Broadcast } from './broadcast.js'
import type { FloatDType, IntDType } from './dtype.js'
import type { Prod } from './reshape.js'
import type { Shape, Show } from './shape.js'
import type { Unary } from './signature/pointwise.js'
import type { Tensor } from './tensor.js'
import type { AdaptivePool, ConvExample, ConvSettings, ConvWeight, Padding, PerAxis, Pool } from './window.js'

/** A parameter before it is placed: `On<..., V>` says where. */
export type Weight<S> = Tensor<S, 'f32', never>
/** `in` is unknown so that `L & { in: S }` gives exactly S (with `in: Shape` it would be Shape & S, no tuple). */
export interface Fn {
  readonly in: unknown
  readonly out: unknown
  readonly params: unknown
  readonly state: unknown
  readonly takes: unknown
}
export type Out<L, S> = (L & { readonly in: S }) extends { readonly out: infer O } ? O : never
export type Params<L, S> = (L & { readonly in: S }) extends { readonly params: infer O } ? O : never
export type State<L, S> = (L & { readonly in: S }) extends { readonly state: infer O } ? O : never
/** The dtype that a layer reads: floats, or integers (embedding). */
export type Takes<L> = L extends { readonly takes: infer D } ? D : never
declare const layerFn: unique symbol
/** A layer value; lib/nn gives it init and apply. The member is a phantom, never read. */
export interface Layer<L extends Fn> { readonly [layerFn]: L }

// ---- kinds ------------------------------------------------------------------------------------------------
export interface None {}
export interface FloatFn extends Fn { readonly takes: FloatDType }
export interface Pure extends FloatFn { readonly params: None; readonly state: None }
/** Activations, dropout, identity. */
export interface Id extends Pure { readonly out: this['in'] }
export interface DropoutL extends Id {}
export interface LinearL<O extends number, B extends boolean = true> extends FloatFn {
  readonly out: this['in'] extends readonly [...infer R, infer _] ? [...R, O] : 'linear: needs at least one axis'
  readonly params: this['in'] extends readonly [...infer _, infer I] ? WithBias<[O, I], O, B> : never
  readonly state: None
}
type WithBias<W, O, B> = B extends false ? { weight: Weight<W> } : { weight: Weight<W>; bias: Weight<[O]> }
export interface ConvL<O extends number, K, T, B extends boolean = true> extends FloatFn {
  readonly out: this['in'] extends infer S extends Shape ? ConvExample<S, O, K, T> : never
  readonly params: this['in'] extends infer S extends Shape ? WithBias<ConvWeight<S, O, K, T>, O, B> : never
  readonly state: None
}
export interface PoolL<T> extends Pure { readonly out: this['in'] extends infer S extends Shape ? Pool<S, T> : never }
export interface AdaptivePoolL<Z> extends Pure {
  readonly out: this['in'] extends infer S extends Shape ? AdaptivePool<S, Z> : never
}
/** [C, ...space] to [C]. */
export interface GlobalPoolL extends Pure {
  readonly out: this['in'] extends readonly [infer C, ...infer _] ? [C] : 'globalAvgPool: needs [C, ...space]'
}
export interface FlattenL extends Pure { readonly out: [Prod<this['in']>] }
/** Over the batch and space; the first axis of an example is the channel. Running statistics are state. */
export interface BatchNormL extends FloatFn {
  readonly out: this['in'] extends readonly [unknown, ...unknown[]] ? this['in'] : 'batchNorm: needs [C, ...space]'
  readonly params: this['in'] extends readonly [infer C, ...infer _] ? WithBias<[C], C, true> : never
  readonly state: this['in'] extends readonly [infer C, ...infer _] ? { mean: Weight<[C]>; var: Weight<[C]> } : never
}
/** Over the last axis. */
export interface LayerNormL extends FloatFn {
  readonly out: this['in'] extends readonly [...unknown[], unknown] ? this['in'] : 'layerNorm: needs at least one axis'
  readonly params: this['in'] extends readonly [...infer _, infer D] ? WithBias<[D], D, true> : never
  readonly state: None
}
/** Integers to rows of a table. */
export interface EmbeddingL<N extends number, D extends number> extends Fn {
  readonly takes: IntDType
  readonly out: this['in'] extends infer S extends Shape ? [...S, D] : never
  readonly params: { weight: Weight<[N, D]> }
  readonly state: None
}

// ---- composition: entries are layers, or [name, layer] when the layer has parameters -----------------------
export type Entry = Layer<Fn> | readonly [string, Layer<Fn>]
type LayerOf<E> = E extends readonly [string, Layer<infer L>] ? L : E extends Layer<infer L> ? L : never
type NameOf<E> = E extends readonly [infer N, unknown] ? N & string : 'layer'
/** { N: X } added to P, unless X is empty. */
type AddNamed<P, N extends string, X> = None extends X ? P : P & { [K in N]: X }
/** One walk computes shape, params and state together; or gives a message that names the layer. */
type Walk<Es, S, P, St, I extends 0[] = []> =
  Es extends readonly [infer E, ...infer R]
    ? Out<LayerOf<E>, S> extends infer T
      ? T extends string ? `layer ${I['length']} (${NameOf<E>}), input ${Show<S>}: ${T}`
        : E extends readonly [infer N extends string, unknown]
          ? N extends keyof P ? `layer ${I['length']}: the name '${N}' is taken`
            : Walk<R, T, AddNamed<P, N, Params<LayerOf<E>, S>>, AddNamed<St, N, State<LayerOf<E>, S>>, [...I, 0]>
          : None extends Params<LayerOf<E>, S> ? Walk<R, T, P, St, [...I, 0]>
            : `layer ${I['length']} has parameters, so it needs a name: write ['name', layer]`
      : never
    : { out: S; params: { [K in keyof P]: P[K] }; state: { [K in keyof St]: St[K] } }
type Get<R, K extends string> = R extends { readonly [_ in K]: infer X } ? X : R
export interface SeqL<Es extends readonly Entry[]> extends Fn {
  readonly takes: Es extends readonly [infer E, ...infer _] ? Takes<LayerOf<E>> : FloatDType
  readonly out: Get<Walk<Es, this['in'], {}, {}>, 'out'>
  readonly params: Get<Walk<Es, this['in'], {}, {}>, 'params'>
  readonly state: Get<Walk<Es, this['in'], {}, {}>, 'state'>
}
type Pair<B, C> =
  None extends B ? (None extends C ? None : { shortcut: C })
  : None extends C ? { body: B } : { body: B; shortcut: C }
/** body(x) + shortcut(x) */
export interface ResL<B extends Fn, C extends Fn> extends Fn {
  readonly takes: Takes<B>
  readonly out: Residual<Out<B, this['in']>, Out<C, this['in']>>
  readonly params: Pair<Params<B, this['in']>, Params<C, this['in']>>
  readonly state: Pair<State<B, this['in']>, State<C, this['in']>>
}
type Residual<X, Y> =
  X extends Shape
    ? Y extends Shape
      ? Broadcast<X, Y> extends [infer Z] ? Z : `residual: body gives ${Show<X>}, shortcut gives ${Show<Y>}`
      : Y
    : X

// ---- call interfaces of the layers -------------------------------------------------------------------------
/** linear(out, { bias }).  @shape [..., i] -> [..., out] */
export interface LinearLayer {
  <O extends number, B extends boolean = true>(out: O, settings?: { readonly bias?: B }): Layer<LinearL<O, B>>
}
/** conv(out, kernel, { stride, padding, dilation, groups, bias }).  @shape [c, ...space] -> [out, ...space'] */
export interface ConvLayer {
  <O extends number, const K extends PerAxis, const T extends ConvSettings = {}, B extends boolean = true>(
    out: O, kernel: K, settings?: T & { readonly bias?: B },
  ): Layer<ConvL<O, K, T, B>>
}
/** maxPool(kernel, { stride, padding }), avgPool.  @shape [..., ...space] -> [..., ...space'] */
export interface PoolLayer {
  <const K extends PerAxis, const St extends PerAxis = K, const P extends Padding = 0>(
    kernel: K, settings?: { readonly stride?: St; readonly padding?: P },
  ): Layer<PoolL<{ kernel: K; stride: St; padding: P }>>
}
/** adaptiveAvgPool(size).  @shape [..., h, w] -> [..., ...size] */
export interface AdaptivePoolLayer { <const Z extends PerAxis>(size: Z): Layer<AdaptivePoolL<Z>> }
/** dropout(p): the identity unless training.  @shape [...s] -> [...s] */
export interface DropoutLayer { (p?: number): Layer<DropoutL> }
/** embedding(count, width).  @shape [...s] -> [...s, width] */
export interface EmbeddingLayer { <N extends number, D extends number>(count: N, width: D): Layer<EmbeddingL<N, D>> }
/** activation(relu): any elementwise function.  @shape [...s] -> [...s] */
export interface ActivationLayer { (f: Unary): Layer<Id> }
/** sequential(['fc1', linear(10)], relu, ...).  @shape one after the other */
export interface SequentialLayer { <const Es extends readonly Entry[]>(...layers: Es): Layer<SeqL<Es>> }
/** residual(body, shortcut): the sum; the shortcut is the identity unless given.  @shape [...s] -> broadcast(body,
 *  shortcut) */
export interface ResidualLayer {
  <B extends Fn, C extends Fn = Id>(body: Layer<B>, shortcut?: Layer<C>): Layer<ResL<B, C>>
}
