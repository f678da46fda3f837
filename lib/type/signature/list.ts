/** Lists of tensors (einsum, concat, stack): their shapes, dtypes and devices, and tuples of n equal things. */
import type { DeviceError, SameDevice } from '../device.js'
import type { Tensor } from '../tensor.js'

export type ShapesOf<X> = { -readonly [K in keyof X]: X[K] extends Tensor<infer S, unknown, unknown> ? S : never }
export type DTypesOf<X> = { -readonly [K in keyof X]: X[K] extends Tensor<unknown, infer D, unknown> ? D : never }
export type DevicesOf<X extends readonly unknown[]> = X[number] extends Tensor<unknown, unknown, infer V> ? V : never
/** R when all tensors sit on one device (or none), else the message. */
export type OnOneDevice<X, R, V = never> =
  X extends readonly [Tensor<unknown, unknown, infer W>, ...infer Rest]
    ? SameDevice<V, W> extends true ? OnOneDevice<Rest, R, V | W> : DeviceError<V, W>
    : R
type Small = `${number}` & (Digit | `${Digit}${Digit}`)
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'
/** n of T, as a tuple when n is a literal below 100. */
export type Times<T, N extends number> = number extends N ? T[] : `${N}` extends Small ? Repeat<T, N> : T[]
type Repeat<T, N extends number, Acc extends T[] = []> = Acc['length'] extends N ? Acc : Repeat<T, N, [...Acc, T]>
