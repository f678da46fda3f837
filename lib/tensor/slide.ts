/**
 * What is done with the elements of a window: reductions by any of four operations, norms, and the largest with its place.
 * A window along an axis is joined by doubling: 2ᵏ⁺¹ elements are two runs of 2ᵏ, so a window of n costs log₂ n passes.
 */
import type { Node } from '../ir/node.js'
import { leaf, numel } from '../ir/node.js'
import { b, castTo, constant, reshapeTo, stretch, zeros } from '../prim/index.js'
import type { Device, DType, FloatDType, IntDType, LpPoolOf, Padding, PerAxis, PoolIndicesOf, ReduceWindowOf, Shape, Tensor } from '../type/index.js'
import * as law from '../type/index.js'
import { replaced } from './combine.js'
import { fit } from './fit.js'
import { asFloat, asNode, weakLike } from './operand.js'
import { bordered } from './patch.js'
import { slidingSums } from './window.js'

type Joint = 'sum' | 'prod' | 'max' | 'min'
const join: Readonly<Record<Joint, (x: Node, y: Node) => Node>> = {
  sum: (x, y) => b.add([x, y]), prod: (x, y) => b.mul([x, y]), max: (x, y) => b.max([x, y]), min: (x, y) => b.min([x, y]),
}
/** What changes nothing, and so may stand in the padding. */
const neutral = (op: Joint, dtype: DType): number =>
  op === 'sum' ? 0 : op === 'prod' ? 1 : law.isFloat(dtype) ? (op === 'max' ? -Infinity : Infinity) : law.dtypeInfo[dtype][op === 'max' ? 'min' : 'max']
const from = (x: Node, axis: number, start: number, count: number, step: number): Node => b.slice([x], {
  start: x.shape.map((_, i) => (i === axis ? start : 0)),
  limit: x.shape.map((n, i) => (i === axis ? (count === 0 ? start : start + (count - 1) * step + 1) : n)),
  step: x.shape.map((_, i) => (i === axis ? step : 1)),
})
interface Along { readonly kernel: number; readonly stride: number; readonly dilation: number; readonly out: number }
/** One axis: runs of 1, 2, 4, … elements; those that the kernel's binary digits name make the window. */
const alongAxis = (x: Node, axis: number, op: Joint, w: Along): Node => {
  let [run, size, at] = [x, 1, 0]
  let whole: Node | null = null
  for (;;) {
    if ((w.kernel & size) !== 0) {
      const part = from(run, axis, at * w.dilation, w.out, w.stride)
      whole = whole === null ? part : join[op](whole, part)
      at += size
    }
    size *= 2
    if (size > w.kernel) return whole as Node
    const rest = (run.shape[axis] as number) - (size / 2) * w.dilation
    run = join[op](from(run, axis, 0, rest, 1), from(run, axis, (size / 2) * w.dilation, rest, 1))
  }
}
interface Windows { readonly kernel: PerAxis; readonly stride?: PerAxis; readonly padding?: Padding; readonly dilation?: PerAxis; readonly inputDilation?: PerAxis }
/** Elements apart, with what changes nothing between them. */
const apart = (x: Node, by: readonly number[], fill: number): Node =>
  by.every((d) => d === 1) ? x : b.pad([x, constant(fill, { shape: [], dtype: x.dtype })], { low: by.map(() => 0), high: by.map(() => 0), interior: by.map((d) => d - 1) })
/**
 * Every window joined by one operation: 'sum', 'prod', 'max' or 'min', over all axes (a number is the window of each). The
 * stride is 1 unless given; padding changes nothing, whatever the operation; of equals max and min share the derivative.
 * @shape [...s] → [...s']
 * @dtype number → same
 * @throws ShapeMismatch when the window is larger than the padded input or has not as many axes.
 * @source jax.lax.reduce_window, JAX 0.10, with the operation's neutral element as the start.
 * @example deepClose(await read(reduceWindow(tensor([1, 2, 3, 4]), 'sum', { kernel: 2 })), [3, 5, 7])
 */
export const reduceWindow: ReduceWindowOf = ((x: unknown, op: Joint, s: Windows) => {
  const node = asNode('reduceWindow', x)
  const rank = node.shape.length
  const each = (v: PerAxis | undefined): number[] => law.perAxis(v, rank, 1)
  const w = law.patchWindow({ ...s, kernel: typeof s.kernel === 'number' ? each(s.kernel) : s.kernel })
  const spaced = apart(node, each(s.inputDilation), neutral(op, node.dtype))
  const shape = fit('reduceWindow', law.windows(spaced.shape, w), 'the window has one size an axis')
  const padded = bordered(spaced, w.padding, neutral(op, node.dtype))
  return shape.reduce((y, out, i) => alongAxis(y, i, op, { kernel: w.kernel[i] as number, stride: w.stride[i] as number, dilation: w.dilation[i] as number, out }), padded)
}) as never

