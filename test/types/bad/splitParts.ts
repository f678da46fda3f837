import { on, split } from '../good/declared.js'

const x = on('cpu', [2, 3])
split(x, 2, { axis: 1 })
