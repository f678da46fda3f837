import type { Collective } from '../../../lib/type/index.js'
import { on } from '../good/declared.js'

declare const psum: Collective
psum(on('cpu', [3]), 'dp')