interface Pooling { readonly kernel: PerAxis; readonly stride?: PerAxis; readonly padding?: Padding }
/**
 * The p-norm of each window over the last axes, (Σ xᵖ)^(1/p), without absolute values; the stride is the kernel unless given.
 * @shape [..., ...space] → [..., ...space']
 * @dtype float → same
 * @throws ShapeMismatch when the window is larger than the input.
 * @source torch.nn.functional.lp_pool2d, PyTorch 2.13: sign(s) relu(|s|) to the power 1/p, with s the sum.
 * @example deepClose(await read(lpPool(tensor([[3, 4], [0, 0]]), 2, { kernel: 2 })), [[5]])
 */
export const lpPool: LpPoolOf = ((x: unknown, p: number, s: Pooling) => {
  const node = asFloat('lpPool', x)
  const w = law.poolWindow(s)
  const out = fit('lpPool', law.pool(node.shape, w), 'the last axes are slid over; make the window smaller')
  const cutAt = node.shape.length - w.kernel.length
  const sums = slidingSums(b.pow([node, weakLike('lpPool', p, node)]), node.shape.slice(0, cutAt), w, out.slice(cutAt))
  const size = b.mul([b.sign([sums]), b.max([b.abs([sums]), zeros(sums)])])
  return b.pow([size, b.div([constant(1, sums), weakLike('lpPool', p, sums)])])
}) as never
/**
 * `maxPool`, and where in the flattened space each of its elements was found.
 * @shape [..., ...space] → [..., ...space'], [..., ...space']
 * @dtype float → same, i32
 * @throws ShapeMismatch when the window is larger than the padded input.
 * @source torch.nn.functional.max_pool2d with return_indices, PyTorch 2.13.
 * @example deepClose(await read(maxPoolWithIndices(tensor([[1, 2], [4, 3]]), { kernel: 2 })[1]), [[2]])
 */
export const maxPoolWithIndices: PoolIndicesOf = ((x: unknown, s: Pooling) => {
  const node = asFloat('maxPoolWithIndices', x)
  const w = law.poolWindow(s)
  fit('maxPoolWithIndices', law.pool(node.shape, w), 'the last axes are slid over; make the window smaller or the padding larger')
  const space = node.shape.slice(node.shape.length - w.kernel.length)
  const places = leaf(Float64Array.from({ length: numel(space) }, (_, i) => i), space, 'f64')
  const window = { ...w, dilation: w.kernel.map(() => 1) }
  const wide = castTo(b.stop([node]), 'f64')
  return [b.maxPool([node], window), castTo(b.maxPoolPick([wide, stretch(places, node.shape)], window), 'i32')]
}) as never
/**
 * Maxima put back where they were found, zeros elsewhere: over the last axes, in space of the size given.
 * @shape [..., ...space], [..., ...space] → [..., ...size]
 * @dtype float, integer → the first
 * @throws ShapeMismatch when values and places have different shapes or fewer axes than the size.
 * @source torch.nn.functional.max_unpool2d, PyTorch 2.13.
 * @example deepClose(await read(maxUnpool(tensor([[4]]), tensor([[2]], { dtype: 'i32' }), [2, 2])), [[0, 0], [4, 0]])
 */
export const maxUnpool = <D extends FloatDType, V extends Device, W extends Device>(
  x: Tensor<Shape, D, V>, places: Tensor<Shape, IntDType, W>, size: readonly number[],
): Tensor<Shape, D, V | W> => {
  const [node, at] = [asNode('maxUnpool', x), castTo(asNode('maxUnpool', places), 'i32')]
  if (!law.sameShape(node.shape, at.shape)) return law.fail('ShapeMismatch', `maxUnpool: the values are ${law.show(node.shape)}, their places ${law.show(at.shape)}; they must be equal`)
  const lead = node.shape.slice(0, Math.max(0, node.shape.length - size.length))
  const [images, count, room] = [numel(lead), numel(node.shape.slice(lead.length)), numel(size)]
  const image = b.mul([b.iota([], { shape: [images, count], axis: 0, dtype: 'i32' }), constant(room, { shape: [images, count], dtype: 'i32' })])
  const flat = reshapeTo(b.add([image, reshapeTo(at, [images, count])]), [images * count])
  return reshapeTo(replaced(zeros({ shape: [images * room], dtype: node.dtype }), flat, reshapeTo(node, [images * count])), [...lead, ...size]) as never
}
