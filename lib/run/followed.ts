/**
 * A few nodes that were run before, recognized without a walk. Users have higher numbers than their operands, so from the last
 * line to the first each meets a node that its user, or the run, has named. What is compared is what a key holds (ir/key.ts).
 */
import { isInput, sameRecord } from '../ir/key.js'
import { sameShape } from '../ir/node.js'
import type { Aval, Node, Params } from '../ir/node.js'
import type { Job } from './job.js'
import type { Cached } from './plans.js'

interface Line {
  readonly op: string
  /** Of an input its type. */
  readonly aval: Aval | null
  readonly args: readonly number[]
  readonly params: Params
}
export interface Path {
  readonly lines: readonly Line[]
  /** Numbers of what is kept, read, and computed besides. */
  readonly roots: readonly number[]
  readonly inputs: readonly number[]
  readonly inner: readonly number[]
  readonly cached: Cached
}
/** A job over other operands, and its plan. */
export interface Again {
  /** What is computed and not kept. */
  readonly inner: readonly Node[]
  readonly inputs: readonly Node[]
  readonly cached: Cached
}
/** Of larger jobs the walk is no great part. */
const MOST = 32
const lineOf = (x: Node): Line => ({ op: x.op, aval: isInput(x) ? { shape: x.shape, dtype: x.dtype } : null, args: x.args.map((a) => a.number), params: x.params })
/** How to recognize a job whose nodes the walk has just numbered; null when it is large or computes something again. */
export const pathOf = (j: Job, cached: Cached): Path | null => {
  if (j.again > 0 || j.reached.length > MOST) return null
  const roots = j.outputs.map((x) => x.number), inner = j.nodes.map((x) => x.number).filter((k) => !roots.includes(k))
  return { lines: j.reached.map(lineOf), roots, inputs: j.inputs.map((x) => x.number), inner, cached }
}
const isAs = (x: Node, { op, aval, params }: Line): boolean => {
  if (x.op !== op || x.gone !== null) return false
  if (aval !== null) return x.dtype === aval.dtype && sameShape(x.shape, aval.shape)
  return (x.computed === 0 || x.outs !== null) && (x.params === params || sameRecord(x.params, params))
}
/** Names the operands of a node; false when there are others, or one has another name. */
const named = (x: Node, { args }: Line, found: (Node | null)[]): boolean => {
  if (x.args.length !== args.length) return false
  for (let i = 0; i < args.length; i++) {
    const k = args[i] as number, a = x.args[i] as Node
    if (found[k] === null) found[k] = a
    else if (found[k] !== a) return false
  }
  return true
}
/** Nodes by number, no two of them one; null when these are others. */
const recognized = ({ lines, roots: kept }: Path, roots: readonly Node[]): readonly Node[] | null => {
  if (roots.length !== kept.length) return null
  const found: (Node | null)[] = []
  for (let k = 0; k < lines.length; k++) found.push(null)
  for (let i = 0; i < kept.length; i++) found[kept[i] as number] = roots[i] as Node
  for (let k = lines.length - 1; k >= 0; k--) {
    const x = found[k] as Node, line = lines[k] as Line
    if (!isAs(x, line) || !named(x, line, found)) return null
    x.number = k
  }
  for (let k = 0; k < found.length; k++) if ((found[k] as Node).number !== k) return null
  return found as Node[]
}
const picked = (found: readonly Node[], numbers: readonly number[]): readonly Node[] => {
  const some: Node[] = []
  for (let i = 0; i < numbers.length; i++) some.push(found[numbers[i] as number] as Node)
  return some
}
export const follow = (path: Path, roots: readonly Node[]): Again | null => {
  const found = recognized(path, roots)
  return found === null ? null : { inner: picked(found, path.inner), inputs: picked(found, path.inputs), cached: path.cached }
}
