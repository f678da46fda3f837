/**
 * Formulas over nodes of one float dtype. A number in a formula is a constant of the formula, never a user's slot. The
 * special functions are computed in f64 whatever the dtype: their cancellations (near zeros, in reflections, between large
 * logarithms) then cost f32 nothing, and one set of coefficients serves all dtypes.
 */
import type { Node } from '../../ir/node.js'
import { b, castTo, constant } from '../../prim/index.js'
import { customJvp, jvp } from '../../transform/index.js'
import type { Unary } from '../../type/index.js'
import { asFloat, lift } from '../operand.js'
import { floatOf } from '../../type/index.js'

/** A node, or a number that stands for a constant like its company. */
export type Term = Node | number
const both = (x: Term, y: Term): [Node, Node] => {
  const like = (typeof x === 'number' ? y : x) as Node
  const node = (t: Term): Node => (typeof t === 'number' ? constant(t, like) : t)
  return [node(x), node(y)]
}
export const plus = (...xs: readonly Term[]): Node => xs.reduce((x, y) => b.add(both(x, y))) as Node
export const times = (...xs: readonly Term[]): Node => xs.reduce((x, y) => b.mul(both(x, y))) as Node
export const minus = (x: Term, y: Term): Node => b.sub(both(x, y))
export const over = (x: Term, y: Term): Node => b.div(both(x, y))
export const raised = (x: Term, y: Term): Node => b.pow(both(x, y))
export const below = (x: Term, y: Term): Node => b.lt(both(x, y))
export const equal = (x: Term, y: Term): Node => b.eq(both(x, y))
export const choose = (c: Node, x: Term, y: Term): Node => b.where([c, ...both(x, y)])
export const neg = (x: Node): Node => b.neg([x])
export const exp = (x: Node): Node => b.exp([x])
export const log = (x: Node): Node => b.log([x])
export const log1p = (x: Node): Node => b.log1p([x])
export const abs = (x: Node): Node => b.abs([x])
export const whole = (x: Node): Node => b.eq([x, b.floor([x])])

/** Horner's rule, coefficients from the highest power down. */
export const polynomial = (x: Node, [first, ...rest]: readonly number[]): Node =>
  rest.reduce((y: Node, c) => plus(times(y, x), c), constant(first as number, x))
export const rational = (x: Node, p: readonly number[], q: readonly number[]): Node => over(polynomial(x, p), polynomial(x, q))

/** sin(πx) and cos(πx), their period taken off before π comes in, so that zeros are zeros. */
export const sinPi = (x: Node): Node => {
  const n = b.round([x])
  const odd = equal(b.abs([b.remainder([n, constant(2, n)])]), 1)
  const s = b.sin([times(minus(x, b.stop([n])), Math.PI)])
  return choose(odd, neg(s), s)
}
/** cot(πx); infinite at whole numbers. */
export const cotPi = (x: Node): Node => over(1, b.tan([times(minus(x, b.stop([b.round([x])])), Math.PI)]))

type Formula = (x: Node) => Node
/** A formula whose derivative is `slope(x, f(x))`. */
export const sloped = (f: Formula, slope: (x: Node, y: Node) => Node): Formula => {
  const ruled = customJvp(f as never, (([x]: [Node], [dx]: [Node]) => {
    const y = f(x)
    return [y, times(dx, slope(x, y))]
  }) as never) as unknown as Formula
  return ruled
}
/** The same of two arguments, with a slope along each. */
export const sloped2 = (f: (x: Node, y: Node) => Node, along: (x: Node, y: Node, z: Node) => readonly [Node, Node]): ((x: Node, y: Node) => Node) =>
  customJvp(f as never, (([x, y]: [Node, Node], [dx, dy]: [Node, Node]) => {
    const z = f(x, y)
    const [zx, zy] = along(x, y, z)
    return [z, plus(times(dx, zx), times(dy, zy))]
  }) as never) as never

/** The derivative along one argument as a value: it stands outside what is linear in the tangent. */
export const slopeAlong = (f: (x: Node) => Node, x: Node): Node =>
  (jvp as never as (f: unknown, xs: Node[], ts: Node[]) => readonly [Node, Node])(f, [x], [constant(1, x)])[1]

/** A public function of one operand, computed in f64. */
export const inDouble = (op: string, f: Formula): Unary => ((x: unknown) => {
  const node = asFloat(op, x)
  return castTo(f(castTo(node, 'f64')), node.dtype)
}) as never
/** A public function of several operands that are promoted and broadcast, computed in f64. */
export const allInDouble = <T>(op: string, f: (...xs: Node[]) => Node): T => ((...xs: unknown[]) => {
  const nodes = lift(op, xs, floatOf as never)
  return castTo(f(...nodes.map((x) => castTo(x, 'f64'))), (nodes[0] as Node).dtype)
}) as never
