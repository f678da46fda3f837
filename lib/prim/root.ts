/** Square roots, absolute value and sign: what a norm is made of. */
import { unary } from './family.js'
import { constant } from './build.js'
import { numbers } from './primitive.js'
import type { None, Primitive } from './primitive.js'

/** d√x = dx / (2√x) */
export const sqrtP: Primitive<'sqrt', None> = unary({
  name: 'sqrt', scalar: Math.sqrt, range: [0.2, 4], jvp: (b, _x, dx, y) => b.div([dx, b.add([y, y])]),
})
/** d x^(-1/2) = -1/2 x^(-1/2)/x dx */
export const rsqrtP: Primitive<'rsqrt', None> = unary({
  name: 'rsqrt', scalar: (x) => 1 / Math.sqrt(x), range: [0.2, 4],
  jvp: (b, x, dx, y) => b.mul([b.mul([constant(-0.5, x), dx]), b.div([y, x])]),
})
/** d|x| = sign(x) dx; 0 at 0. */
export const absP: Primitive<'abs', None> = unary({
  name: 'abs', dtypes: numbers, scalar: Math.abs, big: (x) => (x < 0n ? -x : x), kinks: [{ at: 0, grad: 0 }],
  jvp: (b, x, dx) => b.mul([b.sign([x]), dx]),
})
/** -1, 0 or 1 (NaN and signed zeros stay themselves); derivative zero. */
export const signP: Primitive<'sign', None> = unary({
  name: 'sign', dtypes: numbers, scalar: Math.sign, big: (x) => (x < 0n ? -1n : x > 0n ? 1n : 0n),
  kinks: [{ at: 0, grad: 0 }], jvp: null,
})
