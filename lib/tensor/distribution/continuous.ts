/** Continuous distributions of the line, in SciPy's parameters; loc moves and scale stretches each of them. */
import type { Node } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'
import { abs, below, choose, exp, log, log1p, minus, neg, over, plus, raised, times } from '../special/real.js'
import type { Cumulative, Density, Quantile } from './define.js'
import { cumulative, density, quantile } from './define.js'
import { betainc, betaln, gammainc, gammaincc, gammaln, i0e, logit, logNdtr, ndtr, ndtri, xlog1py, xlogy } from './formula.js'

const TAU = 2 * Math.PI
const fromZero = () => ({ low: 0, inner: 1 })
const unit = () => ({ low: 0, high: 1, inner: 0.5 })
const expm1 = (x: Node): Node => b.expm1([x])
const turned = (x: Node, y: Node): Node => b.atan2([x, y])
const bell = (z: Node): Node => times(plus(times(z, z), Math.log(TAU)), -0.5)
/** log(1 - eˣ) for x ≤ 0, by the form that loses no digit. */
const log1mexp = (x: Node): Node => {
  const near = below(-Math.LN2, x)
  return choose(near, log(neg(expm1(choose(near, x, -1)))), log1p(neg(exp(choose(near, -1, x)))))
}

/**
 * The normal distribution.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source NIST DLMF 7.18.
 * @example deepClose(await read([distribution.norm.pdf(tensor(0)), distribution.norm.cdf(tensor(1), { loc: 1, scale: 2 })]), [0.3989423, 0.5])
 */
export const norm: Quantile = quantile({
  name: 'norm',
  logpdf: bell,
  cdf: (z) => ndtr(z), sf: (z) => ndtr(neg(z)),
  logcdf: (z) => logNdtr(z), logsf: (z) => logNdtr(neg(z)),
  ppf: (q) => ndtri(q), isf: (q) => neg(ndtri(q)),
})
/**
 * The uniform distribution on [loc, loc + scale].
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.uniform.pdf(tensor([0, 1, 3]), { loc: -1, scale: 4 })), [0.25, 0.25, 0.25])
 */
export const uniform: Quantile = quantile({
  name: 'uniform', support: unit,
  logpdf: (z) => times(z, 0),
  cdf: (z) => z, sf: (z) => minus(1, z),
  ppf: (q) => q, isf: (q) => minus(1, q),
})
/**
 * The exponential distribution: e^(-z) for z ≥ 0.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.expon.sf(tensor([0, 1]), { scale: 2 })), [1, Math.exp(-0.5)])
 */
export const expon: Quantile = quantile({
  name: 'expon', support: fromZero,
  logpdf: neg,
  cdf: (z) => neg(expm1(neg(z))), sf: (z) => exp(neg(z)),
  logcdf: (z) => log1mexp(neg(z)), logsf: neg,
  ppf: (q) => neg(log1p(neg(q))), isf: (q) => neg(log(q)),
})
const halfOf = (z: Node): Node => {
  const low = below(z, 0)
  const tail = times(exp(neg(abs(z))), 0.5)
  return choose(low, tail, minus(1, tail))
}
const halfPoint = (q: Node): Node => {
  const low = below(q, 0.5)
  return choose(low, log(times(choose(low, q, 0.25), 2)), neg(log(times(minus(1, choose(low, 0.75, q)), 2))))
}
/**
 * Laplace's distribution: e^(-|z|) / 2.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.laplace.cdf(tensor([-1, 0]))), [Math.exp(-1) / 2, 0.5])
 */
export const laplace: Quantile = quantile({
  name: 'laplace',
  logpdf: (z) => minus(neg(abs(z)), Math.LN2),
  cdf: halfOf, sf: (z) => halfOf(neg(z)),
  ppf: halfPoint, isf: (q) => neg(halfPoint(q)),
})
/**
 * The logistic distribution, whose cdf is the sigmoid.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.logistic.ppf(tensor([0.5, 0.75]))), [0, Math.log(3)])
 */
export const logistic: Quantile = quantile({
  name: 'logistic',
  logpdf: (z) => minus(neg(abs(z)), times(log1p(exp(neg(abs(z)))), 2)),
  cdf: (z) => b.sigmoid([z]), sf: (z) => b.sigmoid([neg(z)]),
  ppf: (q) => logit(q), isf: (q) => neg(logit(q)),
})
/**
 * Cauchy's distribution: 1 / (π (1 + z²)), without a mean.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.cauchy.cdf(tensor([-1, 0, 1]))), [0.25, 0.5, 0.75])
 */
