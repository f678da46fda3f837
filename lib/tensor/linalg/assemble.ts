/** Matrices put together, and tensors treated as matrices. */
import type { Node } from '../../ir/node.js'
import { numel } from '../../ir/node.js'
import { b, castTo, constant, permuteTo, reshapeTo } from '../../prim/index.js'
import type { AnyTensor, Device, DType, FloatOf, Promote, Shape, Tensor } from '../../type/index.js'
import { fail, floatOf, promoteAll, show } from '../../type/index.js'
import type { DevicesOf, DTypesOf, PromoteAll } from '../../type/index.js'
import { joined } from '../join.js'
import { asDType, asFloat, asNode, commonDType } from '../operand.js'
import { inverted, solve } from './lu.js'
import { sizeOf } from './operand.js'

/** A number is a row of one, a vector one row. */
const asRows = (x: Node): Node => (x.shape.length >= 2 ? x : reshapeTo(x, [1, numel(x.shape)]))
/**
 * Matrices along the diagonal of one that is zero elsewhere; a vector is one row, a scalar one element.
 * @shape [m, n], [p, q], … → [m + p + …, n + q + …]
 * @dtype promoted
 * @throws ShapeMismatch above rank 2, InvalidArgument without matrices.
 * @example deepClose(await read(linalg.blockDiag([tensor([[1, 2]]), tensor([[3]])])), [[1, 2, 0], [0, 0, 3]])
 */
export const blockDiag = <const X extends readonly AnyTensor[]>(blocks: X): Tensor<[number, number], PromoteAll<DTypesOf<X>>, DevicesOf<X>> => {
  const nodes = blocks.map((x) => asRows(asNode('blockDiag', x)))
  if (nodes.length === 0) return fail('InvalidArgument', 'blockDiag: give at least one matrix')
  const high = nodes.find((x) => x.shape.length > 2)
  if (high !== undefined) return fail('ShapeMismatch', `blockDiag: needs rank 2 or less, got ${show(high.shape)}; vmap it`)
  const dtype = promoteAll(nodes.map((x) => x.dtype))
  const width = nodes.reduce((n, x) => n + sizeOf(x)[1], 0)
  let left = 0
  const rows = nodes.map((x) => {
    const [m, n] = sizeOf(x)
    const gap = (columns: number): Node => constant(0, { shape: [m, columns], dtype })
    const row = joined([gap(left), castTo(x, dtype), gap(width - left - n)].filter((z) => sizeOf(z)[1] > 0 || width === 0).slice(0, width === 0 ? 1 : 3), 1)
    left += n
    return row
  })
  return joined(rows, 0) as never
}
/**
 * The inverse of a tensor as a map from its last axes to its first `ind`, 2 unless given: tensordot(tensorinv(a), a) is the identity.
 * @shape [...p, ...q] with as many elements in p as in q → [...q, ...p]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch when both parts do not have the same size, InvalidArgument when `ind` is not in the rank.
 * @example deepClose(linalg.tensorinv(reshape(eye(6), [2, 3, 6]), { ind: 2 }).shape, [6, 2, 3])
 */
export const tensorinv = <D extends DType, V extends Device>(a: Tensor<Shape, D, V>, { ind = 2 }: { readonly ind?: number } = {}): Tensor<Shape, FloatOf<D>, V> => {
  const node = asFloat('tensorinv', a)
  if (!Number.isInteger(ind) || ind < 1 || ind >= Math.max(2, node.shape.length)) return fail('InvalidArgument', `tensorinv: ind must be a number of axes of ${show(node.shape)}, got ${ind}`)
  const [p, q] = [node.shape.slice(0, ind), node.shape.slice(ind)]
  if (numel(p) !== numel(q)) return fail('ShapeMismatch', `tensorinv: ${show(p)} and ${show(q)} of ${show(node.shape)} have not as many elements`)
  return reshapeTo(inverted('tensorinv', reshapeTo(node, [numel(p), numel(q)])), [...q, ...p]) as never
}
/**
 * The x with tensordot(a, x) = y over all axes of x; `axes` of a are first moved to its end.
 * @shape [...y, ...x], [...y] → [...x]
 * @dtype promoted; integers in f32
 * @throws ShapeMismatch when a is not square so.
 * @example deepClose(await read(linalg.tensorsolve(reshape(eye(4), [4, 2, 2]), tensor([1, 2, 3, 4]))), [[1, 2], [3, 4]])
 */
export const tensorsolve = <D extends DType, V extends Device, E extends DType, W extends Device>(
  a: Tensor<Shape, D, V>, y: Tensor<Shape, E, W>, { axes = [] }: { readonly axes?: readonly number[] } = {},
): Tensor<Shape, FloatOf<Promote<D, E>>, V | W> => {
  const [given, right] = asDType('tensorsolve', [a, y], floatOf(commonDType('tensorsolve', [a, y]))) as [Node, Node]
  const rest = [...given.shape.keys()].filter((i) => !axes.includes(i))
  const left = permuteTo(given, [...rest, ...axes])
  const shape = left.shape.slice(right.shape.length)
  if (left.shape.slice(0, right.shape.length).join() !== right.shape.join() || numel(shape) !== numel(right.shape)) return fail('ShapeMismatch', `tensorsolve: ${show(left.shape)} does not begin with ${show(right.shape)} and go on with as many elements`)
  const n = numel(shape)
  return reshapeTo(solve(reshapeTo(left, [n, n]) as never, reshapeTo(right, [n]) as never) as never, shape) as never
}
/**
 * Hilbert's matrix, 1 / (i + j + 1): as ill-conditioned as a matrix of small numbers can be.
 * @shape (n) → [n, n]
 * @dtype f32, or the float given
 * @throws InvalidArgument when n is negative or not whole.
 * @example deepClose(await read(linalg.hilbert(2)), [[1, 1 / 2], [1 / 2, 1 / 3]])
 */
export const hilbert = <N extends number, D extends 'f32' | 'f64' = 'f32'>(n: N, { dtype = 'f32' as D }: { readonly dtype?: D } = {}): Tensor<[N, N], D, never> => {
  if (!Number.isInteger(n) || n < 0) return fail('InvalidArgument', `hilbert: n must be a whole number and not negative, got ${n}`)
  const [row, column] = [0, 1].map((axis) => b.iota([], { shape: [n, n], axis, dtype })) as [Node, Node]
  const sum = b.add([b.add([row, column]), constant(1, row)])
  return b.div([constant(1, sum), sum]) as never
}
