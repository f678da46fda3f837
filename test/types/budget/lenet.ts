/** LeNet: bound, initialised, applied. */
import type { ActivationLayer, ConvLayer, FlattenL, Layer, LinearLayer, ModelOf, PoolLayer, SequentialLayer } from '../../../lib/type/index.js'
import { key, on, relu as reluOp } from '../good/declared.js'

declare const linear: LinearLayer, conv: ConvLayer, maxPool: PoolLayer, activation: ActivationLayer
declare const sequential: SequentialLayer, model: ModelOf, flatten: Layer<FlattenL>
const relu = activation(reluOp)
export const lenet = model([1, 28, 28], sequential(
  ['conv1', conv(6, 3, { padding: 1 })], relu, maxPool(2), ['conv2', conv(16, 5)], relu, maxPool(2), flatten,
  ['fc1', linear(120)], relu, ['fc2', linear(84)], relu, ['fc3', linear(10)]))
const { params, state } = lenet.init(key(0))
export const y: readonly [64, 10] = lenet.apply(params, state, on('cpu', [64, 1, 28, 28])).shape
