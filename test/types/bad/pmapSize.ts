import type { Axis, Pmap } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { add, on } from '../good/declared.js'

declare const pmap: Pmap, dp: Axis<'dp', 4>
pmap((a: C<[3]>) => add(a, a), { axis: dp })(on('cpu', [5, 3]))
