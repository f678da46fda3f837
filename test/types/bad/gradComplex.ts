import type { Grad } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { dot } from '../good/declared.js'

declare const grad: Grad
grad((z: C<[3], 'c64'>) => dot(z, z))
