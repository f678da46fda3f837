/**
 * Making things ahead of their use, a bounded number at a time. Law: the values and errors are those of making
 * each one when asked, in order; and never more than `alive` are in the making, waiting or in use. Work ahead
 * starts in a later turn of the event loop, so that it fills the time in which the consumer waits for a device and
 * never delays the value that was asked for; stopping early drops what has not begun.
 */

interface Ahead<C> {
  /** The value, its making begun now at the latest. */
  readonly value: () => Promise<C>
  readonly drop: () => void
}

/**
 * The values `make(from)`, …, `make(to - 1)` in order, at most `alive` alive at a time, the one in use counted.
 * @example for await (const x of prefetched(async (i) => i * i, { from: 0, to: 3, alive: 2 })) console.log(x) // prints 0, 1, 4
 */
export async function* prefetched<C>(
  make: (i: number) => Promise<C>,
  { from, to, alive }: { readonly from: number; readonly to: number; readonly alive: number },
): AsyncGenerator<C, void, undefined> {
  const ahead: Ahead<C>[] = []
  try {
    for (let next = from; next < to || ahead.length > 0;) {
      while (ahead.length < alive && next < to) ahead.push(startLater(make, next++))
      yield await (ahead.shift() as Ahead<C>).value()
    }
  } finally {
    for (const waiting of ahead) waiting.drop()
  }
}

const startLater = <C>(make: (i: number) => Promise<C>, i: number): Ahead<C> => {
  let made: Promise<C> | undefined
  const value = (): Promise<C> => {
    clearImmediate(timer)
    return (made ??= make(i))
  }
  const timer = setImmediate(() => {
    value().catch(() => undefined)
  })
  return { value, drop: () => clearImmediate(timer) }
}
