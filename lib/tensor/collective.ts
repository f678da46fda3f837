/**
 * Collectives: what the devices along an axis give each other, inside vmap(f, { axis }) or pmap(f, { axis }). Gradients there
 * are of the sum over the devices of what each returns. Trees go leaf by leaf.
 */
import type { Node } from '../ir/node.js'
import { b, constant, cut, moveAxis } from '../prim/index.js'
import type { AllGather, AllToAll, Axis, Collective, ReduceScatter, Scalar, Spans } from '../type/index.js'
import { fail, flatten, handOut, isInexact, unflatten } from '../type/index.js'
import { axisOf, fit, newAxisOf } from './fit.js'
import { asNode } from './operand.js'

type Over = { readonly axis: string; readonly size: number; readonly spans?: Spans }
const over = (a: Axis): Over => ({ axis: a.name, size: a.size, ...(a.spans === undefined ? {} : { spans: a.spans }) })
const indexOf = (op: string, a: Axis): Node => asNode(op, (a as Axis | undefined)?.index ?? fail('InvalidArgument', `${op} needs an axis as its second argument: make one with axis(name, size)`))
const eachLeaf = (op: string, tree: unknown, f: (x: Node) => Node): unknown => {
  const { leaves, def } = flatten(tree)
  return unflatten(def, leaves.map((x) => f(asNode(op, x))))
}
const onEach = (op: string, f: (x: Node, index: Node, p: Over) => Node): Collective => ((tree: unknown, a: Axis) => {
  const index = indexOf(op, a)
  return eachLeaf(op, tree, (x) => f(x, index, over(a)))
}) as never
/**
 * A device's place along an axis, 0 … n - 1.
 * @shape axis → []
 * @dtype i32
 * @example const dp = axis('dp', 3); deepClose(await read(vmap(() => axisIndex(dp), { axis: dp })()), [0, 1, 2])
 */
export const axisIndex = (a: Axis): Scalar<'i32', never> => indexOf('axisIndex', a) as never
/**
 * The sum over the devices of an axis.
 * @shape [...s] → [...s], or a tree of them
 * @dtype any number → same
 * @throws DTypeMismatch for bool; OpenGraph when it is run where nothing binds the axis.
 * @example const dp = axis('dp', 2); deepClose(await read(vmap((x: Scalar<'f32'>) => psum(x, dp), { axis: dp })(tensor([1, 2]))), [3, 3])
 */
export const psum: Collective = onEach('psum', (x, index, p) => b.psum([x, index], p))
/**
 * The mean over the devices of an axis.
 * @shape [...s] → [...s], or a tree of them
 * @dtype float or complex → same
 * @throws DTypeMismatch for integers, whose mean is none: cast them.
 * @example const dp = axis('dp', 2); deepClose(await read(vmap((x: Scalar<'f32'>) => pmean(x, dp), { axis: dp })(tensor([1, 2]))), [1.5, 1.5])
 */
export const pmean: Collective = onEach('pmean', (x, index, p) => {
  if (!isInexact(x.dtype)) return fail('DTypeMismatch', `pmean: the mean of ${x.dtype} is no ${x.dtype}: cast it to a float dtype first`)
  const y = b.psum([x, index], p)
  return b.div([y, constant(p.size, y)])
})
/**
 * The largest over the devices of an axis; the derivative goes to the winners, shared equally.
 * @shape [...s] → [...s], or a tree of them
 * @dtype any but complex → same
 * @throws DTypeMismatch for complex numbers, which have no order.
 * @example const dp = axis('dp', 2); deepClose(await read(vmap((x: Scalar<'f32'>) => pmax(x, dp), { axis: dp })(tensor([1, 2]))), [2, 2])
 */
export const pmax: Collective = onEach('pmax', (x, index, p) => b.pmax([x, index], p))
/**
 * The smallest over the devices of an axis; the derivative goes to the winners, shared equally.
 * @shape [...s] → [...s], or a tree of them
 * @dtype any but complex → same
 * @throws DTypeMismatch for complex numbers, which have no order.
 * @example const dp = axis('dp', 2); deepClose(await read(vmap((x: Scalar<'f32'>) => pmin(x, dp), { axis: dp })(tensor([1, 2]))), [1, 1])
 */
export const pmin: Collective = onEach('pmin', (x, index, p) => b.pmin([x, index], p))
/**
 * What all devices of an axis have, stacked along a new axis (0 unless given), on each of them.
 * @shape [...s] → [n, ...s]
 * @dtype any → same
 * @throws IndexOutOfRange for an axis outside the new rank.
 * @example const dp = axis('dp', 2); deepClose(await read(vmap((x: Scalar<'f32'>) => allGather(x, dp), { axis: dp })(tensor([1, 2]))), [[1, 2], [1, 2]])
 */
