/** Circular functions and their inverses, radians. */
import * as analytic from './analytic.js'
import { binary, unary } from './family.js'
import { constant } from './build.js'
import type { Build } from './build.js'
import type { Node } from '../ir/node.js'
import { floats } from './primitive.js'
import type { None, Primitive } from './primitive.js'

const square = (b: Build, x: Node): Node => b.mul([x, x])
const one = (x: Node): Node => constant(1, x)

/** d sin x = cos x dx */
export const sinP: Primitive<'sin', None> = unary({ name: 'sin', complex: analytic.sin, scalar: Math.sin, jvp: (b, x, dx) => b.mul([b.cos([x]), dx]) })
/** d cos x = -sin x dx */
export const cosP: Primitive<'cos', None> = unary({ name: 'cos', complex: analytic.cos, scalar: Math.cos, jvp: (b, x, dx) => b.neg([b.mul([b.sin([x]), dx])]) })
/** d tan x = (1 + tan² x) dx */
export const tanP: Primitive<'tan', None> = unary({
  name: 'tan', complex: analytic.tan, scalar: Math.tan, range: [-1.2, 1.2], jvp: (b, _x, dx, y) => b.mul([b.add([one(y), square(b, y)]), dx]),
})
/** d asin x = dx / √(1 - x²) */
export const asinP: Primitive<'asin', None> = unary({
  name: 'asin', complex: analytic.asin, scalar: Math.asin, range: [-0.8, 0.8], jvp: (b, x, dx) => b.mul([dx, b.rsqrt([b.sub([one(x), square(b, x)])])]),
})
/** d acos x = -dx / √(1 - x²) */
export const acosP: Primitive<'acos', None> = unary({
  name: 'acos', complex: analytic.acos, scalar: Math.acos, range: [-0.8, 0.8],
  jvp: (b, x, dx) => b.neg([b.mul([dx, b.rsqrt([b.sub([one(x), square(b, x)])])])]),
})
/** d atan x = dx / (1 + x²) */
export const atanP: Primitive<'atan', None> = unary({
  name: 'atan', complex: analytic.atan, scalar: Math.atan, jvp: (b, x, dx) => b.div([dx, b.add([one(x), square(b, x)])]),
})
/** d atan2(y, x) = (x dy - y dx) / (x² + y²) */
export const atan2P: Primitive<'atan2', None> = binary({
  name: 'atan2', dtypes: floats, scalar: Math.atan2, range: [0.3, 3],
  jvp: [
    (b, y, x, dy) => b.mul([dy, b.div([x, b.add([square(b, x), square(b, y)])])]),
    (b, y, x, dx) => b.neg([b.mul([dx, b.div([y, b.add([square(b, x), square(b, y)])])])]),
  ],
})
