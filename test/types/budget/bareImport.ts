/** The price of one operation. */
import { add, on } from '../good/declared.js'

export const y = add(on('cpu', [2, 3]), 1)
