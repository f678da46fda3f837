/**
 * Special functions beyond the recorded values: poles and borders, identities between them, derivatives that are each
 * other, and no NaN in a gradient where the function is smooth.
 */
import { describe, expect, test } from 'vitest'
import type { Node } from '../../lib/ir/node.js'
import * as ct from '../../lib/tensor/index.js'
import { grad, jit, vmap } from '../../lib/transform/index.js'
import { flat } from './value.js'

const { special } = ct
type Fn = (...xs: never[]) => unknown
const f64 = (xs: readonly number[]): never => ct.tensor(Float64Array.from(xs)) as never
const at = (f: Fn, ...xs: readonly (readonly number[])[]): number[] => flat((f as (...xs: never[]) => unknown)(...xs.map(f64))).map(Number)
/** f'(x) for each x. */
const slope = (f: Fn, xs: readonly number[]): number[] =>
  flat((grad as never as (f: unknown) => (x: unknown) => unknown)((x: Node) => ct.sum((f as (x: Node) => never)(x) as never))(f64(xs))).map(Number)
const near = (got: readonly number[], want: readonly number[], tolerance = 1e-12): void => {
  expect(got.length).toBe(want.length)
  got.forEach((g, i) => {
    const w = want[i] as number
    if (!Object.is(g, w) && g !== w) expect(Math.abs(g - w), `[${i}]: ${g}, not ${w}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(w)))
  })
}
const inf = Infinity

describe('poles and borders', () => {
  const table: readonly (readonly [string, Fn, readonly number[], readonly number[]])[] = [
    ['gamma', special.gamma, [0, -0, -1, -2, inf, 171.7, NaN], [inf, -inf, NaN, NaN, inf, inf, NaN]],
    ['gammaln', special.gammaln, [0, -1, inf, -inf, 1, 2, NaN], [inf, inf, inf, inf, 0, 0, NaN]],
    ['digamma', special.digamma, [0, -0, -1, inf, NaN], [-inf, inf, NaN, inf, NaN]],
    ['erfinv', special.erfinv, [0, -0, 1, -1, 1.5, NaN], [0, -0, inf, -inf, NaN, NaN]],
    ['ndtri', special.ndtri, [0, 1, 0.5, -0.1, 2, NaN], [-inf, inf, 0, NaN, NaN, NaN]],
    ['logNdtr', special.logNdtr, [-inf, inf, NaN], [-inf, 0, NaN]],
    ['i0', special.i0, [inf, -inf, NaN], [inf, inf, NaN]],
    ['i1e', special.i1e, [0, inf, -inf, NaN], [0, 0, 0, NaN]],
    ['logit', special.logit, [0, 1, 0.5, 2, NaN], [-inf, inf, 0, NaN, NaN]],
    ['entr', special.entr, [0, 1, -1, inf, NaN], [0, -0, -inf, -inf, NaN]],
  ]
  test.each(table)('%s', (_, f, xs, want) => near(at(f, xs), want))
  test('of two arguments', () => {
    near(at(special.gammainc, [0, 1, 1, 0, inf, -1, 1, inf], [1, 0, inf, 0, 1, 1, -1, inf]), [1, 0, 1, NaN, 0, NaN, NaN, NaN])
    near(at(special.gammaincc, [0, 1, 1, 0, inf, -1], [1, 0, inf, 0, 1, 1]), [0, 1, 0, NaN, 1, NaN])
    near(at(special.zeta, [1, 2, 0.5, 2, 2], [1, 0, 1, inf, -1]), [inf, inf, NaN, 0, inf])
    near(at(special.betaln, [0, 1, inf], [1, 0, 2]), [inf, inf, -inf])
    near(at(special.xlogy, [0, 0, 1], [0, NaN, 0]), [0, NaN, -inf])
    near(at(special.relEntr, [0, 1, -1, 0], [0, 0, 1, -1]), [0, inf, inf, inf])
    near(at(special.betainc, [1, 1, 0, 0, 2], [1, 1, 1, 0, inf], [0, 1, 0.5, 0.5, 0.5]), [0, 1, 1, NaN, 1])
  })
  test('polygamma wants a whole order', () => {
    expect(() => special.polygamma(0.5, ct.tensor(1))).toThrow('polygamma: n must be a whole number')
    near(at(((x: never) => special.polygamma(1, x)) as Fn, [0, -1, inf]), [inf, inf, 0])
    near(at(((x: never) => special.polygamma(2, x)) as Fn, [-1, -0.5]), [NaN, -0.8287966448 + 0], 1e-9)
  })
})
describe('identities', () => {
  const xs = [0.1, 0.7, 1.3, 2.9, 7.5, 12.9, 13.1, 30]
  test('Γ(x + 1) = x Γ(x), and B(x, y) B(x + y, 1 - y) = π / (x sin πy)', () => {
    near(at(special.gamma, xs.map((x) => x + 1)), at(special.gamma, xs).map((g, i) => g * (xs[i] as number)), 2e-15 * 10)
    const y = 0.3
    const product = at(special.beta, xs, xs.map(() => y)).map((v, i) => v * (at(special.beta, [(xs[i] as number) + y], [1 - y])[0] as number))
    near(product, xs.map((x) => Math.PI / (x * Math.sin(Math.PI * y))), 1e-13)
  })
  test('P + Q = 1, and I is mirrored', () => {
    const [a, x] = [xs, [...xs].reverse()]
    near(at(special.gammainc, a, x).map((p, i) => p + (at(special.gammaincc, a, x)[i] as number)), xs.map(() => 1))
    const t = xs.map((_, i) => (i + 1) / 10)
    near(at(special.betainc, a, x, t), at(special.betainc, x, a, t.map((v) => 1 - v)).map((v) => 1 - v))
  })
  test('inverses', () => {
    const ps = [1e-300, 1e-20, 1e-5, 0.1, 0.5, 0.9, 0.999]
    near(at(special.ndtr, at(special.ndtri, ps)), ps)
    near(at(special.ndtr, at(special.ndtri, ps)).map((p, i) => p / (ps[i] as number)), ps.map(() => 1), 1e-11)
    near(at(special.expit, at(special.logit, ps)), ps)
  })
})
describe('derivatives', () => {
  const xs = [-2.5, -0.3, 0.2, 0.9, 1, 2, 5, 20]
  test('of log Γ are the polygammas', () => {
    near(slope(special.gammaln, xs), at(special.digamma, xs))
    near(slope(special.spence, [0.5, 1, 3]), [2 * Math.log(0.5), -1, Math.log(3) / -2])
    near(slope(special.exp1, [0.5, 3]), [-Math.exp(-0.5) / 0.5, -Math.exp(-3) / 3])
    near(slope(special.digamma, xs), at(((x: never) => special.polygamma(1, x)) as Fn, xs), 1e-12)
    const second = ((x: Node) => (grad as never as (f: unknown) => (x: Node) => Node)((y: Node) => ct.sum(special.gammaln(y as never) as never))(x)) as never as Fn
    near(slope(second, xs), at(((x: never) => special.polygamma(1, x)) as Fn, xs), 1e-12)
  })
  test('are finite where the function is smooth, in every argument', () => {
    const names = ['gamma', 'gammaln', 'digamma', 'i0', 'i0e', 'i1', 'i1e', 'ndtr', 'logNdtr', 'expi'] as const
    for (const name of names) expect(slope(special[name] as never, [-30.5, -0.5, 0.3, 1, 2, 8, 13, 40]).filter((v) => !Number.isFinite(v)), name).toEqual([])
    for (const name of ['gammainc', 'gammaincc', 'betaln', 'beta'] as const) {
      const of = (f: (v: Node) => Node) => slope(f as never, [0.2, 1, 3, 9, 50])
      const g = special[name] as never as (a: unknown, x: unknown) => Node
      expect([...of((a) => g(a, 2)), ...of((x) => g(2, x))].filter((v) => !Number.isFinite(v)), name).toEqual([])
    }
  })
  test('of the incomplete functions along a are difference quotients', () => {
    const [as, h] = [[0.3, 1, 4, 15], 1e-5]
    for (const name of ['gammainc', 'gammaincc'] as const) {
      const f = ((a: never) => special[name](a, 3 as never)) as Fn
      near(slope(f, as), at(f, as.map((a) => a + h)).map((y, i) => (y - (at(f, as.map((a) => a - h))[i] as number)) / (2 * h)), 1e-8)
    }
    const f = ((a: never) => special.betainc(a, 2 as never, ct.tensor(Float64Array.of(0.3)) as never)) as Fn
    near(slope(f, as), at(f, as.map((a) => a + h)).map((y, i) => (y - (at(f, as.map((a) => a - h))[i] as number)) / (2 * h)), 1e-8)
  })
  test('go through vmap and jit', () => {
    const f = (x: never): never => special.gammainc(x, 2 as never) as never
    near(flat((vmap as never as (f: unknown) => (x: unknown) => unknown)(f)(f64(xs.slice(2)))).map(Number), at(f as Fn, xs.slice(2)))
    near(flat((jit as never as (f: unknown) => (x: unknown) => unknown)(f)(f64(xs.slice(2)))).map(Number), at(f as Fn, xs.slice(2)))
  })
})
