import type { CustomJvp } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { mul, sum } from '../good/declared.js'

declare const customJvp: CustomJvp
customJvp((x: C<[3]>): C<[3]> => mul(x, x), ([x], [dx]) => [mul(x, x), sum(dx)])
