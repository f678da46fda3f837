/**
 * Every distribution against its law: Kolmogorov and Smirnov's distance for what is continuous, χ² for counts, at fixed keys;
 * both statistics are compared with their 0.001 quantile. Distribution functions come from lib/tensor/special, which is held
 * to SciPy elsewhere.
 */
import { describe, expect, test } from 'vitest'
import type { Node } from '../../lib/ir/node.js'
import * as ct from '../../lib/tensor/index.js'
import { grad, vmap } from '../../lib/transform/index.js'
import { backends, flat, hosts } from './value.js'

const { key, random, special } = ct
const N = 10_000
const [, fastest] = backends[backends.length - 1] as (typeof backends)[number]
const drawn = (x: unknown): number[] => Array.from(hosts([x], fastest)[0]?.data as Iterable<number | bigint>, Number)
const sp = (f: (...xs: never[]) => unknown, ...xs: readonly (number | readonly number[])[]): number[] =>
  drawn((f as (...xs: unknown[]) => unknown)(...xs.map((x) => ct.tensor(Float64Array.from(typeof x === 'number' ? [x] : x)))))
type Cdf = (xs: readonly number[]) => readonly number[]
const each = (f: (x: number) => number): Cdf => (xs) => xs.map(f)

/** √n sup |F_n - F|: above 1.95 once in a thousand. */
const distance = (xs: readonly number[], cdf: Cdf): number => {
  const sorted = [...xs].sort((a, b) => a - b)
  const f = cdf(sorted)
  return Math.sqrt(xs.length) * f.reduce((d, p, i) => Math.max(d, p - i / xs.length, (i + 1) / xs.length - p), 0)
}
/** χ² of counts against probabilities of 0, 1, …; the last class is the rest; as standard deviations from its mean. */
const excess = (xs: readonly number[], probability: (k: number) => number, from: number, to: number): number => {
  const p = Array.from({ length: to - from }, (_, i) => probability(from + i))
  const classes = [...p, 1 - p.reduce((a, b) => a + b, 0)]
  const counts = classes.map((_, i) => xs.filter((x) => (i < p.length ? x === from + i : x < from || x >= to)).length)
  const kept = classes.map((q, i) => [q * xs.length, counts[i] as number] as const).filter(([e]) => e > 4)
  const chi = kept.reduce((s, [e, c]) => s + (c - e) ** 2 / e, 0)
  return (chi - kept.length + 1) / Math.sqrt(2 * (kept.length - 1))
}
const P = (a: number): Cdf => (xs) => sp(special.gammainc as never, xs.map(() => a), xs)
const I = (a: number, b: number): Cdf => (xs) => sp(special.betainc as never, xs.map(() => a), xs.map(() => b), xs)
const Phi: Cdf = (xs) => sp(special.ndtr as never, xs)
const maxwellCdf: Cdf = (xs) => P(1.5)(xs.map((x) => (x * x) / 2))

