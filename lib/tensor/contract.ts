/**
 * Products of tensors by axes: all of them one batched matrix product between two reorderings, which cost nothing. A vector
 * product over the last axis broadcasts the others.
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, cut, permuteTo, reshapeTo, stretch } from '../prim/index.js'
import type { Bin, BinDType, Device, DeviceOf, DType, MatMul, Must2, Promote, Shape, Shp, Tensor } from '../type/index.js'
import * as law from '../type/index.js'
import { conjugate } from './complex.js'
import { axisOf } from './fit.js'
import { matmul } from './matmul.js'
import { asDType, asNode, commonDType, together } from './operand.js'

/** The result's shape is known when it runs.  @shape [...a], [...b] -> [?...] */
interface Contraction<Settings> {
  <D extends DType, V extends Device, E extends DType, W extends Device>(
    x: Tensor<Shape, D, V>, y: Tensor<Shape, E, W>, settings?: Settings,
  ): Tensor<Shape, Promote<D, E>, V | W>
}
const two = (op: string, x: unknown, y: unknown): [Node, Node] => asDType(op, [asNode(op, x), asNode(op, y)], commonDType(op, [x, y])) as [Node, Node]
const dimsOf = (x: Node, axes: readonly number[]): number[] => axes.map((a) => x.shape[a] as number)
const others = (x: Node, taken: readonly number[]): number[] => x.shape.map((_, i) => i).filter((i) => !taken.includes(i))

export interface Contracted { readonly contract: readonly [readonly number[], readonly number[]]; readonly batch?: readonly [readonly number[], readonly number[]] }
/** Batch axes, then what is left of x, then what is left of y. */
const contracted = (op: string, x: Node, y: Node, { contract, batch = [[], []] }: Contracted): Node => {
  const [cx, cy, bx, by] = [contract[0], contract[1], batch[0], batch[1]].map((axes, i) => axes.map((a) => axisOf(op, (i % 2 === 0 ? x : y).shape, a))) as [number[], number[], number[], number[]]
  const [inner, lead] = [dimsOf(x, cx), dimsOf(x, bx)]
  const same = inner.join() === dimsOf(y, cy).join() && lead.join() === dimsOf(y, by).join() && cx.length === cy.length && bx.length === by.length
  if (!same) return law.fail('ShapeMismatch', `${op}: axes ${law.show(cx)}, ${law.show(bx)} of ${law.show(x.shape)} and ${law.show(cy)}, ${law.show(by)} of ${law.show(y.shape)} differ`)
  const [rows, columns] = [others(x, [...cx, ...bx]), others(y, [...cy, ...by])]
  const left = reshapeTo(permuteTo(x, [...bx, ...rows, ...cx]), [...lead, numel(dimsOf(x, rows)), numel(inner)])
  const right = reshapeTo(permuteTo(y, [...by, ...cy, ...columns]), [...lead, numel(inner), numel(dimsOf(y, columns))])
  return reshapeTo(b.dot([left, right]), [...lead, ...dimsOf(x, rows), ...dimsOf(y, columns)])
}
/**
 * The general product of XLA: elements are multiplied and summed over the `contract` axes of both, one product for each
 * index of the `batch` axes of both, which come first in the result.
 * @shape [...a], [...b] → [...batch, ...rest of a, ...rest of b]
 * @dtype promoted; not bool
 * @throws ShapeMismatch when paired axes differ in size, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(dotGeneral(tensor([[1, 2]]), tensor([[3, 4]]), { contract: [[1], [1]], batch: [[0], [0]] })), [11])
 */
export const dotGeneral = <D extends DType, V extends Device, E extends DType, W extends Device>(
  x: Tensor<Shape, D, V>, y: Tensor<Shape, E, W>, axes: Contracted,
): Tensor<Shape, Promote<D, E>, V | W> => contracted('dotGeneral', ...two('dotGeneral', x, y), axes) as never
type Paired = number | readonly [readonly number[], readonly number[]]
/**
 * The product over the last `axes` axes of x and the first ones of y (2 unless given), or over a list of axes of each.
 * @shape [...a], [...b] → [...rest of a, ...rest of b]
 * @dtype promoted; not bool
 * @throws ShapeMismatch when paired axes differ in size, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(tensordot(tensor([[1, 2], [3, 4]]), tensor([5, 6]), { axes: 1 })), [17, 39])
 */
export const tensordot: Contraction<{ readonly axes?: Paired }> = ((x: unknown, y: unknown, s: { readonly axes?: Paired } = {}) => {
  const [p, q] = two('tensordot', x, y)
  const axes = s.axes ?? 2
  if (typeof axes !== 'number') return contracted('tensordot', p, q, { contract: axes })
  const counted = Array.from({ length: axes }, (_, i) => i)
  return contracted('tensordot', p, q, { contract: [counted.map((i) => i + p.shape.length - axes), counted] })
}) as never
/**
 * The product over the last axes of both; a scalar multiplies.
 * @shape [...a, n], [...b, n] → [...a, ...b]
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the last sizes differ.
 * @example deepClose(await read(inner(tensor([[1, 2], [3, 4]]), tensor([5, 6]))), [17, 39])
 */
