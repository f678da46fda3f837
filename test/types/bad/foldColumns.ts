import { fold, on } from '../good/declared.js'

fold(on('cpu', [1, 12, 8]), [4, 4], { kernel: 2 })
