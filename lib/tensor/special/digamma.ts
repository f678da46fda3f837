/**
 * Derivatives of log Γ, and Hurwitz's zeta function of which they are made. Recurrences bring a positive argument to where
 * a rational function or an asymptotic series is exact; negative ones are reflected.
 * @source Cephes psi.c and zeta.c (S. L. Moshier); Boost.Math digamma.hpp (J. Maddock) for [1, 2], with its root split off;
 * NIST DLMF 5.5.2, 5.5.4, 5.11.2, 5.15, 25.11.28.
 */
import type { Node } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'
import type { Device, Division, FloatDType, Shape, Tensor, Unary } from '../../type/index.js'
import { count } from '../fit.js'
import { abs, allInDouble, below, choose, cotPi, equal, inDouble, log, minus, neg, over, plus, polynomial, raised, rational, slopeAlong, sloped2, times, whole } from './real.js'

/** The positive root of digamma in three parts. */
const ROOT = [1569415565 / 1073741824, 381566830 / 1073741824 / 1073741824, 0.9016312093258695918615325266959189453125e-19] as const
const P = [-0.0020713321167745952, -0.045251321448739056, -0.28919126444774784, -0.65031853770896507, -0.32555031186804491, 0.25479851061131551]
const Q = [-0.55789841321675513e-6, 0.0021284987017821144, 0.054151797245674225, 0.43593529692665969, 1.4606242909763515, 2.0767117023730469, 1]
/** B₂ₖ / 2k, from the highest power of 1/x² down. */
const A = [8.33333333333333333333e-2, -2.10927960927960927961e-2, 7.57575757575757575758e-3, -4.16666666666666666667e-3, 3.96825396825396825397e-3, -8.33333333333333333333e-3, 8.33333333333333333333e-2]
const FAR = 10

/** ψ on [1, 2]: (x - root) (Y + P/Q). */
const central = (x: Node): Node => {
  const g = minus(minus(minus(x, ROOT[0]), ROOT[1]), ROOT[2])
  const z = minus(x, 1)
  return plus(times(g, 0.99558162689208984375), times(g, rational(z, P, Q)))
}
const asymptotic = (x: Node): Node => {
  const z = over(1, times(x, x))
  return minus(minus(log(x), over(0.5, x)), times(z, polynomial(z, A)))
}
const nearby = (x: Node): Node => {
  const low = below(x, 1)
  let u = choose(low, plus(x, 1), x)
  let sum = choose(low, over(-1, choose(low, x, 1)), constant(0, x))
  for (let i = 0; i < FAR - 2; i++) {
    const high = below(2, u)
    u = choose(high, minus(u, 1), u)
    sum = choose(high, plus(sum, over(1, u)), sum)
  }
  return plus(sum, central(u))
}
const positive = (x: Node): Node => {
  const far = below(FAR, x)
  return choose(far, asymptotic(choose(far, x, FAR)), nearby(choose(far, 1, x)))
}
/** ψ(x); ψ(x) = ψ(-x) - 1/x - π cot πx below 0. */
export const digammaOf = (x: Node): Node => {
  const low = below(x, 0)
  const zero = equal(x, 0)
  const pole = b.and([low, whole(x)])
  const y = positive(choose(zero, 1, abs(x)))
  const inside = choose(b.and([low, b.not([pole])]), x, 0.5)
  const mirrored = minus(minus(y, over(1, inside)), times(cotPi(inside), Math.PI))
  return choose(pole, NaN, choose(low, mirrored, choose(zero, over(-1, x), y)))
}
/**
 * ψ(x) = d log Γ(x) / dx; ∓∞ at ±0, NaN at negative whole numbers.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Cephes psi.c; Boost.Math digamma.hpp; NIST DLMF 5.5.2, 5.5.4, 5.11.2.
 * @example deepClose(await read(special.digamma(tensor([1, 2]))), [-0.5772156649015329, 0.4227843350984671])
 */
export const digamma: Unary = inDouble('digamma', digammaOf)

