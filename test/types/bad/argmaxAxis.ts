import { argmax, on } from '../good/declared.js'

const x = on('cpu', [2, 3])
argmax(x, { axis: 5 })
