import type { Jit } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { mul } from '../good/declared.js'

declare const jit: Jit
jit((x: C<[3]>, n: number) => mul(x, n))
