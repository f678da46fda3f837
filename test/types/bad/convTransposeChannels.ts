import { convTranspose, on, zeros } from '../good/declared.js'

convTranspose(on('cpu', [1, 4, 8, 8]), zeros([3, 4, 2, 2]))
