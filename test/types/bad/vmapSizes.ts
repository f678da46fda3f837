import type { Vmap } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { add, on } from '../good/declared.js'

declare const vmap: Vmap
vmap((a: C<[3]>, b: C<[3]>) => add(a, b))(on('cpu', [5, 3]), on('cpu', [6, 3]))
