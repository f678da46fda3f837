/**
 * Powers and roots. A small whole exponent given as a JavaScript number is looked at, because then the power is a few
 * multiplications: exact, right for negative bases, and without a NaN in its derivative. Other numbers are slots.
 * @source integer powers: the six-step binary exponentiation of jax.numpy.power (JAX 0.10); hypot: scaling by the larger.
 */
import type { Node } from '../ir/node.js'
import { b, constant, ones } from '../prim/index.js'
import type { Analytic, Binary, Division } from '../type/index.js'
import { fail, floatOf, isInexact } from '../type/index.js'
import { asFloat, asNode, pair } from './operand.js'

/** xⁿ for n ≥ 1 by squaring. */
const repeated = (x: Node, n: number): Node => {
  if (n === 1) return x
  const half = repeated(x, Math.floor(n / 2))
  const even = b.mul([half, half])
  return n % 2 === 0 ? even : b.mul([even, x])
}
const wholePower = (x: Node, n: number): Node => {
  if (n === 0) return ones(x)
  return n > 0 ? repeated(x, n) : b.div([ones(x), repeated(x, -n)])
}
/** Integers to integer powers below 64; a negative exponent gives what its low bits say, as in JAX. */
const intPower = (x: Node, y: Node): Node => {
  const [zero, one] = [constant(0, x), constant(1, x)]
  let result = b.where([b.and([b.eq([x, zero]), b.ne([y, zero])]), zero, one])
  for (let bit = 0, base = x, rest = y; bit < 6; bit++) {
    const odd = b.ne([b.and([rest, one]), zero])
    result = b.where([odd, b.mul([result, base]), result])
    base = b.mul([base, base])
    rest = b.shr([rest, one])
  }
  return result
}
const known = (x: Node, n: unknown): Node | null => {
  if (typeof n !== 'number' || x.dtype === 'bool') return null
  if (!isInexact(x.dtype) && Number.isInteger(n) && n < 0) return fail('InvalidArgument', `power: integers have no power ${n} among integers; cast the base to f32`)
  if (Number.isInteger(n) && Math.abs(n) <= 4) return wholePower(x, n)
  return isInexact(x.dtype) && n === 0.5 ? b.sqrt([x]) : null
}
/**
 * x to the power y; 0 to the power 0 is 1. Exponents -4 … 4 and 0.5 given as numbers are multiplied out.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted; integers stay integers (exponents 0 … 63)
 * @throws ShapeMismatch when the shapes do not broadcast, InvalidArgument for integers to a negative number.
 * @example deepClose(await read(power(tensor([2, -3]), 2)), [4, 9])
 */
export const power: Binary = ((x: unknown, y: unknown) => {
  const short = typeof x === 'object' ? known(asNode('power', x), y) : null
  if (short !== null) return short
  const [base, exponent] = pair('power', x, y)
  return isInexact(base.dtype) ? b.pow([base, exponent]) : intPower(base, exponent)
}) as never
/**
 * √x; NaN below 0.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(sqrt(tensor([4, 9]))), [2, 3])
 */
export const sqrt: Analytic = ((x: unknown) => b.sqrt([asFloat('sqrt', x)])) as never
/**
 * 1 / √x.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(rsqrt(tensor([4, 0.25]))), [0.5, 2])
 */
export const rsqrt: Analytic = ((x: unknown) => b.rsqrt([asFloat('rsqrt', x)])) as never
/** larger · √(1 + (smaller / larger)²), so that no square overflows. */
const scaledHypot = (x: Node, y: Node): Node => {
  const [large, small] = [b.max([b.abs([x]), b.abs([y])]), b.min([b.abs([x]), b.abs([y])])]
  const none = b.eq([large, constant(0, large)])
  const ratio = b.div([small, b.where([none, constant(1, large), large])])
  const length = b.mul([large, b.sqrt([b.add([constant(1, x), b.mul([ratio, ratio])])])])
  const infinite = constant(Infinity, x)
  const far = b.or([b.eq([b.abs([x]), infinite]), b.eq([b.abs([y]), infinite])])
  return b.where([far, infinite, b.where([none, large, length])])
}
/**
 * √(x² + y²) without overflow; infinite when either is, even beside NaN.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted to a float
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(hypot(tensor([3, 5]), tensor([4, 12]))), [5, 13])
 */
export const hypot: Division = ((x: unknown, y: unknown) => scaledHypot(...pair('hypot', x, y, floatOf))) as never
