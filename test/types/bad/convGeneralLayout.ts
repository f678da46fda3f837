import { convGeneral, on, zeros } from '../good/declared.js'

convGeneral(on('cpu', [2, 32, 32, 3]), zeros([3, 3, 4, 8]), { layout: ['NHWC', 'HWIO', 'NHWC'] })
