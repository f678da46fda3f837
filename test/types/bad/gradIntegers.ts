import type { Grad } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { cast, sum } from '../good/declared.js'

declare const grad: Grad
grad((p: { w: C<[3], 'i32'> }) => sum(cast(p.w, 'f32')))
