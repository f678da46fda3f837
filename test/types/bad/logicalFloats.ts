import { logicalAnd, on } from '../good/declared.js'

const x = on('cpu', [2, 3])
logicalAnd(x, x)
