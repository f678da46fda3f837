import { on, unfold } from '../good/declared.js'

unfold(on('cpu', [1, 3, 2, 2]), { kernel: 3 })
