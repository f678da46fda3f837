/**
 * Reading and updating any part of a tensor: at(x, [0, null, i]).set(v). Each axis has a number, null or a range (as in
 * `slice`), or an integer tensor; axes left out stay whole. Index tensors are broadcast together, and their axes stand where
 * the first of them stood (in front, if something stands between them): NumPy's rules. A number outside its axis is a
 * fault; an index tensor is clamped where it reads and dropped where it writes.
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, constant, reshapeTo, stretch } from '../prim/index.js'
import type { Device, DType, IntDType, Range, Shape, Tensor } from '../type/index.js'
import * as law from '../type/index.js'
import type { Write } from './combine.js'
import { added, lowered, multiplied, raised, replaced, replacedOnce } from './combine.js'
import { fit } from './fit.js'
import { asNode, together } from './operand.js'
import { fitting, indexOf } from './scatter.js'

export type Index<W extends Device = Device> = number | Range | Tensor<Shape, IntDType, W>
/** A part of a tensor, to read or to make a new tensor with. */
export interface Place<S extends Shape, D extends DType, V extends Device> {
  readonly get: () => Tensor<Shape, D, V>
  readonly set: <W extends Device = never>(value: Tensor<Shape, DType, W> | number) => Tensor<S, D, V | W>
  readonly add: <W extends Device = never>(value: Tensor<Shape, DType, W> | number) => Tensor<S, D, V | W>
  readonly mul: <W extends Device = never>(value: Tensor<Shape, DType, W> | number) => Tensor<S, D, V | W>
  readonly min: <W extends Device = never>(value: Tensor<Shape, DType, W> | number) => Tensor<S, D, V | W>
  readonly max: <W extends Device = never>(value: Tensor<Shape, DType, W> | number) => Tensor<S, D, V | W>
}
/** Positions along one axis: a line of them, or (shaped) those of an index tensor. */
interface Line { readonly at: Node; readonly kind: 'drop' | 'line' | 'tensor' }
const outside = (i: number, n: number, axis: number): never => law.fail('IndexOutOfRange', `at: ${i} is outside axis ${axis}, which runs from ${-n} to ${n - 1}`)
const scalar = (i: number): Node => constant(i, { shape: [], dtype: 'i32' })
const rangeLine = (shape: Shape, axis: number, range: Range): Node => {
  const r = law.normalizeRanges([shape[axis] as number], [range])
  if (typeof r === 'string') return law.fail('IndexOutOfRange', `${r.replace('slice', 'at').replace('axis 0', `axis ${axis}`)}; the shape is ${law.show(shape)}`)
  const [start, end, step] = [r.start[0] as number, r.end[0] as number, r.step[0] as number]
  const index = b.iota([], { shape: [Math.ceil((end - start) / step)], axis: 0, dtype: 'i32' })
  return b.add([b.mul([index, constant(step, index)]), constant(start, index)])
}
const lineOf = (shape: Shape, axis: number, index: Index | undefined): Line => {
  const n = shape[axis] as number
  if (index === undefined || index === null || Array.isArray(index)) return { at: rangeLine(shape, axis, (index ?? null) as Range), kind: 'line' }
  if (typeof index !== 'number') return { at: indexOf('at', index, n), kind: 'tensor' }
  return Number.isInteger(index) && index >= -n && index < n ? { at: scalar(index < 0 ? index + n : index), kind: 'drop' } : outside(index, n, axis)
}
/** What of the result each axis of x supplies: own axes for lines, one common group for tensors (with numbers among them). */
interface Layout { readonly shape: number[]; readonly placed: readonly Node[]; readonly different: boolean }
const layout = (lines: readonly Line[]): Layout => {
  const tensors = lines.some((l) => l.kind === 'tensor')
  const grouped = (l: Line): boolean => l.kind === 'tensor' || (tensors && l.kind === 'drop')
  const group = together('at', lines.filter(grouped).map((l) => l.at))
  const common = group[0]?.shape ?? []
  const places = lines.flatMap((l, i) => (grouped(l) ? [i] : []))
  const adjacent = places.every((p, i) => i === 0 || p === (places[i - 1] as number) + 1)
  const before = adjacent && places.length > 0 ? lines.slice(0, places[0] as number).filter((l) => l.kind === 'line').length : 0
  const own = lines.filter((l) => l.kind === 'line').map((l) => l.at.shape[0] as number)
  const shape = [...own.slice(0, before), ...common, ...own.slice(before)]
  const spread = (x: Node, axes: readonly number[]): Node => b.broadcast([x], { shape, axes })
  let [nextOwn, nextGroup] = [0, 0]
  const place = (l: Line): Node => {
    if (grouped(l)) return spread(group[nextGroup++] as Node, common.map((_, i) => i + before))
    if (l.kind === 'drop') return spread(l.at, [])
    const k = nextOwn++
    return spread(l.at, [k < before ? k : k + common.length])
  }
  return { shape, placed: lines.map(place), different: !tensors }
}
/** Row-major positions in the flattened tensor, clamped into the axes or -1 where one is outside. */
const flatPositions = (shape: Shape, placed: readonly Node[], clamp: boolean, out: readonly number[]): Node => {
  let [position, inside] = [constant(0, { shape: [...out], dtype: 'i32' }), constant(1, { shape: [...out], dtype: 'bool' })]
  for (const [axis, i] of placed.entries()) {
    const [n, stride] = [shape[axis] as number, numel(shape.slice(axis + 1))]
    const fits = b.and([b.ge([i, constant(0, i)]), b.lt([i, constant(n, i)])])
    const kept = clamp ? b.max([b.min([i, constant(n - 1, i)]), constant(0, i)]) : i
    position = b.add([position, b.mul([kept, constant(stride, i)])])
    inside = b.and([inside, fits])
  }
  return clamp ? position : b.where([inside, position, constant(-1, position)])
}
const flat = (x: Node): Node => reshapeTo(x, [numel(x.shape)])
/**
 * A part of a tensor: `get` reads it, `set add mul min max` give the tensor with that part updated. Of several updates for
 * one element `set` keeps the last, the others meet all of them.
 * @shape [...s] → get: the part's, the others: [...s]
 * @dtype any; updates in one that x's dtype holds → same
 * @throws IndexOutOfRange for a number or range outside its axis, ShapeMismatch when updates do not stretch to the part.
 * @example deepClose(await read(at(tensor([1, 2, 3]), [[0, 2]]).set(0)), [0, 0, 3])
 */
export const at = <S extends Shape, D extends DType, V extends Device, W extends Device = never>(
  x: Tensor<S, D, V>, index: readonly Index<W>[],
): Place<S, D, V | W> => {
  const node = asNode('at', x)
  if (index.length > node.shape.length) return law.fail('IndexOutOfRange', `at: ${index.length} indices for ${law.show(node.shape)}`)
  const { shape, placed, different } = layout(node.shape.map((_, axis) => lineOf(node.shape, axis, index[axis])))
  const update = (write: Write) => (value: unknown): never => {
    const given = fitting('at', value, node.dtype)
    fit('at', law.broadcastTo(given.shape, shape), `the part is ${law.show(shape)}`)
    const to = flat(flatPositions(node.shape, placed, false, shape))
    return reshapeTo(write(flat(node), to, flat(stretch(given, shape))), node.shape) as never
  }
  const get = (): never => (numel(shape) === 0 ? constant(0, { shape, dtype: node.dtype }) : b.gather([flat(node), flatPositions(node.shape, placed, true, shape)], { batch: 0 })) as never
  return { get, set: update(different ? replacedOnce : replaced), add: update(added), mul: update(multiplied), min: update(lowered), max: update(raised) }
}
