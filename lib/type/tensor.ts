/**
 * The tensor as a type: an immutable expression of which only shape, dtype and device are visible. It has no methods on
 * purpose: a method whose type computes on S would make it invariant, and then `Tensor<[2, 3]>` would no longer be a
 * `Tensor<[number, 3]>`. Covariant in everything, so forgetting is subtyping; the parameters are unconstrained, so a
 * result type need not prove anything. The run-time class lives in lib/ir and carries the brand.
 */
import type { Device, DeviceError, Mesh, SameDevice } from './device.js'
import type { DType } from './dtype.js'
import type { Must, Shape } from './shape.js'

export const tensorBrand: unique symbol = Symbol.for('cotangent.tensor')

/** `device` is `never` for a tensor without leaves: it has no device of its own and takes that of its company. */
export interface Tensor<out S = Shape, out D = DType, out V = Device> {
  readonly [tensorBrand]: true
  readonly shape: S
  readonly dtype: D
  readonly device: V
}
export type AnyTensor = Tensor<Shape, DType, Device>
export type Scalar<D = DType, V = Device> = Tensor<[], D, V>

export type ShapeOf<T> = T extends Tensor<infer S extends Shape, unknown, unknown> ? S : never
export type DTypeOf<T> = T extends Tensor<unknown, infer D, unknown> ? D : never
export type DeviceOf<T> = T extends Tensor<unknown, unknown, infer V> ? V : never
/** `Must`, and both operands must sit on one device. */
export type Must2<R, V, W, T> = SameDevice<V, W> extends true ? Must<R, T> : DeviceError<V, W>
/** Every tensor of a tree on device V. */
export type On<T, V> =
  T extends Tensor<infer S, infer D, unknown> ? Tensor<S, D, V> : T extends object ? { [K in keyof T]: On<T[K], V> } : T

/** What a run on V gives: tensors on a mesh stay there. */
export type Ran<T, V> =
  T extends Tensor<infer S, infer D, infer W> ? Tensor<S, D, [W] extends [never] ? V : [W] extends [Mesh] ? W : V> : T extends object ? { [K in keyof T]: Ran<T[K], V> } : T

export const isTensor = (x: unknown): x is AnyTensor => typeof x === 'object' && x !== null && tensorBrand in x
