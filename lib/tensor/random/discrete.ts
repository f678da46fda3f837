/**
 * Counts. Small means are counted out (Knuth for Poisson, geometric gaps for the binomial), large ones come from transformed
 * rejection; both run for all elements, each until it is accepted, and each element takes its own. An accepted element stays as
 * it is (JAX draws it again while others are open), so it does not depend on its neighbours.
 * @source Hörmann, "The transformed rejection method for generating Poisson random variables", Insurance: Mathematics and
 * Economics 12 (1993); Hörmann, "The generation of binomial random variates", J. Stat. Comput. Simul. 46 (1993); jax.random 0.10.
 */
import type { Node } from '../../ir/node.js'
import { b, castTo, constant } from '../../prim/index.js'
import type { Device, DType, WideFloatDType, IntDType, Key, Shape, Tensor } from '../../type/index.js'
import { gammalnOf } from '../special/gamma.js'
import { abs, below, choose, equal, log, log1p, minus, neg, over, plus, polynomial, times } from '../special/real.js'
import { settle } from '../special/settle.js'
import { unit } from './float.js'
import { split } from './key.js'
import type { Given, Parameter } from './parameter.js'
import { parameter } from './parameter.js'

/** With a number type of the counts.  @shape the one given */
export interface Counted<P extends string, E extends DType> {
  <V extends Device, const S extends Shape, D extends IntDType | WideFloatDType = E & (IntDType | WideFloatDType)>(
    key: Key<V>, shape: readonly [...S], settings: { readonly dtype?: D } & { readonly [K in P]: Parameter<V> },
  ): Tensor<S, NoInfer<D>, V>
}
/** -1 or 1.  @shape the one given */
export interface Rademacher {
  <V extends Device, const S extends Shape, D extends IntDType | WideFloatDType = 'i32'>(
    key: Key<V>, shape: readonly [...S], settings?: { readonly dtype?: D },
  ): Tensor<S, NoInfer<D>, V>
}
const keysOf = split as unknown as (k: unknown, n: number) => Node[]

/** -1 or 1 in a dtype. */
export const signs = (op: string, key: unknown, shape: Shape, dtype: DType): Node => {
  const up = b.lt([unit(op, key, shape, 'f32'), constant(0.5, { shape, dtype: 'f32' })])
  return choose(up, 1, constant(-1, { shape, dtype }))
}
/**
 * -1 or 1, each as likely.
 * @shape (key, shape) → shape
 * @dtype i32, or the one given
 * @throws InvalidArgument when the key is none.
 * @source jax.random.rademacher, JAX 0.10.
 * @example deepClose(await read(random.rademacher(key(0), [3])), [-1, -1, 1])
 */
export const rademacher: Rademacher = ((key: unknown, shape: Shape, s: { readonly dtype?: DType } = {}) => signs('rademacher', key, shape, s.dtype ?? 'i32')) as never

type With<P extends string> = Omit<Given<P>, 'dtype'> & { readonly dtype?: DType }
/**
 * The number of trials until the first success, each of probability p: p (1-p)^(k-1) for k ≥ 1.
 * @shape (key, shape) → shape
 * @dtype i32, or the one given
 * @throws InvalidArgument when the key is none, ShapeMismatch when p does not broadcast to the shape.
 * @source jax.random.geometric, JAX 0.10: ⌊log u / log(1 - p)⌋ + 1.
 * @example deepClose(await read(random.geometric(key(0), [2], { p: 1 })), [1, 1])
 */
export const geometric: Counted<'p', 'i32'> = ((key: unknown, shape: Shape, s: With<'p'>) => {
  const u = unit('geometric', key, shape, 'f32')
  const gaps = over(log(choose(equal(u, 0), 1, u)), log1p(neg(parameter('geometric', 'p', s.p, shape, 'f32'))))
  return castTo(plus(b.floor([gaps]), 1), s.dtype ?? 'i32')
}) as never