export const inner: Contraction<never> = ((x: unknown, y: unknown) => {
  const [p, q] = two('inner', x, y)
  if (p.shape.length === 0 || q.shape.length === 0) return b.mul(together('inner', [p, q]))
  return contracted('inner', p, q, { contract: [[-1], [-1]] })
}) as never
/**
 * The sum of the products of all elements, both tensors flattened; the first is conjugated.
 * @shape [...a], [...b] of as many elements → []
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the tensors have different numbers of elements.
 * @example deepClose(await read(vdot(tensor([[1, 2], [3, 4]]), tensor([5, 6, 7, 8]))), 70)
 */
export const vdot = <D extends DType, V extends Device, E extends DType, W extends Device>(x: Tensor<Shape, D, V>, y: Tensor<Shape, E, W>): Tensor<[], Promote<D, E>, V | W> => {
  const [p, q] = two('vdot', x, y).map((v) => reshapeTo(v, [numel(v.shape)])) as [Node, Node]
  return contracted('vdot', conjugate(p), q, { contract: [[0], [0]] }) as never
}
/** @shape [..., n], [..., n] -> [...] */
interface Vectors {
  <A extends Tensor<Shape, DType, Device>, B extends Tensor<Shape, DType, Device>>(x: A, y: B, settings?: { readonly axis?: number }):
    Tensor<Bin<A, B> extends [readonly [...infer R extends number[], number]] ? R : Shape, BinDType<A, B>, DeviceOf<A> | DeviceOf<B>>
}
/**
 * The sum of the products along an axis, the last unless given; the other axes broadcast. The first is conjugated.
 * @shape [..., n], [..., n] → [...]
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the sizes of the axis differ or the others do not broadcast.
 * @example deepClose(await read(vecdot(tensor([[1, 2], [3, 4]]), tensor([5, 6]))), [17, 39])
 */
export const vecdot: Vectors = ((x: unknown, y: unknown, s: { readonly axis?: number } = {}) => {
  const rows = two('vecdot', x, y).map((v) => {
    const axis = axisOf('vecdot', v.shape, s.axis ?? -1)
    return permuteTo(v, [...others(v, [axis]), axis])
  }) as [Node, Node]
  if (rows[0].shape.at(-1) !== rows[1].shape.at(-1)) return law.fail('ShapeMismatch', `vecdot: ${rows[0].shape.at(-1)} and ${rows[1].shape.at(-1)} differ along the axis of ${law.show(rows[0].shape)} and ${law.show(rows[1].shape)}`)
  const [p, q] = together('vecdot', rows) as [Node, Node]
  const n = p.shape.at(-1) as number
  const lead = p.shape.slice(0, -1)
  return reshapeTo(b.dot([reshapeTo(conjugate(p), [...lead, 1, n]), reshapeTo(q, [...lead, n, 1])]), lead)
}) as never
type MatVec<A extends Shape, B extends Shape> = MatMul<A, [...B, 1]> extends [readonly [...infer R extends number[], number]] ? [R] : [Shape]
interface MatVecOf {
  <A extends Shape, D extends DType, V extends Device, B extends Shape, E extends DType, W extends Device>(
    x: Tensor<A, D, V>, y: Must2<MatVec<A, B>, V, W, Tensor<B, E, W>>,
  ): Tensor<Shp<MatVec<A, B>>, Promote<D, E>, V | W>
}
/**
 * Matrices times vectors, batches broadcast.
 * @shape [...b, m, n], [...b, n] → [...b, m]
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the inner sizes differ or the batches do not broadcast.
 * @example deepClose(await read(matvec(tensor([[1, 2], [3, 4]]), tensor([5, 6]))), [17, 39])
 */
export const matvec: MatVecOf = ((x: unknown, y: unknown) => {
  const [p, q] = two('matvec', x, y)
  const y2 = matmul(p as never, reshapeTo(q, [...q.shape, 1]) as never) as unknown as Node
  return reshapeTo(y2, y2.shape.slice(0, -1))
}) as never
/**
 * Vectors times matrices, batches broadcast; the vectors are conjugated.
 * @shape [...b, m], [...b, m, n] → [...b, n]
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the inner sizes differ or the batches do not broadcast.
 * @example deepClose(await read(vecmat(tensor([5, 6]), tensor([[1, 2], [3, 4]]))), [23, 34])
 */
export const vecmat: Contraction<never> = ((x: unknown, y: unknown) => {
  const [p, q] = two('vecmat', x, y)
  const y2 = matmul(reshapeTo(conjugate(p), p.shape.toSpliced(-1, 0, 1)) as never, q as never) as unknown as Node
  return reshapeTo(y2, y2.shape.toSpliced(-2, 1))
}) as never
/**
 * The matrix product of several factors, in the order that multiplies least; the first and the last may be vectors.
 * @shape [m, n], [n, o], …, [y, z] → [m, z]
 * @dtype promoted; not bool
 * @throws ShapeMismatch when neighbours do not fit, InvalidArgument for fewer than two factors.
 * @example deepClose(await read(multiDot([tensor([[1, 2]]), tensor([[3], [4]]), tensor([[5]])])), [[55]])
 */
