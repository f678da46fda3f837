import { mean, on } from '../good/declared.js'

const x = on('cpu', [2, 3])
mean(x, { axes: [0, -2] })
