/**
 * Convolutions of every kind, all of them `conv` or its transpose in the input: spread over a larger output, with dilated
 * inputs, groups of images, and axes in any order.
 */
import type { Node } from '../ir/node.js'
import { b, constant, permuteTo, reshapeTo } from '../prim/index.js'
import type { ConvGeneralOf, ConvTransposeOf, ConvTransposeSettings, PerAxis } from '../type/index.js'
import * as law from '../type/index.js'
import { fit } from './fit.js'
import { asDType, asNode, commonDType } from './operand.js'

const floats = (op: string, x: unknown, w: unknown): [Node, Node] =>
  asDType(op, [x, w], law.floatOf(commonDType(op, [asNode(op, x), asNode(op, w)]))) as [Node, Node]
/**
 * The transpose of a convolution in its input, as a layer: every input element is spread over a window of the output.
 * `outputPadding` makes the output longer at its end, where several sizes would convolve to the same.
 * @shape [n, c, ...space], [c, o / groups, ...window] → [n, o, ...space']
 * @dtype float → promoted
 * @throws ShapeMismatch when ranks or channels do not fit, or the padding is larger than the output.
 * @source torch.nn.functional.conv_transpose2d, PyTorch 2.13.
 * @example deepClose(await read(convTranspose(tensor([[[1, 2]]]), tensor([[[1, 10]]]))), [[[1, 12, 20]]])
 */
export const convTranspose: ConvTransposeOf = ((x: unknown, w: unknown, settings: ConvTransposeSettings = {}) => {
  const [input, weight] = floats('convTranspose', x, w)
  const window = law.spreadWindow(settings, Math.max(0, input.shape.length - 2))
  const out = fit('convTranspose', law.convTranspose(input.shape, weight.shape, window), 'x is [n, c, ...space], w is [c, o / groups, ...window]')
  const { stride, padding, dilation, groups } = window
  const longer = padding.map(([low, high], i) => [low, high - (window.outputPadding[i] as number)] as const)
  return b.convInput([input, weight], { stride, padding: longer, dilation, groups, spatial: out.slice(2) })
}) as never

interface Settings {
  readonly stride?: PerAxis; readonly padding?: law.Padding | 'SAME' | 'VALID'; readonly inputDilation?: PerAxis; readonly dilation?: PerAxis
  readonly groups?: number; readonly imageGroups?: number; readonly layout?: readonly [input: string, kernel: string, output: string]
}
/** Elements apart, zeros between them. */
const spaced = (x: Node, by: readonly number[]): Node =>
  by.every((d) => d === 1) ? x
  : b.pad([x, constant(0, { shape: [], dtype: x.dtype })], { low: x.shape.map(() => 0), high: x.shape.map(() => 0), interior: [0, 0, ...by.map((d) => d - 1)] })
/** As many outputs as strides fit into the input, the odd one of the padding behind. */
const same = (n: number, k: number, stride: number, dilation: number): readonly [number, number] => {
  const total = Math.max(0, (Math.ceil(n / stride) - 1) * stride + dilation * (k - 1) + 1 - n)
  return [Math.floor(total / 2), total - Math.floor(total / 2)]
}
/** Images in groups of their own kernels become channels in groups. */
const grouped = (x: Node, groups: number): Node => {
  const [n, c, ...space] = x.shape as [number, number, ...number[]]
  const apart = reshapeTo(x, [groups, n / groups, c, ...space])
  return reshapeTo(permuteTo(apart, [1, 0, ...[...apart.shape.keys()].slice(2)]), [n / groups, groups * c, ...space])
}
/**
 * Convolution as general as it comes: the input dilated (zeros between its elements) or the kernel, channels or images in
 * groups, padding 'SAME' or 'VALID' or in numbers, and axes in any order: a layout names those of input, kernel and output
 * by letters, 'NCHW', 'OIHW', 'NCHW' unless given (N images, C channels; O outputs, I inputs; others are space).
 * @shape by the layout
 * @dtype float → promoted
 * @throws ShapeMismatch when ranks, letters, channels or groups do not fit, or the window is larger than the padded input.
 * @source jax.lax.conv_general_dilated, JAX 0.10.
 * @example deepClose(await read(convGeneral(tensor([[[1], [2], [3]]]), tensor([[[1]], [[1]]]), { layout: ['NWC', 'WIO', 'NWC'] })), [[[3], [5]]])
 */
export const convGeneral: ConvGeneralOf = ((x: unknown, w: unknown, s: Settings = {}) => {
  const nodes = floats('convGeneral', x, w)
  const rank = Math.max(0, nodes[0].shape.length - 2)
  const orders = fit('convGeneral', law.layoutOf(nodes[0].shape, nodes[1].shape, s.layout), 'name every axis once: N, C and space; O, I and space; N, C and space')
  const weight = permuteTo(nodes[1], orders.kernel)
  const dilated = spaced(permuteTo(nodes[0], orders.input), law.perAxis(s.inputDilation, rank, 1))
  const images = s.imageGroups ?? 1
  if ((dilated.shape[0] as number) % images !== 0 || (weight.shape[0] as number) % images !== 0) return law.fail('ShapeMismatch', `convGeneral: ${images} groups do not divide ${dilated.shape[0]} images and ${weight.shape[0]} outputs`)
  const input = images === 1 ? dilated : grouped(dilated, images)
  const [space, kernel] = [input.shape.slice(2), weight.shape.slice(2)]
  const sliding = law.convWindow({ ...s, padding: 0, groups: (s.groups ?? 1) * images }, rank)
  const padding = s.padding === 'SAME' ? space.map((n, i) => same(n, kernel[i] as number, sliding.stride[i] as number, sliding.dilation[i] as number))
    : law.pads(s.padding === 'VALID' ? 0 : s.padding, rank)
  const window = { ...sliding, padding }
  fit('convGeneral', law.conv(input.shape, weight.shape, window), 'channels of the input are those of the kernel times the groups')
  const out = b.conv([input, weight], window)
  return permuteTo(out, orders.output.map((_, i) => orders.output.indexOf(i)))
}) as never
