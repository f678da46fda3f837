/**
 * Counting: how often each number or interval occurs, and which number most. Bins are half open, [edge, next edge), but for
 * the last, which has both ends; what lies outside is not counted. Counts are sums of weights, so they have a derivative
 * in the weights.
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, castTo, constant, cut, ones, reshapeTo, stretch } from '../prim/index.js'
import type { Device, DType, FloatDType, FloatOf, IntDType, Shape, Tensor } from '../type/index.js'
import { fail, show } from '../type/index.js'
import { axisOf, count } from './fit.js'
import { asFloat, asNode, weak } from './operand.js'
import { integersOf } from './scatter.js'
import { searched } from './search.js'

const flat = (x: Node): Node => reshapeTo(x, [numel(x.shape)])
const least = (x: Node): Node => b.reduceMin([x], { axes: [0] })
const most = (x: Node): Node => b.reduceMax([x], { axes: [0] })
/**
 * How often each of the numbers 0 to length - 1 occurs, or the sum of their `weights`. Negative numbers count as 0 (JAX),
 * numbers from `length` on are left out.
 * @shape [...s] → [length]
 * @dtype integer → i32, or the dtype of the weights
 * @throws DTypeMismatch for a float tensor, ShapeMismatch when the weights are not one an element.
 * @example deepClose(await read(bincount(tensor([1, 0, 1], { dtype: 'i32' }), { length: 3 })), [1, 2, 0])
 */
export const bincount = <V extends Device, N extends number, W extends Device = never, E extends DType = 'i32'>(
  x: Tensor<Shape, IntDType, V>, s: { readonly length: N; readonly weights?: Tensor<Shape, E, W> },
): Tensor<[N], E, V | W> => {
  const at = flat(integersOf('bincount', x))
  const weights = s.weights === undefined ? ones({ shape: at.shape, dtype: 'i32' }) : flat(asNode('bincount', s.weights))
  if (weights.shape[0] !== at.shape[0]) return fail('ShapeMismatch', `bincount: ${weights.shape[0]} weights for ${at.shape[0]} elements`)
  return b.scatterAdd([weights, b.max([at, constant(0, at)])], { batch: 0, size: count('bincount', 'length', s.length) }) as never
}

type Range = readonly [low: number, high: number]
/** n bins from the smallest element to the largest, or over the given range; an empty range is widened by 1. */
const evenEdges = (x: Node, bins: number, range: Range | undefined): Node => {
  const scalar = (v: number): Node => weak('histogram', v, x.dtype)
  const [low, high] = range !== undefined ? [scalar(range[0]), scalar(range[1])] : x.shape[0] === 0 ? [scalar(0), scalar(1)] : [least(x), most(x)]
  const same = b.eq([low, high])
  const half = b.where([same, constant(0.5, low), constant(0, low)])
  const [from, to] = [b.sub([low, half]), b.add([high, half])].map((v) => stretch(v, [bins + 1])) as [Node, Node]
  const index = b.iota([], { shape: [bins + 1], axis: 0, dtype: 'i32' })
  const share = b.div([castTo(index, x.dtype), constant(bins, from)])
  const inside = b.add([b.mul([from, b.sub([constant(1, share), share])]), b.mul([to, share])])
  return b.where([b.eq([index, constant(bins, index)]), to, inside])
}
const edgesOf = (x: Node, bins: number | unknown, range: Range | undefined): Node => {
  if (typeof bins === 'number') return evenEdges(x, count('histogram', 'the number of bins', bins), range)
  const edges = castTo(asNode('histogram', bins), x.dtype)
  return edges.shape.length === 1 && (edges.shape[0] as number) > 1 ? edges : fail('ShapeMismatch', `histogram: the edges are ${show(edges.shape)}; give a vector of at least 2`)
}
/** The bin of each element: -1 below, the number of bins above. */
const binOf = (x: Node, edges: Node): Node => {
  const bins = (edges.shape[0] as number) - 1
  const right = searched(edges, x, 'right')
  const end = b.eq([x, stretch(reshapeTo(cut(edges, 0, bins, 1), []), x.shape)])
  return b.sub([b.where([end, constant(bins, right), right]), constant(1, right)])
}
interface Counting<W extends Device> { readonly range?: Range; readonly density?: boolean; readonly weights?: Tensor<Shape, DType, W> }
type Edges<N> = N extends number ? [number] : N extends Tensor<infer S, unknown, unknown> ? S : [number]
type Bins<N> = N extends number ? [N] : [number]
/**
 * How many elements (or how much of their `weights`) fall into each bin, and the edges: `bins` of equal width over `range`
 * (from the smallest to the largest element unless given), or a vector of edges. With `density` the whole has area 1.
 * @shape [...s] → [bins], [bins + 1]
 * @dtype float → same, same; integers in f32
 * @throws ShapeMismatch when the edges are no vector of at least 2, or the weights are not one an element.
 * @example deepClose(await read(histogram(tensor([0, 1, 1, 4]), 2)), [[3, 1], [0, 2, 4]])
 */
