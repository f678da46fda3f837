/** Powers, floored division and its remainder. */
import * as analytic from './analytic.js'
import { binary } from './family.js'
import { constant } from './build.js'
import { inexact, reals } from './primitive.js'
import type { None, Primitive } from './primitive.js'

/** IEEE 754 pow: 1 to any power is 1, where JavaScript's ** says NaN. */
const pow = (x: number, y: number): number => (x === 1 || (x === -1 && !Number.isFinite(y) && !Number.isNaN(y)) ? 1 : x ** y)

/** d xʸ = y xʸ⁻¹ dx + ln x xʸ dy; along the exponent 0 where x is 0, as JAX */
export const powP: Primitive<'pow', None> = binary({
  name: 'pow', complex: analytic.pow, dtypes: inexact, scalar: pow, range: [0.3, 2.5],
  jvp: [
    (b, x, y, dx) => {
      const zero = constant(0, y)
      const slope = b.mul([y, b.pow([x, b.sub([y, constant(1, y)])])])
      return b.mul([dx, b.where([b.eq([y, zero]), zero, slope])])
    },
    (b, x, _y, dy, out) => {
      const safe = b.where([b.eq([x, constant(0, x)]), constant(1, x), x])
      return b.mul([dy, b.mul([b.log([safe]), out])])
    },
  ],
})
/** Python's float //: (x - x mod y) / y with exact x mod y, so that it fits `remainder` and a quotient is never rounded up. */
const floorDivide = (x: number, y: number): number => {
  if (y === 0) return x / y
  const r = x % y
  const q = (x - r) / y
  return Math.round(r !== 0 && r < 0 !== y < 0 ? q - 1 : q)
}
const wholeDivide = (x: number, y: number): number => (y === 0 ? 0 : Math.floor(x / y))
const bigDivide = (x: bigint, y: bigint): bigint => {
  if (y === 0n) return 0n
  const q = x / y
  return q * y !== x && x < 0n !== y < 0n ? q - 1n : q
}
const floored = (x: number, y: number): number => {
  const r = x % y
  return r !== 0 && r < 0 !== y < 0 ? r + y : r === 0 ? (y < 0 ? -0 : 0) : r
}
/** ⌊x / y⌋; an integer divided by zero is 0. Derivative zero. */
export const floorDivP: Primitive<'floorDiv', None> = binary({
  name: 'floorDiv', dtypes: reals, scalar: floorDivide, int: wholeDivide, big: bigDivide, range: [0.6, 2.9], jvp: null,
})
/** x - y ⌊x / y⌋, with the divisor's sign (NumPy's %); an integer by zero is 0. d = dx - ⌊x / y⌋ dy */
export const remainderP: Primitive<'remainder', None> = binary({
  name: 'remainder', dtypes: reals, scalar: floored, int: (x, y) => (y === 0 ? 0 : floored(x, y) + 0),
  big: (x, y) => (y === 0n ? 0n : x - y * bigDivide(x, y)), range: [0.6, 2.9],
  jvp: [(_b, _x, _y, d) => d, (b, x, y, d) => b.neg([b.mul([b.floorDiv([x, y]), d])])],
})
