/** Entropies and log-odds: x log y and its kin with 0 log 0 = 0, the logistic function and its inverse. */
import type { Node } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'
import type { Division, Unary } from '../../type/index.js'
import { allInDouble, below, choose, equal, inDouble, log, log1p, minus, neg, over, plus, sloped, sloped2, times } from './real.js'

const present = (y: Node): Node => b.eq([y, y])
/** x g(y), 0 where x is 0 and y is no NaN. */
const weighted = (g: (y: Node) => Node) => (x: Node, y: Node): Node => {
  const none = b.and([equal(x, 0), present(y)])
  return choose(none, 0, times(x, g(choose(none, 1, y))))
}
const xlogyOf = weighted(log)
const xlogxOf = (x: Node): Node => xlogyOf(x, x)
const xlogx = (x: Node): Node => sloped(xlogxOf, (z) => plus(log(z), 1))(x)
const relEntrOf = (x: Node, y: Node): Node => {
  const inside = b.and([below(0, x), below(0, y)])
  const [p, q] = [choose(inside, x, 1), choose(inside, y, 1)]
  const zero = b.and([equal(x, 0), b.not([below(y, 0)])])
  const missing = b.not([b.and([present(x), present(y)])])
  const ratio = over(p, q)
  const plain = b.and([below(1e-300, ratio), below(ratio, 1e300)])
  const value = times(p, choose(plain, log(choose(plain, ratio, 1)), minus(log(p), log(q))))
  return choose(inside, value, choose(missing, NaN, choose(zero, 0, constant(Infinity, x))))
}
const klDivOf = (x: Node, y: Node): Node => {
  const r = relEntrOf(x, y)
  const outside = equal(r, Infinity)
  return choose(outside, Infinity, plus(minus(choose(outside, 0, r), x), y))
}
/** log(x / (1 - x)); near ½ as log1p, which keeps the zero exact. */
const logitOf = (x: Node): Node => {
  const mid = b.and([below(0.3, x), below(x, 0.65)])
  const m = choose(mid, x, 0.5)
  const y = choose(mid, 0.25, x)
  return choose(mid, log1p(over(minus(times(m, 2), 1), minus(1, m))), minus(log(y), log1p(neg(y))))
}

/**
 * x log y, 0 where x is 0 (unless y is NaN).
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted float; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(special.xlogy(tensor([0, 2]), tensor([0, Math.E]))), [0, 2])
 */
export const xlogy: Division = allInDouble('xlogy', ((x: Node, y: Node) => sloped2(xlogyOf, (p, q) => [log(q), over(p, q)])(x, y)) as never)
/**
 * x log(1 + y), 0 where x is 0 (unless y is NaN).
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted float; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(special.xlog1py(tensor([0, 2]), tensor([-1, 1]))), [0, 2 * Math.LN2])
 */
export const xlog1py: Division = allInDouble('xlog1py', ((x: Node, y: Node) =>
  sloped2(weighted(log1p), (p, q) => [log1p(q), over(p, plus(q, 1))])(x, y)) as never)
/**
 * log(x / (1 - x)), the inverse of the logistic function; ∓∞ at 0 and 1, NaN outside.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(special.logit(tensor([0.5, 0.25]))), [0, -Math.log(3)])
 */
export const logit: Unary = inDouble('logit', (x) => sloped(logitOf, (z) => over(1, times(z, minus(1, z))))(x))
/**
 * The logistic function 1 / (1 + e^(-x)): SciPy's name for sigmoid.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(special.expit(tensor([0, Math.log(3)]))), [0.5, 0.75])
 */
export const expit: Unary = inDouble('expit', (x) => b.sigmoid([x]))
/**
 * -x log x, the entropy of an element; 0 at 0, -∞ below.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(special.entr(tensor([0, 1, 0.5]))), [0, 0, Math.LN2 / 2])
 */
export const entr: Unary = inDouble('entr', (x) => {
  const low = below(x, 0)
  return choose(low, -Infinity, neg(xlogx(choose(low, 1, x))))
})
/**
 * x log(x / y), the elements of the relative entropy; 0 where x = 0 ≤ y, ∞ outside of the domain.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted float; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @source scipy.special.rel_entr, SciPy 1.17.
 * @example deepClose(await read(special.relEntr(tensor([0, 2]), tensor([1, 1]))), [0, 2 * Math.LN2])
 */
export const relEntr: Division = allInDouble('relEntr', relEntrOf as never)
/**
 * x log(x / y) - x + y, the elements of the Kullback-Leibler divergence, never negative; ∞ outside of the domain.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted float; integers in f32
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @source scipy.special.kl_div, SciPy 1.17.
 * @example deepClose(await read(special.klDiv(tensor([0, 2]), tensor([1, 1]))), [1, 2 * Math.LN2 - 1])
 */
export const klDiv: Division = allInDouble('klDiv', klDivOf as never)
