/**
 * Running products, extremes and sums of exponentials by doubling: after step k an element has met the 2ᵏ before it, so the
 * depth is log₂ n, and derivatives come from the operation itself (a product with zeros in it has the right one).
 */
import type { Node } from '../ir/node.js'
import { b, castTo, cut } from '../prim/index.js'
import type { Cumulative, Device, DType, FloatDType, Shape, Tensor } from '../type/index.js'
import { sumOf } from '../type/index.js'
import { axisOf } from './fit.js'
import { logAdded } from './logarithm.js'
import { asFloat, asNode } from './operand.js'

type Meet = (x: Node, y: Node) => Node
interface Settings { readonly axis?: number; readonly reverse?: boolean }
/** Each element with the one `step` places before it (behind it when `back`). */
const met = (x: Node, axis: number, step: number, back: boolean, meet: Meet): Node => {
  const rest = (x.shape[axis] as number) - step
  const [head, tail] = [cut(x, axis, 0, rest), cut(x, axis, step, rest)]
  return back ? b.concat([meet(head, tail), cut(x, axis, rest, step)], { axis }) : b.concat([cut(x, axis, 0, step), meet(head, tail)], { axis })
}
const running = (op: string, x: Node, s: Settings, meet: Meet): Node => {
  const axis = axisOf(op, x.shape, s.axis ?? -1)
  let y = x
  for (let step = 1; step < (x.shape[axis] as number); step *= 2) y = met(y, axis, step, s.reverse === true, meet)
  return y
}
/**
 * The running product along an axis, the last unless given; `reverse` runs from the end.
 * @shape [...s] → [...s]
 * @dtype any → same; bool in i32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(cumprod(tensor([1, 2, 3]))), [1, 2, 6])
 */
export const cumprod: Cumulative<'cumprod'> = ((x: unknown, s: Settings = {}) => {
  const node = asNode('cumprod', x)
  return running('cumprod', castTo(node, sumOf(node.dtype)), s, (p, q) => b.mul([p, q]))
}) as never

interface Extreme {
  <S extends Shape, D extends DType, V extends Device>(x: Tensor<S, D, V>, settings?: { readonly axis?: number; readonly reverse?: boolean }): Tensor<S, D, V>
}
/**
 * The largest so far along an axis, the last unless given; NaN stays. `reverse` runs from the end.
 * @shape [...s] → [...s]
 * @dtype any → same
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(cummax(tensor([1, 3, 2]))), [1, 3, 3])
 */
export const cummax: Extreme = ((x: unknown, s: Settings = {}) => running('cummax', asNode('cummax', x), s, (p, q) => b.max([p, q]))) as never
/**
 * The smallest so far along an axis, the last unless given; NaN stays. `reverse` runs from the end.
 * @shape [...s] → [...s]
 * @dtype any → same
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(cummin(tensor([2, 3, 1]))), [2, 2, 1])
 */
export const cummin: Extreme = ((x: unknown, s: Settings = {}) => running('cummin', asNode('cummin', x), s, (p, q) => b.min([p, q]))) as never
/**
 * log of the running sum of eˣ along an axis, the last unless given, without overflow; `reverse` runs from the end.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(cumlogsumexp(tensor([1000, 1000]))), [1000, 1000 + Math.LN2])
 */
export const cumlogsumexp = (<S extends Shape, D extends FloatDType, V extends Device>(x: Tensor<S, D, V>, s: Settings = {}): Tensor<S, D, V> =>
  running('cumlogsumexp', asFloat('cumlogsumexp', x), s, logAdded) as never)
