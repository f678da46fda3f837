/**
 * A layer bound to the shape of one example. All shapes are resolved once, here; parameters and state are plain nested
 * records that the caller holds. `apply` and `train` are two functions, not one with a flag: training takes a key for
 * dropout and gives the next state. A plain function `(params, x) => y` with an `init` beside it is a model too: grad,
 * summary, freezing and checkpoints see the tree of parameters only.
 */
import type { Fn, Key, Layer, ModelOf, Shape } from '../type/index.js'
import { fail, isMessage, sameShape, show } from '../type/index.js'
import type { Definition, Input, Weights } from './definition.js'
import { definitionOf } from './definition.js'

/** A plain function as a model: its parameters come from its own `init`. */
export interface PlainModel<P, X, Y> {
  (params: P, x: X): Y
  readonly init: (key: Key) => P
}
/** What a bound model keeps beside its typed face, for `summary`. */
export interface Bound { readonly input: Shape; readonly layer: Definition }
export const isBound = (x: unknown): x is Bound => typeof x === 'object' && x !== null && 'layer' in x && 'input' in x

const fitting = (input: Shape, x: Input): Input => {
  const [n, ...example] = x.shape, wanted = `[${['n', ...input].join(',')}]`
  return n !== undefined && sameShape(example, input) ? x
    : fail('ShapeMismatch', `model: the input must be ${wanted}, got ${show(x.shape)}; put the examples of a batch along the first axis`)
}
interface TrainSettings { readonly key?: Key }
const bind = (input: Shape, of: Definition) => {
  const output = of.shape(input)
  if (isMessage(output)) return fail('ShapeMismatch', output)
  return Object.freeze({
    input, output, layer: of,
    init: (key: Key) => of.init(key, input),
    apply: (params: Weights['params'], state: Weights['state'], x: Input) => of.apply({ params, state }, fitting(input, x)),
    train: (params: Weights['params'], state: Weights['state'], x: Input, settings: TrainSettings = {}) =>
      of.train({ params, state }, fitting(input, x), settings.key),
  })
}

/**
 * Binds a layer to the shape of one example: { input, output, init, apply, train }.
 * @shape (input, layer) → apply: [n, ...input] → [n, ...output]
 * @throws ShapeMismatch with the sentence of the first layer that does not fit.
 * @example deepClose(await read(nn.model([2], nn.relu).apply({}, {}, tensor([[-1, 2]]))), [[0, 2]])
 */
export const model: ModelOf = ((input: Shape, of: Layer<Fn>) => bind([...input], definitionOf(of))) as never
