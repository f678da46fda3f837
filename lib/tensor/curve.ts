/** Roots, quotients at removable points, polynomials, tables of points and angles: the calculus of one variable. */
import type { Node } from '../ir/node.js'
import { b, constant, cut, moveAxis, stretch, zeros } from '../prim/index.js'
import type { Device, Division, DType, FloatDType, FloatOf, Promote, Shape, Tensor, Unary } from '../type/index.js'
import { fail, floatOf, promoteAll, show } from '../type/index.js'
import { axisOf } from './fit.js'
import { asDType, asFloat, asNode, commonDType, pair } from './operand.js'
import { searched } from './search.js'

/** y - (y³ - x) / 3y²: one step of Newton's method makes the rounded power exact, and keeps every derivative. */
const refined = (x: Node, y: Node): Node => {
  const square = b.mul([y, y])
  return b.sub([y, b.div([b.sub([b.mul([square, y]), x]), b.mul([constant(3, y), square])])])
}
/**
 * The cube root, negative for negative numbers.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(cbrt(tensor([27, -8, 0]))), [3, -2, 0])
 */
export const cbrt: Unary = ((x: unknown) => {
  const node = asFloat('cbrt', x)
  const [one, third] = [constant(1, node), constant(1 / 3, node)]
  const size = b.abs([node])
  const regular = b.and([b.gt([size, zeros(node)]), b.lt([size, constant(Infinity, node)])])
  const inside = b.where([regular, size, one])
  const root = b.mul([b.sign([node]), refined(inside, b.pow([inside, third]))])
  const outside = b.where([regular, one, node])
  return b.where([regular, root, b.where([b.eq([outside, zeros(node)]), b.pow([b.where([b.eq([node, zeros(node)]), node, one]), third]), outside])])
}) as never
/**
 * sin πx / πx, and 1 at 0.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(sinc(tensor([0, 0.5, 1]))), [1, 2 / Math.PI, 0])
 */
export const sinc: Unary = ((x: unknown) => {
  const node = asFloat('sinc', x)
  const zero = b.eq([node, zeros(node)])
  const angle = b.mul([node, constant(Math.PI, node)])
  const away = b.where([zero, constant(1, node), angle])
  const series = b.sub([constant(1, node), b.div([b.mul([angle, angle]), constant(6, node)])])
  return b.where([zero, series, b.div([b.sin([away]), away])])
}) as never
/**
 * xʸ in floats: integers and bools become f32 first.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted to a float
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(floatPower(tensor([2, 4], { dtype: 'i32' }), -1)), [0.5, 0.25])
 */
export const floatPower: Division = ((x: unknown, y: unknown) => b.pow(pair('floatPower', x, y, floatOf))) as never
/**
 * The polynomial with these coefficients, the highest power's first, at x (Horner).
 * @shape [n], [...s] → [...s]
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the coefficients are not a vector.
 * @example deepClose(await read(polyval(tensor([1, 0, 2]), tensor([3, -1]))), [11, 3])
 */
export const polyval = <D extends DType, V extends Device, S extends Shape, E extends DType, W extends Device>(
  coefficients: Tensor<readonly [number], D, V>, x: Tensor<S, E, W>,
): Tensor<S, Promote<D, E>, V | W> => {
  const [c, at] = asDType('polyval', [coefficients, x], commonDType('polyval', [coefficients, x])) as [Node, Node]
  if (c.shape.length !== 1) return fail('ShapeMismatch', `polyval: the coefficients are ${show(c.shape)}, not a vector`)
  const term = (i: number): Node => stretch(cut(c, 0, i, 1), at.shape.length === 0 ? [1] : at.shape)
  const point = at.shape.length === 0 ? b.reshape([at], { shape: [1] }) : at
  const terms = Array.from({ length: c.shape[0] as number }, (_, i) => term(i))
  const y = terms.length === 0 ? zeros(point) : terms.reduce((sum, t) => b.add([b.mul([sum, point]), t]))
  return (at.shape.length === 0 ? b.reshape([y], { shape: [] }) : y) as never
}
/**
 * The broken line through the points (xp, fp), xp ascending, at x; beyond the ends fp's ends, or `left` and `right`.
 * @shape [...s], [n], [n] → [...s]
 * @dtype promoted to a float
 * @throws ShapeMismatch when xp and fp are not two vectors of one length, with at least one point.
 * @example deepClose(await read(interp(tensor([0.5, 1.5, 9]), tensor([0, 1, 2]), tensor([0, 10, 30]))), [5, 20, 30])
 */
