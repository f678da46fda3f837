/** A table of vectors looked up by integers, with PyTorch's layout: weight [count, width]. */
import { random, take } from '../tensor/index.js'
import type { Device, EmbeddingL, EmbeddingLayer, IntDType, Shape, Tensor } from '../type/index.js'
import { fail, isFloat } from '../type/index.js'
import type { Definition, Float, Input, Weights } from './definition.js'
import { layer, nothing, steady, weight } from './definition.js'
import { positive } from './linear.js'

type Ints = Tensor<Shape, IntDType, Device>
const isInts = (x: Input): x is Ints => x.dtype !== 'bool' && !isFloat(x.dtype)
const rows = ({ params }: Weights, x: Input): Float =>
  isInts(x) ? take(weight('embedding', params, 'weight'), x) as Float
    : fail('DTypeMismatch', `embedding: looks up integers, not ${x.dtype}; cast the input first`)
const define = (count: number, width: number): Definition => steady({
  kind: 'embedding',
  shape: (input) => [...input, width],
  init: (key) => ({ params: { weight: random.normal(key, [count, width]) }, state: nothing }),
  apply: rows,
})

/**
 * Row i of the table for each integer i; the table begins as N(0, 1). An integer outside the table reads its nearest row.
 * @shape [...s] → [...s, width]
 * @dtype integer → f32
 * @throws InvalidArgument unless count and width are whole numbers of at least 1.
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.Embedding.html
 * @example deepClose(nn.model([16], nn.embedding(1000, 64)).output, [16, 64])
 */
export const embedding: EmbeddingLayer = <N extends number, D extends number>(count: N, width: D) =>
  layer<EmbeddingL<N, D>>(define(positive('embedding', 'count', count), positive('embedding', 'width', width)))
