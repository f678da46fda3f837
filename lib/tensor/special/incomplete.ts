/**
 * The regularised incomplete gamma functions. Below its mean the power series of P converges, above it Legendre's continued
 * fraction of Q; both are loops that stop when every element has settled. The derivative along a is the loops' own.
 * @source NIST DLMF 8.2.4, 8.11.4 (series), 8.9.2 (fraction); Cephes igam.c for where each is used.
 */
import type { Node } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'
import type { Division } from '../../type/index.js'
import { gammalnOf, HALF_LOG_TAU, stirlingError } from './gamma.js'
import { settle } from './settle.js'
import { abs, allInDouble, below, choose, equal, exp, log, log1p, minus, neg, over, plus, slopeAlong, sloped2, times } from './real.js'

const EPSILON = 2 ** -54
/** log(x^a e^-x / Γ(a + 1)), for large a by the deviation of x from a. */
const logWeight = (a: Node, x: Node): Node => {
  const large = below(10, a)
  const [a1, x1] = [choose(large, a, 10), choose(large, x, 10)]
  const m = over(minus(x1, a1), a1)
  const near = below(abs(m), 0.5)
  const ratio = choose(near, log1p(choose(near, m, 0)), log(over(x1, a1)))
  const bell = minus(times(a1, minus(ratio, m)), plus(stirlingError(a1), times(log(a1), 0.5), HALF_LOG_TAU))
  const [a2, x2] = [choose(large, 1, a), choose(large, 1, x)]
  return choose(large, bell, minus(minus(times(a2, log(x2)), x2), gammalnOf(plus(a2, 1))))
}
/** 1 + x/(a+1) + x²/((a+1)(a+2)) + … */
const series = (a: Node, x: Node, on: Node): Node => {
  const one = constant(1, a)
  const end = settle(([, r, c, sum]) => {
    const [r1, c1] = [plus(r as Node, 1), over(times(c as Node, x), plus(r as Node, 1))]
    const total = plus(sum as Node, c1)
    return [below(times(total, EPSILON), c1), r1, c1, total]
  }, [on, a, one, one])
  return end[3] as Node
}
/**
 * Γ(a, x) e^x x^-a = 1/(x + 1 - a - 1(1 - a)/(x + 3 - a - …)), by Lentz's method. For whole a the fraction ends, its derivative
 * does not: so at least the 120/x steps are made in which e^(-4 √(n x)) vanishes.
 */
export const fraction = (a: Node, x: Node, on: Node): Node => {
  const first = minus(plus(x, 1), a)
  const end = settle(([, k, d, c, h]) => {
    const n = plus(k as Node, 1)
    const numerator = times(neg(n), minus(n, a))
    const denominator = plus(first, times(n, 2))
    const d1 = over(1, plus(times(numerator, d as Node), denominator))
    const c1 = plus(denominator, over(numerator, c as Node))
    const delta = times(c1, d1)
    const open = b.or([below(2 * EPSILON, abs(minus(delta, 1))), below(times(n, x), 120)])
    return [b.and([open, below(n, 1e5)]), n, d1, c1, times(h as Node, delta)]
  }, [on, constant(0, a), over(1, first), constant(1e300, a), over(1, first)])
  return end[4] as Node
}
/** P and Q where 0 < a and 0 < x are finite: the smaller is computed, the other is what it lacks to 1. */
const both = (a: Node, x: Node): readonly [Node, Node] => {
  const upper = b.and([below(1, x), below(a, x)])
  const lower = b.not([upper])
  const w = exp(logWeight(a, x))
  const p = times(w, series(choose(upper, 1, a), choose(upper, 1, x), lower))
  const q = times(w, a, fraction(choose(upper, a, 1), choose(upper, x, 3), upper))
  return [choose(upper, minus(1, q), p), choose(upper, q, minus(1, p))]
}
type Which = 0 | 1
/** 0 and 1 on the borders, NaN outside of them. */
const regularised = (which: Which) => (a: Node, x: Node): Node => {
  const inside = b.and([b.and([below(0, a), below(a, Infinity)]), b.and([below(0, x), below(x, Infinity)])])
  const y = both(choose(inside, a, 1), choose(inside, x, 1))[which] as Node
  const bad = b.or([b.or([below(a, 0), below(x, 0)]), b.or([b.ne([a, a]), b.ne([x, x])])])
  const none = b.or([bad, b.or([b.and([equal(a, 0), equal(x, 0)]), b.and([equal(a, Infinity), equal(x, Infinity)])])])
  const full = b.or([equal(a, 0), equal(x, Infinity)])
  const edge = choose(full, 1 - which, constant(which, a))
  return choose(inside, y, choose(none, NaN, edge))
}
const slopes = (which: Which) => (a: Node, x: Node): readonly [Node, Node] => {
  const inside = b.and([b.and([below(0, a), below(a, Infinity)]), b.and([below(0, x), below(x, Infinity)])])
  const [a1, x1] = [choose(inside, a, 1), choose(inside, x, 1)]
  const density = over(times(exp(logWeight(a1, x1)), a1), x1)
  const dx = choose(inside, which === 0 ? density : neg(density), 0)
  return [choose(inside, slopeAlong((v) => both(v, x1)[which] as Node, a1), constant(NaN, a)), dx]
}
/** dz/da along the level lines of P(a, z): how a gamma variable moves with its parameter. */
export const gammaSlope = (a: Node, z: Node): Node => {
  const [along, density] = slopes(0)(a, z)
  return neg(over(along, density))
}
const made = (op: string, which: Which): Division => allInDouble(op, ((a: Node, x: Node) => sloped2(regularised(which), slopes(which))(a, x)) as never)

/**
 * P(a, x) = γ(a, x) / Γ(a), the lower regularised incomplete gamma function; NaN for negative a or x.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted float; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @source NIST DLMF 8.2.4, 8.11.4, 8.9.2.
 * @example deepClose(await read(special.gammainc(tensor(1), tensor([0, 2]))), [0, 1 - Math.exp(-2)])
 */
export const gammainc: Division = made('gammainc', 0)
/**
 * Q(a, x) = Γ(a, x) / Γ(a) = 1 - P(a, x), the upper regularised incomplete gamma function; NaN for negative a or x.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted float; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @source NIST DLMF 8.2.4, 8.11.4, 8.9.2.
 * @example deepClose(await read(special.gammaincc(tensor(1), tensor([0, 2]))), [1, Math.exp(-2)])
 */
export const gammaincc: Division = made('gammaincc', 1)
