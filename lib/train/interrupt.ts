/** Ctrl-C as a value: the first one asks the training to save and end, the second one kills as ever. */

export interface Interruption {
  readonly signal: AbortSignal
  /** Stops listening; call it when the training is over. */
  readonly release: () => void
}
/**
 * A signal that is aborted by the first SIGINT of this process.
 * @example const { signal, release } = interruption()
 *   release()
 *   deepClose(signal.aborted, false)
 */
export const interruption = (): Interruption => {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  process.once('SIGINT', stop)
  return { signal: controller.signal, release: () => void process.removeListener('SIGINT', stop) }
}
