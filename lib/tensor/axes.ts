/**
 * Axes in other places and elements in other orders: views where strides can say it, one concat where they cannot. Laws:
 * roll(roll(x, k), -k) = x, and moveaxis(moveaxis(x, i, j), j, i) = x.
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, cut, moveAxis, permuteTo, reshapeTo, stretch } from '../prim/index.js'
import type { Device, DType, Shape, Shp, Tensor, Transpose } from '../type/index.js'
import { fail, show } from '../type/index.js'
import { axisOf, count } from './fit.js'
import { joined } from './join.js'
import { asNode } from './operand.js'

/** The order changes, the shape does not.  @shape [...s] -> [...s] */
type Moved = <S extends Shape, D extends DType, V extends Device>(x: Tensor<S, D, V>) => Tensor<S, D, V>
interface Swap {
  <S extends Shape, D extends DType, V extends Device, const I extends number, const J extends number>(
    x: Tensor<S, D, V>, first: I, second: J,
  ): Tensor<Shp<Transpose<S, [I, J]>>, D, V>
}
type Unsized<S extends Shape> = { -readonly [K in keyof S]: number } & Shape
interface MoveOf {
  <S extends Shape, D extends DType, V extends Device>(x: Tensor<S, D, V>, from: number, to: number): Tensor<Unsized<S>, D, V>
}

/**
 * Two axes swapped.
 * @shape [..., m, ..., n, ...] → [..., n, ..., m, ...]
 * @dtype any → same
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(swapaxes(tensor([[1, 2, 3]]), 0, 1)), [[1], [2], [3]])
 */
export const swapaxes: Swap = ((x: unknown, first: number, second: number) => {
  const node = asNode('swapaxes', x)
  const [i, j] = [axisOf('swapaxes', node.shape, first), axisOf('swapaxes', node.shape, second)]
  return permuteTo(node, node.shape.map((_, a) => (a === i ? j : a === j ? i : a)))
}) as never
/**
 * One axis taken out and put back at another place; the others keep their order.
 * @shape [...s] → s with axis `from` at `to`
 * @dtype any → same
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(moveaxis(zeros([2, 3, 4]), 0, -1).shape, [3, 4, 2])
 */
export const moveaxis: MoveOf = ((x: unknown, from: number, to: number) => {
  const node = asNode('moveaxis', x)
  return moveAxis(node, axisOf('moveaxis', node.shape, from), axisOf('moveaxis', node.shape, to))
}) as never
/**
 * One axis rolled back until it stands before the axis that is now at `start`, 0 unless given.
 * @shape [...s] → s with the axis before `start`
 * @dtype any → same
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(rollaxis(zeros([2, 3, 4]), 2).shape, [4, 2, 3])
 */
export const rollaxis = <S extends Shape, D extends DType, V extends Device>(x: Tensor<S, D, V>, axis: number, start = 0): Tensor<Unsized<S>, D, V> => {
  const node = asNode('rollaxis', x)
  const from = axisOf('rollaxis', node.shape, axis)
  const to = start === node.shape.length ? start : axisOf('rollaxis', node.shape, start)
  return moveAxis(node, from, from < to ? to - 1 : to) as never
}

const rolled = (x: Node, shift: number, axis: number): Node => {
  const n = x.shape[axis] as number
  const k = n === 0 ? 0 : ((shift % n) + n) % n
  return k === 0 ? x : b.concat([cut(x, axis, n - k, k), cut(x, axis, 0, n - k)], { axis })
}
interface RollOf {
  <S extends Shape, D extends DType, V extends Device>(
    x: Tensor<S, D, V>, shift: number | readonly number[], settings?: { readonly axes?: number | readonly number[] },
  ): Tensor<S, D, V>
}
/**
 * Elements moved `shift` places along axes, what leaves at one end coming in at the other; without axes in the flattened order.
 * @shape [...s] → [...s]
 * @dtype any → same
 * @throws IndexOutOfRange for an axis that is not there, ShapeMismatch when shifts and axes are not as many.
 * @example deepClose(await read(roll(tensor([1, 2, 3, 4]), 1)), [4, 1, 2, 3])
 */
export const roll: RollOf = ((x: unknown, shift: number | readonly number[], s: { readonly axes?: number | readonly number[] } = {}) => {
  const node = asNode('roll', x)
  const shifts = [shift].flat()
  if (s.axes === undefined) return reshapeTo(rolled(reshapeTo(node, [numel(node.shape)]), shifts.reduce((a, k) => a + k, 0), 0), node.shape)
  const axes = [s.axes].flat()
  const by = shifts.length === 1 ? axes.map(() => shifts[0] as number) : shifts
  if (by.length !== axes.length) return fail('ShapeMismatch', `roll: ${by.length} shifts for ${axes.length} axes; give one shift, or one an axis`)
  return axes.reduce((y, a, i) => rolled(y, by[i] as number, axisOf('roll', node.shape, a)), node)
}) as never

