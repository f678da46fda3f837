/**
 * Convolution over any number of spatial axes, channels first, with PyTorch's layout: weight [out, in / groups, ...window],
 * bias [out]. As in every deep-learning library it is a cross-correlation: the window is not flipped.
 */
import { add, conv as convolve, reshape } from '../tensor/index.js'
import type { ConvL, ConvLayer, ConvSettings, Law, PerAxis, Shape } from '../type/index.js'
import { convWindow, show, windowDim } from '../type/index.js'
import type { Definition, Float, Weights } from './definition.js'
import { floats, layer, nothing, steady, weight } from './definition.js'
import { fanIn } from './initialize.js'
import { positive } from './linear.js'

interface Geometry { readonly out: number; readonly kernel: PerAxis; readonly settings: ConvSettings; readonly bias: boolean }
const kernelOf = (g: Geometry, rank: number): readonly number[] =>
  typeof g.kernel === 'number' ? new Array<number>(rank).fill(g.kernel) : g.kernel

/** The run-time twin of `ConvExample`. */
const shapeOf = (g: Geometry, input: Shape): Law => {
  const [channels, ...space] = input
  const kernel = kernelOf(g, space.length), window = convWindow(g.settings, space.length)
  if (channels === undefined || kernel.length !== space.length) return `conv: needs [C, ...space], got ${show(input)}`
  if (channels % window.groups !== 0) return `conv: ${window.groups} groups do not divide ${channels} input channels`
  if (g.out % window.groups !== 0) return `conv: ${window.groups} groups do not divide ${g.out} output channels`
  const dims = space.map((n, i) => windowDim(n, kernel[i] ?? 1, window.stride[i] ?? 1, window.padding[i] ?? [0, 0], window.dilation[i] ?? 1))
  const bad = dims.findIndex((d) => d < 0)
  return bad < 0 ? [g.out, ...dims] : `conv: the window ${kernel[bad]} is larger than the input ${show(input)}`
}
const convolved = (g: Geometry, { params }: Weights, x: Float): Float => {
  const y = convolve(x, weight('conv', params, 'weight'), g.settings)
  return g.bias ? add(y, reshape(weight('conv', params, 'bias'), [g.out, ...x.shape.slice(2).map(() => 1)])) : y
}
const define = (g: Geometry): Definition => steady({
  kind: 'conv',
  shape: (input) => shapeOf(g, input),
  init: (key, input) => ({ params: fanIn(key, shapes(g, input)), state: nothing }),
  apply: (w, x) => convolved(g, w, floats('conv', x)),
})
const shapes = (g: Geometry, [channels = 1, ...space]: Shape) => ({
  weight: [g.out, channels / (g.settings.groups ?? 1), ...kernelOf(g, space.length)], bias: g.bias ? [g.out] : null,
})

/**
 * Convolution with `out` channels and a window of `kernel` (a number for all axes, or one an axis); settings `stride`,
 * `padding`, `dilation`, `groups`, `bias`. Weight and bias begin as U(±1/√(in / groups · window)).
 * @shape [c, ...space] → [out, ...space']
 * @dtype float → f32
 * @throws InvalidArgument unless `out` is a whole number of at least 1.
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.Conv2d.html
 * @example deepClose(nn.model([1, 32, 32], nn.conv(6, 3)).output, [6, 30, 30])
 */
export const conv: ConvLayer = <O extends number, const K extends PerAxis, const T extends ConvSettings = {}, B extends boolean = true>(
  out: O, kernel: K, settings?: T & { readonly bias?: B },
) => {
  const { bias, ...rest }: ConvSettings & { readonly bias?: boolean } = settings ?? {}
  return layer<ConvL<O, K, T, B>>(define({ out: positive('conv', 'out', out), kernel, settings: rest, bias: bias !== false }))
}
