/** To integers: down, up, to nearest (ties to even, as IEEE 754 and NumPy), towards zero. Derivatives are zero. */
import { unary } from './family.js'
import type { None, Primitive } from './primitive.js'

const nearestEven = (x: number): number => {
  const r = Math.round(x)
  const even = Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : r
  return even === 0 ? (x < 0 || Object.is(x, -0) ? -0 : 0) : even
}
const flat = <N extends string>(name: N, scalar: (x: number) => number): Primitive<N, None> =>
  unary({ name, scalar, jvp: null, kinks: [-2, -1, 0, 1, 2].map((at) => ({ at, grad: 0 })), range: [-2.8, 2.8] })

export const floorP: Primitive<'floor', None> = flat('floor', Math.floor)
export const ceilP: Primitive<'ceil', None> = flat('ceil', Math.ceil)
export const roundP: Primitive<'round', None> = flat('round', nearestEven)
export const truncP: Primitive<'trunc', None> = flat('trunc', Math.trunc)
