/**
 * Images: other sizes, channels that become space, and sampling at given places. Resizing is linear and separable, so each
 * axis is one product with a small matrix of weights that is worked out when the node is built.
 */
import type { Node } from '../ir/node.js'
import { leaf, numel } from '../ir/node.js'
import { b, castTo, moveAxis, reshapeTo } from '../prim/index.js'
import type { Device, FloatDType, PixelShuffleOf, PixelUnshuffleOf, Shape, Tensor } from '../type/index.js'
import * as law from '../type/index.js'
import { fit, sizes } from './fit.js'
import { asFloat, asNode } from './operand.js'

export type ResizeMethod = 'nearest' | 'linear' | 'cubic' | 'lanczos3' | 'lanczos5'
type Kernel = (x: number) => number
/** Keys' cubic with slope -½ at 1. */
const cubic: Kernel = (x) => (x >= 2 ? 0 : x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1)
const lanczos = (radius: number): Kernel => (x) =>
  x > radius ? 0 : x > 1e-3 ? (radius * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / radius)) / (Math.PI * x) ** 2 : 1
const kernels: Readonly<Record<Exclude<ResizeMethod, 'nearest'>, Kernel>> = {
  linear: (x) => Math.max(0, 1 - x), cubic, lanczos3: lanczos(3), lanczos5: lanczos(5),
}
/** Weights [from, to]; those of one output sum to 1 over the pixels that are there. */
const weights = (from: number, to: number, kernel: Kernel, antialias: boolean): Float64Array => {
  const step = from / to
  const width = antialias ? Math.max(step, 1) : 1
  const w = new Float64Array(from * to)
  for (let o = 0; o < to; o++) {
    const centre = (o + 0.5) * step - 0.5
    const row = Array.from({ length: from }, (_, i) => kernel(Math.abs(centre - i) / width))
    const total = row.reduce((p, v) => p + v, 0)
    row.forEach((v, i) => {
      w[i * to + o] = Math.abs(total) > 1000 * 2 ** -23 ? v / total : 0
    })
  }
  return w
}
const nearest = (x: Node, axis: number, to: number): Node => {
  const from = x.shape[axis] as number
  const at = Int32Array.from({ length: to }, (_, o) => Math.min(from - 1, Math.floor(((o + 0.5) * from) / to)))
  return moveAxis(b.gather([moveAxis(x, axis, 0), leaf(at, [to], 'i32')], { batch: 0 }), 0, axis)
}
const scaled = (x: Node, axis: number, to: number, kernel: Kernel, antialias: boolean): Node => {
  const last = x.shape.length - 1
  const from = x.shape[axis] as number
  const rows = moveAxis(x, axis, last)
  const matrix = castTo(leaf(weights(from, to, kernel, antialias), [from, to], 'f64'), x.dtype)
  const product = b.dot([reshapeTo(rows, [numel(rows.shape.slice(0, -1)), from]), matrix])
  return moveAxis(reshapeTo(product, [...rows.shape.slice(0, -1), to]), last, axis)
}
/**
 * An image in another size, pixels being squares: 'nearest', 'linear', 'cubic' (Keys, a = -½), 'lanczos3',
 * 'lanczos5'. When it becomes smaller the kernel grows with it (antialias, unless false).
 * @shape [...s], (shape) → shape
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch when the shape has not x's rank, InvalidArgument for a size that is not whole.
 * @source jax.image.resize, JAX 0.10; R. G. Keys, "Cubic convolution interpolation for digital image processing", 1981.
 * @example deepClose(await read(resizeImage(tensor([1, 3]), [4], 'linear')), [1, 1.5, 2.5, 3])
 */
export const resizeImage = <D extends FloatDType, V extends Device, const T extends Shape>(
  x: Tensor<{ readonly [K in keyof T]: number }, D, V>, shape: readonly [...T], method: ResizeMethod, s: { readonly antialias?: boolean } = {},
): Tensor<T, D, V> => {
  const node = asFloat('resizeImage', x)
  const to = sizes('resizeImage', shape)
  if (to.length !== node.shape.length) return law.fail('ShapeMismatch', `resizeImage: ${law.show(to)} has not the rank of ${law.show(node.shape)}; give a size for every axis`)
  const one = (y: Node, n: number, axis: number): Node =>
    n === y.shape[axis] ? y : method === 'nearest' ? nearest(y, axis, n) : scaled(y, axis, n, kernels[method], s.antialias ?? true)
  return to.reduce(one, node) as never
}

/**
 * r² channels become squares of r by r pixels.
 * @shape [..., c r², h, w] → [..., c, h r, w r]
 * @dtype any → same
 * @throws ShapeMismatch below rank 3, or when the channels do not split.
 * @source torch.nn.functional.pixel_shuffle, PyTorch 2.13.
 * @example deepClose(await read(pixelShuffle(tensor([[[1]], [[2]], [[3]], [[4]]]), 2)), [[[1, 2], [3, 4]]])
 */
export const pixelShuffle: PixelShuffleOf = ((x: unknown, r: number) => {
  const node = asNode('pixelShuffle', x)
  const shape = fit('pixelShuffle', law.pixelShuffle(node.shape, r), 'the third axis from the end holds r² channels for each')
  const lead = shape.slice(0, -3)
  const [c, h, w] = [shape.at(-3) as number, ...node.shape.slice(-2)] as [number, number, number]
  const k = lead.length
  const apart = reshapeTo(node, [...lead, c, r, r, h, w])
  return reshapeTo(b.permute([apart], { axes: [...lead.keys(), k, k + 3, k + 1, k + 4, k + 2] }), shape)
}) as never
/**
 * Squares of r by r pixels become r² channels: the inverse of `pixelShuffle`.
 * @shape [..., c, h r, w r] → [..., c r², h, w]
 * @dtype any → same
 * @throws ShapeMismatch below rank 3, or when the images do not split.
 * @source torch.nn.functional.pixel_unshuffle, PyTorch 2.13.
 * @example deepClose(await read(pixelUnshuffle(tensor([[[1, 2], [3, 4]]]), 2)), [[[1]], [[2]], [[3]], [[4]]])
 */
export const pixelUnshuffle: PixelUnshuffleOf = ((x: unknown, r: number) => {
  const node = asNode('pixelUnshuffle', x)
  const shape = fit('pixelUnshuffle', law.pixelUnshuffle(node.shape, r), 'the last two axes are split')
  const lead = shape.slice(0, -3)
  const [c, h, w] = [node.shape.at(-3) as number, ...shape.slice(-2)] as [number, number, number]
  const k = lead.length
  const apart = reshapeTo(node, [...lead, c, h, r, w, r])
  return reshapeTo(b.permute([apart], { axes: [...lead.keys(), k, k + 2, k + 4, k + 1, k + 3] }), shape)
}) as never
