import type { Hessian } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { mul } from '../good/declared.js'

declare const hessian: Hessian
hessian((p: C<[3]>) => mul(p, 2))
