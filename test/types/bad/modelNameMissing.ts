import type { LinearLayer, ModelOf, SequentialLayer } from '../../../lib/type/index.js'

declare const linear: LinearLayer, model: ModelOf, sequential: SequentialLayer
model([8], sequential(['fc', linear(4)], linear(2)))
