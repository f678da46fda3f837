/** Metrics as monoids: what batches say together, whatever way they were cut. */
export { accuracy, topK } from './accuracy.js'
export type { Hits } from './accuracy.js'
export { confusionMatrix, precisionRecallF1 } from './confusion.js'
export type { Scores } from './confusion.js'
export { mean, meanOf } from './mean.js'
export type { Total } from './mean.js'
export { together } from './metric.js'
export type { Metric } from './metric.js'
