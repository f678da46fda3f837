import type { Scan } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import { on, sum } from '../good/declared.js'

declare const scan: Scan
scan((c: C<[3]>, x: C<[3]>) => [sum(c), x], on('cpu', [3]), on('cpu', [10, 3]))
