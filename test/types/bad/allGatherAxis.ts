import type { AllGather, Axis } from '../../../lib/type/index.js'
import { on } from '../good/declared.js'

declare const allGather: AllGather, dp: Axis<'dp', 4>
allGather(on('cpu', [3]), dp, { axis: 2 })
