/** The affine map of the last axis, y = x Wᵀ + b, with PyTorch's layout: weight [out, in], bias [out]. */
import { add, matmul, transpose } from '../tensor/index.js'
import type { LinearL, LinearLayer, Shape } from '../type/index.js'
import { fail } from '../type/index.js'
import type { Definition, Float, Weights } from './definition.js'
import { floats, layer, nothing, steady, weight } from './definition.js'
import { fanIn } from './initialize.js'

/** A whole number of at least 1: features, channels, rows. */
export const positive = (kind: string, what: string, n: number): number =>
  Number.isSafeInteger(n) && n >= 1 ? n : fail('InvalidArgument', `${kind}: ${what} is ${n}; pass a whole number of at least 1`)

const affine = ({ params }: Weights, x: Float, bias: boolean): Float => {
  const y = matmul(x, transpose(weight('linear', params, 'weight')))
  return bias ? add(y, weight('linear', params, 'bias')) : y
}
const define = (out: number, bias: boolean): Definition => steady({
  kind: 'linear',
  shape: (input) => (input.length === 0 ? 'linear: needs at least one axis' : [...input.slice(0, -1), out]),
  init: (key, input) => ({ params: fanIn(key, shapes(out, input, bias)), state: nothing }),
  apply: (w, x) => affine(w, floats('linear', x), bias),
})
const shapes = (out: number, input: Shape, bias: boolean) => ({ weight: [out, input.at(-1) ?? 1], bias: bias ? [out] : null })

/**
 * y = x Wᵀ + b over the last axis; `{ bias: false }` leaves b out. Weight and bias begin as U(±1/√in).
 * @shape [..., in] → [..., out]
 * @dtype float → f32
 * @throws InvalidArgument unless `out` is a whole number of at least 1.
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.Linear.html
 * @example deepClose(nn.model([3], nn.linear(2)).output, [2])
 */
export const linear: LinearLayer = <O extends number, B extends boolean = true>(out: O, settings: { readonly bias?: B } = {}) =>
  layer<LinearL<O, B>>(define(positive('linear', 'out', out), settings.bias !== false))
