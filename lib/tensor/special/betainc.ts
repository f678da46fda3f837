/**
 * The regularised incomplete beta function, by its continued fraction where that converges fast, mirrored elsewhere.
 * @source NIST DLMF 8.17.4 (mirror), 8.17.22 and 8.17.23 (fraction).
 */
import type { Node } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'
import type { Bin, Device, DeviceOf, FloatOf, Must, Operand, Shape, Tensor, Unbox } from '../../type/index.js'
import type { BinDType } from '../../type/index.js'
import { customJvp } from '../../transform/index.js'
import { betalnOf } from './beta.js'
import { settle } from './settle.js'
import { abs, allInDouble, below, choose, equal, exp, log, log1p, minus, over, plus, slopeAlong, times } from './real.js'

const SMALL = 1e-300
const away = (x: Node): Node => choose(below(abs(x), SMALL), SMALL, x)
/** Coefficients d₂ₘ and d₂ₘ₊₁ of the fraction 1/(1 + d₁/(1 + d₂/(1 + …))). */
const even = (m: Node, p: Node, q: Node, x: Node): Node => {
  const p2 = plus(p, times(m, 2))
  return over(times(m, minus(q, m), x), times(minus(p2, 1), p2))
}
const odd = (m: Node, p: Node, q: Node, x: Node): Node => {
  const p2 = plus(p, times(m, 2))
  return over(times(-1, plus(p, m), plus(p, q, m), x), times(p2, plus(p2, 1)))
}
interface Lentz { readonly c: Node; readonly d: Node; readonly h: Node; readonly delta: Node }
const step = (coefficient: Node, c: Node, d: Node, h: Node): Lentz => {
  const d1 = over(1, away(plus(times(coefficient, d), 1)))
  const c1 = away(plus(over(coefficient, c), 1))
  const delta = times(c1, d1)
  return { c: c1, d: d1, h: times(h, delta), delta }
}
/** Steps in which the fraction settles, as r^(2n): where q is whole it ends earlier, but not its derivative along q. */
const leastSteps = (x: Node): Node => {
  const s = b.sqrt([minus(1, x)])
  return over(-20, log(over(minus(1, s), plus(1, s))))
}
const fraction = (p: Node, q: Node, x: Node, on: Node): Node => {
  const one = constant(1, x)
  const start = step(odd(constant(0, x), p, q, x), one, one, one)
  const least = leastSteps(x)
  const end = settle(([, m, c, d, h]) => {
    const n = plus(m as Node, 1)
    const half = step(even(n, p, q, x), c as Node, d as Node, h as Node)
    const full = step(odd(n, p, q, x), half.c, half.d, half.h)
    const open = b.or([below(2 ** -52, abs(minus(full.delta, 1))), below(n, least)])
    return [b.and([open, below(n, 1e5)]), n, full.c, full.d, full.h]
  }, [on, constant(0, x), one, start.d, start.d])
  return end[4] as Node
}
/** For 0 < a, b < ∞ and 0 < x < 1. */
const interior = (p: Node, q: Node, x: Node, on: Node): Node => {
  const fast = below(x, over(plus(p, 1), plus(p, q, 2)))
  const [p1, q1, x1] = [choose(fast, p, q), choose(fast, q, p), choose(fast, x, minus(1, x))]
  const weight = minus(plus(times(p1, choose(fast, log(x), log1p(minus(0, x)))), times(q1, choose(fast, log1p(minus(0, x)), log(x)))), plus(betalnOf(p1, q1), log(p1)))
  const y = times(exp(weight), fraction(p1, q1, x1, on))
  return choose(fast, y, minus(1, y))
}
const insideOf = (p: Node, q: Node, x: Node): Node => {
  const finite = b.and([b.and([below(0, p), below(p, Infinity)]), b.and([below(0, q), below(q, Infinity)])])
  return b.and([finite, b.and([below(0, x), below(x, 1)])])
}
/** Where a or b is 0 or ∞ the mass sits at one end. */
const edges = (p: Node, q: Node, x: Node): Node => {
  const low = b.or([equal(p, 0), equal(q, Infinity)])
  const high = b.or([equal(q, 0), equal(p, Infinity)])
  const outside = b.or([b.or([below(p, 0), below(q, 0)]), b.or([below(x, 0), below(1, x)])])
  const missing = b.or([b.ne([x, x]), b.or([b.ne([p, p]), b.ne([q, q])])])
  const bad = b.or([b.or([outside, missing]), b.and([low, high])])
  const zero = b.or([equal(x, 0), b.and([high, below(x, 1)])])
  return choose(bad, NaN, choose(zero, 0, constant(1, x)))
}
const betaincOf = (p: Node, q: Node, x: Node): Node => {
  const on = insideOf(p, q, x)
  return choose(on, interior(choose(on, p, 1), choose(on, q, 1), choose(on, x, 0.5), on), edges(p, q, x))
}
const slopes = (p: Node, q: Node, x: Node): readonly [Node, Node, Node] => {
  const on = insideOf(p, q, x)
  const [p1, q1, x1] = [choose(on, p, 1), choose(on, q, 1), choose(on, x, 0.5)]
  const density = exp(minus(plus(times(minus(p1, 1), log(x1)), times(minus(q1, 1), log1p(minus(0, x1)))), betalnOf(p1, q1)))
  const along = (f: (v: Node) => Node, at: Node): Node => choose(on, slopeAlong(f, at), NaN)
  return [along((v) => interior(v, q1, x1, on), p1), along((v) => interior(p1, v, x1, on), q1), choose(on, density, 0)]
}
type Triple = [Node, Node, Node]
const ruled = (a: Node, q: Node, x: Node): Node => (customJvp(betaincOf as never, ((at: Triple, ds: Triple) => {
  const along = slopes(...at)
  return [betaincOf(...at), plus(...ds.map((d, i) => times(d, along[i] as Node)))]
}) as never) as unknown as typeof betaincOf)(a, q, x)

type Third<A, B, X> = Bin<A, B> extends [infer S extends Shape] ? Bin<Tensor<S, 'bool', DeviceOf<A> | DeviceOf<B>>, X> : [Shape]
type DType3<A, B, X> = FloatOf<BinDType<Tensor<[], BinDType<A, B>, Device>, X>>
/** Of three operands.  @shape [...a], [...b], [...x] → broadcast(a, b, x) */
export interface Betainc {
  <A extends Operand, B extends Operand, X extends Operand>(a: A, b: Must<Bin<A, B>, B>, x: Must<Third<A, B, X>, X>):
    Tensor<Unbox<Third<A, B, X>>, DType3<A, B, X>, DeviceOf<A> | DeviceOf<B> | DeviceOf<X>>
}
/**
 * I_x(a, b) = ∫₀ˣ t^(a-1) (1-t)^(b-1) dt / B(a, b), the regularised incomplete beta function; NaN for x outside [0, 1] or
 * negative a, b.
 * @shape [...a], [...b], [...x] → broadcast(a, b, x)
 * @dtype promoted float; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @source NIST DLMF 8.17.2, 8.17.4, 8.17.22.
 * @example deepClose(await read(special.betainc(tensor(2), tensor(1), tensor([0, 0.5, 1]))), [0, 0.25, 1])
 */
export const betainc: Betainc = allInDouble('betainc', ruled as never)
