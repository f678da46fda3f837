/**
 * Data-parallel training: each device has the same parameters and a share of the batch, and what they find is averaged. Law: of a
 * loss that is a mean over examples, the value and the gradient are those of the whole batch.
 */
import type { Node } from '../ir/node.js'
import { concat, mapTree, pmean, reshape, slice } from '../tensor/index.js'
import { pmap } from '../transform/index.js'
import type { AnyTensor, Axis } from '../type/index.js'
import { atHome, dtypeInfo, fail, flatten, unflatten } from '../type/index.js'

type Loose = (f: (...args: never[]) => unknown, s: { readonly axis: Axis; readonly inAxes: readonly (0 | null)[]; readonly outAxes: null }) => (...args: unknown[]) => unknown
const shares = (x: AnyTensor, n: number): AnyTensor => {
  const [rows = 0, ...rest] = x.shape
  return reshape(x, [n, rows / n, ...rest])
}
const divides = (batch: unknown, n: number): boolean => (flatten(batch).leaves as AnyTensor[]).every((x) => x.shape[0] !== undefined && x.shape[0] % n === 0)
// ---- averages between processes ----------------------------------------------------------------------------------
/** The most bytes of several that go to the others as one. */
const BUCKET = 2 ** 20
const sizeOf = (x: AnyTensor): number => x.shape.reduce((n, d) => n * d, 1)
const ageOf = (x: AnyTensor): number => (x as unknown as Node).id // boundary: a tensor is a node
/** The backward pass finds the gradients of the last layers first, and what is found first can go first. */
const byAge = (xs: readonly AnyTensor[]): AnyTensor[] => [...xs].sort((x, y) => ageOf(x) - ageOf(y))
/** Tensors of one dtype, in order, in lists that fill a bucket. */
const buckets = (xs: readonly AnyTensor[]): AnyTensor[][] => {
  const lists: { readonly dtype: string; bytes: number; readonly xs: AnyTensor[] }[] = []
  for (const x of xs) {
    const bytes = dtypeInfo[x.dtype].bytes * sizeOf(x), open = lists.findLast((l) => l.dtype === x.dtype)
    if (open !== undefined && open.bytes + bytes <= BUCKET) {
      open.bytes += bytes
      open.xs.push(x)
    } else lists.push({ dtype: x.dtype, bytes, xs: [x] })
  }
  return lists.map((l) => l.xs)
}
/** The mean of each over an axis, of many as one vector: what processes give each other costs by the piece. */
const meanTogether = (xs: readonly AnyTensor[], axis: Axis): AnyTensor[] => {
  if (xs.length === 1) return [pmean(xs[0] as AnyTensor, axis)]
  const flat = pmean(concat(xs.map((x) => reshape(x, [sizeOf(x)])) as never), axis) as AnyTensor
  let at = 0
  return xs.map((x) => {
    at += sizeOf(x)
    return reshape(slice(flat as never, [[at - sizeOf(x), at]] as never) as AnyTensor, x.shape) as AnyTensor
  })
}
const averaged = <Y>(tree: Y, axis: Axis): Y => {
  if (axis.spans === undefined) return pmean(tree, axis)
  const { leaves, def } = flatten(tree)
  const means = new Map(buckets(byAge(leaves as AnyTensor[])).flatMap((xs) => meanTogether(xs, axis).map((y, i) => [xs[i] as AnyTensor, y] as const)))
  return unflatten(def, leaves.map((x) => means.get(x as AnyTensor))) as Y
}
/**
 * f with its batch shared out over the devices of an axis: parameters first, then what has examples along its first axis. Every
 * result is the mean over the devices. A batch that does not share out evenly is computed whole, on one. Of an axis that spans
 * processes, each brings a batch of its own, of which its devices get their shares.
 * @shape ((p, ...batch) => y) => (p, ...batch) => y
 * @throws DTypeMismatch when f gives integers, whose mean is none; ShapeMismatch when the axis spans processes and a batch does
 *   not share out evenly.
 * @example const slope = grad((w: Scalar<'f32'>, x: Tensor<[4], 'f32'>) => mean(mul(w, x))); deepClose(await read(dataParallel(slope, { axis: axis('dp', 2) })(tensor(1), tensor([1, 2, 3, 4]))), 2.5)
 */
export const dataParallel = <P, B extends readonly unknown[], Y>(f: (params: P, ...batch: B) => Y, { axis }: { readonly axis: Axis }): ((params: P, ...batch: B) => Y) => {
  const each = (params: P, ...batch: B): Y => averaged(f(params, ...batch), axis), home = atHome(axis)
  return (params, ...batch) => {
    if (!divides(batch, home)) return axis.spans === undefined ? f(params, ...batch) : fail('ShapeMismatch', `dataParallel: the batch of this process does not share out evenly over its ${home} devices of '${axis.name}', and the others wait for it: leave the last batch out with dropLast`)
    const rows = mapTree((x) => shares(x, home), batch)
    return (pmap as unknown as Loose)(each as never, { axis, inAxes: [null, ...batch.map(() => 0 as const)], outAxes: null })(params, ...rows) as Y
  }
}
