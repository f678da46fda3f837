import { on, reshape } from '../good/declared.js'

const x = on('cpu', [2, 3])
reshape(x, [-1, -1])
