/**
 * The normal distribution function, its logarithm, its inverse, and the inverse error function.
 * @source Cephes ndtri.c (S. L. Moshier) for the rational functions of ndtri; NIST DLMF 7.12.1 for the tail of log Φ.
 */
import type { Node } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'
import type { Unary } from '../../type/index.js'
import { erfInverse } from '../random/erfInverse.js'
import { abs, below, choose, equal, exp, inDouble, log, log1p, minus, neg, over, plus, polynomial, rational, sloped, times } from './real.js'

const SQRT_TAU = Math.sqrt(2 * Math.PI)
const P0 = [-5.99633501014107895267e1, 9.80010754185999661536e1, -5.66762857469070293439e1, 1.39312609387279679503e1, -1.23916583867381258016]
const Q0 = [1, 1.95448858338141759834, 4.67627912898881538453, 8.63602421390890590575e1, -2.25462687854119370527e2, 2.00260212380060660359e2, -8.20372256168333339912e1, 1.59056225126211695515e1, -1.18331621121330003142]
const P1 = [4.05544892305962419923, 3.15251094599893866154e1, 5.71628192246421288162e1, 4.40805073893200834700e1, 1.46849561928858024014e1, 2.18663306850790267539, -1.40256079171354495875e-1, -3.50424626827848203418e-2, -8.57456785154685413611e-4]
const Q1 = [1, 1.57799883256466749731e1, 4.53907635128879210584e1, 4.13172038254672030440e1, 1.50425385692907503408e1, 2.50464946208309415979, -1.42182922854787788574e-1, -3.80806407691578277194e-2, -9.33259480895457427372e-4]
const P2 = [3.23774891776946035970, 6.91522889068984211695, 3.93881025292474443415, 1.33303460815807542389, 2.01485389549179081538e-1, 1.23716634817820021358e-2, 3.01581553508235416007e-4, 2.65806974686737550832e-6, 6.23974539184983293730e-9]
const Q2 = [1, 6.02427039364742014255, 3.67983563856160859403, 1.37702099489081330271, 2.16236993594496635890e-1, 1.34204006088543189037e-2, 3.28014464682127739104e-4, 2.89247864745380683936e-6, 6.79019408009981274425e-9]
const EDGE = Math.exp(-2)

const middle = (p: Node): Node => {
  const y = minus(p, 0.5)
  const y2 = times(y, y)
  return times(plus(y, times(y, y2, rational(y2, P0, Q0))), SQRT_TAU)
}
/** -Φ⁻¹(p) for p ≤ e⁻². */
const tail = (p: Node): Node => {
  const x = b.sqrt([times(log(p), -2)])
  const z = over(1, x)
  const far = below(8, x)
  const rest = choose(far, rational(z, P2, Q2), rational(z, P1, Q1))
  return minus(minus(x, over(log(x), x)), times(z, rest))
}
const ndtriOf = (p: Node): Node => {
  const upper = below(1 - EDGE, p)
  const y = choose(upper, minus(1, p), p)
  const mid = below(EDGE, y)
  const inside = below(0, y)
  const outer = tail(choose(b.and([inside, b.not([mid])]), y, EDGE / 2))
  const value = choose(mid, middle(choose(mid, y, 0.5)), choose(upper, outer, neg(outer)))
  const edge = choose(upper, Infinity, constant(-Infinity, p))
  return choose(inside, value, choose(equal(y, 0), edge, NaN))
}
/** erf⁻¹ by Giles' polynomials and one step of Newton's method, on erfc from ½ on, where 1 - |x| is exact. */
const erfinvOf = (x: Node): Node => {
  const a = abs(x)
  const inside = below(a, 1)
  const y = abs(erfInverse(choose(inside, x, 0)))
  const off = choose(below(a, 0.5), minus(a, b.erf([y])), minus(b.erfc([y]), minus(1, a)))
  const better = plus(y, times(off, exp(times(y, y)), Math.sqrt(Math.PI) / 2))
  const signed = choose(below(x, 0), neg(better), choose(equal(x, 0), x, better))
  return choose(inside, signed, choose(equal(a, 1), times(x, Infinity), NaN))
}
const ndtrOf = (x: Node): Node => times(b.erfc([times(x, -Math.SQRT1_2)]), 0.5)
/** (2k - 1)!! (-1)ᵏ, highest first. */
const TAIL = [654729075, -34459425, 2027025, -135135, 10395, -945, 105, -15, 3, -1, 1]
const CUT = -20
const logNdtrOf = (x: Node): Node => {
  const [low, high] = [below(x, CUT), below(0, x)]
  const t = choose(low, x, CUT)
  const series = polynomial(over(1, times(t, t)), TAIL)
  const far = plus(times(t, t, -0.5), neg(log(times(t, -SQRT_TAU))), log(series))
  const upper = log1p(neg(ndtrOf(neg(choose(high, x, 0)))))
  return choose(low, far, choose(high, upper, log(ndtrOf(choose(b.or([low, high]), 0, x)))))
}
const bell = (x: Node): Node => over(exp(times(x, x, -0.5)), SQRT_TAU)

/**
 * The inverse of the error function; ±∞ at ±1, NaN outside.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Giles, "Approximating the erfinv function", GPU Computing Gems Jade Edition, 2011.
 * @example deepClose(await read(special.erfinv(erf(tensor([0, 0.5])))), [0, 0.5])
 */
export const erfinv: Unary = inDouble('erfinv', (x) => sloped(erfinvOf, (_z, y) => times(exp(times(y, y)), Math.sqrt(Math.PI) / 2))(x))
/**
 * Φ(x), the distribution function of the standard normal.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source NIST DLMF 7.18; as erfc(-x / √2) / 2.
 * @example deepClose(await read(special.ndtr(tensor([0, 1]))), [0.5, 0.8413447460685429])
 */
export const ndtr: Unary = inDouble('ndtr', (x) => sloped(ndtrOf, bell)(x))
/**
 * Φ⁻¹(p), the quantile of the standard normal; ∓∞ at 0 and 1, NaN outside.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Cephes ndtri.c.
 * @example deepClose(await read(special.ndtri(tensor([0.5, 0.8413447460685429]))), [0, 1])
 */
export const ndtri: Unary = inDouble('ndtri', (p) => sloped(ndtriOf, (_z, y) => over(1, bell(y)))(p))
/**
 * log Φ(x), without underflow in the lower tail.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source NIST DLMF 7.12.1 below -20.
 * @example deepClose(await read(special.logNdtr(tensor([0, -40]))), [-Math.LN2, -804.6084420137538])
 */
export const logNdtr: Unary = inDouble('logNdtr', logNdtrOf)
