/**
 * Named axes, and what the devices along them give each other. An axis is a value whose size is in its type (`axis('dp', 4)`
 * is an `Axis<'dp', 4>`, or `Axis<'dp', number>`), so what is handed out along it is held to that size before anything runs.
 */
import type { AxisError, AxisKey, InsertKey } from './axis.js'
import { normalizeAxis } from './axis.js'
import type { Device } from './device.js'
import type { DType } from './dtype.js'
import type { InsertAt } from './move.js'
import type { DropAxes } from './reduce.js'
import type { DimOk, Law, Must, Shape, Shp, Show, ShowDim, Unranked } from './shape.js'
import { show } from './shape.js'
import type { Scalar, Tensor } from './tensor.js'

/** `index` is a variable that `vmap(f, { axis })` or `pmap(f, { axis })` binds: a device's place along the axis. */
export interface Axis<Name extends string = string, N extends number = number> {
  readonly name: Name
  readonly size: N
  readonly index: Scalar<'i32', never>
  /** Where the devices are spread over processes. */
  readonly spans?: Spans
}
/** `local` devices in each of some processes, this one being number `rank`. */
export type Spans = { readonly processes: number; readonly rank: number; readonly local: number }
/** How many devices of an axis are here. */
export const atHome = (a: { readonly size: number; readonly spans?: Spans }): number => a.spans?.local ?? a.size
/** The shape without axis I, which must have the size of the named axis. */
export type HandOut<Op extends string, S extends Shape, I extends number, N extends number> =
  Unranked<S> extends true ? Shape : number extends I ? Shape
  : [AxisKey<S, I>] extends [never] ? AxisError<Op, S, I>
  : S[AxisKey<S, I> & keyof S] extends infer D
    ? DimOk<D, N> extends true ? DropAxes<S, AxisKey<S, I>, false>
      : `${Op}: axis ${I} of ${Show<S>} is handed out to ${ShowDim<N>} devices, so it must be ${ShowDim<N>}, not ${ShowDim<D>}`
    : never
/** The shape with the devices as a new axis I. */
export type Gathered<Op extends string, S, I extends number, N extends number> =
  S extends Shape ? Unranked<S> extends true ? Shape : number extends I ? Shape : InsertAt<S, InsertKey<S, I>, N, Op, I> : S

/** The run-time twin of `HandOut`. */
export const handOut = (op: string, s: Shape, axis: number, size: number): Law => {
  const at = normalizeAxis(op, s, axis)
  if (typeof at === 'string') return at
  return s[at] === size ? s.toSpliced(at, 1) : `${op}: axis ${axis} of ${show(s)} is handed out to ${size} devices, so it must be ${size}, not ${s[at]}`
}

/** Every tensor of a tree, over the devices of an axis: psum, pmax.  @shape [...s] -> [...s] */
export interface Collective {
  <T>(tree: T, axis: Axis): T
}
/** allGather.  @shape [...s] -> [n, ...s] */
export interface AllGather {
  <S extends Shape, D extends DType, V extends Device, N extends number, const I extends number = 0>(
    x: Tensor<S, D, V>, axis: Axis<string, N>, settings?: { readonly axis: Must<Gathered<'allGather', S, I, N>, I> },
  ): Tensor<Shp<Gathered<'allGather', S, I, N>>, D, V>
}
/** reduceScatter.  @shape [n, ...s] -> [...s] */
export interface ReduceScatter {
  <S extends Shape, D extends DType, V extends Device, N extends number, const I extends number = 0>(
    x: Must<HandOut<'reduceScatter', S, I, N>, Tensor<S, D, V>>, axis: Axis<string, N>, settings?: { readonly axis: I },
  ): Tensor<Shp<HandOut<'reduceScatter', S, I, N>>, D, V>
}
/** allToAll.  @shape [n, ...s] -> [n, ...s] */
export interface AllToAll {
  <S extends Shape, D extends DType, V extends Device, N extends number, const I extends number = 0, const J extends number = 0>(
    x: Must<HandOut<'allToAll', S, I, N>, Tensor<S, D, V>>, axis: Axis<string, N>, settings?: { readonly split?: I; readonly concat?: J },
  ): Tensor<Shp<Gathered<'allToAll', HandOut<'allToAll', S, I, N>, J, N>>, D, V>
}