export const interp = <S extends Shape, D extends DType, V extends Device, E extends DType, W extends Device>(
  x: Tensor<S, D, V>, xp: Tensor<readonly [number], E, W>, fp: Tensor<readonly [number], E, W>,
  s: { readonly left?: number; readonly right?: number } = {},
): Tensor<S, FloatOf<Promote<D, E>>, V | W> => {
  const [at, xs, ys] = asDType('interp', [x, xp, fp], floatOf(promoteAll([x, xp, fp].map((t) => asNode('interp', t).dtype)))) as [Node, Node, Node]
  const n = xs.shape[0] ?? 0
  if (xs.shape.length !== 1 || ys.shape.length !== 1 || ys.shape[0] !== n || n === 0) return fail('ShapeMismatch', `interp: the points are ${show(xs.shape)} and ${show(ys.shape)}, not two vectors of one length`)
  const end = (v: Node, i: number): Node => stretch(b.reshape([cut(v, 0, i, 1)], { shape: [] }), at.shape)
  const number = (v: number | undefined, otherwise: Node): Node => (v === undefined ? otherwise : (asDType('interp', [v], at.dtype)[0] as Node))
  const beyond = (v: number | undefined, i: number): Node => stretch(number(v, end(ys, i)), at.shape)
  const low = b.where([b.lt([at, end(xs, 0)]), beyond(s.left, 0), inner(at, xs, ys)])
  return b.where([b.gt([at, end(xs, n - 1)]), beyond(s.right, n - 1), low]) as never
}
const inner = (at: Node, xs: Node, ys: Node): Node => {
  const last = (xs.shape[0] as number) - 1
  const right = searched(xs, at, 'right')
  const i = b.max([b.min([right, constant(last, right)]), constant(Math.min(1, last), right)])
  const before = b.max([b.sub([i, constant(1, i)]), constant(0, i)])
  const read = (v: Node, k: Node): Node => b.gather([v, k], { batch: 0 })
  const [x0, y0] = [read(xs, before), read(ys, before)]
  const width = b.sub([read(xs, i), x0])
  const flat = b.eq([width, zeros(width)])
  const slope = b.div([b.sub([at, x0]), b.where([flat, constant(1, width), width])])
  return b.where([flat, y0, b.add([y0, b.mul([slope, b.sub([read(ys, i), y0])])])])
}
/**
 * Angles without jumps: wherever two neighbours along an axis (the last unless given) differ by more than half a period, the
 * later ones are moved by whole periods (2π unless given).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @throws IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(unwrap(tensor([0, 3, -3]))), [0, 3, 2 * Math.PI - 3])
 */
export const unwrap = <S extends Shape, D extends FloatDType, V extends Device>(x: Tensor<S, D, V>, s: { readonly axis?: number; readonly period?: number } = {}): Tensor<S, D, V> => {
  const whole = asFloat('unwrap', x)
  const axis = axisOf('unwrap', whole.shape, s.axis ?? -1)
  const [node, period] = [moveAxis(whole, axis, 0), s.period ?? 2 * Math.PI]
  const n = node.shape[0] as number
  if (n < 2) return whole as never
  const step = b.sub([cut(node, 0, 1, n - 1), cut(node, 0, 0, n - 1)])
  const half = constant(period / 2, step)
  const wrapped = b.sub([b.remainder([b.add([step, half]), constant(period, step)]), half])
  const tie = b.and([b.eq([wrapped, b.neg([half])]), b.gt([step, zeros(step)])])
  const moved = b.sub([b.where([tie, half, wrapped]), step])
  const fixed = b.where([b.lt([b.abs([step]), half]), zeros(step), moved])
  const shifted = b.add([cut(node, 0, 1, n - 1), b.cumsum([fixed], { axis: 0, reverse: false })])
  return moveAxis(b.concat([cut(node, 0, 0, 1), shifted], { axis: 0 }), 0, axis) as never
}
