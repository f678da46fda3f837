import type { Cond } from '../../../lib/type/index.js'
import { on } from '../good/declared.js'

declare const cond: Cond
cond(on('cpu', [], 'bool'), () => on('cpu', [3]), () => on('cpu', [4]))
