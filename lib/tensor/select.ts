/**
 * Parts by position: slices, borders, and entries chosen by index tensors. A host index outside its axis is a fault that
 * names the range; an index tensor is clamped where it reads, on every backend.
 */
import type { Node } from '../ir/node.js'
import { b, cut, moveAxis, permuteTo } from '../prim/index.js'
import type { GatherOf, PadMode, PadOf, Range, SliceOf, TakeOf, Widths } from '../type/index.js'
import * as law from '../type/index.js'
import { axisOf, fit } from './fit.js'
import { within } from './checked.js'
import { asNode, weak } from './operand.js'

/**
 * A range an axis: null for all of it, [start, end] or [start, end, step]; negative counts from the end, a null end is the
 * border. Axes left out stay whole.
 * @shape [...s] → slice(s, ranges)
 * @dtype any → same
 * @throws IndexOutOfRange when a range runs outside its axis.
 * @example deepClose(await read(slice(tensor([1, 2, 3, 4]), [[1, -1]])), [2, 3])
 */
export const slice: SliceOf = ((x: unknown, ranges: readonly Range[]) => {
  const node = asNode('slice', x)
  const r = law.normalizeRanges(node.shape, ranges)
  if (typeof r === 'string') return law.fail('IndexOutOfRange', `${r}; the shape is ${law.show(node.shape)}`)
  return b.slice([node], { start: r.start, limit: r.end, step: r.step })
}) as never

const turned = (x: Node, axis: number): Node => b.flip([x], { axes: [axis] })
const widened = (x: Node, axis: number, start: number, size: number): Node =>
  b.broadcast([cut(x, axis, start, 1)], { shape: x.shape.with(axis, size), axes: x.shape.map((_, i) => i) })
/** The border before and after an axis of size n, taken from the tensor itself. */
const borders: Readonly<Record<Exclude<PadMode, 'constant'>, { readonly reach: (n: number) => number; readonly make: (x: Node, axis: number, low: number, high: number) => [Node, Node] }>> = {
  reflect: { reach: (n) => n - 1, make: (x, a, low, high) => [turned(cut(x, a, 1, low), a), turned(cut(x, a, (x.shape[a] as number) - 1 - high, high), a)] },
  edge: { reach: (n) => (n === 0 ? 0 : Infinity), make: (x, a, low, high) => [widened(x, a, 0, low), widened(x, a, (x.shape[a] as number) - 1, high)] },
  circular: { reach: (n) => n, make: (x, a, low, high) => [cut(x, a, (x.shape[a] as number) - low, low), cut(x, a, 0, high)] },
}
const bordered = (x: Node, axis: number, [low, high]: readonly [number, number], mode: Exclude<PadMode, 'constant'>): Node => {
  if (low === 0 && high === 0) return x
  const { reach, make } = borders[mode]
  const most = reach(x.shape[axis] as number)
  if (Math.max(low, high) > most) return law.fail('ShapeMismatch', `pad: ${Math.max(low, high)} is more than mode '${mode}' finds along axis ${axis} of ${law.show(x.shape)}; at most ${most}`)
  const [before, after] = make(x, axis, low, high)
  return b.concat([before, x, after], { axis })
}
/**
 * A border around the tensor, [before, after] for each axis: filled with `value` (0 unless given), or by `mode` with the
 * mirrored elements without the edge ('reflect'), the edge ('edge'), or those of the other side ('circular').
 * @shape [...s] → pad(s, widths)
 * @dtype any → same
 * @throws ShapeMismatch when widths do not fit the rank or the mode, DTypeMismatch for a value the dtype does not hold.
 * @example deepClose(await read(pad(tensor([1, 2]), [[1, 2]])), [0, 1, 2, 0, 0])
 */
export const pad: PadOf = ((x: unknown, widths: Widths, s: { readonly value?: number; readonly mode?: PadMode } = {}) => {
  const node = asNode('pad', x)
  fit('pad', law.pad(node.shape, widths), 'give one [before, after] an axis, not negative')
  const mode = s.mode ?? 'constant'
  if (mode !== 'constant') return widths.reduce((y, w, axis) => bordered(y, axis, w, mode), node)
  const [low, high] = [widths.map((w) => w[0]), widths.map((w) => w[1])]
  return b.pad([node, weak('pad', s.value ?? 0, node.dtype)], { low, high, interior: node.shape.map(() => 0) })
}) as never

const front = (x: Node, axis: number): Node => moveAxis(x, axis, 0)
/**
 * Entries along an axis (0 unless given) at the places that an index tensor names; the axis becomes the index's axes.
 * @shape [...a, n, ...b], [...i] → [...a, ...i, ...b]
 * @dtype any, integer → any
 * @throws IndexOutOfRange for an axis that is not there, DTypeMismatch for an index that is no integer.
 * @example deepClose(await read(take(tensor([10, 20, 30]), tensor([2, 0], { dtype: 'i32' }))), [30, 10])
 */
export const take: TakeOf = ((x: unknown, index: unknown, s: { readonly axis?: number } = {}) => {
  const [node, at] = [asNode('take', x), asNode('take', index)]
  const axis = axisOf('take', node.shape, s.axis ?? 0)
  const entries = b.gather([front(node, axis), within('take', at, node.shape[axis] as number)], { batch: 0 })
  const rank = at.shape.length
  const lead = Array.from({ length: axis }, (_, i) => i + rank)
  return permuteTo(entries, [...lead, ...at.shape.map((_, i) => i), ...entries.shape.map((_, i) => i).slice(rank + axis)])
}) as never
/**
 * One element for each index, along an axis (the last unless given): out[i, j] = x[i, index[i, j]].
 * @shape [...s], [...i] (equal off the axis) → [...i]
 * @dtype any, integer → any
 * @throws ShapeMismatch when the shapes differ off the axis, IndexOutOfRange when it is not there.
 * @source torch.gather, PyTorch 2.13, for equal sizes off the axis.
 * @example deepClose(await read(gather(tensor([[1, 2], [3, 4]]), tensor([[1], [0]], { dtype: 'i32' }))), [[2], [3]])
 */
export const gather: GatherOf = ((x: unknown, index: unknown, s: { readonly axis?: number } = {}) => {
  const [node, at] = [asNode('gather', x), asNode('gather', index)]
  const axis = axisOf('gather', node.shape, s.axis ?? -1)
  fit('gather', law.gather(node.shape, at.shape, axis), 'only the gathered axis may differ; slice the other axes first')
  const last = node.shape.length - 1
  return moveAxis(b.gather([moveAxis(node, axis, last), moveAxis(within('gather', at, node.shape[axis] as number), axis, last)], { batch: last }), last, axis)
}) as never
