import { tensor } from '../good/declared.js'

tensor([[1, 2], [3]])
