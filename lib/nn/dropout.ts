/** Dropout: the identity, but in training, where each element is left out with a probability and the rest scaled up. */
import { div, random, where } from '../tensor/index.js'
import type { DropoutL, DropoutLayer, Key } from '../type/index.js'
import { fail } from '../type/index.js'
import type { Definition, Float } from './definition.js'
import { fixed, floats, layer, noWeights, nothing } from './definition.js'

/** E[result] = x: what stays is divided by 1 - p. */
const dropped = (x: Float, p: number, key: Key | undefined): Float => {
  if (p === 0) return x
  const draw = key ?? fail('InvalidArgument', 'dropout: training draws at random; pass a key: train(params, state, x, { key })')
  return where(random.bernoulli(draw, x.shape, { p: 1 - p }), p === 1 ? fixed(0, x) : div(x, fixed(1 - p, x)), fixed(0, x)) as Float
}
const define = (p: number): Definition => ({
  kind: 'dropout',
  parts: () => [],
  shape: (input) => [...input],
  init: () => noWeights,
  apply: (_, x) => floats('dropout', x),
  train: (_, x, key) => [dropped(floats('dropout', x), p, key), nothing],
})

/**
 * In training each element becomes 0 with probability p (0.5 unless given), and x / (1 - p) else; in evaluation nothing
 * happens.
 * @shape [...s] → [...s]
 * @dtype float → same
 * @throws InvalidArgument for a probability outside 0..1, and from training without a key.
 * @source https://jmlr.org/papers/v15/srivastava14a.html; https://docs.pytorch.org/docs/2.13/generated/torch.nn.Dropout.html
 * @example deepClose(await read(nn.model([2], nn.dropout(0.5)).apply({}, {}, tensor([[1, 2]]))), [[1, 2]])
 */
export const dropout: DropoutLayer = (p = 0.5) =>
  layer<DropoutL>(p >= 0 && p <= 1 ? define(p) : fail('InvalidArgument', `dropout: p is ${p}; pass a probability from 0 to 1`))
