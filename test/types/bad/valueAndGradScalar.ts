import type { ValueAndGrad } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { mul } from '../good/declared.js'

declare const valueAndGrad: ValueAndGrad
valueAndGrad((p: C<[3]>) => mul(p, 2))
