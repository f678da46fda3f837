import { on, rearrange } from '../good/declared.js'

const x = on('cpu', [2, 3])
rearrange(x, '(a b) c -> a b c', { a: 3 })
