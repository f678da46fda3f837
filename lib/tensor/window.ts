/**
 * Windows that slide over the spatial axes: convolution and pooling. Convolution is cross-correlation, channels first, as
 * in every deep-learning library. Averages count the padding (PyTorch's default); where windows tile the input they are a
 * reshape and a mean, else a convolution with ones, so that no NaN leaks from one window into another.
 */
import type { Node } from '../ir/node.js'
import { leaf, numel } from '../ir/node.js'
import { b, constant, moveAxis, ones, permuteTo, reshapeTo, stretch } from '../prim/index.js'
import type { AdaptivePoolOf, ConvOf, Padding, PerAxis, PoolOf } from '../type/index.js'
import * as law from '../type/index.js'
import { fit } from './fit.js'
import { asDType, asFloat, commonDType } from './operand.js'

interface ConvSettings { readonly stride?: PerAxis; readonly padding?: Padding; readonly dilation?: PerAxis; readonly groups?: number; readonly precision?: 'highest' }
/**
 * Convolution (cross-correlation) over any number of spatial axes, with the settings of PyTorch's conv2d; padding may
 * differ before and after. `precision: 'highest'` forbids Winograd's transform, which is taken for 3 x 3 windows of many channels.
 * @shape [n, c, ...space], [o, c / groups, ...window] → [n, o, ...space']
 * @dtype float → promoted
 * @throws ShapeMismatch when ranks or channels do not fit, or the window is larger than the padded input.
 * @example deepClose(await read(conv(tensor([[[1, 2, 3]]]), tensor([[[1, 1]]]))), [[[3, 5]]])
 */
export const conv: ConvOf = ((x: unknown, w: unknown, settings: ConvSettings = {}) => {
  const [input, weight] = asDType('conv', [x, w], law.floatOf(commonDType('conv', [x, w]))) as [Node, Node]
  const window = law.convWindow(settings, Math.max(0, input.shape.length - 2))
  fit('conv', law.conv(input.shape, weight.shape, window), 'x is [n, c, ...space], w is [o, c / groups, ...window]')
  const { precision } = settings
  return b.conv([input, weight], { stride: window.stride, padding: window.padding, dilation: window.dilation, groups: window.groups, ...(precision === undefined ? {} : { precision }) })
}) as never

interface PoolSettings { readonly kernel: PerAxis; readonly stride?: PerAxis; readonly padding?: Padding }
const pooling = (op: string, x: unknown, settings: PoolSettings): { readonly node: Node; readonly window: law.PoolWindow; readonly out: number[] } => {
  const node = asFloat(op, x)
  const window = law.poolWindow(settings as Parameters<typeof law.poolWindow>[0])
  return { node, window, out: fit(op, law.pool(node.shape, window), 'the last axes are slid over; make the window smaller or the padding larger') }
}
/**
 * The largest element of each window over the last axes; the stride is the kernel unless given, padding never wins, the
 * first of equals takes the derivative.
 * @shape [..., ...space] → [..., ...space']
 * @dtype float → same
 * @throws ShapeMismatch when the window is larger than the padded input.
 * @example deepClose(await read(maxPool(tensor([[1, 2, 5, 6], [3, 4, 7, 8]]), { kernel: 2 })), [[4, 8]])
 */
export const maxPool: PoolOf = ((x: unknown, settings: PoolSettings) => {
  const { node, window } = pooling('maxPool', x, settings)
  return b.maxPool([node], { ...window, dilation: window.kernel.map(() => 1) })
}) as never

const tiles = (space: readonly number[], w: law.PoolWindow): boolean => w.kernel.every((k, i) =>
  w.stride[i] === k && (space[i] as number) % k === 0 && (w.padding[i] as readonly [number, number]).every((p) => p === 0))
/** The sums of windows that tile the input. */
const tileSums = (x: Node, lead: readonly number[], kernel: readonly number[], out: readonly number[]): Node => {
  const split = reshapeTo(x, [...lead, ...kernel.flatMap((k, i) => [out[i] as number, k])])
  return b.sum([split], { axes: kernel.map((_, i) => lead.length + 2 * i + 1) })
}
export const slidingSums = (x: Node, lead: readonly number[], w: law.PoolWindow, out: readonly number[]): Node => {
  const space = x.shape.slice(lead.length)
  const images = reshapeTo(x, [numel(lead), 1, ...space])
  const kernel = ones({ shape: [1, 1, ...w.kernel], dtype: x.dtype })
  const sums = b.conv([images, kernel], { stride: w.stride, padding: w.padding, dilation: w.kernel.map(() => 1), groups: 1 })
  return reshapeTo(sums, [...lead, ...out])
}
/**
 * The mean of each window over the last axes, zeros of the padding included; the stride is the kernel unless given.
 * @shape [..., ...space] → [..., ...space']
 * @dtype float → same
 * @throws ShapeMismatch when the window is larger than the padded input.
 * @source torch.nn.functional.avg_pool2d, PyTorch 2.13 (count_include_pad=True).
 * @example deepClose(await read(avgPool(tensor([[1, 2, 5, 6], [3, 4, 7, 8]]), { kernel: 2 })), [[2.5, 6.5]])
 */
