/**
 * What a layer is at run time: a pure description on per-example shapes. `shape` is the twin of the layer's type function,
 * `init` makes parameters and state for an input shape, `apply` evaluates a batch, `train` evaluates it as training does
 * and gives the next state. Law: `apply` of a batch is the stack of `apply` of its examples; `train` of a layer without
 * state and without randomness is `apply`. Parameters and state are plain records of tensors; a layer keeps nothing.
 */
import type { Node } from '../ir/node.js'
import { constant } from '../prim/index.js'
import type { Device, DType, FloatDType, Fn, Key, Law, Layer, Shape, Tensor } from '../type/index.js'
import { fail, isFloat } from '../type/index.js'

/** A tensor whose shape the layer checks at run time: the bound model has proved it at compile time. */
export type Float = Tensor<Shape, FloatDType, Device>
export type Input = Tensor<Shape, DType, Device>
/** Tensors by name, in as many levels as layers are nested. */
export interface Group { readonly [name: string]: Group | Float }
export interface Weights { readonly params: Group; readonly state: Group }
export type Trained = readonly [y: Float, state: Group]
/** A layer inside another: its name, if it has one, and its description. */
export interface Part { readonly name: string | undefined; readonly layer: Definition }
export interface Placed extends Part { readonly input: Shape }

export interface Definition {
  readonly kind: string
  /** The layers inside for an input shape, each with its own. */
  readonly parts: (input: Shape) => readonly Placed[]
  /** The shape of one example after the layer, or the sentence that says why there is none. */
  readonly shape: (input: Shape) => Law
  readonly init: (key: Key, input: Shape) => Weights
  readonly apply: (w: Weights, x: Input) => Float
  readonly train: (w: Weights, x: Input, key: Key | undefined) => Trained
}

export const nothing: Group = Object.freeze({})
export const noWeights: Weights = Object.freeze({ params: nothing, state: nothing })

/** The typed face of a description: the type function L is a phantom. */
export const layer = <L extends Fn>(of: Definition): Layer<L> => Object.freeze(of) as unknown as Layer<L>
/** The description behind a layer. */
export const definitionOf = (of: Layer<Fn>): Definition => {
  const found = of as unknown as Partial<Definition> | null | undefined
  return typeof found?.apply === 'function' && typeof found.shape === 'function' ? (found as Definition)
    : fail('InvalidArgument', 'a layer was expected: make one with nn.linear, nn.conv, nn.activation and the like')
}

/** A layer without randomness and state: training it is evaluating it. */
export const steady = (of: Omit<Definition, 'train' | 'parts'>): Definition => ({
  ...of, parts: () => [], train: (w, x) => [of.apply(w, x), nothing],
})
/** A layer that has nothing to learn either. */
export const pure = (of: Pick<Definition, 'kind' | 'shape'> & { readonly apply: (x: Float) => Float }): Definition =>
  steady({ ...of, init: () => noWeights, apply: (_, x) => of.apply(floats(of.kind, x)) })

/** The input of all layers but embedding. */
export const floats = (kind: string, x: Input): Float =>
  isFloats(x) ? x : fail('DTypeMismatch', `${kind}: takes floats, not ${x.dtype}; cast the input first`)
const isFloats = (x: Input): x is Float => isFloat(x.dtype)

/** A layer's setting beside a tensor: it is part of the program, not an input of it, so a rewrite may look at it. */
export const fixed = (value: number, beside: Float): Float => constant(value, beside as unknown as Node) as unknown as Float

const advice = 'pass the params and the state that init gave'
const isGroup = (x: Group | Float): x is Group => !('dtype' in x && 'shape' in x)
/** One parameter of a layer, or InvalidArgument when the record given does not have it. */
export const weight = (kind: string, of: Group, name: string): Float => {
  const found = of[name]
  return found !== undefined && !isGroup(found) ? found
    : fail('InvalidArgument', `${kind}: there is no tensor '${name}' among {${Object.keys(of).join(', ')}}; ${advice}`)
}
/** The record of a layer inside another; a layer without tensors has none. */
export const within = (w: Weights, name: string): Weights => ({ params: group(w.params, name), state: group(w.state, name) })
const group = (of: Group, name: string): Group => {
  const found = of[name]
  return found === undefined ? nothing : isGroup(found) ? found
    : fail('InvalidArgument', `the tree has a tensor at '${name}' where a layer's record is expected; ${advice}`)
}
export const isEmpty = (of: Group): boolean => Object.keys(of).length === 0
/** The record without the layers that have nothing. */
export const filled = (entries: readonly (readonly [string, Group])[]): Group =>
  Object.fromEntries(entries.filter(([, g]) => !isEmpty(g)))
