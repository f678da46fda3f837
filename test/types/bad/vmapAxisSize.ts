import type { Axis, Vmap } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { add, on } from '../good/declared.js'

declare const vmap: Vmap, dp: Axis<'dp', 4>
vmap((a: C<[3]>) => add(a, a), { axis: dp })(on('cpu', [5, 3]))
