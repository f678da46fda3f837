/** Distributions of whole numbers, in SciPy's parameters; loc moves each of them. What is not whole has probability 0. */
import { constant } from '../../prim/index.js'
import { below, choose, exp, log, log1p, minus, neg, plus, times } from '../special/real.js'
import type { Counted, Mass, MassOf, Of } from './define.js'
import { counted, mass, numberOf } from './define.js'
import { betainc, betaln, gammainc, gammaincc, gammaln, xlog1py, xlogy } from './formula.js'

const fromZero = () => ({ low: 0, inner: 0 })
const tossed: MassOf<'p'> = {
  name: 'bernoulli', shape: ['p'], support: () => ({ low: 0, high: 1, inner: 0 }),
  logpmf: (k, { p }) => plus(xlogy(k, p), xlog1py(minus(1, k), neg(p))),
}
/**
 * One toss: 1 with probability p, else 0.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.bernoulli.pmf(tensor([0, 1, 2]), { p: 0.25 })), [0.75, 0.25, 0])
 */
export const bernoulli: Counted<'p'> & { readonly ppf: Of<'p'> } = {
  ...counted({
    ...tossed,
    cdf: (k, { p }) => plus(choose(below(k, 1), minus(1, p), 1), times(k, 0)),
    sf: (k, { p }) => plus(choose(below(k, 1), p, 0), times(k, 0)),
  }),
  ppf: numberOf(tossed, (q, { p }) => choose(below(minus(1, p), q), constant(1, q), constant(0, q))),
}
/**
 * The number of successes in n tosses with probability p each.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source NIST DLMF 8.17.5 for the sum.
 * @example deepClose(await read(distribution.binom.pmf(tensor([0, 1, 2]), { n: 2, p: 0.5 })), [0.25, 0.5, 0.25])
 */
export const binom: Counted<'n' | 'p'> = counted({
  name: 'binom', shape: ['n', 'p'], support: ({ n }) => ({ low: 0, high: n, inner: 0 }),
  logpmf: (k, { n, p }) => plus(minus(gammaln(plus(n, 1)), plus(gammaln(plus(k, 1)), gammaln(plus(minus(n, k), 1)))), xlogy(k, p), xlog1py(minus(n, k), neg(p))),
  cdf: (k, { n, p }) => betainc(minus(n, k), plus(k, 1), minus(1, p)),
  sf: (k, { n, p }) => betainc(plus(k, 1), minus(n, k), p),
})
/**
 * The number of successes in n tosses whose probability is drawn from a beta distribution.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.betabinom.pmf(tensor([0, 1, 2]), { n: 2, a: 1, b: 1 })), [1 / 3, 1 / 3, 1 / 3])
 */
export const betabinom: Mass<'n' | 'a' | 'b'> = mass({
  name: 'betabinom', shape: ['n', 'a', 'b'], support: ({ n }) => ({ low: 0, high: n, inner: 0 }),
  logpmf: (k, p) => minus(minus(betaln(plus(k, p.a), plus(minus(p.n, k), p.b)), betaln(p.a, p.b)), plus(log1p(p.n), betaln(plus(minus(p.n, k), 1), plus(k, 1)))),
})
/**
 * The number of tosses up to the first success.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.geom.pmf(tensor([0, 1, 2]), { p: 0.5 })), [0, 0.5, 0.25])
 */
export const geom: Counted<'p'> = counted({
  name: 'geom', shape: ['p'], support: () => ({ low: 1, inner: 1 }),
  logpmf: (k, { p }) => plus(xlog1py(minus(k, 1), neg(p)), log(p)),
  cdf: (k, { p }) => minus(1, exp(xlog1py(k, neg(p)))), sf: (k, { p }) => exp(xlog1py(k, neg(p))),
})
/**
 * The number of failures before the n-th success.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(distribution.nbinom.pmf(tensor([0, 1]), { n: 1, p: 0.5 })), [0.5, 0.25])
 */
export const nbinom: Counted<'n' | 'p'> = counted({
  name: 'nbinom', shape: ['n', 'p'], support: fromZero,
  logpmf: (k, { n, p }) => plus(minus(gammaln(plus(k, n)), plus(gammaln(n), gammaln(plus(k, 1)))), xlogy(n, p), xlog1py(k, neg(p))),
  cdf: (k, { n, p }) => betainc(n, plus(k, 1), p), sf: (k, { n, p }) => betainc(plus(k, 1), n, minus(1, p)),
})
/**
 * The number of events at a mean rate mu.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source NIST DLMF 8.4.10 for the sum.
 * @example deepClose(await read(distribution.poisson.pmf(tensor([0, 1]), { mu: 1 })), [Math.exp(-1), Math.exp(-1)])
 */
export const poisson: Counted<'mu'> = counted({
  name: 'poisson', shape: ['mu'], support: fromZero,
  logpmf: (k, { mu }) => minus(xlogy(k, mu), plus(gammaln(plus(k, 1)), mu)),
  cdf: (k, { mu }) => gammaincc(plus(k, 1), mu), sf: (k, { mu }) => gammainc(plus(k, 1), mu),
})
