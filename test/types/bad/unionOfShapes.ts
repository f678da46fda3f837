import { matmul, on, zeros } from '../good/declared.js'

matmul(Math.random() > 0.5 ? on('cpu', [2, 3]) : on('cpu', [4, 3]), zeros([4, 3]))
