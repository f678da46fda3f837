import type { ConvLayer, ModelOf, ResidualLayer, SequentialLayer } from '../../../lib/type/index.js'

declare const conv: ConvLayer, model: ModelOf, residual: ResidualLayer, sequential: SequentialLayer
model([3, 8, 8], sequential(['r', residual(conv(4, 3))]))
