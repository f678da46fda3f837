import { add, on } from '../good/declared.js'

add(on('mesh(dp=2,cpu)', [2, 3]), on('cpu', [2, 3]))
