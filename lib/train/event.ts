/** What a training tells while it runs: values in order, to be shown, logged, plotted or counted by whoever listens. */
import type { Row } from '../io/history.js'

/** Running means of the epoch's measures, weighted by the examples of each batch. */
export type Means = Row

export interface Started {
  readonly type: 'start'
  /** Whether it goes on from a checkpoint; then `epoch` and `step` are not 0. */
  readonly resumed: boolean
  readonly epoch: number
  readonly step: number
  readonly epochs: number
  readonly batches: number
}
/** After every `logEvery` steps and after the last of an epoch; `batch` of `batches` are done. */
export interface Stepped {
  readonly type: 'step'
  readonly epoch: number
  readonly epochs: number
  readonly batch: number
  readonly batches: number
  readonly step: number
  readonly means: Means
  /** Examples a second, in this epoch so far. */
  readonly perSecond: number
}
export interface EpochDone<S> {
  readonly type: 'epoch'
  readonly epoch: number
  readonly epochs: number
  /** The epoch's line of the history: its number from 1, its means, and what `evaluate` gave. */
  readonly row: Row
  readonly state: S
  readonly perSecond: number
  readonly seconds: number
}
export interface Saved {
  readonly type: 'checkpoint'
  readonly path: string
  readonly epoch: number
  readonly step: number
}
export interface Ended<S> {
  readonly type: 'end'
  readonly reason: 'finished' | 'stopped early' | 'interrupted'
  readonly state: S
  readonly history: readonly Row[]
  readonly step: number
}
export type FitEvent<S> = Started | Stepped | EpochDone<S> | Saved | Ended<S>