describe('continuous laws', () => {
  const k = key(2)
  const laws: readonly (readonly [string, () => unknown, Cdf])[] = [
    ['exponential', () => random.exponential(k, [N]), each((x) => 1 - Math.exp(-x))],
    ['gumbel', () => random.gumbel(k, [N]), each((x) => Math.exp(-Math.exp(-x)))],
    ['laplace', () => random.laplace(k, [N]), each((x) => (x < 0 ? Math.exp(x) / 2 : 1 - Math.exp(-x) / 2))],
    ['cauchy', () => random.cauchy(k, [N]), each((x) => 0.5 + Math.atan(x) / Math.PI)],
    ['logistic', () => random.logistic(k, [N]), each((x) => 1 / (1 + Math.exp(-x)))],
    ['lognormal', () => random.lognormal(k, [N], { sigma: 0.7 }), (xs) => Phi(xs.map((x) => Math.log(x) / 0.7))],
    ['maxwell', () => random.maxwell(k, [N]), maxwellCdf],
    ['doubleSidedMaxwell', () => random.doubleSidedMaxwell(k, [N], { loc: 1, scale: 2 }), (xs) => {
      const half = maxwellCdf(xs.map((x) => Math.abs(x - 1) / 2))
      return xs.map((x, i) => 0.5 + (Math.sign(x - 1) * (half[i] as number)) / 2)
    }],
    ['pareto', () => random.pareto(k, [N], { b: 3 }), each((x) => 1 - x ** -3)],
    ['rayleigh', () => random.rayleigh(k, [N], { scale: 2 }), each((x) => 1 - Math.exp(-(x * x) / 8))],
    ['weibullMin', () => random.weibullMin(k, [N], { concentration: 1.5, scale: 2 }), each((x) => 1 - Math.exp(-((x / 2) ** 1.5)))],
    ['triangular', () => random.triangular(k, [N], { left: -1, mode: 0, right: 3 }), each((x) => (x < 0 ? (x + 1) ** 2 / 4 : 1 - (3 - x) ** 2 / 12))],
    ['wald', () => random.wald(k, [N], { mean: 2 }), (xs) => {
      const [up, down] = [Phi(xs.map((x) => Math.sqrt(1 / x) * (x / 2 - 1))), Phi(xs.map((x) => -Math.sqrt(1 / x) * (x / 2 + 1)))]
      return xs.map((_, i) => (up[i] as number) + Math.E * (down[i] as number))
    }],
    ['truncatedNormal', () => random.truncatedNormal(k, [N], { lower: -1, upper: 2 }), (xs) => {
      const [low, high] = Phi([-1, 2]) as [number, number]
      return Phi(xs).map((p) => (p - low) / (high - low))
    }],
    ['gamma, a < 1', () => random.gamma(k, [N], { a: 0.4 }), P(0.4)],
    ['gamma, a > 1', () => random.gamma(k, [N], { a: 5 }), P(5)],
    ['loggamma', () => random.loggamma(k, [N], { a: 0.05 }), (xs) => P(0.05)(xs.map(Math.exp))],
    ['beta', () => random.beta(k, [N], { a: 0.7, b: 2 }), I(0.7, 2)],
    ['chisquare', () => random.chisquare(k, [N], { df: 3 }), (xs) => P(1.5)(xs.map((x) => x / 2))],
    ['t', () => random.t(k, [N], { df: 4 }), (xs) => I(2, 0.5)(xs.map((x) => 4 / (4 + x * x))).map((p, i) => ((xs[i] as number) > 0 ? 1 - p / 2 : p / 2))],
    ['f', () => random.f(k, [N], { dfnum: 4, dfden: 7 }), (xs) => I(2, 3.5)(xs.map((x) => (4 * x) / (4 * x + 7)))],
    ['generalizedNormal', () => random.generalizedNormal(k, [N], { p: 1.5 }), (xs) => P(1 / 1.5)(xs.map((x) => Math.abs(x) ** 1.5)).map((p, i) => 0.5 + (Math.sign(xs[i] as number) * p) / 2)],
    ['the radius in a ball', () => ct.norm(random.ball(k, 3, [N]), { axes: [1] }), each((r) => r ** 3)],
    ['a coordinate in a ball', () => ct.slice(random.ball(k, 2, [N], { p: 1 }), [null, [1, 2]]), each((x) => (x < 0 ? (1 + x) ** 2 / 2 : 1 - (1 - x) ** 2 / 2))],
    ['dirichlet', () => ct.slice(random.dirichlet(k, [N], ct.tensor([1, 2, 3])), [null, [1, 2]]), I(2, 4)],
  ]
  test.each(laws)('%s', (_, draw, cdf) => expect(distance(drawn(draw()), cdf)).toBeLessThan(1.95))
})
describe('counts', () => {
  const logs = (n: number): number => Array.from({ length: n }, (_, i) => Math.log(i + 1)).reduce((a, b) => a + b, 0)
  const poisson = (lam: number) => (k: number): number => Math.exp(k * Math.log(lam) - lam - logs(k))
  const binomial = (n: number, p: number) => (k: number): number => Math.exp(logs(n) - logs(k) - logs(n - k) + k * Math.log(p) + (n - k) * Math.log(1 - p))
  const laws: readonly (readonly [string, () => unknown, (k: number) => number, number, number])[] = [
    ['poisson below 10', () => random.poisson(key(3), [N], { lam: 4 }), poisson(4), 0, 15],
    ['poisson above 10', () => random.poisson(key(4), [N], { lam: 40 }), poisson(40), 15, 70],
    ['binomial by gaps', () => random.binomial(key(5), [N], { n: 12, p: 0.3 }), binomial(12, 0.3), 0, 12],
    ['binomial by rejection', () => random.binomial(key(6), [N], { n: 100, p: 0.7 }), binomial(100, 0.7), 50, 90],
    ['geometric', () => random.geometric(key(7), [N], { p: 0.25 }), (k) => 0.25 * 0.75 ** (k - 1), 1, 30],
    ['choice of n', () => random.choice(key(9), 6, [N]), () => 1 / 6, 0, 6],
    ['choice of entries without replacement', () => vmap((k: never) => random.choice(k, ct.tensor([1, 2, 3, 4]), [2], { replace: false }))(random.keys(key(10), N / 2) as never), () => 1 / 4, 1, 5],
    ['choice by weights', () => random.choice(key(11), ct.tensor([0, 1, 2, 3]), [N], { p: ct.tensor([1, 3, 0, 4]) }), (i) => ([1, 3, 0, 4][i] as number) / 8, 0, 4],
    ['the first by weights without replacement', () => vmap((k: never) => random.choice(k, 3, [1], { p: ct.tensor([1, 1, 2]), replace: false }))(random.keys(key(12), N) as never), (i) => ([1, 1, 2][i] as number) / 4, 0, 3],
    ['a class of a multinomial', () => ct.slice(random.multinomial(key(13), [N], ct.tensor([0.2, 0.3, 0.5]), { n: 12 }), [null, [1, 2]]), binomial(12, 0.3), 0, 12],
    ['rademacher', () => random.rademacher(key(8), [N]), (k) => (k === 0 ? 0 : 0.5), -1, 2],
  ]
  test.each(laws)('%s', (_, draw, probability, from, to) => expect(Math.abs(excess(drawn(draw()), probability, from, to))).toBeLessThan(3.7))
})
describe('parameters', () => {
  test('may be tensors, one for each element, and each element is by itself', () => {
    const lam = ct.tensor([0, 1, 5, 50, 500])
    const means = drawn(ct.mean(random.poisson(key(0), [4000, 5], { lam, dtype: 'f32' }), { axes: [0] }))
    means.forEach((m, i) => expect(Math.abs(m - ([0, 1, 5, 50, 500][i] as number))).toBeLessThan(1.2))
    const together = flat(random.gamma(key(1), [2], { a: ct.tensor([0.5, 7]) }))
    expect(flat(random.gamma(key(1), [2], { a: ct.tensor([0.5, 70]) }))[0]).toBe(together[0])
  })
  test('that do not fit are refused', () => {
    expect(() => random.gamma(key(0), [3], { a: ct.tensor([1, 2]) as never })).toThrow('gamma: a is [2], which does not broadcast to [3]')
    expect(() => random.gamma(key(0), [3], {} as never)).toThrow('gamma: a must be given')
    expect(() => random.choice(key(0), 3, [4], { replace: false })).toThrow('choice: 4 different ones cannot be drawn of 3')
    expect(() => random.choice(key(0), 3, [4], { p: ct.tensor([1, 2]) })).toThrow('choice: p is [2], there are 3 entries')
    expect(() => random.choice(key(0), 0, [1])).toThrow('choice: there is nothing to draw from')
    expect(() => random.truncatedNormal(key(0), [3], { lower: 1, upper: 1 })).toThrow('lower (1) must be below upper (1)')
  })
  test('truncated numbers stay inside', () => {
    const xs = drawn(random.truncatedNormal(key(9), [N], { lower: 1, upper: 1.001 }))
    expect(Math.min(...xs)).toBeGreaterThan(1)
    expect(Math.max(...xs)).toBeLessThan(Math.fround(1.001))
  })
  test('binomial of nothing, of certainty, and of nonsense', () => {
    const p = ct.tensor([0, 1, 0.5, -0.1, 1.5])
    expect(flat(random.binomial(key(0), [5], { n: ct.tensor([9, 9, -1, 9, 9]), p }))).toEqual([0, 9, NaN, NaN, NaN])
  })
  test('gamma is differentiable in a, on average by 1', () => {
    const f = (a: Node): never => ct.mean(random.gamma(key(3), [4000], { a: a as never, dtype: 'f64' })) as never
    const slope = flat((grad as never as (f: unknown) => (a: unknown) => unknown)(f)(ct.tensor(Float64Array.of(2), { shape: [] })))
    expect(Math.abs(Number(slope[0]) - 1)).toBeLessThan(0.05)
  })
  test('draws map over keys', () => {
    const ks = random.keys(key(5), 3)
    const rows = flat((vmap as never as (f: unknown) => (x: unknown) => unknown)((k: never) => random.gamma(k, [2], { a: 2 }))(ks))
    const alone = [0, 1, 2].flatMap((i) => flat(random.gamma(random.split(key(5), 3)[i] as never, [2], { a: 2 })))
    expect(rows).toEqual(alone)
  })
})
