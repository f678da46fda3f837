import { concat, on, zeros } from '../good/declared.js'

const x = on('cpu', [2, 3])
concat([x, zeros([3, 4])])
