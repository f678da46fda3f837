/**
 * Windows whose place is a tensor: their sizes are static, their start is clamped so that they fit. And one element each
 * along an axis, read and written.
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, constant, moveAxis, reshapeTo, stretch } from '../prim/index.js'
import type { Device, DType, IntDType, Shape, Tensor } from '../type/index.js'
import * as law from '../type/index.js'
import { replaced, replacedOnce } from './combine.js'
import { axisOf, fit } from './fit.js'
import { asNode } from './operand.js'
import { fitting, indexOf } from './scatter.js'

type Start<W extends Device> = number | Tensor<readonly [], IntDType, W>
const startsOf = (op: string, x: Node, starts: readonly unknown[], size: readonly number[]): Node[] => {
  const rank = x.shape.length
  if (starts.length !== rank || size.length !== rank) return law.fail('ShapeMismatch', `${op}: ${starts.length} starts and ${size.length} sizes for ${law.show(x.shape)}; give one an axis`)
  return starts.map((start, axis) => {
    const [n, k] = [x.shape[axis] as number, size[axis] as number]
    if (k > n || k < 0) return law.fail('ShapeMismatch', `${op}: a window of ${law.show(size)} does not fit into ${law.show(x.shape)}`)
    const at = typeof start === 'number' ? fitting(op, start, 'i32') : indexOf(op, start, n - k + 1)
    return b.max([b.min([at, constant(n - k, at)]), constant(0, at)])
  })
}
const places = (start: Node, size: number): Node => b.add([b.iota([], { shape: [size], axis: 0, dtype: 'i32' }), stretch(start, [size])])
/**
 * A window of static size; its start, a number or an integer scalar an axis, is clamped so that it fits.
 * @shape [...s], starts, sizes → sizes
 * @dtype any → same
 * @throws ShapeMismatch when the window does not fit into the tensor, or there is not one start and size an axis.
 * @example deepClose(await read(dynamicSlice(tensor([1, 2, 3, 4]), [tensor(2, { dtype: 'i32' })], [2])), [3, 4])
 */
export const dynamicSlice = <S extends Shape, D extends DType, V extends Device, W extends Device = never, const T extends Shape = Shape>(
  x: Tensor<S, D, V>, starts: readonly Start<W>[], sizes: readonly [...T],
): Tensor<T, D, V | W> => {
  const node = asNode('dynamicSlice', x)
  const from = startsOf('dynamicSlice', node, starts, sizes)
  return sizes.reduce((y: Node, k, axis) => {
    if (k === y.shape[axis]) return y
    return moveAxis(b.gather([moveAxis(y, axis, 0), places(from[axis] as Node, k)], { batch: 0 }), 0, axis)
  }, node) as never
}
/**
 * x with a window replaced; the window's start is clamped so that it fits.
 * @shape [...s], [...t], starts → [...s]
 * @dtype any, one that x's dtype holds → any
 * @throws ShapeMismatch when the update does not fit into the tensor, or there is not one start an axis.
 * @example deepClose(await read(dynamicUpdateSlice(tensor([1, 2, 3, 4]), tensor([7, 8]), [1])), [1, 7, 8, 4])
 */
export const dynamicUpdateSlice = <S extends Shape, D extends DType, V extends Device, U extends Device, W extends Device = never>(
  x: Tensor<S, D, V>, update: Tensor<Shape, DType, U>, starts: readonly Start<W>[],
): Tensor<S, D, V | U | W> => {
  const node = asNode('dynamicUpdateSlice', x)
  const given = fitting('dynamicUpdateSlice', update, node.dtype)
  const from = startsOf('dynamicUpdateSlice', node, starts, given.shape)
  const position = given.shape.reduce((sum, k, axis) => {
    const at = b.broadcast([places(from[axis] as Node, k)], { shape: given.shape, axes: [axis] })
    return b.add([sum, b.mul([at, constant(numel(node.shape.slice(axis + 1)), at)])])
  }, constant(0, { shape: given.shape, dtype: 'i32' }))
  const flat = (v: Node): Node => reshapeTo(v, [numel(v.shape)])
  return reshapeTo(replacedOnce(flat(node), flat(position), flat(given)), node.shape) as never
}

