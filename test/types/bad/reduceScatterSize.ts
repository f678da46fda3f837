import type { Axis, ReduceScatter } from '../../../lib/type/index.js'
import { on } from '../good/declared.js'

declare const reduceScatter: ReduceScatter, dp: Axis<'dp', 4>
reduceScatter(on('cpu', [5, 3]), dp)
