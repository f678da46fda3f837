/**
 * Spread, norms, and sums of exponentials. All are compositions: the variance is the mean of squared deviations (two
 * passes, no cancellation), logsumexp subtracts the largest element first, which takes no part in the derivative.
 */
import type { Node } from '../ir/node.js'
import { b, castTo, constant, reshapeTo, stretch } from '../prim/index.js'
import type { Axes, Device, DType, FloatOf, FloatReduction, Must, RealOf, Reduce, Shape, Shp, Tensor, VarReduction } from '../type/index.js'
import { fail } from '../type/index.js'
import { sizeSquared } from './complex.js'
import { asFloat, weakLike } from './operand.js'
import type { Along } from './reduce.js'
import { countOf, kept, meanOf, nonEmpty, reduced } from './reduce.js'

/** y, which lost the axes of x, repeated along them. */
export const again = (y: Node, x: Node, axes: readonly number[]): Node => stretch(reshapeTo(y, kept(x.shape, axes)), x.shape)

const spread = (correction: number) => (x: Node, axes: readonly number[]): Node => {
  const deviation = b.sub([x, again(meanOf(x, axes), x, axes)])
  const total = b.sum([sizeSquared(deviation)], { axes })
  const n = countOf(x.shape, axes) - correction
  return n > 0 ? b.div([total, constant(n, total)]) : constant(NaN, total)
}
type Spread = Along & { readonly correction?: number }
/**
 * The variance: the mean squared deviation from the mean, divided by n - `correction` (0 unless given; 1 is Bessel's). `var` is
 * the same function for those who import everything under one name: `ct.var(x)`.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(variance(tensor([1, 2, 3, 6]), { correction: 1 })), 14 / 3)
 */
export const variance: VarReduction = ((x: unknown, s: Spread = {}) => reduced('variance', asFloat('variance', x), s, spread(s.correction ?? 0))) as never
/**
 * The standard deviation: the square root of the variance.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(std(tensor([1, 3]))), 1)
 */
export const std: VarReduction = ((x: unknown, s: Spread = {}) =>
  b.sqrt([reduced('std', asFloat('std', x), s, spread(s.correction ?? 0))])) as never

/** The largest element, without a derivative, and 0 where it is not finite. */
const shift = (x: Node, axes: readonly number[]): Node => {
  const top = b.stop([b.reduceMax([x], { axes })])
  return b.where([b.lt([b.abs([top]), constant(Infinity, top)]), top, constant(0, top)])
}
/**
 * log Σ exp x without overflow; -inf for a row of -inf (and of nothing).
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(logsumexp(tensor([1000, 1000]))), 1000 + Math.LN2)
 */
export const logsumexp: FloatReduction = ((x: unknown, s: Along = {}) => reduced('logsumexp', asFloat('logsumexp', x), s, (y, axes) => {
  const top = shift(y, axes)
  return b.add([b.log([b.sum([b.exp([b.sub([y, again(top, y, axes)])])], { axes })]), top])
})) as never

const ordinary = (x: Node, axes: readonly number[], ord: number): Node => {
  const size = b.abs([x])
  if (ord === 2) return b.sqrt([b.sum([sizeSquared(x)], { axes })])
  if (ord === 1) return b.sum([size], { axes })
  if (ord === 0) return b.sum([castTo(b.ne([x, constant(0, x)]), size.dtype)], { axes })
  if (ord === Infinity) return b.reduceMax([nonEmpty('norm', size, axes)], { axes })
  if (ord === -Infinity) return b.reduceMin([nonEmpty('norm', size, axes)], { axes })
  const total = b.sum([b.pow([size, weakLike('norm', ord, size)])], { axes })
  return b.pow([total, b.div([constant(1, total), weakLike('norm', ord, total)])])
}
/** The vector norm of a tensor's axes.  @shape [...s] → reduce(s, axes, keepdims) */
export interface Norm {
  <S extends Shape, D extends DType, V extends Device, const A extends Axes = undefined, K extends boolean = false>(
    x: Tensor<S, D, V>, settings?: { readonly axes?: Must<Reduce<S, A, K>, A>; readonly keepdims?: K; readonly ord?: number },
  ): Tensor<Shp<Reduce<S, A, K>>, FloatOf<RealOf<D>>, V>
}
/**
 * The vector norm of the chosen axes taken together: (Σ |x|^ord)^(1/ord), Euclid's (`ord` 2) unless given; Infinity and
 * -Infinity are the largest and smallest size, 0 counts what is not zero. Its derivative at 0 is NaN, as in JAX.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there, InvalidArgument when `ord` is NaN.
 * @example deepClose(await read(norm(tensor([3, 4]))), 5)
 */
export const norm: Norm = ((x: unknown, s: Along & { readonly ord?: number } = {}) => {
  const ord = s.ord ?? 2
  if (Number.isNaN(ord)) return fail('InvalidArgument', 'norm: ord is NaN; give a number, Infinity or -Infinity')
  return reduced('norm', asFloat('norm', x), s, (y, axes) => ordinary(y, axes, ord))
}) as never
