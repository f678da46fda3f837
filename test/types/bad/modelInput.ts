import type { KeyOf, LinearLayer, ModelOf } from '../../../lib/type/index.js'
import { on } from '../good/declared.js'

declare const linear: LinearLayer, model: ModelOf, key: KeyOf
const net = model([8], linear(4)), { params, state } = net.init(key(0))
net.apply(params, state, on('cpu', [5, 9]))