/** (2k)! / B₂ₖ */
const BERNOULLI = [
  12, -720, 30240, -1209600, 47900160, -1.8924375803183791606e9, 7.47242496e10, -2.950130727918164224e12, 1.1646782814350067249e14,
  -4.5979787224074726105e15, 1.8152105401943546773e17, -7.1661652561756670113e18,
]
const TERMS = 10
/** Euler and Maclaurin: ten terms, the integral of the rest, and corrections by Bernoulli numbers. For q > 0, s > 1. */
const series = (s: Node, q: Node): Node => {
  const minusS = neg(s)
  let sum = raised(q, minusS)
  for (let k = 1; k < TERMS; k++) sum = plus(sum, raised(plus(q, k), minusS))
  const w = plus(q, TERMS)
  const last = raised(w, minusS)
  sum = plus(sum, times(last, over(w, minus(s, 1))), times(last, 0.5))
  let t = over(times(last, s), w)
  BERNOULLI.forEach((c, i) => {
    sum = plus(sum, over(t, c))
    t = over(over(times(t, plus(s, 2 * i + 1), plus(s, 2 * i + 2)), w), w)
  })
  return sum
}
/** ζ(s, q): ∞ at s = 1 and, for s > 1, at q = 0, -1, …; NaN for other s or q below. */
const zetaOf = (s: Node, q: Node): Node => {
  const endless = equal(q, Infinity)
  const inside = b.and([below(1, s), b.and([below(0, q), b.not([endless])])])
  const y = series(b.min([choose(inside, s, 2), constant(1e4, s)]), choose(inside, q, 1))
  const pole = b.or([equal(s, 1), b.and([below(1, s), b.and([whole(q), below(q, 1)])])])
  const missing = b.ne([q, q])
  return choose(inside, y, choose(missing, NaN, choose(pole, Infinity, choose(b.and([below(1, s), endless]), 0, constant(NaN, s)))))
}
const slopes = (s: Node, q: Node): readonly [Node, Node] => [slopeAlong((v) => zetaOf(v, q), s), times(neg(s), zetaOf(plus(s, 1), q))]
/**
 * Hurwitz's ζ(s, q) = Σ (q + k)^(-s) over k ≥ 0, for s > 1 and q > 0; ∞ at s = 1 and at whole q ≤ 0, NaN elsewhere
 * (SciPy continues some of it to negative q).
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted float; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @source Cephes zeta.c; NIST DLMF 25.11.28.
 * @example deepClose(await read(special.zeta(tensor(2), tensor([1, 2]))), [Math.PI ** 2 / 6, Math.PI ** 2 / 6 - 1])
 */
export const zeta: Division = allInDouble('zeta', ((s: Node, q: Node) => sloped2(zetaOf, slopes)(s, q)) as never)

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))
/** dⁿ/dxⁿ π cot πx as a polynomial in cot πx, lowest power first: d P(c) = -π (1 + c²) P'(c). */
const cotangents = (n: number): number[] => {
  let p = [0, Math.PI]
  for (let i = 0; i < n; i++) {
    const d = p.slice(1).map((c, k) => -Math.PI * c * (k + 1))
    p = [...d, 0, 0].map((c, k) => c + (d[k - 2] ?? 0))
  }
  return p
}
const polygammaOf = (n: number) => (x: Node): Node => {
  const low = below(x, 0)
  const order = constant(n + 1, x)
  const pole = b.and([b.or([low, equal(x, 0)]), whole(x)])
  const sign = n % 2 === 0 ? -1 : 1
  const y = times(zetaOf(order, choose(pole, 1, choose(low, minus(1, x), x))), sign * factorial(n))
  const cot = polynomial(cotPi(choose(b.and([low, b.not([pole])]), x, 0.5)), cotangents(n).reverse())
  return choose(pole, n % 2 === 0 ? NaN : Infinity, choose(low, minus(times(y, -sign), cot), y))
}
/** The n-th derivative of digamma.  @shape (n, [...s]) → [...s] */
export interface Polygamma {
  <S extends Shape, D extends FloatDType, V extends Device>(n: number, x: Tensor<S, D, V>): Tensor<S, D, V>
}
/**
 * The n-th derivative of digamma, (-1)ⁿ⁺¹ n! ζ(n + 1, x) for x > 0, reflected below; at 0 and negative whole numbers ∞ for
 * odd n, NaN for even.
 * @shape (n, [...s]) → [...s]
 * @dtype float → same; integers in f32
 * @throws InvalidArgument when n is negative or not whole.
 * @source NIST DLMF 5.15.1 to 5.15.6.
 * @example deepClose(await read(special.polygamma(1, tensor([1, 2]))), [Math.PI ** 2 / 6, Math.PI ** 2 / 6 - 1])
 */
export const polygamma: Polygamma = ((n: number, x: unknown) =>
  (inDouble('polygamma', count('polygamma', 'n', n) === 0 ? digammaOf : polygammaOf(n)) as (x: unknown) => unknown)(x)) as never
