/** Exponentials and logarithms; the bases 2 and 10 are primitives because exp(x ln 2) is not exact at integers. */
import * as analytic from './analytic.js'
import { unary } from './family.js'
import { constant } from './build.js'
import type { Build } from './build.js'
import type { Node } from '../ir/node.js'
import type { None, Primitive } from './primitive.js'

const scaled = (b: Build, x: Node, by: number): Node => b.mul([x, constant(by, x)])

/** d eˣ = eˣ dx */
export const expP: Primitive<'exp', None> = unary({ name: 'exp', complex: analytic.exp, scalar: Math.exp, jvp: (b, _x, dx, y) => b.mul([y, dx]) })
/** d 2ˣ = 2ˣ ln 2 dx */
export const exp2P: Primitive<'exp2', None> = unary({
  name: 'exp2', complex: analytic.based('exp', Math.LN2), scalar: (x) => 2 ** x, jvp: (b, _x, dx, y) => b.mul([scaled(b, y, Math.LN2), dx]),
})
/** d(eˣ - 1) = eˣ dx */
export const expm1P: Primitive<'expm1', None> = unary({
  name: 'expm1', complex: analytic.expm1, scalar: Math.expm1, jvp: (b, x, dx) => b.mul([b.exp([x]), dx]),
})
/** d ln x = dx / x */
export const logP: Primitive<'log', None> = unary({ name: 'log', complex: analytic.log, scalar: Math.log, range: [0.2, 4], jvp: (b, x, dx) => b.div([dx, x]) })
/** d log₂ x = dx / (x ln 2) */
export const log2P: Primitive<'log2', None> = unary({
  name: 'log2', complex: analytic.based('log', Math.LOG2E), scalar: Math.log2, range: [0.2, 4], jvp: (b, x, dx) => b.div([dx, scaled(b, x, Math.LN2)]),
})
/** d log₁₀ x = dx / (x ln 10) */
export const log10P: Primitive<'log10', None> = unary({
  name: 'log10', complex: analytic.based('log', Math.LOG10E), scalar: Math.log10, range: [0.2, 4], jvp: (b, x, dx) => b.div([dx, scaled(b, x, Math.LN10)]),
})
/** d ln(1 + x) = dx / (1 + x) */
export const log1pP: Primitive<'log1p', None> = unary({
  name: 'log1p', complex: analytic.log1p, scalar: Math.log1p, range: [-0.7, 3], jvp: (b, x, dx) => b.div([dx, b.add([x, constant(1, x)])]),
})
