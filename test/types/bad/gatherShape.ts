import { gather, on } from '../good/declared.js'

const x = on('cpu', [2, 3])
gather(x, on('cpu', [3, 1], 'i32'))
