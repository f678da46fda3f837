import { dim } from '../../../lib/type/index.js'
import { add, on } from '../good/declared.js'

add(on('cpu', [dim('batch', 2)]), on('cpu', [dim('time', 2)]))
