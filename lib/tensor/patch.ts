/**
 * Windows as slices. The elements that sit at one place of every window are one strided slice, so a window of k places is k
 * slices: side by side they are columns (`unfold`), added at their places they are `fold`, and where an operation joins
 * them pairwise a window along an axis takes log₂ k steps (`reduceWindow`).
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { addAll, b, constant, cut, reshapeTo } from '../prim/index.js'
import type { FoldOf, PatchSettings, PatchWindow, UnfoldOf } from '../type/index.js'
import * as law from '../type/index.js'
import { fit } from './fit.js'
import { asNode } from './operand.js'

type Pads = readonly (readonly [low: number, high: number])[]
/** The last axes of x with borders of one value. */
export const bordered = (x: Node, padding: Pads, fill: number): Node => {
  if (padding.every(([low, high]) => low === 0 && high === 0)) return x
  const lead = new Array<number>(x.shape.length - padding.length).fill(0)
  const side = (i: 0 | 1): number[] => [...lead, ...padding.map((p) => p[i])]
  return b.pad([x, constant(fill, { shape: [], dtype: x.dtype })], { low: side(0), high: side(1), interior: x.shape.map(() => 0) })
}
/** The places of a window in row-major order, as one index an axis. */
const placesIn = (kernel: readonly number[]): number[][] =>
  kernel.reduce<number[][]>((all, k) => all.flatMap((at) => Array.from({ length: k }, (_, i) => [...at, i])), [[]])
const ones = (n: number): number[] => new Array<number>(n).fill(1)
/** For one place: what sits there in each of `out` windows of the padded tensor. */
const at = (padded: Node, place: readonly number[], w: PatchWindow, out: readonly number[]): Node => {
  const lead = padded.shape.length - out.length
  const start = place.map((k, i) => k * (w.dilation[i] as number))
  return b.slice([padded], {
    start: [...new Array<number>(lead).fill(0), ...start],
    limit: [...padded.shape.slice(0, lead), ...start.map((s, i) => (out[i] === 0 ? s : s + ((out[i] as number) - 1) * (w.stride[i] as number) + 1))],
    step: [...ones(lead), ...w.stride],
  })
}
const outOf = (space: readonly number[], w: PatchWindow): number[] =>
  space.map((n, i) => law.windowDim(n, w.kernel[i] as number, w.stride[i] as number, w.padding[i] as readonly [number, number], w.dilation[i] as number))

/**
 * The windows of images as columns: row c · window + k of column l is what lies at place k of window l in channel c.
 * @shape [n, c, ...space] → [n, c · window, places]
 * @dtype any → same
 * @throws ShapeMismatch when ranks do not fit, or the window is larger than the padded input.
 * @source torch.nn.functional.unfold, PyTorch 2.13, over any number of axes.
 * @example deepClose(await read(unfold(tensor([[[1, 2, 3]]]), { kernel: [2] })), [[[1, 2], [2, 3]]])
 */
export const unfold: UnfoldOf = ((x: unknown, s: PatchSettings) => {
  const [node, w] = [asNode('unfold', x), law.patchWindow(s)]
  const shape = fit('unfold', law.unfold(node.shape, w), 'the axes behind the channels are slid over')
  const out = outOf(node.shape.slice(2), w)
  const padded = bordered(node, w.padding, 0)
  const [n, c] = node.shape as [number, number]
  const parts = placesIn(w.kernel).map((place) => reshapeTo(at(padded, place, w, out), [n, c, 1, numel(out)]))
  return reshapeTo(b.concat(parts, { axis: 2 }), shape)
}) as never
/**
 * Columns added up at the places of their windows, in images of the size given; what falls into the padding is dropped. The
 * transpose of `unfold`.
 * @shape [n, c · window, places] → [n, c, ...size]
 * @dtype number → same
 * @throws ShapeMismatch when the rows do not split into windows, or there are not as many columns as windows.
 * @source torch.nn.functional.fold, PyTorch 2.13, over any number of axes.
 * @example deepClose(await read(fold(tensor([[[1, 2], [2, 3]]]), [3], { kernel: [2] })), [[[1, 4, 3]]])
 */
export const fold: FoldOf = ((x: unknown, size: readonly number[], s: PatchSettings) => {
  const [node, w] = [asNode('fold', x), law.patchWindow(s)]
  const shape = fit('fold', law.fold(node.shape, size, w), 'give the size of the images and the settings of unfold')
  const out = outOf(size, w)
  const [n, c] = shape as [number, number]
  const columns = reshapeTo(node, [n, c, numel(w.kernel), ...out])
  const room = size.map((d, i) => d + (w.padding[i] as readonly [number, number])[0] + (w.padding[i] as readonly [number, number])[1])
  const spread = placesIn(w.kernel).map((place, k) => {
    const part = reshapeTo(cut(columns, 2, k, 1), [n, c, ...out])
    const low = place.map((p, i) => p * (w.dilation[i] as number))
    const high = out.map((d, i) => (room[i] as number) - (low[i] as number) - (d - 1) * (w.stride[i] as number) - 1)
    return b.pad([part, constant(0, { shape: [], dtype: node.dtype })], { low: [0, 0, ...low], high: [0, 0, ...high], interior: [0, 0, ...w.stride.map((t) => t - 1)] })
  })
  const whole = addAll(spread) as Node
  return w.padding.reduce((y, [low], i) => cut(y, i + 2, low, size[i] as number), whole)
}) as never
