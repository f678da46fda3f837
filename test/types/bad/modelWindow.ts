import type { ConvLayer, ModelOf, PoolLayer, SequentialLayer } from '../../../lib/type/index.js'

declare const conv: ConvLayer, maxPool: PoolLayer, model: ModelOf, sequential: SequentialLayer
model([1, 28, 28], sequential(['conv1', conv(6, 3)], maxPool(2), ['conv2', conv(16, 15)]))
