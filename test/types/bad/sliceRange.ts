import { on, slice } from '../good/declared.js'

const x = on('cpu', [2, 3])
slice(x, [[0, 5]])
