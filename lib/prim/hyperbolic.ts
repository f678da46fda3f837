/** Hyperbolic functions, their inverses, and the logistic sigmoid (a tanh in other units). */
import * as analytic from './analytic.js'
import { unary } from './family.js'
import { constant } from './build.js'
import type { Build } from './build.js'
import type { Node } from '../ir/node.js'
import type { None, Primitive } from './primitive.js'

const square = (b: Build, x: Node): Node => b.mul([x, x])
const one = (x: Node): Node => constant(1, x)

/** d sinh x = cosh x dx */
export const sinhP: Primitive<'sinh', None> = unary({ name: 'sinh', complex: analytic.sinh, scalar: Math.sinh, jvp: (b, x, dx) => b.mul([b.cosh([x]), dx]) })
/** d cosh x = sinh x dx */
export const coshP: Primitive<'cosh', None> = unary({ name: 'cosh', complex: analytic.cosh, scalar: Math.cosh, jvp: (b, x, dx) => b.mul([b.sinh([x]), dx]) })
/** d tanh x = (1 - tanh² x) dx */
export const tanhP: Primitive<'tanh', None> = unary({
  name: 'tanh', complex: analytic.tanh, scalar: Math.tanh, jvp: (b, _x, dx, y) => b.mul([b.sub([one(y), square(b, y)]), dx]),
})
/** d asinh x = dx / √(x² + 1) */
export const asinhP: Primitive<'asinh', None> = unary({
  name: 'asinh', complex: analytic.asinh, scalar: Math.asinh, jvp: (b, x, dx) => b.mul([dx, b.rsqrt([b.add([square(b, x), one(x)])])]),
})
/** d acosh x = dx / √((x - 1)(x + 1)) */
export const acoshP: Primitive<'acosh', None> = unary({
  name: 'acosh', complex: analytic.acosh, scalar: Math.acosh, range: [1.3, 4],
  jvp: (b, x, dx) => b.mul([dx, b.rsqrt([b.mul([b.sub([x, one(x)]), b.add([x, one(x)])])])]),
})
/** d atanh x = dx / (1 - x²) */
export const atanhP: Primitive<'atanh', None> = unary({
  name: 'atanh', complex: analytic.atanh, scalar: Math.atanh, range: [-0.8, 0.8], jvp: (b, x, dx) => b.div([dx, b.sub([one(x), square(b, x)])]),
})
/** σ(x) = 1 / (1 + e⁻ˣ); dσ = σ (1 - σ) dx */
export const sigmoidP: Primitive<'sigmoid', None> = unary({
  name: 'sigmoid', complex: analytic.sigmoid, scalar: (x) => 1 / (1 + Math.exp(-x)), jvp: (b, _x, dx, y) => b.mul([b.mul([y, b.sub([one(y), y])]), dx]),
})
