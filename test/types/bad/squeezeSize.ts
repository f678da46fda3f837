import { on, squeeze } from '../good/declared.js'

const x = on('cpu', [2, 3])
squeeze(x, { axis: 1 })
