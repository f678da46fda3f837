import { on, where } from '../good/declared.js'

const x = on('cpu', [2, 3])
where(x, x, x)
