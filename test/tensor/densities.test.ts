/**
 * Laws of distributions, folded over their records: the derivative of cdf is the density, ppf undoes cdf, cdf and sf are two
 * halves, masses add up to the distribution function, derivatives in parameters are difference quotients.
 */
import { describe, expect, test } from 'vitest'
import type { Node } from '../../lib/ir/node.js'
import * as ct from '../../lib/tensor/index.js'
import { grad, jit, vmap } from '../../lib/transform/index.js'
import { flat } from './value.js'

const { distribution } = ct
type Fn = (x: unknown, s?: unknown) => Node
type Functions = Readonly<Record<string, Fn>>
const f64 = (xs: readonly number[]): unknown => ct.tensor(Float64Array.from(xs))
const at = (f: (x: never) => unknown, xs: readonly number[]): number[] => flat(f(f64(xs) as never)).map(Number)
const slope = (f: (x: never) => unknown, xs: readonly number[]): number[] =>
  flat((grad as never as (f: unknown) => (x: unknown) => unknown)((x: Node) => ct.sum(f(x as never) as never))(f64(xs))).map(Number)
const near = (got: readonly number[], want: readonly number[], tolerance: number): void =>
  want.forEach((w, i) => expect(Math.abs((got[i] as number) - w), `[${i}]: ${got[i]}, not ${w}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(w))))

const LINE = [-2.5, -1, -0.25, 0.125, 0.75, 1.5, 3]
const HALF = [0.0625, 0.5, 1.25, 2, 4.5]
const UNIT = [0.0625, 0.25, 0.5, 0.8125]
const continuous: readonly (readonly [keyof typeof distribution, Readonly<Record<string, number>>, readonly number[]])[] = [
  ['norm', {}, LINE], ['uniform', {}, UNIT], ['expon', {}, HALF], ['laplace', {}, LINE], ['logistic', {}, LINE], ['cauchy', {}, LINE], ['gumbelR', {}, LINE], ['gumbelL', {}, LINE],
  ['pareto', { b: 2.5 }, HALF.map((x) => x + 1)], ['gamma', { a: 2.25 }, HALF], ['chi2', { df: 3 }, HALF], ['beta', { a: 2, b: 0.75 }, UNIT], ['t', { df: 4.5 }, LINE],
  ['gennorm', { beta: 1.5 }, LINE], ['truncnorm', { a: -1.5, b: 1 }, [-1.25, -0.5, 0.5, 0.875]],
]
const discrete: readonly (readonly [keyof typeof distribution, Readonly<Record<string, number>>])[] = [
  ['bernoulli', { p: 0.25 }], ['binom', { n: 6, p: 0.375 }], ['geom', { p: 0.375 }], ['nbinom', { n: 2.5, p: 0.625 }], ['poisson', { mu: 1.75 }],
]
const functions = (name: keyof typeof distribution): Functions => distribution[name] as unknown as Functions
const of = (name: keyof typeof distribution, fn: string, s: Readonly<Record<string, unknown>>) => (x: never): Node => (functions(name)[fn] as Fn)(x, s)

describe.each(continuous)('%s', (name, s, xs) => {
  const placed = { ...s, loc: 0.5, scale: 2 }
  const moved = xs.map((x) => 2 * x + 0.5)
  test('the derivative of cdf is pdf, and pdf is the exponential of logpdf', () => {
    near(slope(of(name, 'cdf', placed), moved), at(of(name, 'pdf', placed), moved), 1e-9)
    near(at(of(name, 'logpdf', placed), moved).map(Math.exp), at(of(name, 'pdf', placed), moved), 1e-13)
  })
  test('cdf and sf are two halves, and their logarithms are theirs', () => {
    near(at(of(name, 'cdf', placed), moved).map((p, i) => p + (at(of(name, 'sf', placed), moved)[i] as number)), xs.map(() => 1), 1e-13)
    for (const fn of ['cdf', 'sf']) near(at(of(name, `log${fn}`, placed), moved).map(Math.exp), at(of(name, fn, placed), moved), 1e-13)
  })
  test('derivatives in the parameters are difference quotients', () => {
    for (const key of Object.keys(placed)) for (const fn of ['logpdf', 'cdf']) {
      const f = (v: never): Node => of(name, fn, { ...placed, [key]: v })(f64(moved) as never)
      const value = placed[key as keyof typeof placed]
      const h = 1e-5
      const quotient = at(f, xs.map(() => value + h)).map((y, i) => (y - (at(f, xs.map(() => value - h))[i] as number)) / (2 * h))
      near(slope(f, xs.map(() => value)), quotient, 1e-7)
    }
  })
  test('is the same under vmap and jit', () => {
    const f = of(name, 'logpdf', placed)
    const want = at(f, moved)
    near(flat((vmap as never as (f: unknown) => (x: unknown) => unknown)(f)(f64(moved))).map(Number), want, 1e-14)
    near(flat((jit as never as (f: unknown) => (x: unknown) => unknown)(f)(f64(moved))).map(Number), want, 1e-14)
  })
  if ('ppf' in functions(name)) test('ppf undoes cdf, isf undoes sf', () => {
    near(at(of(name, 'ppf', placed), at(of(name, 'cdf', placed), moved)), moved, 1e-9)
    near(at(of(name, 'isf', placed), at(of(name, 'sf', placed), moved)), moved, 1e-9)
  })
})
describe.each(discrete)('%s', (name, s) => {
  test('masses add up to cdf, and cdf and sf are two halves', () => {
    const ks = Array.from({ length: 30 }, (_, k) => k)
    const masses = at(of(name, 'pmf', s), ks)
    let sum = 0
    near(at(of(name, 'cdf', s), ks), masses.map((p) => (sum += p)), 1e-12)
    near(at(of(name, 'cdf', s), ks).map((p, i) => p + (at(of(name, 'sf', s), ks)[i] as number)), ks.map(() => 1), 1e-13)
  })
})
describe('beyond', () => {
  test('masses of betabinom and multinomial add up to 1', () => {
    const sum = (xs: readonly number[]): number => xs.reduce((a, x) => a + x, 0)
    near([sum(at(of('betabinom', 'pmf', { n: 5, a: 0.75, b: 2 }), [0, 1, 2, 3, 4, 5]))], [1], 1e-13)
    const counts = [0, 1, 2, 3].map((k) => ct.tensor(Float64Array.of(k, 3 - k)))
    near([sum(counts.map((c) => Number(flat(distribution.multinomial.pmf(c, { p: ct.tensor(Float64Array.of(0.25, 0.75)) }))[0])))], [1], 1e-13)
  })
  test('a derivative outside the support is 0, never NaN', () => {
    for (const name of ['expon', 'uniform', 'gamma', 'beta', 'pareto'] as const) expect(slope(of(name, 'pdf', { a: 2, b: 2 }), [-1]), name).toEqual([0])
  })
  test('faults say what is missing', () => {
    expect(() => (distribution.gamma.pdf as unknown as Fn)(f64([1]), {})).toThrow('distribution.gamma.pdf: a must be given, a number or a tensor')
    expect(() => distribution.norm.pdf(ct.tensor([1, 2]), { loc: ct.tensor([1, 2, 3]) })).toThrow('distribution.norm.pdf: loc is [3], which does not broadcast to [2]')
    expect(() => distribution.dirichlet.pdf(ct.tensor([0.5, 0.5]), { alpha: ct.tensor([1, 1, 1]) })).toThrow('distribution.dirichlet.pdf')
  })
})
