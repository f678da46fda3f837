/**
 * Call interfaces of the operations that move elements without computing: reshape, permute, concat, slice, take and the
 * rest. What the operation cannot do without stands positionally, everything else in a record at the end.
 */
import type { Along, Axes } from '../axis.js'
import type { BroadcastTo } from '../broadcast.js'
import type { Device } from '../device.js'
import type { DType, IntDType, PromoteAll } from '../dtype.js'
import type { Concat, Split, Stack } from '../join.js'
import type { Permute, Squeeze, Transpose, Unsqueeze } from '../move.js'
import type { Rearrange, Sizes } from '../rearrange.js'
import type { FlattenAxes, Reshape } from '../reshape.js'
import type { Must, Shape, Shp } from '../shape.js'
import type { Gather, Pad, Range, Slice, Take, Widths } from '../slice.js'
import type { AnyTensor, Must2, Tensor } from '../tensor.js'
import type { DTypesOf, DevicesOf, OnOneDevice, ShapesOf, Times } from './list.js'

/** One dim may be -1.  @shape [...s] -> [...t], as many elements */
export interface ReshapeOf {
  <S extends Shape, D extends DType, V extends Device, const T extends Shape>(
    x: Tensor<S, D, V>, shape: Must<Reshape<S, T>, readonly [...T]>,
  ): Tensor<Shp<Reshape<S, T>>, D, V>
}
/** All axes from `from` (0 unless given) become one.  @shape [...a, ...b] -> [...a, prod(b)] */
export interface FlattenOf {
  <S extends Shape, D extends DType, V extends Device, F extends number = 0>(
    x: Tensor<S, D, V>, settings?: { readonly from?: Must<FlattenAxes<S, F>, F> },
  ): Tensor<Shp<FlattenAxes<S, F>>, D, V>
}
/** `axes` says for each new axis which old one it is.  @shape [...s] -> permute(s, axes) */
export interface PermuteOf {
  <S extends Shape, D extends DType, V extends Device, const P extends readonly number[]>(
    x: Tensor<S, D, V>, axes: Must<Permute<S, P>, readonly [...P]>,
  ): Tensor<Shp<Permute<S, P>>, D, V>
}
/** Two axes swapped, the last two unless given.  @shape [..., m, n] -> [..., n, m] */
export interface TransposeOf {
  <S extends Shape, D extends DType, V extends Device,
    const A extends readonly [number, number] | undefined = undefined>(
    x: Must<Transpose<S, A>, Tensor<S, D, V>>, settings?: { readonly axes?: A },
  ): Tensor<Shp<Transpose<S, A>>, D, V>
}
/** An axis of size 1 is dropped.  @shape [...a, 1, ...b] -> [...a, ...b] */
export interface SqueezeOf {
  <S extends Shape, D extends DType, V extends Device, const I extends number>(
    x: Tensor<S, D, V>, settings: { readonly axis: Must<Squeeze<S, I>, I> },
  ): Tensor<Shp<Squeeze<S, I>>, D, V>
}
/** An axis of size 1 is inserted.  @shape [...a, ...b] -> [...a, 1, ...b] */
export interface UnsqueezeOf {
  <S extends Shape, D extends DType, V extends Device, const I extends number>(
    x: Tensor<S, D, V>, settings: { readonly axis: Must<Unsqueeze<S, I>, I> },
  ): Tensor<Shp<Unsqueeze<S, I>>, D, V>
}
/** @shape [...s] -> [...t] */
export interface BroadcastToOf {
  <S extends Shape, D extends DType, V extends Device, const T extends Shape>(
    x: Tensor<S, D, V>, shape: Must<BroadcastTo<S, T>, readonly [...T]>,
  ): Tensor<Shp<BroadcastTo<S, T>>, D, V>
}
/** einops' notation; sizes that cannot be computed are given.  @shape by the pattern */
export interface RearrangeOf {
  <S extends Shape, D extends DType, V extends Device, const P extends string, const E extends Sizes = {}>(
    x: Tensor<S, D, V>, pattern: Must<Rearrange<P, S, E>, P>, sizes?: E,
  ): Tensor<Shp<Rearrange<P, S, E>>, D, V>
}

