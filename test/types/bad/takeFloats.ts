import { on, take, zeros } from '../good/declared.js'

const x = on('cpu', [2, 3])
take(x, zeros([2]))
