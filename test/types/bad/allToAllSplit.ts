import type { AllToAll, Axis } from '../../../lib/type/index.js'
import { on } from '../good/declared.js'

declare const allToAll: AllToAll, dp: Axis<'dp', 4>
allToAll(on('cpu', [4, 3]), dp, { split: 1 })
