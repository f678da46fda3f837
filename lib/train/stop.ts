/** Stopping early, decided from the history alone: a resumed training stops at the same epoch as one that never broke. */
import type { Row } from '../io/history.js'
import { fail } from '../type/index.js'

export interface EarlyStop {
  /** A column of the history, such as 'valLoss'. */
  readonly measure: string
  /** Epochs without an improvement after which the training stops. */
  readonly patience: number
  /** What counts as an improvement; 0 unless given. */
  readonly minDelta?: number
  /** Whether smaller or larger is better; 'min' unless given. */
  readonly mode?: 'min' | 'max'
}

const missing = (measure: string, row: Row): never =>
  fail('InvalidArgument', `early stop: the history has no '${measure}'; it has ${Object.keys(row).join(', ')}`)
/**
 * Whether a history says that it is time to stop: no improvement within the last `patience` epochs.
 * @throws InvalidArgument when the history has no such measure, or for a patience below 1.
 * @example deepClose(stopsEarly([{ loss: 1 }, { loss: 2 }], { measure: 'loss', patience: 1 }), true)
 */
export const stopsEarly = (history: readonly Row[], { measure, patience, minDelta = 0, mode = 'min' }: EarlyStop): boolean => {
  if (!(Number.isSafeInteger(patience) && patience >= 1))
    fail('InvalidArgument', `early stop: patience is ${patience}; pass a whole number of at least 1`)
  const sign = mode === 'min' ? 1 : -1
  let best = Infinity, since = 0
  for (const row of history) {
    const value = sign * (row[measure] ?? missing(measure, row))
    since = value < best - minDelta ? 0 : since + 1
    if (since === 0) best = value
  }
  return since >= patience
}