export const allGather: AllGather = ((x: unknown, a: Axis, s: { readonly axis?: number } = {}) => {
  const node = asNode('allGather', x)
  const at = newAxisOf('allGather', node.shape, s.axis ?? 0)
  return moveAxis(b.allGather([node, indexOf('allGather', a)], over(a)), 0, at)
}) as never
/** What is handed out, in front. */
const handed = (op: string, x: unknown, a: Axis, axis: number): Node => {
  const node = asNode(op, x)
  const at = axisOf(op, node.shape, axis)
  fit(op, handOut(op, node.shape, at, a.size), 'split or reshape it so that every device gets one slice')
  return moveAxis(node, at, 0)
}
/**
 * The sum over the devices of an axis, of which each device gets its slice along axis 0 (unless another is given).
 * @shape [n, ...s] → [...s]
 * @dtype any number → same
 * @throws ShapeMismatch when that axis has not the size of the named one.
 * @example const dp = axis('dp', 2); deepClose(await read(vmap((x: Tensor<[2], 'f32'>) => reduceScatter(x, dp), { axis: dp })(tensor([[1, 2], [3, 4]]))), [4, 6])
 */
export const reduceScatter: ReduceScatter = ((x: unknown, a: Axis, s: { readonly axis?: number } = {}) => {
  const front = handed('reduceScatter', x, a, s.axis ?? 0)
  return b.reduceScatter([front, indexOf('reduceScatter', a)], over(a))
}) as never
/**
 * Each device hands its slices along axis `split` to the devices, and stacks what it gets along a new axis `concat` (both 0).
 * @shape [n, ...s] → [n, ...s]
 * @dtype any → same
 * @throws ShapeMismatch when the split axis has not the size of the named one.
 * @example const dp = axis('dp', 2); deepClose(await read(vmap((x: Tensor<[2], 'f32'>) => allToAll(x, dp), { axis: dp })(tensor([[1, 2], [3, 4]]))), [[1, 3], [2, 4]])
 */
export const allToAll: AllToAll = ((x: unknown, a: Axis, s: { readonly split?: number; readonly concat?: number } = {}) => {
  const front = handed('allToAll', x, a, s.split ?? 0)
  const to = newAxisOf('allToAll', front.shape.slice(1), s.concat ?? 0)
  return moveAxis(b.allToAll([front, indexOf('allToAll', a)], over(a)), 0, to)
}) as never
/**
 * Sends from device to device: for each pair [from, to], device `to` gets what `from` has; who is sent nothing gets zeros.
 * @shape [...s] → [...s], or a tree of them
 * @dtype any → same
 * @throws InvalidArgument for a device that is not there, or that sends or receives twice.
 * @example const dp = axis('dp', 2); deepClose(await read(vmap((x: Scalar<'f32'>) => permuteAxis(x, dp, [[0, 1], [1, 0]]), { axis: dp })(tensor([1, 2]))), [2, 1])
 */
export const permuteAxis = <T>(tree: T, a: Axis, pairs: readonly (readonly [from: number, to: number])[]): T => {
  const index = indexOf('permuteAxis', a)
  return eachLeaf('permuteAxis', tree, (x) => b.permuteAxis([x, index], { ...over(a), pairs })) as T
}
/**
 * What one device of an axis has (the first unless `from` is given), on all of them.
 * @shape [...s] → [...s], or a tree of them
 * @dtype any → same
 * @throws IndexOutOfRange for a device that is not there.
 * @example const dp = axis('dp', 2); deepClose(await read(vmap((x: Scalar<'f32'>) => broadcastAxis(x, dp, { from: 1 }), { axis: dp })(tensor([1, 2]))), [2, 2])
 */
export const broadcastAxis = <T>(tree: T, a: Axis, s: { readonly from?: number } = {}): T => {
  const [index, from] = [indexOf('broadcastAxis', a), s.from ?? 0]
  if (!Number.isInteger(from) || from < 0 || from >= a.size) fail('IndexOutOfRange', `broadcastAxis: there is no device ${from} along axis '${a.name}' of ${a.size}`)
  return eachLeaf('broadcastAxis', tree, (x) => b.reshape([cut(b.allGather([x, index], over(a)), 0, from, 1)], { shape: x.shape })) as T
}
