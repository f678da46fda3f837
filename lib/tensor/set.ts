/**
 * Sets as ascending vectors without repetition. How many members there are depends on data, so each function takes a static
 * `size`: the first `size` members are given, and places left over hold `fill`. NaNs are one member, the last, and equal none
 * of another set.
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, castTo, constant, cut, reshapeTo } from '../prim/index.js'
import type { Device, DType, Promote, Shape, Tensor } from '../type/index.js'
import { count } from './fit.js'
import type { Sized } from './nonzero.js'
import { chosen } from './nonzero.js'
import { asDType, asNode, commonDType, weak } from './operand.js'
import { searched } from './search.js'

const flat = (x: Node): Node => reshapeTo(x, [numel(x.shape)])
const read = (x: Node, at: Node): Node => (x.shape[0] === 0 ? x : b.gather([x, at], { batch: 0 }))
const sorted = (x: Node): Node => b.sort([x], { axis: 0 })
/** Differs from the one before it; two NaNs do not differ. */
const changes = (x: Node): Node => {
  const n = x.shape[0] as number
  if (n === 0) return constant(1, { shape: [0], dtype: 'bool' })
  const [p, q] = [cut(x, 0, 0, n - 1), cut(x, 0, 1, n - 1)]
  const differ = b.and([b.ne([p, q]), b.or([b.eq([p, p]), b.eq([q, q])])])
  return b.concat([constant(1, { shape: [1], dtype: 'bool' }), differ], { axis: 0 })
}
/** In the place left over stands the given number, or the first member. */
const filling = (op: string, members: Node, fill: number | undefined): Node =>
  fill !== undefined || members.shape[0] === 0 ? weak(op, fill ?? 0, members.dtype) : reshapeTo(cut(members, 0, 0, 1), [])
const members = (op: string, x: Node, s: Sized<number>): Node => {
  const order = sorted(flat(x))
  return chosen(order, changes(order), count(op, 'size', s.size), filling(op, order, s.fill))
}
/**
 * The different elements in ascending order; left over places hold `fill`, the smallest of them unless given.
 * @shape [...s] → [size]
 * @dtype any → same
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(unique(tensor([3, 1, 3, 2]), { size: 3 })), [1, 2, 3])
 */
export const unique = <D extends DType, V extends Device, N extends number>(x: Tensor<Shape, D, V>, s: Sized<N>): Tensor<[N], D, V> =>
  members('unique', asNode('unique', x), s) as never
/**
 * The different elements in ascending order and how often each stands there; left over places hold `fill` and 0.
 * @shape [...s] → [size], [size]
 * @dtype any → same, i32
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(uniqueCounts(tensor([3, 1, 3, 2]), { size: 3 })), [[1, 2, 3], [1, 1, 2]])
 */
export const uniqueCounts = <D extends DType, V extends Device, N extends number>(
  x: Tensor<Shape, D, V>, s: Sized<N>,
): readonly [values: Tensor<[N], D, V>, counts: Tensor<[N], 'i32', V>] => {
  const order = sorted(flat(asNode('uniqueCounts', x)))
  const flags = changes(order)
  const places = b.sub([b.cumsum([castTo(flags, 'i32')], { axis: 0, reverse: false }), constant(1, { shape: flags.shape, dtype: 'i32' })])
  const counts = b.scatterAdd([constant(1, places), places], { batch: 0, size: count('uniqueCounts', 'size', s.size) })
  return [chosen(order, flags, s.size, filling('uniqueCounts', order, s.fill)), counts] as never
}
/**
 * The different elements in ascending order and, for each element of x, its place among them.
 * @shape [...s] → [size], [...s]
 * @dtype any → same, i32
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(uniqueInverse(tensor([3, 1, 3, 2]), { size: 3 })), [[1, 2, 3], [2, 0, 2, 1]])
 */
export const uniqueInverse = <S extends Shape, D extends DType, V extends Device, N extends number>(
  x: Tensor<S, D, V>, s: Sized<N>,
): readonly [values: Tensor<[N], D, V>, inverse: Tensor<S, 'i32', V>] => {
  const node = asNode('uniqueInverse', x)
  const all = flat(node)
  const order = b.argsort([all], { axis: 0 })
  const flags = changes(read(all, order))
  const places = b.sub([b.cumsum([castTo(flags, 'i32')], { axis: 0, reverse: false }), constant(1, order)])
  const inverse = b.scatterAdd([places, order], { batch: 0, size: numel(all.shape) })
  const values = chosen(read(all, order), flags, count('uniqueInverse', 'size', s.size), filling('uniqueInverse', read(all, order), s.fill))
  return [values, reshapeTo(inverse, node.shape)] as never
}

