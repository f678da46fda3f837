/**
 * The gamma distribution by rejection, and what is made of it. Every element has a key of its own and stops by itself, so a
 * sample does not depend on its neighbours. Samples are differentiable in the shape parameter: along the level lines of the
 * distribution function, dz/da = -(∂P/∂a) / (∂P/∂z).
 * @source Marsaglia, Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000), as jax.random.gamma 0.10;
 * Figurnov, Mohamed, Mnih, "Implicit reparameterization gradients", NeurIPS 2018.
 */
import type { Node } from '../../ir/node.js'
import { numel } from '../../ir/node.js'
import { b, castTo, constant, reshapeTo } from '../../prim/index.js'
import { customJvp } from '../../transform/index.js'
import type { Device, WideFloatDType, Key, Shape, Tensor } from '../../type/index.js'
import { realFloatOf } from '../../type/index.js'
import { gammaSlope } from '../special/incomplete.js'
import { below, choose, equal, exp, log, log1p, minus, neg, over, plus, times } from '../special/real.js'
import { settle } from '../special/settle.js'
import { standardFrom, unitFrom } from './float.js'
import type { Drawn, Given } from './parameter.js'
import { parameter } from './parameter.js'
import { standard } from './float.js'
import { eachKey, splitEach, twoKeys, wordsAt } from './key.js'
import type { Words } from './key.js'

const normalOf = (k: Words, dtype: WideFloatDType): Node => standardFrom(wordsAt(k), dtype)
const uniformOf = (k: Words, dtype: WideFloatDType): Node => unitFrom(wordsAt(k), dtype)

/** One proposal an element: (1 + c x)³ with x normal, drawn again until it is positive. */
const proposal = (k: Words, c: Node, on: Node): readonly [square: Node, cube: Node] => {
  const dtype = realFloatOf(c.dtype)
  const end = settle(([, k0, k1]) => {
    const [next, sub] = splitEach([k0, k1] as Words, 2) as [Words, Words]
    const x = normalOf(sub, dtype)
    const v = plus(times(x, c), 1)
    return [b.le([v, constant(0, v)]), ...next, x, v]
  }, [on, ...k, constant(0, c), constant(-1, c)])
  const [x, v] = end.slice(3) as [Node, Node]
  return [times(x, x), times(v, v, v)]
}
/** d · v for a shape parameter of at least 1, as d and v. */
const accepted = (k: Words, d: Node): Node => {
  const dtype = realFloatOf(d.dtype)
  const c = over(1 / 3, b.sqrt([d]))
  const yes = equal(c, c)
  const end = settle(([on, k0, k1]) => {
    const [next, forX, forU] = splitEach([k0, k1] as Words, 3) as [Words, Words, Words]
    const [x, v] = proposal(forX, c, on as Node)
    const u = uniformOf(forU, dtype)
    const squeezed = below(u, minus(1, times(0.0331, times(x, x))))
    const kept = below(log(u), plus(times(x, 0.5), times(d, plus(minus(1, v), log(v)))))
    return [b.not([b.or([squeezed, kept])]), ...next, v]
  }, [yes, ...k, constant(1, d)])
  return end[3] as Node
}
/** A sample, or its logarithm, for each element of the shape parameter a. */
const sampled = (key: Node, a: Node, logarithm: boolean): Node => {
  const flat = reshapeTo(a, [numel(a.shape)])
  const [k, forBoost] = splitEach(eachKey('gamma', key, flat.shape[0] as number), 2) as [Words, Words]
  const large = b.ge([flat, constant(1, flat)])
  const d = minus(choose(large, flat, plus(flat, 1)), 1 / 3)
  const v = accepted(k, d)
  const u = uniformOf(forBoost, realFloatOf(a.dtype))
  return reshapeTo(logarithm ? logSample(d, v, u, flat, large) : times(d, v, choose(large, 1, b.pow([minus(1, u), over(1, flat)]))), a.shape)
}
/** Γ(a) is Γ(a + 1) times the a-th root of a uniform number. */
const logSample = (d: Node, v: Node, u: Node, a: Node, large: Node): Node => {
  const power = log1p(neg(u))
  const none = b.or([large, equal(power, 0)])
  return plus(plus(log(d), log(v)), choose(none, 0, times(power, over(1, a))))
}
/** dz/da in f64, and of log z that over z. */
const slope = (a: Node, y: Node, logarithm: boolean): Node => {
  const z = b.max([castTo(logarithm ? exp(y) : y, 'f64'), constant(2 ** -1000, { shape: y.shape, dtype: 'f64' })])
  const g = gammaSlope(castTo(a, 'f64'), z)
  return castTo(logarithm ? over(g, z) : g, a.dtype)
}
const ruled = (logarithm: boolean) => (key: unknown, a: Node): Node =>
  (customJvp(((k: Node, x: Node) => sampled(k, x, logarithm)) as never, (([k, x]: [Node, Node], [, dx]: [Node, Node]) => {
    const y = sampled(k, x, logarithm)
    return [y, times(dx, slope(x, y, logarithm))]
  }) as never) as unknown as (k: unknown, a: Node) => Node)(key, a)
export const gammaOf = ruled(false)
const loggammaOf = ruled(true)
const read = (op: string, s: Given<string>, shape: Shape) => (name: string): Node =>
  parameter(op, name, (s as Readonly<Record<string, unknown>>)[name], shape, s.dtype ?? 'f32')
