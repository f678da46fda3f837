import { on, relu } from '../good/declared.js'

relu(on('cpu', [2], 'i32'))
