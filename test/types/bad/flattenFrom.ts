import { flatten, on } from '../good/declared.js'

const x = on('cpu', [2, 3])
flatten(x, { from: 5 })
