import { add, on } from '../good/declared.js'

const x = on('cpu', [2, 3])
add(x, on('cuda:0', [2, 3]))