/** @shape [...s], [...t] -> [size] */
interface Sets {
  <D extends DType, V extends Device, E extends DType, W extends Device, N extends number>(
    x: Tensor<Shape, D, V>, y: Tensor<Shape, E, W>, settings: { readonly size: N; readonly fill?: number },
  ): Tensor<[N], Promote<D, E>, V | W>
}
const two = (op: string, x: unknown, y: unknown): [Node, Node] => asDType(op, [asNode(op, x), asNode(op, y)], commonDType(op, [x, y])).map(flat) as [Node, Node]
/**
 * The members of either set; left over places hold `fill`, the smallest member unless given.
 * @shape [...s], [...t] → [size]
 * @dtype promoted
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(union1d(tensor([3, 1]), tensor([2, 3]), { size: 3 })), [1, 2, 3])
 */
export const union1d: Sets = ((x: unknown, y: unknown, s: Sized<number>) => members('union1d', b.concat(two('union1d', x, y), { axis: 0 }), s)) as never
/** Each set's members once, then both in one order: a member of both stands there twice. The first of each set's own are `kept`. */
const merged = (x: Node, y: Node): { readonly order: Node; readonly twice: Node; readonly kept: Node } => {
  const once = (v: Node): { at: Node; first: Node } => ({ at: sorted(v), first: changes(sorted(v)) })
  const [p, q] = [once(x), once(y)]
  const all = b.concat([p.at, q.at], { axis: 0 })
  const order = b.argsort([all], { axis: 0 })
  const kept = read(b.concat([p.first, q.first], { axis: 0 }), order)
  const run = b.sub([b.cumsum([castTo(changes(read(all, order)), 'i32')], { axis: 0, reverse: false }), constant(1, order)])
  const times = b.scatterAdd([castTo(kept, 'i32'), run], { batch: 0, size: numel(all.shape) })
  return { order: read(all, order), twice: b.eq([read(times, run), constant(2, run)]), kept }
}
const among = (op: string, wanted: 0 | 1) => (x: unknown, y: unknown, s: Sized<number>): Node => {
  const { order, twice, kept } = merged(...two(op, x, y))
  const number = b.eq([order, order])
  const flags = wanted === 1 ? b.and([number, b.and([changes(order), twice])]) : b.where([number, b.and([changes(order), b.not([twice])]), kept])
  const size = count(op, 'size', s.size)
  const fill = weak(op, s.fill ?? 0, order.dtype)
  return chosen(order, flags, size, s.fill !== undefined || order.shape[0] === 0 ? fill : reshapeTo(chosen(order, flags, 1, fill), []))
}
/**
 * The members of both sets; left over places hold `fill`, the smallest such member (0 if there is none) unless given.
 * @shape [...s], [...t] → [size]
 * @dtype promoted
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(intersect1d(tensor([3, 1, 2]), tensor([2, 3]), { size: 2 })), [2, 3])
 */
export const intersect1d: Sets = among('intersect1d', 1) as never
/**
 * The members of just one of the sets; left over places hold `fill`, the smallest such member (0 if there is none) unless given.
 * @shape [...s], [...t] → [size]
 * @dtype promoted
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(setxor1d(tensor([3, 1]), tensor([2, 3]), { size: 2 })), [1, 2])
 */
export const setxor1d: Sets = among('setxor1d', 0) as never
/**
 * The members of the first set that the second has not; left over places hold `fill` (0 unless given).
 * @shape [...s], [...t] → [size]
 * @dtype promoted
 * @throws InvalidArgument for a size that is negative or not whole.
 * @example deepClose(await read(setdiff1d(tensor([3, 1, 2]), tensor([2, 5]), { size: 2 })), [1, 3])
 */
export const setdiff1d: Sets = ((x: unknown, y: unknown, s: Sized<number>) => {
  const [order, others] = two('setdiff1d', x, y).map(sorted) as [Node, Node]
  const found = others.shape[0] === 0 ? constant(0, { shape: order.shape, dtype: 'bool' }) : b.eq([read(others, searched(others, order, 'left')), order])
  const fill = weak('setdiff1d', s.fill ?? 0, order.dtype)
  return chosen(order, b.and([changes(order), b.not([found])]), count('setdiff1d', 'size', s.size), fill)
}) as never
