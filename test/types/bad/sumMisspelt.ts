import { on, sum } from '../good/declared.js'

const x = on('cpu', [2, 3])
sum(x, { axes: [0], keepdim: true })
