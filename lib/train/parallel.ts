/**
 * Data-parallel training: each device has the same parameters and a share of the batch, and what they find is averaged. Law: of a
 * loss that is a mean over examples, the value and the gradient are those of the whole batch.
 */
import { mapTree, pmean, reshape } from '../tensor/index.js'
import { pmap } from '../transform/index.js'
import type { AnyTensor, Axis } from '../type/index.js'
import { flatten } from '../type/index.js'

type Loose = (f: (...args: never[]) => unknown, s: { readonly axis: Axis; readonly inAxes: readonly (0 | null)[]; readonly outAxes: null }) => (...args: unknown[]) => unknown
const shares = (x: AnyTensor, n: number): AnyTensor => {
  const [rows = 0, ...rest] = x.shape
  return reshape(x, [n, rows / n, ...rest])
}
const divides = (batch: unknown, n: number): boolean => (flatten(batch).leaves as AnyTensor[]).every((x) => x.shape[0] !== undefined && x.shape[0] % n === 0)
/**
 * f with its batch shared out over the devices of an axis: parameters first, then what has examples along its first axis. Every
 * result is the mean over the devices. A batch that does not share out evenly is computed whole, on one.
 * @shape ((p, ...batch) => y) => (p, ...batch) => y
 * @throws DTypeMismatch when f gives integers, whose mean is none.
 * @example const slope = grad((w: Scalar<'f32'>, x: Tensor<[4], 'f32'>) => mean(mul(w, x))); deepClose(await read(dataParallel(slope, { axis: axis('dp', 2) })(tensor(1), tensor([1, 2, 3, 4]))), 2.5)
 */
export const dataParallel = <P, B extends readonly unknown[], Y>(f: (params: P, ...batch: B) => Y, { axis }: { readonly axis: Axis }): ((params: P, ...batch: B) => Y) => {
  const each = (params: P, ...batch: B): Y => pmean(f(params, ...batch), axis)
  return (params, ...batch) => {
    if (!divides(batch, axis.size)) return f(params, ...batch)
    const rows = mapTree((x) => shares(x, axis.size), batch)
    return (pmap as unknown as Loose)(each as never, { axis, inAxes: [null, ...batch.map(() => 0 as const)], outAxes: null })(params, ...rows) as Y
  }
}
