/** Losses: functions of predictions and targets to one number, PyTorch's formulas and names. */
export { bceWithLogits } from './binary.js'
export { crossEntropy, nll } from './classes.js'
export type { CrossEntropyOf, CrossEntropySettings, NllOf, NllSettings } from './classes.js'
export { huber, l1, mse } from './regression.js'
export type { Elementwise, Reduction } from './reduce.js'