/** How many uniform numbers may be multiplied before they fall below e^-λ. */
const knuth = (key: Node, lambda: Node): Node => {
  const end = settle(([, next, k, product]) => {
    const [rest, sub] = keysOf(next, 2) as [Node, Node]
    const grown = plus(product as Node, log(unit('poisson', sub, lambda.shape, 'f32')))
    return [below(neg(lambda), grown), rest, plus(k as Node, 1), grown]
  }, [equal(lambda, lambda), key, constant(0, lambda), constant(0, lambda)])
  return minus(end[2] as Node, 1)
}
const rejected = (key: Node, lambda: Node): Node => {
  const width = plus(times(b.sqrt([lambda]), 2.53), 0.931)
  const a = plus(times(width, 0.02483), -0.059)
  const inverse = plus(over(1.1328, minus(width, 3.4)), 1.1239)
  const quick = minus(0.9277, over(3.6224, minus(width, 2)))
  const end = settle(([, next]) => {
    const [rest, one, two] = keysOf(next, 3) as [Node, Node, Node]
    const u = minus(unit('poisson', one, lambda.shape, 'f32'), 0.5)
    const v = unit('poisson', two, lambda.shape, 'f32')
    const us = minus(0.5, abs(u))
    const k = b.floor([plus(times(plus(over(times(a, 2), us), width), u), lambda, 0.43)])
    const s = log(over(times(v, inverse), plus(over(a, times(us, us)), width)))
    const t = minus(plus(neg(lambda), times(k, log(lambda))), castTo(gammalnOf(castTo(plus(k, 1), 'f64')), 'f32'))
    const first = b.and([b.not([below(us, 0.07)]), b.le([v, quick])])
    const never = b.or([below(k, 0), b.and([below(us, 0.013), below(us, v)])])
    return [b.not([b.or([first, b.and([b.not([never]), b.le([s, t])])])]), rest, k]
  }, [equal(lambda, lambda), key, constant(-1, lambda)], { again: true })
  return end[2] as Node
}
/**
 * Poisson: e^(-lam) lam^k / k!.
 * @shape (key, shape) → shape
 * @dtype i32, or the one given
 * @throws InvalidArgument when the key is none, ShapeMismatch when lam does not broadcast to the shape.
 * @source jax.random.poisson, JAX 0.10: Knuth below 10, Hörmann's PTRS from there.
 * @example deepClose(await read(random.poisson(key(0), [2], { lam: 0 })), [0, 0])
 */
export const poisson: Counted<'lam', 'i32'> = ((key: Node, shape: Shape, s: With<'lam'>) => {
  const lambda = parameter('poisson', 'lam', s.lam, shape, 'f32')
  const small = b.not([b.ge([lambda, constant(10, lambda)])])
  const k = choose(small, knuth(key, choose(small, lambda, 0)), rejected(key, choose(small, 1e5, lambda)))
  return castTo(choose(equal(lambda, 0), 0, k), s.dtype ?? 'i32')
}) as never

