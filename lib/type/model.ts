/**
 * A bound model: `model([1, 28, 28], layer)` resolves all shapes once, only the batch stays open. Parameters and state
 * are plain nested records. Evaluating (`apply`) and training (`train`) are different functions: training takes a key
 * for dropout and gives the next state; no mode flag.
 */
import type { Device, DeviceError, SameDevice } from './device.js'
import type { DType } from './dtype.js'
import type { Fn, Layer, Out, Params, State, Takes } from './layer.js'
import type { Must, Shape } from './shape.js'
import type { Key } from './signature/creation.js'
import type { On, Tensor } from './tensor.js'

type AsShape<T> = T extends Shape ? T : Shape
/** T when the parameters (on V) and the input (on W) may be mixed, else the message. */
type Beside<V, W, T> = SameDevice<V, W> extends true ? T : DeviceError<V, W>
/** The device of the tensors of a tree. It is computed from the tree's type, not inferred through `On`: inference stops
 *  at the third nested record, and a model of blocks would be refused. */
export type DeviceIn<T> =
  T extends Tensor<unknown, unknown, infer V> ? V : T extends object ? (string extends keyof T ? Device : DeviceIn<T[keyof T]>) : never
export interface Model<In extends Shape, Y extends Shape, P, St, D = DType> {
  readonly input: In
  readonly output: Y
  readonly init: <V extends Device>(key: Key<V>) => { readonly params: On<P, V>; readonly state: On<St, V> }
  /** Evaluation: running statistics are used, dropout is the identity. */
  readonly apply: <N extends number, A extends On<P, Device>, B extends On<St, Device>, W extends Device = never>(
    params: A, state: B, x: Beside<DeviceIn<A> | DeviceIn<B>, W, Tensor<[N, ...In], D, W>>,
  ) => Tensor<[N, ...Y], 'f32', DeviceIn<A> | DeviceIn<B> | W>
  /** Training: statistics of the batch, dropout by the key; the state for the next step comes with the result. */
  readonly train: <N extends number, A extends On<P, Device>, B extends On<St, Device>, W extends Device = never>(
    params: A, state: B, x: Beside<DeviceIn<A> | DeviceIn<B>, W, Tensor<[N, ...In], D, W>>, settings?: { readonly key?: Key },
  ) => readonly [y: Tensor<[N, ...Y], 'f32', DeviceIn<A> | DeviceIn<B> | W>, state: On<St, DeviceIn<A> | DeviceIn<B> | W>]
}
/** model(input, layer): the message of the first layer that does not fit stands at the layer. */
export interface ModelOf {
  <const In extends Shape, L extends Fn>(input: readonly [...In], layer: Must<Out<L, In>, Layer<L>>):
    Model<In, AsShape<Out<L, In>>, Params<L, In>, State<L, In>, Takes<L>>
}
/** The parameters of a model on a device: `type P = ParamsOf<typeof net, 'cpu'>`. */
export type ParamsOf<M, V extends Device = 'cpu'> =
  M extends { readonly init: (key: never) => { readonly params: infer P } } ? On<P, V> : never
export type StateOf<M, V extends Device = 'cpu'> =
  M extends { readonly init: (key: never) => { readonly state: infer P } } ? On<P, V> : never
