import { on, reduceWindow } from '../good/declared.js'

reduceWindow(on('cpu', [4, 8]), 'max', { kernel: [2] })