/** Along an axis that exists, 0 unless given.  @shape [n, ...s], [m, ...s] -> [n + m, ...s] */
export interface ConcatOf {
  <const X extends readonly AnyTensor[], const I extends number = 0>(
    tensors: Must<OnOneDevice<X, Concat<ShapesOf<X>, I>>, readonly [...X]>, settings?: { readonly axis?: I },
  ): Tensor<Shp<Concat<ShapesOf<X>, I>>, PromoteAll<DTypesOf<X>>, DevicesOf<X>>
}
/** Along a new axis, 0 unless given.  @shape n of [...s] -> [n, ...s] */
export interface StackOf {
  <const X extends readonly AnyTensor[], const I extends number = 0>(
    tensors: Must<OnOneDevice<X, Stack<ShapesOf<X>, I>>, readonly [...X]>, settings?: { readonly axis?: I },
  ): Tensor<Shp<Stack<ShapesOf<X>, I>>, PromoteAll<DTypesOf<X>>, DevicesOf<X>>
}
/** n equal parts along an axis, 0 unless given.  @shape [n * k, ...s] -> n of [k, ...s] */
export interface SplitOf {
  <S extends Shape, D extends DType, V extends Device, N extends number, const I extends number = 0>(
    x: Tensor<S, D, V>, parts: Must<Split<S, N, I>, N>, settings?: { readonly axis?: I },
  ): Times<Tensor<Shp<Split<S, N, I>>, D, V>, N>
}
/** A range an axis: null for all of it, [start, end], [start, end, step].  @shape [...s] -> slice(s, ranges) */
export interface SliceOf {
  <S extends Shape, D extends DType, V extends Device, const R extends readonly Range[]>(
    x: Tensor<S, D, V>, ranges: Must<Slice<S, R>, readonly [...R]>,
  ): Tensor<Shp<Slice<S, R>>, D, V>
}
/** The order reversed along axes, all of them unless given.  @shape [...s] -> [...s] */
export interface FlipOf {
  <S extends Shape, D extends DType, V extends Device, const A extends Axes = undefined>(
    x: Tensor<S, D, V>, settings?: { readonly axes?: Must<Along<'flip', S, A>, A> },
  ): Tensor<S, D, V>
}
/** Where a border comes from: a value, the mirrored elements without the edge, the edge, the other side. */
export type PadMode = 'constant' | 'reflect' | 'edge' | 'circular'
/** One [before, after] an axis, filled with 0 unless a value is given.  @shape [...s] -> pad(s, widths) */
export interface PadOf {
  <S extends Shape, D extends DType, V extends Device, const W extends Widths>(
    x: Tensor<S, D, V>, widths: Must<Pad<S, W>, readonly [...W]>, settings?: { readonly value?: number; readonly mode?: PadMode },
  ): Tensor<Shp<Pad<S, W>>, D, V>
}
/** Entries by an index tensor, axis 0 unless given.  @shape [n, ...s], [...i] -> [...i, ...s] */
export interface TakeOf {
  <S extends Shape, D extends DType, V extends Device, J extends Shape, W extends Device, const I extends number = 0>(
    x: Tensor<S, D, V>, index: Must2<Take<S, J, I>, V, W, Tensor<J, IntDType, W>>, settings?: { readonly axis?: I },
  ): Tensor<Shp<Take<S, J, I>>, D, V | W>
}
/** One element an index along an axis (PyTorch's gather, NumPy's take_along_axis).  @shape [...s], [...i] -> [...i] */
export interface GatherOf {
  <S extends Shape, D extends DType, V extends Device, J extends Shape, W extends Device, const I extends number = -1>(
    x: Tensor<S, D, V>, index: Must2<Gather<S, J, I>, V, W, Tensor<J, IntDType, W>>, settings?: { readonly axis?: I },
  ): Tensor<Shp<Gather<S, J, I>>, D, V | W>
}
