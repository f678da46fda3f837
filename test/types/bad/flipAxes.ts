import { flip, on } from '../good/declared.js'

const x = on('cpu', [2, 3])
flip(x, { axes: [1, 1] })
