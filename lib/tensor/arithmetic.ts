/**
 * Arithmetic: promoted, broadcast, then the primitive of the same name. On bools addition is "or" and multiplication is
 * "and" (NumPy). Division is true division; `floorDivide` and `remainder` follow the divisor's sign (Python's // and %).
 */
import type { Node } from '../ir/node.js'
import { b, castTo, constant } from '../prim/index.js'
import type { Analytic, Binary, Cast, Division, DType, ToReal, UnaryAny } from '../type/index.js'
import { floatOf, isComplex } from '../type/index.js'
import { asFloat, asNode, pair } from './operand.js'

/** z / |z|, and 0 at 0. */
const direction = (z: Node): Node => {
  const size = castTo(b.abs([z]), z.dtype)
  const none = b.eq([size, constant(0, size)])
  return b.where([none, constant(0, z), b.div([z, b.where([none, constant(1, size), size])])])
}
type Make = (args: readonly Node[]) => Node
const promoting = (op: string, make: Make, onBools: Make = make): Binary => ((x: unknown, y: unknown) => {
  const args = pair(op, x, y)
  return args[0].dtype === 'bool' ? onBools(args) : make(args)
}) as never

/**
 * Another dtype: float to integer truncates and saturates (NaN gives 0), integer to integer wraps, anything to bool is
 * "not zero".
 * @shape [...s] → [...s]
 * @dtype any → the one given
 * @example deepClose(await read(cast(tensor([1.9, -1.9]), 'i32')), [1, -1])
 */
export const cast: Cast = ((x: unknown, dtype: DType) => castTo(asNode('cast', x), dtype)) as never
/**
 * x + y; of bools, "or".
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(add(tensor([1, 2]), 1)), [2, 3])
 */
export const add: Binary = promoting('add', b.add, b.or)
/**
 * x - y.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(sub(10, tensor([1, 2]))), [9, 8])
 */
export const sub: Binary = promoting('sub', b.sub)
/**
 * x · y elementwise; of bools, "and".
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(mul(tensor([[1], [2]]), tensor([3, 4]))), [[3, 4], [6, 8]])
 */
export const mul: Binary = promoting('mul', b.mul, b.and)
/**
 * x / y; integers and bools divide in f32.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted to a float
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(div(tensor([1, 2], { dtype: 'i32' }), 4)), [0.25, 0.5])
 */
export const div: Division = ((x: unknown, y: unknown) => b.div(pair('div', x, y, floatOf))) as never
/**
 * ⌊x / y⌋; an integer divided by zero gives 0.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(floorDivide(tensor([-7, 7]), 2)), [-4, 3])
 */
export const floorDivide: Binary = promoting('floorDivide', b.floorDiv)
/**
 * x - y ⌊x / y⌋, with the sign of y; an integer by zero gives 0.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(remainder(tensor([-7, 7]), 3)), [2, 1])
 */
export const remainder: Binary = promoting('remainder', b.remainder)
/**
 * -x; unsigned integers wrap.
 * @shape [...s] → [...s]
 * @dtype any but bool → same
 * @example deepClose(await read(neg(tensor([1, -2]))), [-1, 2])
 */
export const neg: UnaryAny = ((x: unknown) => b.neg([asNode('neg', x)])) as never
/**
 * |x|; its derivative is 0 at 0. Of a complex number it is real.
 * @shape [...s] → [...s]
 * @dtype any but bool → same; complex → its real dtype
 * @example deepClose(await read(abs(tensor([-1, 2]))), [1, 2])
 */
export const abs: ToReal = ((x: unknown) => b.abs([asNode('abs', x)])) as never
/**
 * -1, 0 or 1 by the sign of x; NaN stays. Of a complex number z / |z|.
 * @shape [...s] → [...s]
 * @dtype any but bool → same
 * @example deepClose(await read(sign(tensor([-3, 0, 5]))), [-1, 0, 1])
 */
export const sign: UnaryAny = ((x: unknown) => {
  const node = asNode('sign', x)
  return isComplex(node.dtype) ? direction(node) : b.sign([node])
}) as never
/**
 * x².
 * @shape [...s] → [...s]
 * @dtype any but bool → same
 * @example deepClose(await read(square(tensor([-3, 2]))), [9, 4])
 */
export const square: UnaryAny = ((x: unknown) => {
  const node = asNode('square', x)
  return b.mul([node, node])
}) as never
/**
 * 1 / x.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(reciprocal(tensor([2, -4]))), [0.5, -0.25])
 */
export const reciprocal: Analytic = ((x: unknown) => {
  const node = asFloat('reciprocal', x)
  return b.div([constant(1, node), node])
}) as never
