/** Laws of the special functions: their recurrences, inverses, reflections and derivatives. */
import { equations, ops, slopeOf, smooth, special, within } from './equations.js'
import type { Law, X } from './equations.js'

const { abs, add, div, exp, log, mul, neg, sub } = ops
const positive = within('n m', 0.3, 4), inside = within('n m', 0.05, 0.95)
/** Derivatives are compared in f64 alone. */
const wide = { dtypes: ['f64'] as const }
const sharp = { ...wide, ...smooth }
const of = (f: (x: unknown) => X) => (x: X): X => f(x)

const laws: readonly Law[] = [
  ['erfinv', 'erfinv erf x = x', ['n m'], (x) => [special.erfinv(ops.erf(x)), x], sharp],
  ['digamma', 'ψ(x + 1) = ψ(x) + 1 / x', [positive], (x) => [special.digamma(add(x, 1)), add(special.digamma(x), div(1, x))], sharp],
  ['digamma', 'ψ = (log Γ)′', [positive], (x) => [special.digamma(x), slopeOf(of(special.gammaln))(x)], wide],
  ['betaln', 'log Γ(a) + log Γ(b) - log Γ(a + b), and it commutes', [positive, positive], (a, c) => [[special.betaln(a, c), special.betaln(c, a)], [sub(add(special.gammaln(a), special.gammaln(c)), special.gammaln(add(a, c))), special.betaln(a, c)]], wide],
  ['gammaincc', 'P + Q = 1', [positive, positive], (a, x) => [add(special.gammainc(a, x), special.gammaincc(a, x)), ops.onesLike(x)], wide],
  ['gammaincc', 'Q(1, x) = e^(-x)', [positive], (x) => [special.gammaincc(ops.onesLike(x), x), exp(neg(x))], wide],
  ['i0', 'I₀ = e^|x| I₀ᵉ, and it is even', ['n m'], (x) => [[special.i0(x), special.i0(neg(x))], [mul(exp(abs(x)), special.i0e(x)), special.i0(x)]], sharp],
  ['i0', 'I₀′ = I₁', ['n m'], (x) => [slopeOf(of(special.i0))(x), special.i1(x)], wide],
  ['i0e', 'e^(-|x|) I₀', ['n m'], (x) => [special.i0e(x), mul(exp(neg(abs(x))), special.i0(x))], wide],
  ['i1', 'I₁ = e^|x| I₁ᵉ, and it is odd', ['n m'], (x) => [[special.i1(x), special.i1(neg(x))], [mul(exp(abs(x)), special.i1e(x)), neg(special.i1(x))]], sharp],
  ['i1e', '(x I₁)′ = x I₀', [positive], (x) => [slopeOf((y) => mul(y, mul(exp(y), special.i1e(y))))(x), mul(x, special.i0(x))], wide],
  ['zeta', 'ζ(s, q) = ζ(s, q + 1) + q^(-s)', [within('n', 1.5, 6), within('n', 0.4, 5)], (s, q) => [special.zeta(s, q), add(special.zeta(s, add(q, 1)), ops.power(q, neg(s)))], wide],
  ['xlogy', 'x log y', [positive, positive], (x, y) => [special.xlogy(x, y), mul(x, log(y))], sharp],
  ['xlogy', '0 log 0 = 0', ['n m'], (x) => [special.xlogy(mul(0, x), mul(0, x)), ops.zerosLike(x)], wide],
  ['xlog1py', 'x log(1 + y)', [positive, positive], (x, y) => [special.xlog1py(x, y), special.xlogy(x, add(1, y))], sharp],
  ['logit', 'logit p = log p - log(1 - p)', [inside], (x) => [special.logit(x), sub(log(x), log(sub(1, x)))], sharp],
  ['expit', 'expit logit p = p, expit(-x) = 1 - expit x', [inside, 'n m'], (p, x) => [[special.expit(special.logit(p)), special.expit(neg(x))], [p, sub(1, special.expit(x))]], sharp],
  ['entr', '-x log x', [positive], (x) => [special.entr(x), neg(special.xlogy(x, x))], sharp],
  ['relEntr', 'x log(x / y)', [positive, positive], (x, y) => [special.relEntr(x, y), mul(x, log(div(x, y)))], sharp],
  ['klDiv', 'relEntr - x + y', [positive, positive], (x, y) => [special.klDiv(x, y), add(sub(special.relEntr(x, y), x), y)], sharp],
  ['ndtr', '(1 + erf(x / √2)) / 2', ['n m'], (x) => [special.ndtr(x), div(add(1, ops.erf(div(x, Math.SQRT2))), 2)], sharp],
  ['ndtri', 'ndtr ndtri p = p', [inside], (p) => [special.ndtr(special.ndtri(p)), p], sharp],
  ['logNdtr', 'log ndtr x', ['n m'], (x) => [special.logNdtr(x), log(special.ndtr(x))], sharp],
  ['multigammaln', 'of 1 it is log Γ; of 2 log Γ(a) + log Γ(a - 1/2) + (log π) / 2', [within('n m', 1.2, 6)], (a) =>
    [[special.multigammaln(a, 1), special.multigammaln(a, 2)], [special.gammaln(a), add(add(special.gammaln(a), special.gammaln(sub(a, 0.5))), Math.log(Math.PI) / 2)]], sharp],
  ['expi', 'Ei(-x) = -E₁(x)', [positive], (x) => [special.expi(neg(x)), neg(special.exp1(x))], wide],
  ['exp1', 'E₁′ = -e^(-x) / x, Ei′ = e^x / x', [positive], (x) => [[slopeOf(of(special.exp1))(x), slopeOf(of(special.expi))(x)], [neg(div(exp(neg(x)), x)), div(exp(x), x)]], wide],
  ['sici', 'Si′ = sin x / x, Ci′ = cos x / x', [positive], (x) => [[slopeOf((y) => special.sici(y)[0] as X)(x), slopeOf((y) => special.sici(y)[1] as X)(x)], [div(ops.sin(x), x), div(ops.cos(x), x)]], wide],
  ['sici', 'Si is odd', ['n'], (x) => [special.sici(neg(x))[0], neg(special.sici(x)[0] as X)], wide],
  ['spence', 'Li₂(x) + Li₂(1 - x) = π²/6 - log x log(1 - x)', [inside], (x) => [add(special.spence(x), special.spence(sub(1, x))), sub(Math.PI ** 2 / 6, mul(log(x), log(sub(1, x))))], wide],
]
equations('special functions', laws, 3)
