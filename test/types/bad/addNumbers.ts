import { add } from '../good/declared.js'

add(1, 2)
