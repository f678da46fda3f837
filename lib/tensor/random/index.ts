/** Randomness by explicit keys: every function takes one and gives the same numbers for the same key, on every device. */
export { bernoulli, categorical, normal, rand, randLike, randn, randnLike, uniform } from './float.js'
export type { Standard } from './float.js'
export { permutation, randint } from './integer.js'
export { bits, foldIn, key, keys, split } from './key.js'
