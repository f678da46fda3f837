import type { Grad } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { sum } from '../good/declared.js'

declare const grad: Grad
interface Params { w: C<[3]> }
grad((p: Params) => sum(p.w))
