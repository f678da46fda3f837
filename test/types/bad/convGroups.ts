import { conv, on, zeros } from '../good/declared.js'

conv(on('cpu', [1, 4, 8, 8]), zeros([3, 2, 3, 3]), { groups: 2 })
