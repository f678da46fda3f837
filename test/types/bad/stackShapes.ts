import { on, stack, zeros } from '../good/declared.js'

const x = on('cpu', [2, 3])
stack([x, zeros([2])])