/** e^x of logarithms, each divided by the larger, so that neither underflows. */
const share = (x: Node, y: Node): Node => {
  const top = b.max([x, y])
  const [p, q] = [exp(minus(x, top)), exp(minus(y, top))]
  return over(p, plus(p, q))
}
const chi = (op: string, key: unknown, df: Node): Node => times(exp(loggammaOf(key, over(df, 2))), 2)

/**
 * Gamma with shape parameter a and scale 1: z^(a-1) e^(-z) / Γ(a). Differentiable in a.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when a does not broadcast to the shape.
 * @source Marsaglia, Tsang, ACM TOMS 26 (2000); jax.random.gamma, JAX 0.10.
 * @example deepClose(random.gamma(key(0), [2], { a: 3 }).shape, [2])
 */
export const gamma: Drawn<'a'> = ((key: unknown, shape: Shape, s: Given<'a'>) => gammaOf(key, read('gamma', s, shape)('a'))) as never
/**
 * The logarithm of a gamma variable, exact where that underflows (small a).
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when a does not broadcast to the shape.
 * @source jax.random.loggamma, JAX 0.10.
 * @example deepClose(random.loggamma(key(0), [2], { a: 0.01 }).shape, [2])
 */
export const loggamma: Drawn<'a'> = ((key: unknown, shape: Shape, s: Given<'a'>) => loggammaOf(key, read('loggamma', s, shape)('a'))) as never
/**
 * Beta with parameters a and b: x^(a-1) (1-x)^(b-1) / B(a, b) on [0, 1].
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when a parameter does not broadcast to the shape.
 * @source jax.random.beta, JAX 0.10: gamma / (gamma + gamma).
 * @example deepClose(random.beta(key(0), [2], { a: 3, b: 1 }).shape, [2])
 */
export const beta: Drawn<'a' | 'b'> = ((key: unknown, shape: Shape, s: Given<'a' | 'b'>) => {
  const of = read('beta', s, shape)
  const [one, two] = twoKeys('beta', key)
  return share(loggammaOf(one, of('a')), loggammaOf(two, of('b')))
}) as never
/**
 * χ² with df degrees of freedom: the sum of the squares of that many normal numbers.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when df does not broadcast to the shape.
 * @source jax.random.chisquare, JAX 0.10.
 * @example deepClose(random.chisquare(key(0), [2], { df: 3 }).shape, [2])
 */
export const chisquare: Drawn<'df'> = ((key: unknown, shape: Shape, s: Given<'df'>) => chi('chisquare', key, read('chisquare', s, shape)('df'))) as never
/**
 * Student's t with df degrees of freedom.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when df does not broadcast to the shape.
 * @source jax.random.t, JAX 0.10: normal / √(χ² / df).
 * @example deepClose(random.t(key(0), [2], { df: 3 }).shape, [2])
 */
export const t: Drawn<'df'> = ((key: unknown, shape: Shape, s: Given<'df'>) => {
  const [one, two] = twoKeys('t', key)
  const half = over(read('t', s, shape)('df'), 2)
  return times(standard('t', one, shape, s.dtype ?? 'f32'), b.sqrt([over(half, gammaOf(two, half))]))
}) as never
/**
 * Fisher's F with dfnum and dfden degrees of freedom: a ratio of χ² each divided by its degrees.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when a parameter does not broadcast to the shape.
 * @source jax.random.f, JAX 0.10.
 * @example deepClose(random.f(key(0), [2], { dfnum: 3, dfden: 5 }).shape, [2])
 */
export const f: Drawn<'dfnum' | 'dfden'> = ((key: unknown, shape: Shape, s: Given<'dfnum' | 'dfden'>) => {
  const of = read('f', s, shape)
  const [down, up] = twoKeys('f', key)
  return over(over(chi('f', up, of('dfnum')), of('dfnum')), over(chi('f', down, of('dfden')), of('dfden')))
}) as never
/** Of a vector of parameters.  @shape (key, [...s], [..., k]) → [...s, k] */
export interface Dirichlet {
  <V extends Device, const S extends Shape, K extends number, D extends WideFloatDType>(
    key: Key<V>, shape: readonly [...S], alpha: Tensor<readonly [K], D, V>,
  ): Tensor<[...S, K], D, V>
}
/**
 * Dirichlet's: k positive numbers that sum to 1, by k gamma variables divided by their sum.
 * @shape (key, [...s], [k]) → [...s, k]
 * @dtype the parameters'
 * @throws InvalidArgument when the key is none, ShapeMismatch when alpha is no vector.
 * @source jax.random.dirichlet, JAX 0.10.
 * @example deepClose(await read(sum(random.dirichlet(key(0), [2], tensor([1, 2, 3])), { axes: [1] })), [1, 1])
 */
export const dirichlet: Dirichlet = ((key: unknown, shape: Shape, alpha: Node) => {
  const all = [...shape, ...alpha.shape]
  const axis = all.length - 1
  const logs = loggammaOf(key, parameter('dirichlet', 'alpha', alpha, all, realFloatOf(alpha.dtype)))
  const top = b.stop([b.reduceMax([logs], { axes: [axis] })])
  const back = (x: Node): Node => b.broadcast([x], { shape: all, axes: all.slice(0, -1).map((_, i) => i) })
  const e = exp(minus(logs, back(top)))
  return over(e, back(b.sum([e], { axes: [axis] })))
}) as never
