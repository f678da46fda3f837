import { dot, on, zeros } from '../good/declared.js'

dot(on('cpu', [2]), zeros([3]))
