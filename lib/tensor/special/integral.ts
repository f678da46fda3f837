/**
 * Exponential integrals and the dilogarithm.
 * @source NIST DLMF 6.6.1 and 6.6.2 (series), 6.9.1 (fraction), 6.12.2 (asymptotic); Cephes spence.c (S. L. Moshier).
 */
import type { Node } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'
import type { Unary } from '../../type/index.js'
import { fraction } from './incomplete.js'
import { below, choose, equal, exp, inDouble, log, log1p, minus, neg, over, plus, polynomial, rational, sloped, times } from './real.js'

const EULER = 0.5772156649015329
const CUT = 40
const upTo = (n: number, f: (k: number) => number): number[] => Array.from({ length: n }, (_, i) => f(n - i))
const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))
/** 1 / (k k!), the highest power first. */
const reciprocals = (n: number): number[] => upTo(n, (k) => 1 / k / factorial(k))
/** Σ xᵏ / (k k!) over k ≥ 1. */
const series = (x: Node, terms: number): Node => times(x, polynomial(x, reciprocals(terms)))
/** E₁ for 0 < x. */
const positive = (x: Node): Node => {
  const high = below(1, x)
  const [low, large] = [choose(high, 1, x), choose(high, x, 3)]
  const near = neg(plus(log(low), EULER, series(neg(low), 22)))
  return choose(high, times(exp(neg(large)), fraction(constant(0, x), large, high)), near)
}
const exp1Of = (x: Node): Node => {
  const inside = b.and([below(0, x), below(x, Infinity)])
  return choose(inside, positive(choose(inside, x, 1)), choose(equal(x, 0), Infinity, choose(equal(x, Infinity), 0, constant(NaN, x))))
}
const expiOf = (x: Node): Node => {
  const [low, high] = [below(x, 0), below(CUT, x)]
  const far = b.min([choose(high, x, CUT), constant(1e4, x)])
  const half = exp(times(far, 0.5))
  const asymptotic = times(half, over(polynomial(over(1, far), [...upTo(CUT, factorial), 1]), far), half)
  const y = choose(b.or([low, high]), 1, x)
  const middle = plus(log(y), EULER, series(y, 140))
  const left = neg(exp1Of(choose(low, neg(x), 1)))
  return choose(low, left, choose(high, asymptotic, middle))
}
const A = [4.65128586073990045278e-5, 7.31589045238094711071e-3, 1.33847639578309018650e-1, 8.79691311754530315341e-1, 2.71149851196553469920, 4.25697156008121755724, 3.29771340985225106936, 1.00000000000000000126]
const B = [6.90990488912553276999e-4, 2.54043763932544379113e-2, 2.82974860602568089943e-1, 1.41172597751831069617, 3.63800533345137075418, 5.03278880143316990390, 3.54771340985225096217, 9.99999999999999998740e-1]
/** For x > 0: brought into [½, 3/2] by the reflections DLMF 25.12.4 and 25.12.6. */
const dilogarithm = (x: Node): Node => {
  const [large, low] = [below(1.5, x), below(x, 0.5)]
  const w = choose(large, minus(over(1, x), 1), choose(low, neg(x), minus(x, 1)))
  const direct = neg(times(w, rational(w, A, B)))
  const reflected = minus(minus(Math.PI ** 2 / 6, times(log(x), log1p(neg(choose(low, x, 0.25))))), direct)
  const inverted = minus(times(log(x), log(x), -0.5), direct)
  return choose(large, choose(below(2, x), beyond(x), inverted), choose(low, reflected, direct))
}
/** For x > 2 by that at 1/x < ½. */
const beyond = (x: Node): Node => {
  const y = over(1, choose(below(2, x), x, 4))
  const inner = minus(minus(Math.PI ** 2 / 6, times(log(y), log1p(neg(y)))), times(y, rational(neg(y), A, B)))
  return minus(times(log(y), log(y), -0.5), inner)
}
const spenceOf = (x: Node): Node => {
  const inside = b.and([below(0, x), below(x, Infinity)])
  return choose(inside, dilogarithm(choose(inside, x, 1)), choose(equal(x, 0), Math.PI ** 2 / 6, choose(equal(x, Infinity), -Infinity, constant(NaN, x))))
}

/**
 * E₁(x) = ∫ₓ^∞ e^(-t) / t dt; ∞ at 0, NaN below.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source NIST DLMF 6.6.2, 6.9.1.
 * @example deepClose(await read(special.exp1(tensor([1, 2]))), [0.21938393439552029, 0.04890051070806112])
 */
export const exp1: Unary = inDouble('exp1', (x) => sloped(exp1Of, (z) => neg(over(exp(neg(z)), z)))(x))
/**
 * Ei(x), the principal value of ∫ e^t / t dt up to x; -∞ at 0.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source NIST DLMF 6.6.1, 6.12.2.
 * @example deepClose(await read(special.expi(tensor([1, -1]))), [1.8951178163559368, -0.21938393439552029])
 */
export const expi: Unary = inDouble('expi', (x) => sloped(expiOf, (z) => over(exp(z), z))(x))
/**
 * Spence's function ∫₁ˣ log t / (1 - t) dt, the dilogarithm of 1 - x; NaN below 0.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Cephes spence.c; NIST DLMF 25.12.4, 25.12.6.
 * @example deepClose(await read(special.spence(tensor([0, 1]))), [Math.PI ** 2 / 6, 0])
 */
export const spence: Unary = inDouble('spence', (x) => sloped(spenceOf, (z) => {
  const one = equal(z, 1)
  return choose(one, -1, over(log(z), minus(1, choose(one, 2, z))))
})(x))
