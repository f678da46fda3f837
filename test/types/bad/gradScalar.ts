import type { Grad } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { matmul } from '../good/declared.js'

declare const grad: Grad
grad((p: { w: C<[3, 2]> }, x: C<[3]>) => matmul(x, p.w))
