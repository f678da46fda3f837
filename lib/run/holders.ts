/**
 * Who holds memory: the large values of this process, weakly, and the runs in progress. Nothing is asked of them until an
 * allocation fails; then the fault can name what is worth dropping, whichever run made it. A value that is let go leaves the
 * list with its tensor; small ones never enter it.
 */
import { numel, typeName } from '../ir/node.js'
import type { Node } from '../ir/node.js'
import { dtypeInfo } from '../type/dtype.js'

const LARGE = 1 << 20
const NAMED = 3
export const bytesOf = (x: Node): number => numel(x.shape) * dtypeInfo[x.dtype].bytes

const known = new Set<WeakRef<Node>>()
let due = 256
const prune = (): void => {
  for (const ref of known) if ((ref.deref()?.held ?? null) === null) known.delete(ref)
  due = Math.max(256, 2 * known.size)
}
/** Notes a tensor that has just got its value. */
export const holds = (x: Node): void => {
  if (bytesOf(x) < LARGE) return
  known.add(new WeakRef(x))
  if (known.size > due) prune()
}
/** The results and intermediates of runs that have not ended. */
const running = new Set<readonly Node[]>()
export const begins = (nodes: readonly Node[]): void => void running.add(nodes)
export const ends = (nodes: readonly Node[]): void => void running.delete(nodes)

const named = (xs: Iterable<Node>): string => {
  const largest = [...new Set(xs)].sort((x, y) => bytesOf(y) - bytesOf(x)).slice(0, NAMED)
  return largest.length === 0 ? 'none' : largest.map((x) => `${typeName(x)} (${(bytesOf(x) / 2 ** 20).toFixed(1)} MiB)`).join(', ')
}
/** The largest live and pending tensors of the process, as part of a sentence. */
export const largest = (nodes: readonly Node[]): string => {
  prune()
  const live = [...known].flatMap((ref) => ref.deref() ?? [])
  return `largest live tensors of this process: ${named(live)}; largest pending ones: ${named([nodes, ...running].flat())}`
}
