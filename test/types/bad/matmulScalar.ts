import { matmul, on, zeros } from '../good/declared.js'

const x = on('cpu', [2, 3])
matmul(x, zeros([]))
