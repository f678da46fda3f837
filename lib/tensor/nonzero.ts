/**
 * What holds, and where: results whose size depends on data take a static `size`; the first `size` of them are given, and
 * places left over hold `fill` (0 unless given).
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, castTo, constant, moveAxis, reshapeTo, stretch } from '../prim/index.js'
import type { Device, DType, Shape, Tensor } from '../type/index.js'
import { fail, show } from '../type/index.js'
import { axisOf, count } from './fit.js'
import { asNode, weak } from './operand.js'

export interface Sized<N extends number> { readonly size: N; readonly fill?: number }
const positions = (n: number): Node => b.iota([], { shape: [n], axis: 0, dtype: 'i32' })
/** How many hold: a scalar. */
export const held = (flags: Node): Node => b.sum([castTo(flags, 'i32')], { axes: [0] })
/** The places of the first `size` flags that hold, 0 where there are no more. */
export const placesOf = (flags: Node, size: number): Node => {
  const order = b.sub([b.cumsum([castTo(flags, 'i32')], { axis: 0, reverse: false }), constant(1, { shape: flags.shape, dtype: 'i32' })])
  return b.scatterAdd([positions(flags.shape[0] as number), b.where([flags, order, constant(-1, order)])], { batch: 0, size })
}
/** Which of the `size` places have a flag that holds. */
export const occupied = (flags: Node, size: number): Node => b.lt([positions(size), stretch(held(flags), [size])])
/** The entries of x (along axis 0) whose flags hold, then the fill. */
export const chosen = (x: Node, flags: Node, size: number, fill: Node): Node => {
  const shape = [size, ...x.shape.slice(1)]
  if (x.shape[0] === 0) return stretch(fill, shape)
  const rows = b.gather([x, placesOf(flags, size)], { batch: 0 })
  return b.where([b.broadcast([occupied(flags, size)], { shape, axes: [0] }), rows, stretch(fill, shape)])
}
const flat = (x: Node): Node => reshapeTo(x, [numel(x.shape)])
const where = (op: string, x: unknown, s: Sized<number>): Node => {
  const flags = castTo(flat(asNode(op, x)), 'bool')
  const size = count(op, 'size', s.size)
  return b.where([occupied(flags, size), placesOf(flags, size), stretch(weak(op, s.fill ?? 0, 'i32'), [size])])
}
/**
 * The places in the flattened tensor of the first `size` elements that are not zero.
 * @shape [...s] → [size]
 * @dtype any → i32
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(flatnonzero(tensor([0, 5, 0, 7]), { size: 3, fill: -1 })), [1, 3, -1])
 */
export const flatnonzero = <V extends Device, N extends number>(x: Tensor<Shape, DType, V>, s: Sized<N>): Tensor<[N], 'i32', V> =>
  where('flatnonzero', x, s) as never
/** Row-major places taken apart into one index an axis; the fill stays what it is. */
const apart = (op: string, x: Node, s: Sized<number>): Node[] => {
  const flags = castTo(flat(x), 'bool')
  const size = count(op, 'size', s.size)
  const [at, fill] = [placesOf(flags, size), stretch(weak(op, s.fill ?? 0, 'i32'), [size])]
  const along = (axis: number): Node => {
    const [n, stride] = [constant(x.shape[axis] as number, at), constant(numel(x.shape.slice(axis + 1)), at)]
    return b.where([occupied(flags, size), b.remainder([b.floorDiv([at, stride]), n]), fill])
  }
  return x.shape.map((_, axis) => along(axis))
}
/**
 * The places of the first `size` elements that are not zero: one index tensor an axis.
 * @shape [...s] → one [size] an axis
 * @dtype any → i32
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(nonzero(tensor([[0, 5], [7, 0]]), { size: 2 })), [[0, 1], [1, 0]])
 */
export const nonzero = <S extends Shape, V extends Device, N extends number>(x: Tensor<S, DType, V>, s: Sized<N>): { -readonly [K in keyof S]: Tensor<[N], 'i32', V> } =>
  apart('nonzero', asNode('nonzero', x), s) as never
/**
 * The places of the first `size` elements that are not zero, one a row.
 * @shape [...s] → [size, rank of s]
 * @dtype any → i32
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(argwhere(tensor([[0, 5], [7, 0]]), { size: 2 })), [[0, 1], [1, 0]])
 */
