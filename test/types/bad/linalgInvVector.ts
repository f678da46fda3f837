import { inv, on } from '../good/declared.js'

inv(on('cpu', [3]))
