import { einsum, on } from '../good/declared.js'

const x = on('cpu', [2, 3])
einsum('ij->ii', x)