/** Successes until geometric gaps have used up the trials. */
const inversion = (key: Node, n: Node, p: Node): Node => {
  const rate = log1p(neg(p))
  const end = settle(([, next, k, total]) => {
    const [sub, rest] = keysOf(next, 2) as [Node, Node]
    const grown = plus(total as Node, b.ceil([over(log(unit('binomial', sub, n.shape, 'f32')), rate)]))
    return [b.le([grown, n]), rest, plus(k as Node, 1), grown]
  }, [b.le([constant(0, n), n]), key, constant(0, n), constant(0, n)])
  return minus(end[2] as Node, 1)
}
/** log k! less Stirling's formula: 1/(12 (k+1)) - …, in f64. */
const TAIL = [1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12]
const stirlingTail = (k: Node): Node => {
  const k1 = plus(k, 1)
  const exact = minus(gammalnOf(k1), plus(times(plus(k, 0.5), log(k1)), minus(0.9189385332046727, k1)))
  return choose(below(k, 10), exact, over(polynomial(over(1, times(k1, k1)), TAIL), k1))
}
/** The logarithm of the acceptance ratio at k, relative to the mode m: computed in f64, where large counts do not cancel. */
const logRatio = (n32: Node, p32: Node, m32: Node, k32: Node): Node => {
  const [n, p, m, k] = [n32, p32, m32, k32].map((x) => castTo(x, 'f64')) as [Node, Node, Node, Node]
  const r = over(p, minus(1, p))
  const [up, left] = [plus(minus(n, m), 1), plus(minus(n, k), 1)]
  const first = times(plus(m, 0.5), log(over(plus(m, 1), times(r, up))))
  const second = plus(times(plus(n, 1), log(over(up, left))), times(plus(k, 0.5), log(over(times(r, left), plus(k, 1)))))
  const tails = minus(plus(stirlingTail(m), stirlingTail(minus(n, m))), plus(stirlingTail(k), stirlingTail(minus(n, k))))
  return castTo(plus(first, second, tails), 'f32')
}
const btrs = (key: Node, n: Node, p: Node): Node => {
  const deviation = b.sqrt([times(n, p, minus(1, p))])
  const width = plus(times(deviation, 2.53), 1.15)
  const a = plus(times(width, 0.0248), times(p, 0.01), -0.0873)
  const quick = minus(0.92, over(4.2, width))
  const alpha = times(plus(over(5.1, width), 2.83), deviation)
  const m = b.floor([times(plus(n, 1), p)])
  const end = settle(([, next]) => {
    const [rest, one, two] = keysOf(next, 3) as [Node, Node, Node]
    const u = minus(unit('binomial', one, n.shape, 'f32'), 0.5)
    const v = unit('binomial', two, n.shape, 'f32')
    const us = minus(0.5, abs(u))
    const k = b.floor([plus(times(plus(over(times(a, 2), us), width), u), plus(times(n, p), 0.5))])
    const outside = b.or([below(k, 0), below(n, k)])
    const bound = logRatio(n, p, m, choose(outside, m, k))
    const w = log(over(times(v, alpha), plus(over(a, times(us, us)), width)))
    const first = b.and([b.not([below(us, 0.07)]), b.le([v, quick])])
    return [b.not([b.or([first, b.and([b.not([outside]), b.le([w, bound])])])]), rest, k]
  }, [equal(n, n), key, constant(-1, n)], { again: true })
  return end[2] as Node
}
/** The number of successes in f32, for n and p of one shape. */
export const successes = (key: Node, n: Node, p: Node): Node => {
  const low = below(p, 0.5)
  const q = choose(low, p, minus(1, p))
  const bad = b.not([b.and([b.not([below(n, 0)]), b.and([b.not([below(p, 0)]), b.and([equal(n, n), b.le([p, constant(1, p)])])])])])
  const [count, chance] = [choose(bad, 0, b.floor([n])), choose(bad, 0.01, q)]
  const few = b.le([times(count, chance), constant(10, n)])
  const counted = inversion(key, choose(few, count, 0), chance)
  const k = choose(few, counted, btrs(key, choose(few, 1e4, count), choose(few, 0.5, chance)))
  return choose(bad, NaN, choose(low, k, minus(count, k)))
}
/**
 * The number of successes in n trials of probability p each; NaN for negative n or p outside [0, 1].
 * @shape (key, shape) → shape
 * @dtype f32, or the one given
 * @throws InvalidArgument when the key is none, ShapeMismatch when a parameter does not broadcast to the shape.
 * @source jax.random.binomial, JAX 0.10: geometric gaps for n p ≤ 10, Hörmann's BTRS above.
 * @example deepClose(await read(random.binomial(key(0), [2], { n: 7, p: 1 })), [7, 7])
 */
export const binomial: Counted<'n' | 'p', 'f32'> = ((key: Node, shape: Shape, s: With<'n' | 'p'>) =>
  castTo(successes(key, parameter('binomial', 'n', s.n, shape, 'f32'), parameter('binomial', 'p', s.p, shape, 'f32')), s.dtype ?? 'f32')) as never
