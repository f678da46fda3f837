/** Square roots, absolute value and sign: what a norm is made of. */
import * as analytic from './analytic.js'
import { unary } from './family.js'
import { constant, zeros } from './build.js'
import type { Build } from './build.js'
import type { Aval, Node } from '../ir/node.js'
import { realOf } from '../type/dtype.js'
import { numbers, reals } from './primitive.js'
import type { None, Primitive } from './primitive.js'

/** d√x = dx / (2√x) */
export const sqrtP: Primitive<'sqrt', None> = unary({
  name: 'sqrt', complex: analytic.sqrt, scalar: Math.sqrt, range: [0.2, 4], jvp: (b, _x, dx, y) => b.div([dx, b.add([y, y])]),
})
/** d x^(-1/2) = -1/2 x^(-1/2)/x dx */
export const rsqrtP: Primitive<'rsqrt', None> = unary({
  name: 'rsqrt', complex: analytic.rsqrt, scalar: (x) => 1 / Math.sqrt(x), range: [0.2, 4],
  jvp: (b, x, dx, y) => b.mul([b.mul([constant(-0.5, x), dx]), b.div([y, x])]),
})
/** d|z| = Re(z̄ dz) / |z| */
const along = (b: Build, z: Node, dz: Node, size: Node): Node => {
  const product = b.add([b.mul([b.real([z]), b.real([dz])]), b.mul([b.imag([z]), b.imag([dz])])])
  const none = b.eq([size, zeros(size)])
  return b.where([none, zeros(size), b.div([product, b.where([none, constant(1, size), size])])])
}
/** d|x| = sign(x) dx; 0 at 0. Of a complex number it is real. */
const absolute = unary({
  name: 'abs', complex: analytic.abs, dtypes: numbers, scalar: Math.abs, big: (x) => (x < 0n ? -x : x), kinks: [{ at: 0, grad: 0 }],
  jvp: (b, x, dx, y) => (x.dtype === y.dtype ? b.mul([b.sign([x]), dx]) : along(b, x, dx, y)),
})
export const absP: Primitive<'abs', None> = {
  ...absolute,
  aval: (args, p) => {
    const x = absolute.aval(args, p) as Aval
    return { shape: x.shape, dtype: realOf(x.dtype) }
  },
}
/** -1, 0 or 1 (NaN and signed zeros stay themselves); derivative zero. */
export const signP: Primitive<'sign', None> = unary({
  name: 'sign', dtypes: reals, scalar: Math.sign, big: (x) => (x < 0n ? -1n : x > 0n ? 1n : 0n),
  kinks: [{ at: 0, grad: 0 }], jvp: null,
})
