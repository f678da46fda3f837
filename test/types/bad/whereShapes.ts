import { on, where, zeros } from '../good/declared.js'

const x = on('cpu', [2, 3])
where(on('cpu', [2, 3], 'bool'), x, zeros([4, 3, 3, 2]))
