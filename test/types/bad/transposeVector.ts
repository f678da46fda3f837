import { on, transpose } from '../good/declared.js'

transpose(on('cpu', [3]))
