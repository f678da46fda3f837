import type { LinearLayer, ModelOf, ParamsOf } from '../../../lib/type/index.js'
import { on } from '../good/declared.js'

declare const linear: LinearLayer, model: ModelOf
const net = model([8], linear(4))
declare const params: ParamsOf<typeof net, 'cpu'>
net.apply(params, {}, on('cuda:0', [5, 8]))
