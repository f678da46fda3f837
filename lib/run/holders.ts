/**
 * Who holds memory: the tensors that live, which the backend lists, and the runs in progress with their inputs and results. A
 * fault names the largest of each. No list of values is kept here: a WeakRef keeps its target to the end of the job, and a
 * synchronous loop would then free nothing.
 */
import { numel, typeName } from '../ir/node.js'
import type { Aval, Node } from '../ir/node.js'
import { dtypeInfo } from '../type/dtype.js'
import { Fault } from '../type/fault.js'

const NAMED = 3
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
export const bytesOf = (x: Aval): number => numel(x.shape) * dtypeInfo[x.dtype].bytes
/** Bytes are counted in doubles, which are exact to 2^53. @throws OutOfMemory for a tensor that is larger, stored or not. */
export const countable = (nodes: readonly Node[]): void => {
  for (const x of nodes)
    if (bytesOf(x) > Number.MAX_SAFE_INTEGER) throw new Fault('OutOfMemory', `${x.op} makes a ${typeName(x)} of ${bytesOf(x)} bytes, and more than 2^53 cannot be counted: compute it in parts`)
}

interface Work { readonly inputs: readonly Node[]; readonly nodes: readonly Node[] }
const running = new Set<Work>()
export const begins = (work: Work): void => void running.add(work)
export const ends = (work: Work): void => void running.delete(work)

const named = (xs: Iterable<Aval>): string => {
  const largest = [...new Set(xs)].sort((x, y) => bytesOf(y) - bytesOf(x)).slice(0, NAMED)
  return largest.length === 0 ? 'none' : largest.map((x) => `${typeName(x)} (${mebibytes(bytesOf(x))})`).join(', ')
}
/** The largest tensors that live, and those of this run and of those in progress, as part of a sentence. */
export const largest = (work: Work, live: number, held: (most: number) => readonly Aval[]): string => {
  const all = [work, ...running]
  return `${mebibytes(live)} live; largest live tensors: ${named(held(NAMED))}; largest inputs of runs: ${named(all.flatMap((w) => w.inputs))}; largest pending results: ${named(all.flatMap((w) => w.nodes))}`
}