export const cauchy: Quantile = quantile({
  name: 'cauchy',
  logpdf: (z) => minus(-Math.log(Math.PI), log1p(times(z, z))),
  cdf: (z) => over(turned(constant(1, z), neg(z)), Math.PI), sf: (z) => over(turned(constant(1, z), z), Math.PI),
  ppf: (q) => b.tan([times(minus(q, 0.5), Math.PI)]), isf: (q) => b.tan([times(minus(0.5, q), Math.PI)]),
})
/**
 * Gumbel's distribution of the largest of many: exp(-z - e^(-z)).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.gumbelR.cdf(tensor(0))), Math.exp(-1))
 */
export const gumbelR: Quantile = quantile({
  name: 'gumbelR',
  logpdf: (z) => minus(neg(z), exp(neg(z))),
  cdf: (z) => exp(neg(exp(neg(z)))), sf: (z) => neg(expm1(neg(exp(neg(z))))),
  logcdf: (z) => neg(exp(neg(z))), logsf: (z) => log1mexp(neg(exp(neg(z)))),
  ppf: (q) => neg(log(neg(log(q)))), isf: (q) => neg(log(neg(log1p(neg(q))))),
})
/**
 * Gumbel's distribution of the smallest of many: exp(z - e^z).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.gumbelL.sf(tensor(0))), Math.exp(-1))
 */
export const gumbelL: Quantile = quantile({
  name: 'gumbelL',
  logpdf: (z) => minus(z, exp(z)),
  cdf: (z) => neg(expm1(neg(exp(z)))), sf: (z) => exp(neg(exp(z))),
  logcdf: (z) => log1mexp(neg(exp(z))), logsf: (z) => neg(exp(z)),
  ppf: (q) => log(neg(log1p(neg(q)))), isf: (q) => log(neg(log(q))),
})
/**
 * Pareto's distribution: b / z^(b + 1) for z ≥ 1.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.pareto.sf(tensor([1, 2]), { b: 3 })), [1, 0.125])
 */
export const pareto: Quantile<'b'> = quantile({
  name: 'pareto', shape: ['b'], support: () => ({ low: 1, inner: 2 }),
  logpdf: (z, p) => minus(log(p.b), times(plus(p.b, 1), log(z))),
  cdf: (z, p) => neg(expm1(neg(times(p.b, log(z))))), sf: (z, p) => exp(neg(times(p.b, log(z)))),
  logcdf: (z, p) => log1mexp(neg(times(p.b, log(z)))), logsf: (z, p) => neg(times(p.b, log(z))),
  ppf: (q, p) => exp(over(neg(log1p(neg(q))), p.b)), isf: (q, p) => exp(over(neg(log(q)), p.b)),
})
/**
 * The gamma distribution: z^(a - 1) e^(-z) / Γ(a) for z ≥ 0.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source NIST DLMF 8.2.
 * @example deepClose(await read(distribution.gamma.pdf(tensor([0.5, 2]), { a: 2 })), [0.5 * Math.exp(-0.5), 2 * Math.exp(-2)])
 */
export const gamma: Cumulative<'a'> = cumulative({
  name: 'gamma', shape: ['a'], support: fromZero,
  logpdf: (z, p) => minus(minus(xlogy(minus(p.a, 1), z), z), gammaln(p.a)),
  cdf: (z, p) => gammainc(p.a, z), sf: (z, p) => gammaincc(p.a, z),
})
/**
 * The chi-squared distribution of df squared normal numbers: a gamma distribution with a = df / 2, twice as wide.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.chi2.sf(tensor(2), { df: 2 })), Math.exp(-1))
 */
export const chi2: Cumulative<'df'> = cumulative({
  name: 'chi2', shape: ['df'], support: fromZero,
  logpdf: (z, p) => minus(minus(xlogy(minus(over(p.df, 2), 1), over(z, 2)), over(z, 2)), plus(gammaln(over(p.df, 2)), Math.LN2)),
  cdf: (z, p) => gammainc(over(p.df, 2), over(z, 2)), sf: (z, p) => gammaincc(over(p.df, 2), over(z, 2)),
})
/**
 * The beta distribution: z^(a - 1) (1 - z)^(b - 1) / B(a, b) on [0, 1].
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source NIST DLMF 8.17.
 * @example deepClose(await read(distribution.beta.cdf(tensor(0.5), { a: 2, b: 2 })), 0.5)
 */
