import { on, unsqueeze } from '../good/declared.js'

const x = on('cpu', [2, 3])
unsqueeze(x, { axis: 4 })
