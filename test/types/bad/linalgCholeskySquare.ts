import { cholesky, on } from '../good/declared.js'

cholesky(on('cpu', [2, 3, 4]))
