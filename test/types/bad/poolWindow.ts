import { maxPool, on } from '../good/declared.js'

maxPool(on('cpu', [1, 1, 3, 3]), { kernel: 4 })
