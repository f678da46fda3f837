/**
 * The gamma function and its logarithm. A positive argument below 13 is brought into [2, 3) by the recurrence
 * Γ(x + 1) = x Γ(x), where a rational function gives log Γ; above 13 it is Stirling's series; negative ones are reflected.
 * @source Cephes Mathematical Library 2.8 (S. L. Moshier), gamma.c: coefficients A, B, C of lgam. NIST DLMF 5.5.1, 5.5.3, 5.7.3, 5.11.1.
 */
import type { Node } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'
import type { Unary } from '../../type/index.js'
import { digammaOf } from './digamma.js'
import { abs, below, choose, equal, exp, inDouble, log, log1p, minus, neg, over, plus, polynomial, raised, rational, sinPi, sloped, times, whole } from './real.js'

const A = [8.11614167470508450300e-4, -5.95061904284301438324e-4, 7.93650340457716943945e-4, -2.77777777730099687205e-3, 8.33333333333331927722e-2]
const B = [-1.37825152569120859100e3, -3.88016315134637840924e4, -3.31612992738871184744e5, -1.16237097492762307383e6, -1.72173700820839662146e6, -8.53555664245765465627e5]
const C = [1, -3.51815701436523470549e2, -1.70642106651881159223e4, -2.20528590553854454839e5, -1.13933444367982507207e6, -2.53252307177582951285e6, -2.01889141433532773231e6]
/** (-1)ᵏ (ζ(k) - 1) / k for k = 21 … 2. */
const NEAR_ONE = [
  -2.2711094608943164e-08, 4.7698101693639804e-08, -1.0043224823968099e-07, 2.1207184805554665e-07, -4.492469198764566e-07,
  9.55141213040742e-07, -2.039215753801366e-06, 4.374866789907488e-06, -9.439488275268397e-06, 2.050721277567069e-05,
  -4.492623673813314e-05, 9.945751278180853e-05, -0.00022315475845357939, 0.0005096695247430425, -0.001192753911703261,
  0.0028905103307415234, -0.007385551028673986, 0.020580808427784546, -0.0673523010531981, 0.3224670334241132,
]
/** log √(2π). */
export const HALF_LOG_TAU = 0.91893853320467274178
const LARGE = 13

/** log Γ(x) - ((x - ½) log x - x + log √2π), for x ≥ 10. */
export const stirlingError = (x: Node): Node => over(polynomial(over(1, times(x, x)), A), x)
const stirling = (x: Node): Node => plus(minus(times(minus(x, 0.5), log(x)), x), stirlingError(x), HALF_LOG_TAU)

/** For 0 < x < 13: Γ(x) = top / bottom · e^rest. */
interface Reduced { readonly top: Node; readonly bottom: Node; readonly rest: Node }
const reduced = (x: Node): Reduced => {
  let [u, top, bottom] = [x, constant(1, x), constant(1, x)]
  for (let i = 0; i < LARGE - 3; i++) {
    const high = below(2.9999999999999996, u)
    u = choose(high, minus(u, 1), u)
    top = choose(high, times(top, u), top)
  }
  for (let i = 0; i < 2; i++) {
    const low = below(u, 2)
    bottom = choose(low, times(bottom, u), bottom)
    u = choose(low, plus(u, 1), u)
  }
  const v = minus(u, 2)
  return { top, bottom, rest: times(v, rational(v, B, C)) }
}
/** log Γ(1 + d) = -log(1 + d) + d (1 - γ) + Σ (-1)ᵏ (ζ(k) - 1) dᵏ / k, for small d: DLMF 5.7.3. */
const nearOne = (d: Node): Node => minus(plus(times(d, d, polynomial(d, NEAR_ONE)), times(d, 0.42278433509846713)), log1p(d))
/** log Γ below 13, exact at its zeros 1 and 2: what was divided off in [1, 2) is log1p of x - 1. */
const small = (x: Node): Node => {
  const { top, bottom, rest } = reduced(x)
  const [one, two] = [below(x, 1), below(x, 2)]
  const near = b.and([below(0.7, x), one])
  const series = nearOne(choose(near, minus(x, 1), 0))
  const divided = choose(one, log(choose(one, bottom, 1)), log1p(choose(b.and([two, b.not([one])]), minus(x, 1), 0)))
  return choose(near, series, minus(plus(log(top), rest), divided))
}
const positive = (x: Node): Node => {
  const large = below(LARGE, x)
  return choose(large, stirling(choose(large, x, LARGE)), small(choose(large, LARGE / 2, x)))
}
/** log |Γ(x)|: DLMF 5.5.3 for x < 0, where Γ(x) Γ(-x) = -π / (x sin πx). */
export const gammalnOf = (x: Node): Node => {
  const low = below(x, 0)
  const a = abs(x)
  const inside = below(a, Infinity)
  const y = positive(choose(inside, a, 1))
  const mirrored = minus(log(over(Math.PI, times(choose(low, a, 0.5), abs(sinPi(choose(b.and([low, inside]), x, 0.5)))))), y)
  return choose(inside, choose(low, mirrored, y), plus(a, Infinity))
}
const large = (x: Node): Node => {
  const power = raised(x, minus(times(x, 0.5), 0.25))
  return times(power, exp(neg(x)), power, exp(plus(stirlingError(x), HALF_LOG_TAU)))
}
const positiveGamma = (x: Node): Node => {
  const big = below(LARGE, x)
  const { top, bottom, rest } = reduced(choose(big, LARGE / 2, x))
  return choose(big, large(choose(big, b.min([x, constant(200, x)]), LARGE)), times(over(top, bottom), exp(rest)))
}
/** Γ(x): NaN at negative whole numbers and -∞, ±∞ at ±0. */
const gammaOf = (x: Node): Node => {
  const low = below(x, 0)
  const a = abs(x)
  const y = positiveGamma(choose(equal(x, 0), 1, a))
  const mirrored = over(-Math.PI, times(choose(low, a, 1), sinPi(choose(low, a, 0.5)), y))
  const pole = b.and([low, whole(x)])
  return choose(pole, NaN, choose(low, mirrored, choose(equal(x, 0), over(1, x), y)))
}

/** Both with their derivatives. */
export const smoothGammaln = (x: Node): Node => sloped(gammalnOf, digammaOf)(x)
export const smoothGamma = (x: Node): Node => sloped(gammaOf, (z, y) => times(y, digammaOf(z)))(x)

/**
 * log |Γ(x)|; ∞ at 0, at negative whole numbers and at ±∞. Its derivative is digamma.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Cephes gamma.c (lgam); NIST DLMF 5.5, 5.11.
 * @example deepClose(await read(special.gammaln(tensor([1, 5]))), [0, Math.log(24)])
 */
export const gammaln: Unary = inDouble('gammaln', (x) => smoothGammaln(x))
/**
 * Γ(x) = ∫₀^∞ t^(x-1) e^(-t) dt, continued to negative x; NaN at negative whole numbers, ±∞ at ±0.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Cephes gamma.c; NIST DLMF 5.5.1, 5.5.3, 5.11.3.
 * @example deepClose(await read(special.gamma(tensor([5, 0.5]))), [24, Math.sqrt(Math.PI)])
 */
export const gamma: Unary = inDouble('gamma', (x) => smoothGamma(x))
/** The sign of Γ(x), 1 for x ≥ 0. */
export const gammaSign = (x: Node): Node => {
  const odd = equal(b.abs([b.remainder([b.floor([x]), constant(2, x)])]), 1)
  return choose(b.and([below(x, 0), odd]), -1, constant(1, x))
}
