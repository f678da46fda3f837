import type { Grad } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { mul, sum } from '../good/declared.js'

declare const grad: Grad
grad((p: { w: C<[3]>; rate: number }) => sum(mul(p.w, p.rate)))
