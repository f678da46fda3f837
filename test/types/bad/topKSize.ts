import { on, topK } from '../good/declared.js'

const x = on('cpu', [2, 3])
topK(x, 5)
