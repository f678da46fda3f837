/** The cross-entropy of independent yes-or-no answers, from logits: a sigmoid before it would lose the large ones. */
import { abs, add, exp, log1p, maximum, mul, neg, sub } from '../tensor/index.js'
import type { Device, FloatDType, Shape, Tensor } from '../type/index.js'
import type { Elementwise, Float, Reduction } from './reduce.js'
import { alike, reduced } from './reduce.js'

interface Weighing {
  /** A factor for each element, broadcast. */
  readonly weight?: Tensor<Shape, FloatDType, Device>
  /** A factor for the positive answers of each class, broadcast. */
  readonly posWeight?: Tensor<Shape, FloatDType, Device> | number
}
/** (1 - y) x + (1 + (p - 1) y) (log(1 + e^-|x|) + max(-x, 0)) */
const losses = (x: Float, y: Float, p: Float | number | undefined): Float => {
  const tail: Float = add(log1p(exp(neg(abs(x)))), maximum(neg(x), 0))
  const positive: Float = p === undefined ? tail : mul(tail, add(mul(sub(p, 1) as Float, y), 1))
  return add(mul(sub(1, y), x), positive)
}
/**
 * The mean of -(y log σ(x) + (1 - y) log(1 - σ(x))) over logits x and answers y in [0, 1]; settings `weight`, `posWeight`.
 * @shape [...s], [...s] → [] | reduction 'none': [...s]
 * @dtype float → same
 * @throws ShapeMismatch when the shapes differ.
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.BCEWithLogitsLoss.html
 * @example deepClose(await item(bceWithLogits(tensor([0, 0]), tensor([1, 0]))), Math.LN2)
 */
export const bceWithLogits: Elementwise<'bceWithLogits', Weighing> = ((x: Float, y: Float, s: Weighing & { readonly reduction?: Reduction } = {}) => {
  alike('bceWithLogits', x, y)
  const each = losses(x, y, s.posWeight)
  return reduced('bceWithLogits', s.weight === undefined ? each : mul(each, s.weight), s.reduction)
}) as never
