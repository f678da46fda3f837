import { add, on, zeros } from '../good/declared.js'

const x = on('cpu', [2, 3])
add(x, zeros([4]))
