import { on, svd } from '../good/declared.js'

svd(on('cpu', [3]))
