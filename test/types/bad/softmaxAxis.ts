import { on, softmax } from '../good/declared.js'

const x = on('cpu', [2, 3])
softmax(x, { axis: 3 })
