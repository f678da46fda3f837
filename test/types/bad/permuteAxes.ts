import { on, permute } from '../good/declared.js'

const x = on('cpu', [2, 3])
permute(x, [0, 0])
