import { convolve, on } from '../good/declared.js'

convolve(on('cpu', [4]), on('cpu', [2, 2]))