export const avgPool: PoolOf = ((x: unknown, settings: PoolSettings) => {
  const { node, window, out } = pooling('avgPool', x, settings)
  const cutAt = node.shape.length - window.kernel.length
  const [lead, space, outSpace] = [node.shape.slice(0, cutAt), node.shape.slice(cutAt), out.slice(cutAt)]
  const sums = tiles(space, window) ? tileSums(node, lead, window.kernel, outSpace) : slidingSums(node, lead, window, outSpace)
  return b.div([sums, constant(numel(window.kernel), sums)])
}) as never

/** Window i of n over `size`: from ⌊i size / n⌋ to ⌈(i + 1) size / n⌉. */
const windows = (size: number, n: number): { readonly start: number; readonly count: number }[] =>
  Array.from({ length: n }, (_, i) => {
    const start = Math.floor((i * size) / n)
    return { start, count: Math.ceil(((i + 1) * size) / n) - start }
  })
/** Joins the entries of a window, [window, place, ...rest]; those outside it do not count. */
type Joining = (parts: Node, inside: Node) => Node
/** n windows of an axis of uneven widths: gathered and joined. */
const joined = (x: Node, axis: number, ws: ReturnType<typeof windows>, joining: Joining): Node => {
  const widest = Math.max(0, ...ws.map((w) => w.count))
  const index = Int32Array.from(ws.flatMap((w) => Array.from({ length: widest }, (_, k) => w.start + Math.min(k, w.count - 1))))
  const mask = Uint8Array.from(ws.flatMap((w) => Array.from({ length: widest }, (_, k) => Number(k < w.count))))
  const parts = b.gather([moveAxis(x, axis, 0), leaf(index, [ws.length, widest], 'i32')], { batch: 0 })
  const inside = b.broadcast([leaf(mask, [ws.length, widest], 'bool')], { shape: parts.shape, axes: [0, 1] })
  return moveAxis(joining(parts, inside), 0, axis)
}
const sums: Joining = (parts, inside) => b.sum([b.where([inside, parts, constant(0, parts)])], { axes: [1] })
/**
 * Means over as many windows as the result has elements, over the last axes; a number is a square of two axes.
 * @shape [..., ...space] → [..., ...size]
 * @dtype float → same
 * @throws ShapeMismatch when x has fewer axes than the size.
 * @source torch.nn.functional.adaptive_avg_pool2d, PyTorch 2.13.
 * @example deepClose(await read(adaptiveAvgPool(tensor([[1, 2, 3], [4, 5, 6]]), 1)), [[3.5]])
 */
export const adaptiveAvgPool: AdaptivePoolOf = ((x: unknown, size: PerAxis) => adapted('adaptiveAvgPool', x, size, meanAxis)) as never
/** Axis by axis, each brought to the size asked for. */
const adapted = (op: string, x: unknown, size: PerAxis, axisTo: (x: Node, axis: number, n: number) => Node): Node => {
  const node = asFloat(op, x)
  fit(op, law.adaptivePool(node.shape, size), 'the last axes are pooled')
  const to = typeof size === 'number' ? [size, size] : size
  const first = node.shape.length - to.length
  return to.reduce((y, n, i) => axisTo(y, first + i, n), node)
}
const meanAxis = (x: Node, axis: number, n: number): Node => {
  const size = x.shape[axis] as number
  if (n > 0 && size % n === 0) {
    const even = b.sum([reshapeTo(x, x.shape.toSpliced(axis, 1, n, size / n))], { axes: [axis + 1] })
    return b.div([even, constant(size / n, even)])
  }
  const ws = windows(size, n)
  const uneven = joined(x, axis, ws, sums)
  const counts = leaf(Float64Array.from(ws, (w) => w.count), [n], 'f64')
  const widths = b.cast([counts], { dtype: uneven.dtype })
  return b.div([uneven, stretch(permuteTo(reshapeTo(widths, [n, ...uneven.shape.slice(axis + 1).map(() => 1)]), uneven.shape.slice(axis).map((_, i) => i)), uneven.shape)])
}
const largest: Joining = (parts, inside) => b.reduceMax([b.where([inside, parts, constant(-Infinity, parts)])], { axes: [1] })
/**
 * The largest elements of as many windows as the result has elements, over the last axes; a number is a square of two axes.
 * @shape [..., ...space] → [..., ...size]
 * @dtype float → same
 * @throws ShapeMismatch when x has fewer axes than the size.
 * @source torch.nn.functional.adaptive_max_pool2d, PyTorch 2.13.
 * @example deepClose(await read(adaptiveMaxPool(tensor([[1, 2, 3], [4, 5, 6]]), 1)), [[6]])
 */
export const adaptiveMaxPool: AdaptivePoolOf = ((x: unknown, size: PerAxis) =>
  adapted('adaptiveMaxPool', x, size, (y, axis, n) => joined(y, axis, windows(y.shape[axis] as number, n), largest))) as never
