import { on, rearrange } from '../good/declared.js'

const x = on('cpu', [2, 3])
rearrange(x, 'a b -> a')
