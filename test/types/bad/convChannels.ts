import { dim } from '../../../lib/type/index.js'
import { conv, on, zeros } from '../good/declared.js'

conv(on('cpu', [dim('batch', 2), 4, 32, 32]), zeros([8, 3, 3, 3]))