/** Both with the axis last, stretched to each other off it. */
const aligned = (op: string, x: Node, at: Node, axis: number): [Node, Node] => {
  if (x.shape.length !== at.shape.length) return law.fail('ShapeMismatch', `${op}: ${law.show(at.shape)} has not the rank of ${law.show(x.shape)}`)
  const last = x.shape.length - 1
  const [p, q] = [moveAxis(x, axis, last), moveAxis(at, axis, last)]
  const lead = fit(op, law.broadcast(p.shape.slice(0, -1), q.shape.slice(0, -1)), 'off the axis sizes must be equal or 1')
  return [stretch(p, [...lead, p.shape[last] as number]), stretch(q, [...lead, q.shape[last] as number])]
}
/**
 * One element for each index along an axis, the last unless given; off the axis sizes are equal or 1. An index outside is
 * clamped.
 * @shape [..., n], [..., k] → [..., k]
 * @dtype any, integer → any
 * @throws ShapeMismatch when the shapes differ off the axis, DTypeMismatch for a float index.
 * @example deepClose(await read(takeAlongAxis(tensor([[1, 2], [3, 4]]), tensor([[1]], { dtype: 'i32' }))), [[2], [4]])
 */
export const takeAlongAxis = <D extends DType, V extends Device, W extends Device>(
  x: Tensor<Shape, D, V>, index: Tensor<Shape, IntDType, W>, s: { readonly axis?: number } = {},
): Tensor<Shape, D, V | W> => {
  const node = asNode('takeAlongAxis', x)
  const axis = axisOf('takeAlongAxis', node.shape, s.axis ?? -1)
  const [p, at] = aligned('takeAlongAxis', node, indexOf('takeAlongAxis', index, node.shape[axis] as number), axis)
  return moveAxis(b.gather([p, at], { batch: p.shape.length - 1 }), p.shape.length - 1, axis) as never
}
/**
 * x with one element replaced for each index along an axis, the last unless given; an index outside is dropped, and of
 * several values for one place the last stays.
 * @shape [..., n], [..., k], [..., k] → [..., n]
 * @dtype any, integer, one that x's dtype holds → any
 * @throws ShapeMismatch when the shapes differ off the axis, DTypeMismatch for a float index.
 * @example deepClose(await read(putAlongAxis(tensor([[1, 2], [3, 4]]), tensor([[1], [0]], { dtype: 'i32' }), 9)), [[1, 9], [9, 4]])
 */
export const putAlongAxis = <S extends Shape, D extends DType, V extends Device, W extends Device, U extends Device = never>(
  x: Tensor<S, D, V>, index: Tensor<Shape, IntDType, W>, values: Tensor<Shape, DType, U> | number, s: { readonly axis?: number } = {},
): Tensor<S, D, V | W | U> => {
  const node = asNode('putAlongAxis', x)
  const axis = axisOf('putAlongAxis', node.shape, s.axis ?? -1)
  const last = node.shape.length - 1
  const [p, at] = aligned('putAlongAxis', node, indexOf('putAlongAxis', index, node.shape[axis] as number), axis)
  const [n, shape] = [p.shape[last] as number, at.shape]
  const given = fitting('putAlongAxis', values, node.dtype)
  fit('putAlongAxis', law.broadcastTo(given.shape, moveAxis(at, last, axis).shape), 'values have the shape of the index')
  const wide = moveAxis(stretch(given, moveAxis(at, last, axis).shape), axis, last)
  const row = reshapeTo(b.iota([], { shape: [numel(shape.slice(0, -1))], axis: 0, dtype: 'i32' }), [...shape.slice(0, -1), 1])
  const inside = b.and([b.ge([at, constant(0, at)]), b.lt([at, constant(n, at)])])
  const to = b.where([inside, b.add([b.mul([stretch(row, shape), constant(n, at)]), at]), constant(-1, at)])
  const flat = (v: Node): Node => reshapeTo(v, [numel(v.shape)])
  return moveAxis(reshapeTo(replaced(flat(p), flat(to), flat(wide)), p.shape), last, axis) as never
}
