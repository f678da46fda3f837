import { conv, on, zeros } from '../good/declared.js'

conv(on('cpu', [1, 4, 8, 8]), zeros([3, 4, 9, 9]))
