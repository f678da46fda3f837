/**
 * Distributions, in SciPy's names and parameters: each is a record of functions (`distribution.norm.logpdf(x, { loc, scale })`) whose
 * parameters are numbers or tensors that broadcast to x. Computed in f64, rounded once to the dtype of x.
 */
export { beta, cauchy, chi2, expon, gamma, gennorm, gumbelL, gumbelR, laplace, logistic, norm, pareto, t, truncnorm, uniform, vonmises, wrapcauchy } from './continuous.js'
export { bernoulli, betabinom, binom, geom, nbinom, poisson } from './discrete.js'
export type { Counted, Cumulative, Density, Mass, Of, Placed, Quantile, Shaped } from './define.js'
export { dirichlet, multinomial } from './multivariate.js'
export type { OfVector } from './multivariate.js'
