import { add, on } from '../good/declared.js'

const x = on('cpu', [3], 'u64')
add(x, on('cpu', [3], 'i32'))
