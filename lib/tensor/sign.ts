/** Signs, steps and the parts of numbers. A zero has a sign, found by dividing by it; a NaN counts as positive. */
import type { Node } from '../ir/node.js'
import { b, constant, zeros } from '../prim/index.js'
import type { Binary, Bin, Division, FloatDType, Must, Predicate, Tensor, Unary, UnaryAny, Unbox } from '../type/index.js'
import type { BinDType, Device, DeviceOf, Operand, Shape } from '../type/index.js'
import { floatOf, isFloat } from '../type/index.js'
import { asFloat, asNode, pair } from './operand.js'

const negative = (x: Node): Node => b.lt([x, zeros(x)])
const signed = (x: Node): Node => {
  if (!isFloat(x.dtype)) return negative(x)
  const zero = b.eq([x, zeros(x)])
  const sign = negative(b.div([constant(1, x), b.where([zero, x, constant(1, x)])]))
  return b.or([negative(x), sign])
}
/**
 * Is the sign minus? That of -0 is.
 * @shape [...s] → [...s]
 * @dtype any → bool
 * @example deepClose(await read(signbit(tensor([-2, -0, 0, 3]))), [true, true, false, false])
 */
export const signbit: Predicate = ((x: unknown) => signed(asNode('signbit', x))) as never
/**
 * |x| with the sign of y.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted to a float
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(copysign(tensor([1, -2]), tensor([-3, 4]))), [-1, 2])
 */
export const copysign: Division = ((x: unknown, y: unknown) => {
  const [p, q] = pair('copysign', x, y, floatOf)
  return b.mul([b.abs([p]), b.where([signed(q), constant(-1, p), constant(1, p)])])
}) as never
/**
 * 0 below zero, 1 above, `y` at zero, NaN where x is NaN.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted to a float
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(heaviside(tensor([-1, 0, 2]), 0.5)), [0, 0.5, 1])
 */
export const heaviside: Division = ((x: unknown, y: unknown) => {
  const [p, q] = pair('heaviside', x, y, floatOf)
  const step = b.where([b.lt([p, zeros(p)]), zeros(p), b.where([b.gt([p, zeros(p)]), constant(1, p), q])])
  return b.where([b.eq([p, p]), step, constant(NaN, p)])
}) as never
const magnitude = (x: Node): Node => b.where([negative(x), b.neg([x]), x])
/**
 * The remainder of a division rounded towards zero: it has the sign of x. An integer by zero gives 0.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(fmod(tensor([-7, 7]), 3)), [-1, 1])
 */
export const fmod: Binary = ((x: unknown, y: unknown) => {
  const [p, q] = pair('fmod', x, y)
  const rest = b.remainder([magnitude(p), magnitude(q)])
  return b.where([negative(p), b.neg([rest]), rest])
}) as never
/** x op y twice.  @shape [...a], [...b] -> two of broadcast(a, b) */
interface Two {
  <A extends Operand, B extends Operand>(a: A, b: Must<Bin<A, B>, B>): readonly [
    Tensor<Unbox<Bin<A, B>>, BinDType<A, B>, DeviceOf<A> | DeviceOf<B>>, Tensor<Unbox<Bin<A, B>>, BinDType<A, B>, DeviceOf<A> | DeviceOf<B>>,
  ]
}
/**
 * ⌊x / y⌋ and what is left of x, which has the sign of y.
 * @shape [...a], [...b] → two of broadcast(a, b)
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(divmod(tensor([-7, 7]), 3)), [[-3, 2], [2, 1]])
 */
export const divmod: Two = ((x: unknown, y: unknown) => {
  const args = pair('divmod', x, y)
  return [b.floorDiv(args), b.remainder(args)]
}) as never
/**
 * The fraction and the whole part of x, both with its sign.
 * @shape [...s] → two of [...s]
 * @dtype float → same
 * @example deepClose(await read(modf(tensor([1.5, -1.25]))), [[0.5, -0.25], [1, -1]])
 */
export const modf = <S extends Shape, D extends FloatDType, V extends Device>(x: Tensor<S, D, V>): readonly [fraction: Tensor<S, D, V>, whole: Tensor<S, D, V>] => {
  const node = asFloat('modf', x)
  const whole = b.trunc([node])
  return [b.sub([node, whole]), whole] as never
}
/**
 * The whole part, towards zero.
 * @shape [...s] → [...s]
 * @dtype any → same; integers and bools are whole already
 * @example deepClose(await read(fix(tensor([1.5, -1.5]))), [1, -1])
 */
export const fix: UnaryAny = ((x: unknown) => {
  const node = asNode('fix', x)
  return isFloat(node.dtype) ? b.trunc([node]) : node
}) as never
/**
 * +x: x itself.
 * @shape [...s] → [...s]
 * @dtype any → same
 * @example deepClose(await read(positive(tensor([1, -2]))), [1, -2])
 */
export const positive: UnaryAny = ((x: unknown) => asNode('positive', x)) as never
/**
 * x · 2ⁿ, exact where the result is a normal number.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype float, integer → the float
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(ldexp(tensor([0.5, 3]), tensor([4, -1], { dtype: 'i32' }))), [8, 1.5])
 */
export const ldexp: Division = ((x: unknown, n: unknown) => {
  const [p, by] = pair('ldexp', x, n, floatOf)
  const half = b.trunc([b.div([by, constant(2, by)])])
  return b.mul([b.mul([p, b.exp2([half])]), b.exp2([b.sub([by, half])])])
}) as never
const times = (op: string, factor: number): Unary => ((x: unknown) => {
  const node = asFloat(op, x)
  return b.mul([node, constant(factor, node)])
}) as never
/**
 * Degrees in radians.
 * @shape [...s] → [...s]
 * @dtype float → same
 * @example deepClose(await read(deg2rad(tensor([0, 180]))), [0, Math.PI])
 */
export const deg2rad: Unary = times('deg2rad', Math.PI / 180)
/**
 * Radians in degrees.
 * @shape [...s] → [...s]
 * @dtype float → same
 * @example deepClose(await read(rad2deg(tensor([0, Math.PI]))), [0, 180])
 */
export const rad2deg: Unary = times('rad2deg', 180 / Math.PI)