export const multiDot = <D extends DType, V extends Device>(factors: readonly Tensor<Shape, D, V>[]): Tensor<Shape, D, V> => {
  const nodes = factors.map((x) => asNode('multiDot', x))
  if (nodes.length < 2) return law.fail('InvalidArgument', 'multiDot: give at least two factors')
  const [first, last] = [nodes[0] as Node, nodes.at(-1) as Node]
  const chain = nodes.map((x, i) => (x.shape.length !== 1 ? x : reshapeTo(x, i === 0 ? [1, ...x.shape] : [...x.shape, 1])))
  const shape = [...(first.shape.length === 1 ? [] : [first.shape[0] as number]), ...(last.shape.length === 1 ? [] : [last.shape[1] as number])]
  return reshapeTo(multiplied(chain), shape) as never
}
/** The cheapest way to cut a chain in two, by dynamic programming over its pieces. */
const multiplied = (chain: readonly Node[]): Node => {
  const sizes = [...chain.map((x) => x.shape[0] as number), chain.at(-1)?.shape[1] as number]
  const best = new Map<string, { readonly cost: number; readonly at: number }>()
  const cost = (i: number, j: number): number => (i === j ? 0 : (best.get(`${i},${j}`) as { cost: number }).cost)
  for (let length = 1; length < chain.length; length++)
    for (let i = 0; i + length < chain.length; i++) {
      const cuts = Array.from({ length }, (_, k) => i + k)
      const priced = cuts.map((at) => ({ at, cost: cost(i, at) + cost(at + 1, i + length) + (sizes[i] as number) * (sizes[at + 1] as number) * (sizes[i + length + 1] as number) }))
      best.set(`${i},${i + length}`, priced.reduce((p, q) => (q.cost < p.cost ? q : p)))
    }
  const product = (i: number, j: number): Node => {
    if (i === j) return chain[i] as Node
    const { at } = best.get(`${i},${j}`) as { at: number }
    return matmul(product(i, at) as never, product(at + 1, j) as never) as unknown as Node
  }
  return product(0, chain.length - 1)
}
/**
 * Kronecker's product: every element of x times the whole of y, side by side.
 * @shape [...a], [...b] → a · b, the shorter with ones in front
 * @dtype promoted; not bool
 * @example deepClose(await read(kron(tensor([1, 2]), tensor([1, 10]))), [1, 10, 2, 20])
 */
export const kron: Contraction<never> = ((x: unknown, y: unknown) => {
  const [p, q] = two('kron', x, y)
  const rank = Math.max(p.shape.length, q.shape.length)
  const [s, t] = [p, q].map((v) => [...Array<number>(rank - v.shape.length).fill(1), ...v.shape]) as [number[], number[]]
  const wide = s.flatMap((n, i) => [n, t[i] as number])
  const spread = (v: Node, shape: readonly number[], odd: 0 | 1): Node => stretch(reshapeTo(v, shape.flatMap((n) => (odd === 0 ? [n, 1] : [1, n]))), wide)
  return reshapeTo(b.mul([spread(p, s, 0), spread(q, t, 1)]), s.map((n, i) => n * (t[i] as number)))
}) as never
const part = (x: Node, i: number): Node => reshapeTo(cut(x, x.shape.length - 1, i, 1), x.shape.slice(0, -1))
const minor = (p: Node, q: Node, i: number, j: number): Node => b.sub([b.mul([part(p, i), part(q, j)]), b.mul([part(p, j), part(q, i)])])
/**
 * The vector product over the last axis: of three dimensions a vector, of two the number x₀y₁ - x₁y₀. Other axes broadcast.
 * @shape [..., 3], [..., 3] → [..., 3]; [..., 2], [..., 2] → [...]
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the last sizes are not both 3 or both 2.
 * @example deepClose(await read(cross(tensor([1, 0, 0]), tensor([0, 1, 0]))), [0, 0, 1])
 */
export const cross: Contraction<never> = ((x: unknown, y: unknown) => {
  const [p, q] = two('cross', x, y)
  const n = p.shape.at(-1)
  if ((n !== 3 && n !== 2) || q.shape.at(-1) !== n) return law.fail('ShapeMismatch', `cross: the last axes of ${law.show(p.shape)} and ${law.show(q.shape)} are not both 3 or both 2`)
  const [u, v] = together('cross', [p, q]) as [Node, Node]
  if (n === 2) return minor(u, v, 0, 1)
  const parts = [minor(u, v, 1, 2), minor(u, v, 2, 0), minor(u, v, 0, 1)]
  return b.concat(parts.map((z) => reshapeTo(z, [...z.shape, 1])), { axis: u.shape.length - 1 })
}) as never