export const histogram = <D extends DType, V extends Device, const N extends number | Tensor<readonly [number], DType, Device>, W extends Device = never>(
  x: Tensor<Shape, D, V>, bins: N, s: Counting<W> = {},
): readonly [counts: Tensor<Bins<N>, FloatOf<D>, V | W>, edges: Tensor<Edges<N>, FloatOf<D>, V>] => {
  const node = flat(asFloat('histogram', x))
  const edges = edgesOf(node, bins, s.range)
  const weights = s.weights === undefined ? ones(node) : castTo(flat(asNode('histogram', s.weights)), node.dtype)
  if (weights.shape[0] !== node.shape[0]) return fail('ShapeMismatch', `histogram: ${weights.shape[0]} weights for ${node.shape[0]} elements`)
  const n = (edges.shape[0] as number) - 1
  const counts = b.scatterAdd([weights, binOf(node, edges)], { batch: 0, size: n })
  if (s.density !== true) return [counts, edges] as never
  const widths = b.sub([cut(edges, 0, 1, n), cut(edges, 0, 0, n)])
  return [b.div([b.div([counts, widths]), stretch(b.sum([counts], { axes: [0] }), [n])]), edges] as never
}
const outsideOf = (at: Node, n: number): Node => b.or([b.lt([at, constant(0, at)]), b.ge([at, constant(n, at)])])
/**
 * How many points, the rows of x, fall into each box of a grid, and the edges of each axis. `bins` is a number for all axes
 * or one an axis.
 * @shape [n, d] → [...bins], then d of [bins + 1]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch when x is no matrix or the bins are not one an axis.
 * @example deepClose((await read(histogramdd(tensor([[0, 0], [1, 1], [1, 1]]), 2)))[0], [[1, 0], [0, 2]])
 */
export const histogramdd = <D extends DType, V extends Device>(
  x: Tensor<readonly [number, number], D, V>, bins: number | readonly number[], s: { readonly ranges?: readonly Range[] } = {},
): readonly [counts: Tensor<Shape, FloatOf<D>, V>, ...edges: Tensor<[number], FloatOf<D>, V>[]] => {
  const node = asFloat('histogramdd', x)
  const d = node.shape[1] ?? 0
  const all = typeof bins === 'number' ? Array<number>(d).fill(bins) : bins
  if (node.shape.length !== 2 || all.length !== d) return fail('ShapeMismatch', `histogramdd: ${all.length} numbers of bins for points ${show(node.shape)}; give a matrix and one an axis`)
  const columns = all.map((_, i) => flat(cut(node, 1, i, 1)))
  const edges = columns.map((c, i) => evenEdges(c, count('histogramdd', 'the number of bins', all[i] as number), s.ranges?.[i]))
  const boxes = columns.map((c, i) => binOf(c, edges[i] as Node))
  const flagged = boxes.map((at, i) => outsideOf(at, all[i] as number)).reduce((p, q) => b.or([p, q]))
  const box = boxes.reduce((p, q, i) => b.add([b.mul([p, constant(all[i] as number, p)]), q]))
  const counts = b.scatterAdd([ones(columns[0] as Node), b.where([flagged, constant(-1, box), box])], { batch: 0, size: numel(all) })
  return [reshapeTo(counts, all), ...edges] as never
}
/**
 * How many points (x, y) fall into each box of a grid, and the edges of both axes.
 * @shape [n], [n] → [bins, bins], [bins + 1], [bins + 1]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch when x and y are not two vectors of one length.
 * @example deepClose((await read(histogram2d(tensor([0, 1, 1]), tensor([0, 1, 1]), 2)))[0], [[1, 0], [0, 2]])
 */
export const histogram2d = <D extends FloatDType, V extends Device>(
  x: Tensor<readonly [number], D, V>, y: Tensor<readonly [number], D, V>, bins: number | readonly [number, number], s: { readonly ranges?: readonly [Range, Range] } = {},
): readonly [counts: Tensor<[number, number], D, V>, xEdges: Tensor<[number], D, V>, yEdges: Tensor<[number], D, V>] => {
  const [p, q] = [asNode('histogram2d', x), asNode('histogram2d', y)]
  if (p.shape.length !== 1 || q.shape.length !== 1 || p.shape[0] !== q.shape[0]) return fail('ShapeMismatch', `histogram2d: ${show(p.shape)} and ${show(q.shape)} are not two vectors of one length`)
  const columns = [p, q].map((v) => reshapeTo(v, [...v.shape, 1]))
  return histogramdd(b.concat(columns, { axis: 1 }) as never, bins, s) as never
}
/**
 * The most frequent element along an axis, the last unless given, and how often it occurs; of several the smallest.
 * @shape [..., n] → [...], [...]
 * @dtype any → same, i32
 * @throws InvalidArgument over an axis of size 0, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(mode(tensor([3, 1, 3, 1, 2]))), [1, 2])
 */
export const mode = <D extends DType, V extends Device>(
  x: Tensor<Shape, D, V>, s: { readonly axis?: number } = {},
): readonly [value: Tensor<Shape, D, V>, count: Tensor<Shape, 'i32', V>] => {
  const node = asNode('mode', x)
  const axis = axisOf('mode', node.shape, s.axis ?? -1)
  const last = node.shape.length - 1
  const n = node.shape[axis] as number
  if (n === 0) return fail('InvalidArgument', `mode: axis ${axis} of ${show(node.shape)} has no element to choose`)
  const moved = b.permute([node], { axes: [...node.shape.keys()].filter((i) => i !== axis).concat(axis) })
  const rows = b.sort([moved], { axis: last })
  const wide = (axes: readonly number[]): Node => b.broadcast([rows], { shape: [...rows.shape, n], axes })
  const lead = [...Array(last).keys()]
  const counts = b.sum([castTo(b.eq([wide([...lead, last]), wide([...lead, last + 1])]), 'i32')], { axes: [last + 1] })
  const place = b.argmax([counts], { axes: [last] })
  const pick = (v: Node): Node => reshapeTo(b.gather([v, reshapeTo(place, [...place.shape, 1])], { batch: last }), place.shape)
  return [pick(rows), pick(counts)] as never
}
