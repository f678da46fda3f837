/** Call interfaces of Fourier transforms: along one axis, along several, of real numbers and back. */
import type { Device } from '../device.js'
import type { ComplexOf, DType, RealOf } from '../dtype.js'
import type { FourierKind, Transformed } from '../fourier.js'
import type { Must, Shape, Shp } from '../shape.js'
import type { Tensor } from '../tensor.js'

/** Which direction carries the factor 1/n: the inverse ('backward'), the other ('forward'), or both its root ('ortho'). */
export type FourierNorm = 'backward' | 'ortho' | 'forward'
type Out<K extends 'complex' | 'real', D extends DType> = K extends 'complex' ? ComplexOf<D> : RealOf<ComplexOf<D>>
/** Along one axis, the last unless given, cut or filled with zeros to n.  @shape [..., m, ...] -> [..., n, ...] */
export interface FourierOf<F extends FourierKind, K extends 'complex' | 'real'> {
  <S extends Shape, D extends DType, V extends Device, const N extends number | undefined = undefined, const A extends number = -1>(
    x: Tensor<S, D, V>, settings?: { readonly n?: N; readonly axis?: Must<Transformed<S, N, A, F>, A>; readonly norm?: FourierNorm },
  ): Tensor<Shp<Transformed<S, N, A, F>>, Out<K, D>, V>
}
type Unsized<S extends Shape> = { -readonly [K in keyof S]: number } & Shape
/** Along several axes, all of them (or the last two) unless given, each cut or filled to its n.  @shape [...s] -> [...s'] */
export interface FourierManyOf<F extends FourierKind, K extends 'complex' | 'real'> {
  <S extends Shape, D extends DType, V extends Device, const N extends readonly number[] | undefined = undefined>(
    x: Tensor<S, D, V>, settings?: { readonly n?: N; readonly axes?: readonly number[]; readonly norm?: FourierNorm },
  ): Tensor<F extends 'full' ? [N] extends [undefined] ? S : Unsized<S> : Unsized<S>, Out<K, D>, V>
}