const flipped = (op: string, x: unknown, axis: number): Node => {
  const node = asNode(op, x)
  return b.flip([node], { axes: [axisOf(op, node.shape, axis)] })
}
/**
 * The order of the columns (axis 1) reversed.
 * @shape [m, n, ...s] → [m, n, ...s]
 * @dtype any → same
 * @throws IndexOutOfRange below rank 2.
 * @example deepClose(await read(fliplr(tensor([[1, 2], [3, 4]]))), [[2, 1], [4, 3]])
 */
export const fliplr: Moved = ((x: unknown) => flipped('fliplr', x, 1)) as never
/**
 * The order of the rows (axis 0) reversed.
 * @shape [m, ...s] → [m, ...s]
 * @dtype any → same
 * @throws IndexOutOfRange for a scalar.
 * @example deepClose(await read(flipud(tensor([[1, 2], [3, 4]]))), [[3, 4], [1, 2]])
 */
export const flipud: Moved = ((x: unknown) => flipped('flipud', x, 0)) as never
/**
 * A quarter turn, `times` of them (1 unless given), from the first of two axes towards the second (0 and 1 unless given).
 * @shape [m, n] → [n, m] for an odd number of turns
 * @dtype any → same
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(rot90(tensor([[1, 2], [3, 4]]))), [[2, 4], [1, 3]])
 */
export const rot90 = <S extends Shape, D extends DType, V extends Device>(
  x: Tensor<S, D, V>, s: { readonly times?: number; readonly axes?: readonly [number, number] } = {},
): Tensor<Unsized<S>, D, V> => {
  const node = asNode('rot90', x)
  const [i, j] = (s.axes ?? [0, 1]).map((a) => axisOf('rot90', node.shape, a)) as [number, number]
  const turns = (((s.times ?? 1) % 4) + 4) % 4
  const swap = (y: Node): Node => permuteTo(y, y.shape.map((_, a) => (a === i ? j : a === j ? i : a)))
  if (turns === 1) return b.flip([swap(node)], { axes: [i] }) as never
  if (turns === 3) return swap(b.flip([node], { axes: [i] })) as never
  return (turns === 0 ? node : b.flip([node], { axes: [i, j] })) as never
}

/** x[..., n, ...] to x[..., n·k, ...]: the axis, and the k copies before it (tile) or behind it (repeat). */
const copied = (x: Node, axis: number, k: number, behind: 0 | 1): Node => {
  const wide = x.shape.toSpliced(axis + behind, 0, k)
  const axes = wide.map((_, i) => i).filter((i) => i !== axis + behind)
  return reshapeTo(b.broadcast([x], { shape: wide, axes }), x.shape.with(axis, (x.shape[axis] as number) * k))
}
/**
 * The whole tensor `times` over along each axis; the shorter of shape and times gets ones in front.
 * @shape [...s] → s · times
 * @dtype any → same
 * @throws InvalidArgument for a count that is negative or not whole.
 * @example deepClose(await read(tile(tensor([1, 2]), [2, 2])), [[1, 2, 1, 2], [1, 2, 1, 2]])
 */
export const tile = <D extends DType, V extends Device>(x: Tensor<Shape, D, V>, times: number | readonly number[]): Tensor<Shape, D, V> => {
  const node = asNode('tile', x)
  const by = [times].flat().map((k) => count('tile', 'a count', k))
  const rank = Math.max(by.length, node.shape.length)
  const fill = (xs: readonly number[]): number[] => [...Array<number>(rank - xs.length).fill(1), ...xs]
  return fill(by).reduce((y, k, axis) => (k === 1 ? y : copied(y, axis, k, 0)), reshapeTo(node, fill(node.shape))) as never
}
/**
 * Each element `times` over, next to itself, along an axis; without one in the flattened order. A list of counts has one an entry.
 * @shape [..., n, ...] → [..., n · times, ...]
 * @dtype any → same
 * @throws ShapeMismatch when the counts are not one an entry, InvalidArgument when one is negative or not whole.
 * @example deepClose(await read(repeat(tensor([1, 2]), 2)), [1, 1, 2, 2])
 */
export const repeat = <D extends DType, V extends Device>(
  x: Tensor<Shape, D, V>, times: number | readonly number[], s: { readonly axis?: number } = {},
): Tensor<Shape, D, V> => {
  const whole = asNode('repeat', x)
  const node = s.axis === undefined ? reshapeTo(whole, [numel(whole.shape)]) : whole
  const axis = axisOf('repeat', node.shape, s.axis ?? 0)
  const by = [times].flat().map((k) => count('repeat', 'a count', k))
  if (by.length === 1) return copied(node, axis, by[0] as number, 1) as never
  if (by.length !== node.shape[axis]) return fail('ShapeMismatch', `repeat: ${by.length} counts for ${show(node.shape)} along axis ${axis}; give one, or one an entry`)
  const pieces = by.map((k, i) => stretch(cut(node, axis, i, 1), node.shape.with(axis, k)))
  return (by.length === 0 ? node : joined(pieces, axis)) as never
}
