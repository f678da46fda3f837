/**
 * The beta function. Where an argument is 10 or more, log Γ is taken apart into Stirling's formula and its small error, so
 * that the large parts cancel on paper and not in numbers.
 * @source NIST DLMF 5.12.1; A. R. DiDonato, A. H. Morris, Algorithm 708, ACM TOMS 18 (1992), for the parts of log B.
 */
import type { Node } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'
import type { Device, Division, FloatDType, Shape, Tensor } from '../../type/index.js'
import { count } from '../fit.js'
import { digammaOf } from './digamma.js'
import { gammalnOf, gammaSign, HALF_LOG_TAU, stirlingError } from './gamma.js'
import { allInDouble, below, choose, equal, exp, inDouble, log, log1p, minus, over, plus, sloped2, times } from './real.js'

const TEN = 10
/** log Γ(q) - log Γ(p + q) for p > 0, q ≥ 10. */
const ratio = (p: Node, q: Node): Node => {
  const sum = plus(p, q)
  const stretched = times(minus(sum, 0.5), log1p(over(p, q)))
  return minus(plus(p, minus(stirlingError(q), stirlingError(sum))), plus(stretched, times(p, log(q))))
}
/** Both arguments 10 or more: the powers of the larger cancel too. */
const large = (p: Node, q: Node): Node => {
  const h = over(p, q)
  const errors = minus(plus(stirlingError(p), stirlingError(q)), stirlingError(plus(p, q)))
  const main = plus(times(minus(p, 0.5), log(over(h, plus(h, 1)))), times(log(q), -0.5), HALF_LOG_TAU)
  return minus(plus(main, errors), times(q, log1p(h)))
}
/** log |B(p, q)| for p ≤ q. */
const ordered = (p: Node, q: Node): Node => {
  const far = b.and([b.and([below(9.999, q), below(q, Infinity)]), below(0, p)])
  const both = b.and([far, below(9.999, p)])
  const plain = minus(plus(gammalnOf(p), gammalnOf(choose(far, 1, q))), gammalnOf(plus(p, choose(far, 1, q))))
  const [p1, q1] = [choose(far, p, 1), choose(far, q, TEN)]
  return choose(both, large(choose(both, p, TEN), choose(both, q, TEN)), choose(far, plus(gammalnOf(p1), ratio(p1, q1)), plain))
}
/** log |B(x, y)|; ∞ where one is 0, -∞ where one is ∞. */
export const betalnOf = (x: Node, y: Node): Node => {
  const [p, q] = [b.min([x, y]), b.max([x, y])]
  const edge = b.and([b.not([below(p, 0)]), b.or([equal(p, 0), equal(q, Infinity)])])
  const one = constant(1, x)
  const inner = ordered(choose(edge, one, p), choose(edge, one, q))
  const outer = choose(equal(p, 0), choose(equal(q, Infinity), NaN, constant(Infinity, x)), -Infinity)
  return choose(edge, outer, inner)
}
const slopes = (x: Node, y: Node): readonly [Node, Node] => {
  const both = digammaOf(plus(x, y))
  return [minus(digammaOf(x), both), minus(digammaOf(y), both)]
}
const signed = (x: Node, y: Node): Node =>
  times(gammaSign(x), gammaSign(y), gammaSign(plus(x, y)), exp(betalnOf(x, y)))

/**
 * log |B(x, y)| = log |Γ(x) Γ(y) / Γ(x + y)|.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted float; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @source NIST DLMF 5.12.1; Algorithm 708, ACM TOMS 18 (1992).
 * @example deepClose(await read(special.betaln(tensor(2), tensor([1, 3]))), [Math.log(1 / 2), Math.log(1 / 12)])
 */
export const betaln: Division = allInDouble('betaln', ((x: Node, y: Node) => sloped2(betalnOf, slopes)(x, y)) as never)
/**
 * B(x, y) = Γ(x) Γ(y) / Γ(x + y), with its sign.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted float; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @source NIST DLMF 5.12.1.
 * @example deepClose(await read(special.beta(tensor(2), tensor([1, 3]))), [1 / 2, 1 / 12])
 */
export const beta: Division = allInDouble('beta', ((x: Node, y: Node) => sloped2(signed, (p, q, z) => {
  const [dp, dq] = slopes(p, q)
  return [times(z, dp), times(z, dq)]
})(x, y)) as never)

/** Of a dimension d.  @shape ([...s], d) → [...s] */
export interface Multigammaln {
  <S extends Shape, D extends FloatDType, V extends Device>(a: Tensor<S, D, V>, d: number): Tensor<S, D, V>
}
const multi = (d: number) => (a: Node): Node => {
  const parts = Array.from({ length: d }, (_, i) => gammalnOf(minus(a, i / 2)))
  return plus(...parts, (d * (d - 1) * Math.log(Math.PI)) / 4)
}
/**
 * The logarithm of the multivariate gamma function, d (d - 1) / 4 · log π + Σ log Γ(a - i / 2) over i < d.
 * @shape ([...s], d) → [...s]
 * @dtype float → same; integers in f32
 * @throws InvalidArgument when d is negative or not whole.
 * @source NIST DLMF 35.3.4.
 * @example deepClose(await read(special.multigammaln(tensor([3]), 1)), [Math.LN2])
 */
export const multigammaln: Multigammaln = ((a: unknown, d: number) =>
  (inDouble('multigammaln', multi(count('multigammaln', 'd', d))) as (x: unknown) => unknown)(a)) as never
