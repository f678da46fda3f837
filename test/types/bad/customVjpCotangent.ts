import type { CustomVjp } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { mul, on } from '../good/declared.js'

declare const customVjp: CustomVjp
customVjp((x: C<[3]>): C<[3]> => mul(x, x), { forward: (x) => [mul(x, x), x], backward: () => [on('cpu', [4])] })
