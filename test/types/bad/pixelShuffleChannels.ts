import { on, pixelShuffle } from '../good/declared.js'

pixelShuffle(on('cpu', [1, 6, 3, 4]), 2)
