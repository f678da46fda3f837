/**
 * The error function and its complement.
 * @source Numerical evaluation by the Maclaurin series for |x| < 2.5 (erfc: 0.5) and by the continued fraction for erfc beyond:
 * Abramowitz & Stegun, Handbook of Mathematical Functions, 7.1.5 and 7.1.14.
 */
import { unary } from './family.js'
import { constant } from './build.js'
import type { Build } from './build.js'
import type { Node } from '../ir/node.js'
import type { None, Primitive } from './primitive.js'

const TWO_OVER_SQRT_PI = 1.1283791670955126

/** e^(-x²), with the part of x² that a product rounds away: h² is exact for h of 24 bits, x² = h² + (x - h)(x + h). */
const bellScalar = (x: number): number => {
  const h = Math.fround(x)
  return Math.exp(-h * h) * Math.exp((h - x) * (h + x))
}
/** erf x = 2/√π Σ (-1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)), summed as 2/√π e^(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!, which has no cancellation. */
const series = (x: number): number => {
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) sum += term *= (2 * x * x) / (2 * n + 1)
  return TWO_OVER_SQRT_PI * bellScalar(x) * sum
}
/** erfc x = e^(-x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))) for x > 0; the smaller x, the more terms it takes. Below
 *  0.5 there would be thousands, and 1 - erf x keeps all but a bit. */
const fraction = (x: number): number => {
  let f = x
  for (let k = 30 + Math.ceil(250 / x / x); k >= 1; k--) f = x + k / 2 / f
  return (bellScalar(x) * TWO_OVER_SQRT_PI) / 2 / f
}
export const erfcScalar = (x: number): number =>
  Number.isNaN(x) ? x : x < 0 ? 2 - erfcScalar(-x) : x > 28 ? 0 : x < 0.5 ? 1 - series(x) : fraction(x)
export const erfScalar = (x: number): number =>
  Number.isNaN(x) || x === 0 ? x : x < 0 ? -erfScalar(-x) : x < 2.5 ? series(x) : 1 - erfcScalar(x)

const bell = (b: Build, x: Node): Node => b.mul([constant(TWO_OVER_SQRT_PI, x), b.exp([b.neg([b.mul([x, x])])])])

/** d erf x = 2/√π e^(-x²) dx */
export const erfP: Primitive<'erf', None> = unary({ name: 'erf', scalar: erfScalar, jvp: (b, x, dx) => b.mul([bell(b, x), dx]) })
/** d erfc x = -2/√π e^(-x²) dx */
export const erfcP: Primitive<'erfc', None> = unary({
  name: 'erfc', scalar: erfcScalar, jvp: (b, x, dx) => b.neg([b.mul([bell(b, x), dx])]),
})
