/** Are tensors equal, or nearly? And numbers in the place of what is none. */
import type { Node } from '../ir/node.js'
import { sameShape } from '../ir/node.js'
import { b, constant } from '../prim/index.js'
import type { Bin, Device, DeviceOf, DType, Must, Operand, Shape, Tensor, Unbox } from '../type/index.js'
import { dtypeInfo, isFloat, isInexact } from '../type/index.js'
import { asNode, pair, weakLike } from './operand.js'

interface Tolerance { readonly rtol?: number; readonly atol?: number; readonly equalNan?: boolean }
interface Close {
  <A extends Operand, B extends Operand>(a: A, b: Must<Bin<A, B>, B>, settings?: { readonly rtol?: number; readonly atol?: number; readonly equalNan?: boolean }):
    Tensor<Unbox<Bin<A, B>>, 'bool', DeviceOf<A> | DeviceOf<B>>
}
const nan = (x: Node): Node => b.ne([x, x])
const finite = (x: Node): Node => {
  const size = b.abs([x])
  return b.lt([size, constant(Infinity, size)])
}
const near = (op: string, x: unknown, y: unknown, { rtol = 1e-5, atol = 1e-8, equalNan = false }: Tolerance): Node => {
  const [p, q] = pair(op, x, y, (d) => (isInexact(d) ? d : 'f64'))
  const size = b.abs([q])
  const slack = b.add([weakLike(op, atol, size), b.mul([weakLike(op, rtol, size), size])])
  const close = b.and([b.le([b.abs([b.sub([p, q])]), slack]), b.and([finite(p), finite(q)])])
  const same = b.or([close, b.eq([p, q])])
  return equalNan ? b.or([same, b.and([nan(p), nan(q)])]) : same
}
/**
 * Is |x - y| ≤ atol + rtol |y| (1e-8 and 1e-5 unless given)? Infinities are close to themselves, NaN to NaN with `equalNan`.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype any → bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(isclose(tensor([1, 2]), tensor([1.000001, 2.1]))), [true, false])
 */
export const isclose: Close = ((x: unknown, y: unknown, s: Tolerance = {}) => near('isclose', x, y, s)) as never
interface Whole {
  <A extends Operand, B extends Operand>(a: A, b: Must<Bin<A, B>, B>, settings?: { readonly rtol?: number; readonly atol?: number; readonly equalNan?: boolean }):
    Tensor<[], 'bool', DeviceOf<A> | DeviceOf<B>>
}
const everywhere = (x: Node): Node => b.reduceAnd([x], { axes: x.shape.map((_, i) => i) })
/**
 * Is every element close (see `isclose`)?
 * @shape [...a], [...b] → []
 * @dtype any → bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(allclose(tensor([1, 2]), tensor([1.000001, 2]))), true)
 */
export const allclose: Whole = ((x: unknown, y: unknown, s: Tolerance = {}) => everywhere(near('allclose', x, y, s))) as never
/**
 * Have x and y the same shape and the same elements? NaN equals NaN with `equalNan`.
 * @shape [...a], [...b] → []
 * @dtype any → bool
 * @example deepClose(await read(arrayEqual(tensor([1, 2]), tensor([1, 2]))), true)
 */
export const arrayEqual = <D extends DType, V extends Device, E extends DType, W extends Device>(
  x: Tensor<Shape, D, V>, y: Tensor<Shape, E, W>, s: { readonly equalNan?: boolean } = {},
): Tensor<[], 'bool', V | W> => {
  const nodes = [asNode('arrayEqual', x), asNode('arrayEqual', y)] as const
  if (!sameShape(nodes[0].shape, nodes[1].shape)) return constant(0, { shape: [], dtype: 'bool' }) as never
  const [p, q] = pair('arrayEqual', ...nodes)
  return everywhere(s.equalNan === true ? b.or([b.eq([p, q]), b.and([nan(p), nan(q)])]) : b.eq([p, q])) as never
}
/**
 * NaN becomes `nan` (0 unless given), the infinities `posinf` and `neginf` (the largest and smallest finite numbers).
 * @shape [...s] → [...s]
 * @dtype any → same; integers are returned as they are
 * @throws DTypeMismatch for a number that the dtype does not hold.
 * @example deepClose(await read(nanToNum(tensor([1, NaN, Infinity]), { posinf: 9 })), [1, 0, 9])
 */
export const nanToNum = <S extends Shape, D extends DType, V extends Device>(
  x: Tensor<S, D, V>, s: { readonly nan?: number; readonly posinf?: number; readonly neginf?: number } = {},
): Tensor<S, D, V> => {
  const node = asNode('nanToNum', x)
  if (!isFloat(node.dtype)) return node as never
  const { min, max } = dtypeInfo[node.dtype]
  const inPlace = (y: Node, where: Node, v: number): Node => b.where([where, weakLike('nanToNum', v, y), y])
  const numbers = inPlace(node, nan(node), s.nan ?? 0)
  const below = inPlace(numbers, b.eq([node, constant(Infinity, node)]), s.posinf ?? max)
  return inPlace(below, b.eq([node, constant(-Infinity, node)]), s.neginf ?? min) as never
}
