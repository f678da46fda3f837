/** Differences between neighbours, and the integral that undoes them. Law: diff(concat([0, cumsum(x)])) = x. */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, constant, cut, moveAxis, reshapeTo } from '../prim/index.js'
import type { Along as AlongLaw, Device, DType, FloatOf, Must, Reduce, Shape, Shp, Tensor } from '../type/index.js'
import { fail, show } from '../type/index.js'
import { axisOf, count } from './fit.js'
import { asFloat, asNode, weakLike } from './operand.js'

const size = (x: Node, axis: number): number => x.shape[axis] as number
/** x[i + k] - x[i] along an axis; bools differ or not (NumPy). */
const apart = (x: Node, axis: number, k = 1): Node => {
  const n = Math.max(0, size(x, axis) - k)
  const ends = [cut(x, axis, Math.min(k, size(x, axis)), n), cut(x, axis, 0, n)]
  return x.dtype === 'bool' ? b.ne(ends) : b.sub(ends)
}
type Shorter<S extends Shape> = { -readonly [K in keyof S]: number } & Shape
interface Diff {
  <S extends Shape, D extends DType, V extends Device, const I extends number = -1>(
    x: Tensor<S, D, V>, settings?: { readonly order?: number; readonly axis?: Must<AlongLaw<'diff', S, I>, I> },
  ): Tensor<Shorter<S>, D, V>
}
/**
 * Each element's difference from the one before it along an axis, the last unless given, `order` times (1 unless given).
 * @shape [..., n] → [..., n - order]
 * @dtype any → same; of bools, "differ"
 * @throws IndexOutOfRange for an axis that is not there, InvalidArgument for an order that is negative or not whole.
 * @example deepClose(await read(diff(tensor([1, 4, 9]))), [3, 5])
 */
export const diff: Diff = ((x: unknown, s: { readonly order?: number; readonly axis?: number } = {}) => {
  const node = asNode('diff', x)
  const axis = axisOf('diff', node.shape, s.axis ?? -1)
  return Array.from({ length: count('diff', 'the order', s.order ?? 1) }).reduce((y: Node) => apart(y, axis), node)
}) as never
/**
 * The differences between neighbours of the flattened tensor, with what `before` and `after` put at the ends.
 * @shape [...s] → [before + n - 1 + after]
 * @dtype any but bool → same
 * @throws DTypeMismatch for a number that the dtype does not hold.
 * @example deepClose(await read(ediff1d(tensor([1, 4, 9]), { before: [0] })), [0, 3, 5])
 */
export const ediff1d = <D extends DType, V extends Device>(
  x: Tensor<Shape, D, V>, s: { readonly before?: readonly number[]; readonly after?: readonly number[] } = {},
): Tensor<[number], D, V> => {
  const node = asNode('ediff1d', x)
  const inside = apart(reshapeTo(node, [numel(node.shape)]), 0)
  const given = (values: readonly number[] = []): Node[] => values.map((v) => weakLike('ediff1d', v, constant(0, { shape: [1], dtype: node.dtype })))
  const parts = [...given(s.before), inside, ...given(s.after)]
  return (parts.length === 1 ? inside : b.concat(parts, { axis: 0 })) as never
}
/**
 * The slope along an axis, the last unless given: central differences inside, one-sided ones at the ends. `spacing` is the
 * distance between neighbours, 1 unless given.
 * @shape [..., n] → [..., n]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch when the axis has fewer than 2 elements, IndexOutOfRange when it is not there.
 * @example deepClose(await read(gradient(tensor([1, 4, 9, 16]))), [3, 4, 6, 7])
 */
export const gradient = <S extends Shape, D extends DType, V extends Device>(
  x: Tensor<S, D, V>, s: { readonly axis?: number; readonly spacing?: number } = {},
): Tensor<S, FloatOf<D>, V> => {
  const node = asFloat('gradient', x)
  const axis = axisOf('gradient', node.shape, s.axis ?? -1)
  const n = size(node, axis)
  if (n < 2) return fail('ShapeMismatch', `gradient: axis ${axis} of ${show(node.shape)} has no two neighbours`)
  const inside = apart(node, axis, 2)
  const near = apart(node, axis)
  const parts = [cut(near, axis, 0, 1), b.div([inside, constant(2, inside)]), cut(near, axis, n - 2, 1)]
  const slope = b.concat(parts, { axis })
  return (s.spacing === undefined ? slope : b.div([slope, weakLike('gradient', s.spacing, slope)])) as never
}
interface Trapezoid {
  <S extends Shape, D extends DType, V extends Device, W extends Device = never, const I extends number = -1>(
    y: Tensor<S, D, V>, settings?: { readonly x?: Tensor<Shape, DType, W>; readonly dx?: number; readonly axis?: I },
  ): Tensor<Shp<Reduce<S, I, false>>, FloatOf<D>, V | W>
}
/**
 * The integral by trapezoids along an axis, the last unless given, over points `x` (a vector, or one of y's shape) or in
 * steps of `dx`, 1 unless given.
 * @shape [..., n] → [...]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch when x is neither a vector along the axis nor of y's shape, IndexOutOfRange for the axis.
 * @example deepClose(await read(trapezoid(tensor([1, 2, 3]), { x: tensor([0, 1, 3]) })), 6.5)
 */
export const trapezoid: Trapezoid = ((y: unknown, s: { readonly x?: unknown; readonly dx?: number; readonly axis?: number } = {}) => {
  const whole = asFloat('trapezoid', y)
  const axis = axisOf('trapezoid', whole.shape, s.axis ?? -1)
  const node = moveAxis(whole, axis, whole.shape.length - 1)
  const last = node.shape.length - 1
  const n = Math.max(0, size(node, last) - 1)
  const heights = b.add([cut(node, last, Math.min(1, size(node, last)), n), cut(node, last, 0, n)])
  const widths = s.x === undefined ? weakLike('trapezoid', s.dx ?? 1, heights) : steps(s.x, whole, axis, heights)
  const total = b.sum([b.mul([heights, widths])], { axes: [last] })
  return b.div([total, constant(2, total)])
}) as never
const steps = (x: unknown, y: Node, axis: number, like: Node): Node => {
  const points = asFloat('trapezoid', x)
  const line = points.shape.length === 1 && points.shape[0] === size(y, axis)
  if (!line && points.shape.join() !== y.shape.join()) return fail('ShapeMismatch', `trapezoid: x is ${show(points.shape)}; give ${size(y, axis)} points or ${show(y.shape)}`)
  const last = like.shape.length - 1
  const along = apart(line ? points : moveAxis(points, axis, last), line ? 0 : last)
  const typed = along.dtype === like.dtype ? along : b.cast([along], { dtype: like.dtype })
  return line ? b.broadcast([typed], { shape: like.shape, axes: [last] }) : typed
}
