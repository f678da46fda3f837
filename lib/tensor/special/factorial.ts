/** What the gamma function makes of counts: factorials, rising ones, its sign; and the power transform of Box and Cox. */
import type { Node } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'
import type { Division, Unary } from '../../type/index.js'
import { gammaSign, smoothGamma, smoothGammaln } from './gamma.js'
import { allInDouble, below, choose, equal, exp, inDouble, log, log1p, minus, over, plus, times, whole } from './real.js'

const nan = (x: Node): Node => constant(NaN, x)
/** Γ's sign: also at -0, and NaN at negative whole numbers. */
const signOf = (x: Node): Node => {
  const pole = b.and([below(x, 0), whole(x)])
  const side = choose(equal(over(1, x), -Infinity), -1, gammaSign(x))
  return choose(b.or([pole, b.ne([x, x])]), nan(x), b.stop([side]))
}
/**
 * n!, by Γ(n + 1); 0 for negative numbers.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source jax.scipy.special.factorial, JAX 0.10.
 * @example deepClose(await read(special.factorial(tensor([0, 5]))), [1, 120])
 */
export const factorial: Unary = inDouble('factorial', (x) => {
  const low = below(x, 0)
  return choose(low, 0, smoothGamma(plus(choose(low, 0, x), 1)))
})
/**
 * The sign of Γ(x); NaN at the poles below 0.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source scipy.special.gammasgn, SciPy 1.17, but NaN at the poles as JAX has it.
 * @example deepClose(await read(special.gammasgn(tensor([2, -0.5]))), [1, -1])
 */
export const gammasgn: Unary = inDouble('gammasgn', signOf)
/**
 * Pochhammer's rising factorial Γ(x + m) / Γ(x) = x (x + 1) … (x + m - 1).
 * @shape [...s], [...s] → broadcast
 * @dtype float → promoted; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @source NIST DLMF 5.2.5.
 * @example deepClose(await read(special.poch(tensor([3]), 2)), [12])
 */
export const poch: Division = allInDouble('poch', ((x: Node, m: Node) => {
  const none = equal(m, 0)
  const step = choose(none, 1, m)
  const quotient = exp(minus(smoothGammaln(plus(x, step)), smoothGammaln(x)))
  // Γ(x + m) / Γ(x) grows as xᵐ
  const size = choose(equal(x, Infinity), b.pow([x, step]), quotient)
  return choose(none, 1, times(signOf(plus(x, step)), signOf(x), size))
}) as never)
/** (x^λ - 1) / λ from log x, by expm1; its limit log x at λ = 0. */
const transformed = (logarithm: Node, lambda: Node): Node => {
  const zero = equal(lambda, 0)
  const safe = choose(zero, 1, lambda)
  return choose(zero, logarithm, over(b.expm1([times(safe, logarithm)]), safe))
}
/**
 * The transform of Box and Cox, (x^λ - 1) / λ, which is log x at λ = 0.
 * @shape [...s], [...s] → broadcast
 * @dtype float → promoted; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @source scipy.special.boxcox, SciPy 1.17.
 * @example deepClose(await read(special.boxcox(tensor([3]), 2)), [4])
 */
export const boxcox: Division = allInDouble('boxcox', ((x: Node, lambda: Node) => transformed(log(x), lambda)) as never)
/**
 * The same of 1 + x, exact for small x.
 * @shape [...s], [...s] → broadcast
 * @dtype float → promoted; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @source scipy.special.boxcox1p, SciPy 1.17.
 * @example deepClose(await read(special.boxcox1p(tensor([2]), 2)), [4])
 */
export const boxcox1p: Division = allInDouble('boxcox1p', ((x: Node, lambda: Node) => transformed(log1p(x), lambda)) as never)
