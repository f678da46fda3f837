/**
 * Places in an order: binary search by gathers, log₂ n of them, so nothing of size n · m is ever made. NaN counts as the
 * largest number, as in `sort`.
 */
import type { Node } from '../ir/node.js'
import { b, constant } from '../prim/index.js'
import type { Device, DType, Shape, Tensor } from '../type/index.js'
import { fail, show } from '../type/index.js'
import { asDType, asNode, commonDType } from './operand.js'

type Side = 'left' | 'right'
const before = (x: Node, y: Node): Node => b.or([b.lt([x, y]), b.and([b.eq([x, x]), b.ne([y, y])])])
/** Where values go in the ascending vector xs: the number of its elements before them, or (right) before and equal. */
export const searched = (xs: Node, values: Node, side: Side): Node => {
  const n = xs.shape[0] as number
  const at = { shape: values.shape, dtype: 'i32' } as const
  let [low, high] = [constant(0, at), constant(n, at)]
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    const middle = b.shr([b.add([low, high]), constant(1, at)])
    const x = b.gather([xs, middle], { batch: 0 })
    const up = b.and([b.lt([low, high]), side === 'left' ? before(x, values) : b.not([before(values, x)])])
    ;[low, high] = [b.where([up, b.add([middle, constant(1, at)]), low]), b.where([up, high, middle])]
  }
  return low
}
const vector = (op: string, what: string, x: Node): Node =>
  x.shape.length === 1 ? x : fail('ShapeMismatch', `${op}: ${what} is ${show(x.shape)}, not a vector; flatten it`)

/**
 * Where values go in an ascending vector so that it stays in order: before equal elements, or behind them with side 'right'.
 * @shape [n], [...s] → [...s]
 * @dtype any → i32
 * @throws ShapeMismatch when the first operand is no vector.
 * @example deepClose(await read(searchsorted(tensor([1, 3, 5]), tensor([3, 9, 0]))), [1, 3, 0])
 */
export const searchsorted = <D extends DType, V extends Device, S extends Shape, E extends DType, W extends Device>(
  sorted: Tensor<readonly [number], D, V>, values: Tensor<S, E, W>, s: { readonly side?: Side } = {},
): Tensor<S, 'i32', V | W> => {
  const [xs, at] = asDType('searchsorted', [sorted, values], commonDType('searchsorted', [sorted, values])) as [Node, Node]
  return searched(vector('searchsorted', 'the order', xs), at, s.side ?? 'left') as never
}
/**
 * The number of the bin that each element falls into: i with edges[i-1] ≤ x < edges[i], or (`right`) edges[i-1] < x ≤ edges[i].
 * The edges ascend; with `descending` they descend: edges[i-1] > x ≥ edges[i], or (`right`) edges[i-1] ≥ x > edges[i].
 * @shape [...s], [n] → [...s]
 * @dtype any → i32
 * @throws ShapeMismatch when the edges are no vector.
 * @example deepClose(await read(digitize(tensor([0.5, 1, 7]), tensor([0, 1, 2]))), [1, 2, 3])
 */
export const digitize = <S extends Shape, D extends DType, V extends Device, E extends DType, W extends Device>(
  x: Tensor<S, D, V>, edges: Tensor<readonly [number], E, W>, s: { readonly right?: boolean; readonly descending?: boolean } = {},
): Tensor<S, 'i32', V | W> => {
  const [at, xs] = asDType('digitize', [x, edges], commonDType('digitize', [x, edges])) as [Node, Node]
  vector('digitize', 'the edges', xs)
  if (s.descending !== true) return searched(xs, at, s.right === true ? 'left' : 'right') as never
  const place = searched(b.flip([xs], { axes: [0] }), at, s.right === true ? 'left' : 'right')
  return b.sub([constant(xs.shape[0] as number, place), place]) as never
}
interface Among {
  <S extends Shape, D extends DType, V extends Device, E extends DType, W extends Device>(
    x: Tensor<S, D, V>, among: Tensor<Shape, E, W>, settings?: { readonly invert?: boolean },
  ): Tensor<S, 'bool', V | W>
}
/**
 * Is each element one of those of another tensor (`invert`: none of them)? NaN is in nothing.
 * @shape [...s], [...t] → [...s]
 * @dtype any → bool
 * @example deepClose(await read(isin(tensor([1, 2, 3]), tensor([3, 1]))), [true, false, true])
 */
export const isin: Among = ((x: unknown, among: unknown, s: { readonly invert?: boolean } = {}) => {
  const [node, others] = asDType('isin', [asNode('isin', x), asNode('isin', among)], commonDType('isin', [x, among])) as [Node, Node]
  const n = others.shape.reduce((k, d) => k * d, 1)
  const flat = b.reshape([others], { shape: [n] })
  if (n === 0) return constant(s.invert === true ? 1 : 0, { shape: node.shape, dtype: 'bool' })
  const order = b.sort([flat], { axis: 0 })
  const found = b.eq([b.gather([order, searched(order, node, 'left')], { batch: 0 }), node])
  return s.invert === true ? b.not([found]) : found
}) as never
