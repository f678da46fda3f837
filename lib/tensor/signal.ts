/**
 * Sequences slid along each other: a convolution turns one of them round, a correlation does not. As in NumPy the longer
 * one stands still, so `same` gives as many elements as it has; a correlation whose operands changed places comes out
 * backwards and is turned.
 */
import type { Node } from '../ir/node.js'
import { b, reshapeTo } from '../prim/index.js'
import type { SlideMode, SlidOf } from '../type/index.js'
import { fail, floatOf, show } from '../type/index.js'
import { asDType, commonDType } from './operand.js'

interface Settings { readonly mode?: SlideMode }
const turned = (x: Node): Node => b.flip([x], { axes: [0] })
/** Two vectors with elements in one float dtype, the longer one first. */
const vectors = (op: string, x: unknown, y: unknown): { readonly long: Node; readonly short: Node; readonly swapped: boolean } => {
  const nodes = asDType(op, [x, y], floatOf(commonDType(op, [x, y]))) as [Node, Node]
  const bad = nodes.find((v) => v.shape.length !== 1 || v.shape[0] === 0)
  if (bad !== undefined) return fail('ShapeMismatch', `${op}: ${show(bad.shape)} is no vector with elements; flatten it`)
  const swapped = (nodes[0].shape[0] as number) < (nodes[1].shape[0] as number)
  return { long: nodes[swapped ? 1 : 0], short: nodes[swapped ? 0 : 1], swapped }
}
/** Σᵢ x[k + i - low] y[i] over the places that are there. */
const slid = (x: Node, y: Node, mode: SlideMode): Node => {
  const [n, m] = [x.shape[0] as number, y.shape[0] as number]
  const padding = { full: [m - 1, m - 1], same: [Math.floor(m / 2), m - Math.floor(m / 2) - 1], valid: [0, 0] }[mode] as [number, number]
  const out = b.conv([reshapeTo(x, [1, 1, n]), reshapeTo(y, [1, 1, m])], { stride: [1], padding: [padding], dilation: [1], groups: 1 })
  return reshapeTo(out, [out.shape[2] as number])
}
/**
 * Σⱼ x[j] y[k - j]: the coefficients of the product of two polynomials. 'full' (unless given) has every overlap, 'same' the
 * middle ones, as many as the longer operand has elements, 'valid' those where they overlap fully.
 * @shape [n], [m] → [n + m - 1]; same: [max(n, m)]; valid: [|n - m| + 1]
 * @dtype float → promoted; integers in f32
 * @throws ShapeMismatch for what is no vector with elements.
 * @source numpy.convolve, NumPy 2.
 * @example deepClose(await read(convolve(tensor([1, 2]), tensor([1, 3]))), [1, 5, 6])
 */
export const convolve: SlidOf<'full'> = ((x: unknown, y: unknown, s: Settings = {}) => {
  const { long, short } = vectors('convolve', x, y)
  return slid(long, turned(short), s.mode ?? 'full')
}) as never
/**
 * Σⱼ x[k + j] y[j]: how well y fits x at each place. 'valid' (unless given) has the places where they overlap fully, 'full'
 * every overlap, 'same' the middle ones, as many as the longer operand has elements.
 * @shape [n], [m] → [|n - m| + 1]; same: [max(n, m)]; full: [n + m - 1]
 * @dtype float → promoted; integers in f32
 * @throws ShapeMismatch for what is no vector with elements.
 * @source numpy.correlate, NumPy 2.
 * @example deepClose(await read(correlate(tensor([1, 2, 3]), tensor([0, 1]))), [2, 3])
 */
export const correlate: SlidOf<'valid'> = ((x: unknown, y: unknown, s: Settings = {}) => {
  const { long, short, swapped } = vectors('correlate', x, y)
  const out = slid(long, short, s.mode ?? 'valid')
  return swapped ? turned(out) : out
}) as never
