/** Weighted means, and how variables vary together. */
import type { Node } from '../ir/node.js'
import { b, constant, moveAxis, permuteTo, reshapeTo, stretch } from '../prim/index.js'
import type { Axes, Device, DType, FloatOf, Must, Reduce, Shape, Shp, Tensor } from '../type/index.js'
import { fail, floatOf, promoteAll, show } from '../type/index.js'
import { diagonalOf } from './matrix.js'
import { asDType, asFloat, asNode } from './operand.js'
import { axesOf } from './fit.js'
import { kept, meanOf, reduced } from './reduce.js'
import { again } from './statistics.js'

interface Average {
  <S extends Shape, D extends DType, V extends Device, W extends Device = never, const A extends Axes = undefined, K extends boolean = false>(
    x: Tensor<S, D, V>, settings?: { readonly axes?: Must<Reduce<S, A, K>, A>; readonly keepdims?: K; readonly weights?: Tensor<Shape, DType, W> },
  ): Tensor<Shp<Reduce<S, A, K>>, FloatOf<D>, V | W>
}
const weightsFor = (w: Node, x: Node, axes: readonly number[]): Node => {
  const along = axes.map((a) => x.shape[a] as number)
  if (w.shape.join() === x.shape.join()) return w
  if (w.shape.join() !== along.join()) return fail('ShapeMismatch', `average: weights ${show(w.shape)} are neither ${show(x.shape)} nor ${show(along)}`)
  return stretch(reshapeTo(w, x.shape.map((n, i) => (axes.includes(i) ? n : 1))), x.shape)
}
/**
 * The mean, each element counted by its weight: `weights` have x's shape, or that of the averaged axes.
 * @shape [...s] → reduce(s, axes, keepdims)
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch when the weights fit neither, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(average(tensor([1, 2, 6]), { weights: tensor([2, 1, 1]) })), 2.5)
 */
export const average: Average = ((x: unknown, s: { readonly axes?: Axes; readonly keepdims?: boolean; readonly weights?: unknown } = {}) => {
  const node = asFloat('average', x)
  if (s.weights === undefined) return reduced('average', node, s, meanOf)
  const axes = axesOf('average', node.shape, s.axes)
  const [w] = asDType('average', [asNode('average', s.weights)], node.dtype) as [Node]
  const wide = weightsFor(w, node, axes)
  const y = b.div([b.sum([b.mul([node, wide])], { axes }), b.sum([wide], { axes })])
  return s.keepdims === true ? reshapeTo(y, kept(node.shape, axes)) : y
}) as never

interface Spread { readonly correction?: number; readonly columns?: boolean }
/** Variables as rows, in a float dtype. */
const variables = (op: string, x: unknown, dtype: ReturnType<typeof floatOf>, columns: boolean): Node => {
  const [node] = asDType(op, [asNode(op, x)], dtype) as [Node]
  if (node.shape.length > 2 || node.shape.length === 0) return fail('ShapeMismatch', `${op}: needs a vector or a matrix, got ${show(node.shape)}`)
  if (node.shape.length === 1) return reshapeTo(node, [1, ...node.shape])
  return columns ? moveAxis(node, 0, 1) : node
}
const covariance = (op: string, x: unknown, y: unknown, s: Spread): Node => {
  const given = y === undefined ? [x] : [x, y]
  const dtype = floatOf(promoteAll(given.map((v) => asNode(op, v).dtype)))
  const rows = given.map((v) => variables(op, v, dtype, s.columns === true))
  const all = rows.length === 1 ? (rows[0] as Node) : b.concat(rows, { axis: 0 })
  const n = (all.shape[1] as number) - (s.correction ?? 1)
  const deviation = b.sub([all, again(meanOf(all, [1]), all, [1])])
  const total = b.dot([deviation, permuteTo(deviation, [1, 0])])
  return n > 0 ? b.div([total, constant(n, total)]) : constant(NaN, total)
}
const single = (x: Node): Node => (x.shape[0] === 1 ? reshapeTo(x, []) : x)
interface Covariance {
  <D extends DType, V extends Device>(
    x: Tensor<Shape, D, V>, settings?: { readonly y?: Tensor<Shape, DType, V>; readonly correction?: number; readonly columns?: boolean },
  ): Tensor<Shape, FloatOf<D>, V>
}
/**
 * The covariances of variables: rows of x (its `columns` when said so), and of `y` if given. The sum of products is divided
 * by n - `correction`, 1 unless given. One variable gives a scalar, its variance.
 * @shape [v, n] → [v, v]; [n] → []
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch for ranks other than 1 and 2.
 * @example deepClose(await read(cov(tensor([[1, 2, 3], [3, 2, 1]]))), [[1, -1], [-1, 1]])
 */
export const cov: Covariance = ((x: unknown, s: Spread & { readonly y?: unknown } = {}) => single(covariance('cov', x, s.y, s))) as never
/**
 * The correlation coefficients of variables: covariances divided by both standard deviations, held between -1 and 1.
 * @shape [v, n] → [v, v]; [n] → []
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch for ranks other than 1 and 2.
 * @example deepClose(await read(corrcoef(tensor([[1, 2, 3], [3, 2, 1]]))), [[1, -1], [-1, 1]])
 */
export const corrcoef: Covariance = ((x: unknown, s: Spread & { readonly y?: unknown } = {}) => {
  const c = covariance('corrcoef', x, s.y, s)
  const deviation = b.sqrt([diagonalOf(c)])
  const [rows, columns] = [0, 1].map((axis) => b.broadcast([deviation], { shape: c.shape, axes: [axis] })) as [Node, Node]
  const r = b.div([b.div([c, rows]), columns])
  return single(b.max([b.min([r, constant(1, r)]), constant(-1, r)]))
}) as never
