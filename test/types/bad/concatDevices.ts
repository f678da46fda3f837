import { concat, on } from '../good/declared.js'

const x = on('cpu', [2, 3])
concat([x, on('cuda:1', [2, 3])])
