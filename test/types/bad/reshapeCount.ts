import { dim } from '../../../lib/type/index.js'
import { on, reshape } from '../good/declared.js'

reshape(on('cpu', [dim('batch', 2), 3, 4]), [dim('batch', 2), 13])
