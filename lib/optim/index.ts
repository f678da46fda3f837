/** Optimizers as pairs of pure functions, composed of gradient transforms. */
export { constant, cosine, step, warmup } from './schedule.js'
export type { Schedule } from './schedule.js'
export { sgd } from './sgd.js'
export type { Sgd, SgdSettings } from './sgd.js'
export { chain, identity } from './transform.js'
export type { Optimizer, StateFn, StateOf, StatesOf } from './transform.js'
