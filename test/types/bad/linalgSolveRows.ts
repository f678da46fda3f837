import { on, solve } from '../good/declared.js'

const a = on('cpu', [3, 3])
solve(a, on('cpu', [4, 2]))
