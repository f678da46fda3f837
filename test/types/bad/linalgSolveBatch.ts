import { on, solve } from '../good/declared.js'

const a = on('cpu', [2, 3, 3])
solve(a, on('cpu', [5, 3, 2]))
