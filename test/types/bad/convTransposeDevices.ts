import { convTranspose, on } from '../good/declared.js'

convTranspose(on('cpu', [1, 4, 8, 8]), on('cuda:0', [4, 4, 2, 2]))
