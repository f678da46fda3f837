/** Sums in the logarithm: the larger is taken out first, so nothing overflows; equal infinities meet as they are. */
import type { Node } from '../ir/node.js'
import { b, constant, zeros } from '../prim/index.js'
import type { Division } from '../type/index.js'
import { floatOf } from '../type/index.js'
import { pair } from './operand.js'

/** max(x, y) + log(1 + e^-|x - y|); where both are the same infinity x - y is NaN, and takes no part in the derivative. */
const added = (x: Node, y: Node, exp: (x: Node) => Node, log1p: (x: Node) => Node): Node => {
  const delta = b.sub([x, y])
  const same = b.ne([delta, delta])
  const apart = b.abs([b.where([same, zeros(delta), delta])])
  return b.where([same, b.add([x, y]), b.add([b.max([x, y]), log1p(exp(b.neg([apart])))])])
}
/** log(eˣ + eʸ) of two nodes of one dtype and shape. */
export const logAdded = (x: Node, y: Node): Node => added(x, y, (v) => b.exp([v]), (v) => b.log1p([v]))
/**
 * log(eˣ + eʸ), without overflow.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted to a float
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(logaddexp(tensor([1000, 0]), tensor([1000, -Infinity]))), [1000 + Math.LN2, 0])
 */
export const logaddexp: Division = ((x: unknown, y: unknown) => logAdded(...pair('logaddexp', x, y, floatOf))) as never
/**
 * log₂(2ˣ + 2ʸ), without overflow.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted to a float
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(logaddexp2(tensor([3, 500]), tensor([3, 500]))), [4, 501])
 */
export const logaddexp2: Division = ((x: unknown, y: unknown) => {
  const [p, q] = pair('logaddexp2', x, y, floatOf)
  return added(p, q, (v) => b.exp2([v]), (v) => b.div([b.log1p([v]), constant(Math.LN2, v)]))
}) as never
