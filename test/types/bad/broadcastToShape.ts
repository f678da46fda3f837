import { broadcastTo, on } from '../good/declared.js'

const x = on('cpu', [2, 3])
broadcastTo(x, [2, 4])
