/**
 * Reductions by group: row i belongs to the segment that ids[i] names, and there are `segments` of them; an id outside is
 * dropped, and the ids need not be sorted. A segment without rows holds what the reduction begins with.
 */
import type { Aval, Node } from '../ir/node.js'
import { b, constant, ones, zeros } from '../prim/index.js'
import type { Device, DType, IntDType, Shape, Tensor } from '../type/index.js'
import { dtypeInfo, fail, isFloat, show } from '../type/index.js'
import type { Write } from './combine.js'
import { added, lowered, multiplied, raised } from './combine.js'
import { count } from './fit.js'
import { asNode } from './operand.js'
import { indexOf } from './scatter.js'

type Rest<S> = S extends readonly [unknown, ...infer R extends number[]] ? R : number[]
/** @shape [n, ...s], [n] -> [segments, ...s] */
interface Segment {
  <S extends Shape, D extends DType, V extends Device, W extends Device, const N extends number>(
    x: Tensor<S, D, V>, ids: Tensor<readonly [number], IntDType, W>, settings: { readonly segments: N },
  ): Tensor<[N, ...Rest<S>], D, V | W>
}
const segmented = (op: string, write: Write, start: (like: Aval) => Node): Segment => ((x: unknown, ids: unknown, s: { readonly segments: number }) => {
  const [node, at] = [asNode(op, x), indexOf(op, ids, s.segments)]
  if (at.shape.length !== 1 || at.shape[0] !== node.shape[0]) return fail('ShapeMismatch', `${op}: ${show(at.shape)} are not one id a row of ${show(node.shape)}`)
  const empty = start({ shape: [count(op, 'segments', s.segments), ...node.shape.slice(1)], dtype: node.dtype })
  return write(empty, at, node)
}) as never
const bottom = (like: Aval): Node => constant(isFloat(like.dtype) ? -Infinity : dtypeInfo[like.dtype].min, like)
/** The complement of the least integer is the largest; as a number that of i64 would be rounded. */
const top = (like: Aval): Node => (isFloat(like.dtype) ? constant(Infinity, like) : b.not([bottom(like)]))

/**
 * The sums of the rows of each segment; 0 for one without rows.
 * @shape [n, ...s], [n] → [segments, ...s]
 * @dtype any, integer → any
 * @throws ShapeMismatch when the ids are not one a row.
 * @example deepClose(await read(segmentSum(tensor([1, 2, 3]), tensor([0, 2, 0], { dtype: 'i32' }), { segments: 3 })), [4, 0, 2])
 */
export const segmentSum: Segment = segmented('segmentSum', added, zeros)
/**
 * The products of the rows of each segment; 1 for one without rows.
 * @shape [n, ...s], [n] → [segments, ...s]
 * @dtype number, integer → the first
 * @throws ShapeMismatch when the ids are not one a row.
 * @example deepClose(await read(segmentProd(tensor([4, 2, 3]), tensor([0, 2, 0], { dtype: 'i32' }), { segments: 3 })), [12, 1, 2])
 */
export const segmentProd: Segment = segmented('segmentProd', multiplied, ones)
/**
 * The largest row elements of each segment; -inf (the smallest integer) for one without rows.
 * @shape [n, ...s], [n] → [segments, ...s]
 * @dtype any, integer → any
 * @throws ShapeMismatch when the ids are not one a row.
 * @example deepClose(await read(segmentMax(tensor([1, 2, 3]), tensor([0, 1, 0], { dtype: 'i32' }), { segments: 2 })), [3, 2])
 */
export const segmentMax: Segment = segmented('segmentMax', raised, bottom)
/**
 * The smallest row elements of each segment; inf (the largest integer) for one without rows.
 * @shape [n, ...s], [n] → [segments, ...s]
 * @dtype any, integer → any
 * @throws ShapeMismatch when the ids are not one a row.
 * @example deepClose(await read(segmentMin(tensor([1, 2, 3]), tensor([0, 1, 0], { dtype: 'i32' }), { segments: 2 })), [1, 2])
 */
export const segmentMin: Segment = segmented('segmentMin', lowered, top)