export const argwhere = <S extends Shape, V extends Device, N extends number>(x: Tensor<S, DType, V>, s: Sized<N>): Tensor<[N, S['length']], 'i32', V> => {
  const columns = apart('argwhere', asNode('argwhere', x), s).map((c) => reshapeTo(c, [s.size, 1]))
  return (columns.length === 0 ? constant(0, { shape: [s.size, 0], dtype: 'i32' }) : b.concat(columns, { axis: 1 })) as never
}
/**
 * The first `size` entries along an axis (without one of the flattened tensor) for which a vector of conditions holds; the
 * conditions may be fewer than the entries.
 * @shape [n], [..., n, ...s] → [..., size, ...s]
 * @dtype bool, any → any
 * @throws ShapeMismatch when the conditions are no vector or more than the entries.
 * @example deepClose(await read(compress(tensor([true, false, true]), tensor([1, 2, 3]), { size: 2 })), [1, 3])
 */
export const compress = <D extends DType, V extends Device, W extends Device, N extends number>(
  condition: Tensor<readonly [number], DType, W>, x: Tensor<Shape, D, V>, s: Sized<N> & { readonly axis?: number },
): Tensor<Shape, D, V | W> => {
  const whole = asNode('compress', x)
  const node = s.axis === undefined ? flat(whole) : whole
  const axis = axisOf('compress', node.shape, s.axis ?? 0)
  const flags = castTo(asNode('compress', condition), 'bool')
  const [n, k] = [node.shape[axis] as number, flags.shape[0] ?? -1]
  if (flags.shape.length !== 1 || k > n) return fail('ShapeMismatch', `compress: the conditions are ${show(flags.shape)}; give a vector of at most ${n}`)
  const all = b.pad([flags, constant(0, { shape: [], dtype: 'bool' })], { low: [0], high: [n - k], interior: [0] })
  const fill = weak('compress', s.fill ?? 0, node.dtype)
  return moveAxis(chosen(moveAxis(node, axis, 0), all, count('compress', 'size', s.size), fill), 0, axis) as never
}
/**
 * The first `size` elements, in row-major order, for which the condition holds.
 * @shape [...s], [...s] → [size]
 * @dtype bool, any → any
 * @throws ShapeMismatch when the condition has not as many elements as x.
 * @example deepClose(await read(extract(tensor([true, false, true]), tensor([1, 2, 3]), { size: 2 })), [1, 3])
 */
export const extract = <D extends DType, V extends Device, W extends Device, N extends number>(
  condition: Tensor<Shape, DType, W>, x: Tensor<Shape, D, V>, s: Sized<N>,
): Tensor<[N], D, V | W> => {
  const [flags, node] = [castTo(flat(asNode('extract', condition)), 'bool'), flat(asNode('extract', x))]
  if (flags.shape[0] !== node.shape[0]) return fail('ShapeMismatch', `extract: ${flags.shape[0]} conditions for ${node.shape[0]} elements`)
  return chosen(node, flags, count('extract', 'size', s.size), weak('extract', s.fill ?? 0, node.dtype)) as never
}
/**
 * A vector without the zeros at its front ('f'), back ('b') or both ('fb', unless given): the first `size` entries of what
 * is left, then the fill.
 * @shape [n] → [size]
 * @dtype any → same
 * @throws ShapeMismatch when x is no vector, InvalidArgument for a size that is negative or not whole.
 * @source numpy.trim_zeros, NumPy 2, with a size.
 * @example deepClose(await read(trimZeros(tensor([0, 1, 0, 2, 0]), { size: 3 })), [1, 0, 2])
 */
export const trimZeros = <D extends DType, V extends Device, N extends number>(
  x: Tensor<readonly [number], D, V>, s: Sized<N> & { readonly trim?: 'f' | 'b' | 'fb' },
): Tensor<[N], D, V> => {
  const node = asNode('trimZeros', x)
  if (node.shape.length !== 1) return fail('ShapeMismatch', `trimZeros: needs a vector, got ${show(node.shape)}; flatten it`)
  const trim = s.trim ?? 'fb'
  const flags = castTo(b.ne([node, constant(0, node)]), 'i32')
  const seen = (reverse: boolean): Node => castTo(b.cumsum([flags], { axis: 0, reverse }), 'bool')
  const all = constant(1, { shape: node.shape, dtype: 'bool' })
  const inside = b.and([trim.includes('f') ? seen(false) : all, trim.includes('b') ? seen(true) : all])
  return chosen(node, inside, count('trimZeros', 'size', s.size), weak('trimZeros', s.fill ?? 0, node.dtype)) as never
}
