/**
 * Ctrl-C, and the SIGTERM by which schedulers ask a job to make room, as a value: the first one asks the training to save and
 * end, the second one kills as ever.
 */

const signals = ['SIGINT', 'SIGTERM'] as const
export interface Interruption {
  readonly signal: AbortSignal
  /** Stops listening; call it when the training is over. */
  readonly release: () => void
}
/**
 * A signal that is aborted by the first SIGINT or SIGTERM of this process; its reason is the name of the one that came.
 * @example const { signal, release } = interruption()
 *   release()
 *   deepClose(signal.aborted, false)
 */
export const interruption = (): Interruption => {
  const controller = new AbortController()
  const release = (): void => signals.forEach((name) => process.removeListener(name, stop))
  const stop = (name: string): void => {
    release()
    controller.abort(name)
  }
  for (const name of signals) process.once(name, stop)
  return { signal: controller.signal, release }
}
