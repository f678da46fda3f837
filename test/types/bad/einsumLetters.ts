import { einsum, on, zeros } from '../good/declared.js'

const x = on('cpu', [2, 3])
einsum('ij,jk->ik', x, zeros([5, 4]))