export const beta: Cumulative<'a' | 'b'> = cumulative({
  name: 'beta', shape: ['a', 'b'], support: unit,
  logpdf: (z, p) => minus(plus(xlogy(minus(p.a, 1), z), xlog1py(minus(p.b, 1), neg(z))), betaln(p.a, p.b)),
  cdf: (z, p) => betainc(p.a, p.b, z), sf: (z, p) => betainc(p.b, p.a, minus(1, z)),
})
/** P(T ≤ z), by the half of the incomplete beta function that is small. */
const studentTail = (z: Node, df: Node): Node => {
  const half = times(betainc(over(df, 2), constant(0.5, df), over(df, plus(df, times(z, z)))), 0.5)
  return choose(below(z, 0), half, minus(1, half))
}
/**
 * Student's distribution with df degrees of freedom.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source NIST DLMF 8.17.6 for the distribution function.
 * @example deepClose(await read(distribution.t.pdf(tensor(0), { df: 1 })), 1 / Math.PI)
 */
export const t: Cumulative<'df'> = cumulative({
  name: 't', shape: ['df'],
  logpdf: (z, { df }) => minus(minus(gammaln(over(plus(df, 1), 2)), plus(gammaln(over(df, 2)), times(log(times(df, Math.PI)), 0.5))), times(over(plus(df, 1), 2), log1p(over(times(z, z), df)))),
  cdf: (z, { df }) => studentTail(z, df), sf: (z, { df }) => studentTail(neg(z), df),
})
const generalTail = (z: Node, beta: Node): Node => {
  const part = times(gammaincc(over(1, beta), raised(abs(z), beta)), 0.5)
  return choose(below(z, 0), part, minus(1, part))
}
/**
 * The generalised normal distribution: β e^(-|z|^β) / (2 Γ(1 / β)); β is 2 for a normal, 1 for Laplace's.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.gennorm.pdf(tensor(0), { beta: 1 })), 0.5)
 */
export const gennorm: Cumulative<'beta'> = cumulative({
  name: 'gennorm', shape: ['beta'],
  logpdf: (z, p) => minus(minus(log(over(p.beta, 2)), gammaln(over(1, p.beta))), raised(abs(z), p.beta)),
  cdf: (z, p) => generalTail(z, p.beta), sf: (z, p) => generalTail(neg(z), p.beta),
})
/** log(Φ(b) - Φ(a)) for a < b, in the tail in which both are small. */
const logBetween = (a: Node, c: Node): Node => {
  const right = below(0, plus(a, c))
  const [low, high] = [choose(right, neg(c), a), choose(right, neg(a), c)]
  const top = logNdtr(high)
  return plus(top, log1mexp(minus(logNdtr(low), top)))
}
/** A point inside [low, high], which may be open: not further than 1 from the end that is nearer to 0. */
const between = (low: Node, high: Node): Node => {
  const zero = constant(0, low)
  const [from, to] = [b.max([low, minus(b.min([high, zero]), 1)]), b.min([high, plus(b.max([low, zero]), 1)])]
  return times(plus(from, to), 0.5)
}
/**
 * A normal distribution cut to [a, b], borders in units of scale.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.truncnorm.cdf(tensor([-1, 0, 1]), { a: -1, b: 1 })), [0, 0.5, 1])
 */
export const truncnorm: Cumulative<'a' | 'b'> = cumulative({
  name: 'truncnorm', shape: ['a', 'b'], support: (p) => ({ low: p.a, high: p.b, inner: between(p.a, p.b) }),
  logpdf: (z, p) => minus(bell(z), logBetween(p.a, p.b)),
  cdf: (z, p) => exp(minus(logBetween(p.a, z), logBetween(p.a, p.b))), sf: (z, p) => exp(minus(logBetween(z, p.b), logBetween(p.a, p.b))),
  logcdf: (z, p) => minus(logBetween(p.a, z), logBetween(p.a, p.b)), logsf: (z, p) => minus(logBetween(z, p.b), logBetween(p.a, p.b)),
})
/**
 * Von Mises' distribution of angles: e^(κ cos z) / (2π I₀(κ)).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.vonmises.pdf(tensor(1), { kappa: 0 })), 1 / (2 * Math.PI))
 */
export const vonmises: Density<'kappa'> = density({
  name: 'vonmises', shape: ['kappa'],
  logpdf: (z, { kappa }) => minus(times(kappa, minus(b.cos([z]), 1)), log(times(i0e(kappa), TAU))),
})
/**
 * Cauchy's distribution wrapped around the circle, for angles in [0, 2π] and 0 < c < 1.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.wrapcauchy.pdf(tensor(0), { c: 0.5 })), 3 / (2 * Math.PI))
 */
export const wrapcauchy: Density<'c'> = density({
  name: 'wrapcauchy', shape: ['c'], support: () => ({ low: 0, high: TAU, inner: 1 }),
  logpdf: (z, { c }) => log(over(minus(1, times(c, c)), times(minus(plus(1, times(c, c)), times(c, b.cos([z]), 2)), TAU))),
})
