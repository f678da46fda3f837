import { on, pad } from '../good/declared.js'

const x = on('cpu', [2, 3])
pad(x, [[0, 0], [-1, 0]])
