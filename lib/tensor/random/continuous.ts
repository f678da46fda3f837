/** Distributions by inversion of a uniform number, or from a few normal ones: the algorithms of jax.random, number for number. */
import type { Node } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'
import type { Device, WideFloatDType, Key, Shape, Tensor } from '../../type/index.js'
import { fail } from '../../type/index.js'
import { weak } from '../operand.js'
import { below, choose, equal, exp, log, log1p, minus, neg, over, plus, times } from '../special/real.js'
import { erfInverse } from './erfInverse.js'
import type { Standard } from './float.js'
import { belowOne, between, gumbelNoise, standard, tiny, unit } from './float.js'
import { twoKeys } from './key.js'
import type { Drawn, DrawnBy, Given } from './parameter.js'
import { parameter } from './parameter.js'

interface Settings { readonly dtype?: WideFloatDType }
/** The distance of 1 to the next larger number. */
const epsilon: Readonly<Record<WideFloatDType, number>> = { f32: 2 ** -23, f64: 2 ** -52 }
const within = (op: string, key: unknown, shape: Shape, dtype: WideFloatDType, low: number, high: number): Node => {
  const scalar = { shape: [], dtype }
  return between(unit(op, key, shape, dtype), constant(low, scalar), constant(high, scalar))
}
/** -log(1 - u). */
export const exponentialNoise = (op: string, key: unknown, shape: Shape, dtype: WideFloatDType): Node => neg(log1p(neg(unit(op, key, shape, dtype))))
const drawn = (make: (key: unknown, shape: Shape, dtype: WideFloatDType) => Node) => (key: unknown, shape: Shape, s: Settings = {}): Node => make(key, shape, s.dtype ?? 'f32')

/**
 * Exponential with rate 1: e^(-x) for x ≥ 0.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none.
 * @source jax.random.exponential, JAX 0.10: -log(1 - u).
 * @example deepClose(await read(random.exponential(key(0), [1])), [2.950126])
 */
export const exponential: Standard = drawn((key, shape, dtype) => exponentialNoise('exponential', key, shape, dtype)) as never
/**
 * Gumbel's: -log(-log u), the largest of many.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none.
 * @source jax.random.gumbel, JAX 0.10.
 * @example deepClose(await read(random.gumbel(key(0), [1])), [2.9233725])
 */
export const gumbel: Standard = drawn((key, shape, dtype) => gumbelNoise('gumbel', key, shape, dtype)) as never
/**
 * Laplace's: e^(-|x|) / 2.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none.
 * @source jax.random.laplace, JAX 0.10: sign(u) log(1 - |u|).
 * @example deepClose(await read(random.laplace(key(0), [1])), [-2.256978])
 */
export const laplace: Standard = drawn((key, shape, dtype) => {
  const u = within('laplace', key, shape, dtype, belowOne[dtype], 1)
  return times(b.sign([u]), log1p(neg(b.abs([u]))))
}) as never
/**
 * Cauchy's: 1 / (π (1 + x²)), without a mean.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none.
 * @source jax.random.cauchy, JAX 0.10: tan(π (u - ½)).
 * @example deepClose(await read(random.cauchy(key(0), [1])), [6.028], 1e-3)
 */
export const cauchy: Standard = drawn((key, shape, dtype) => {
  const u = within('cauchy', key, shape, dtype, epsilon[dtype], 1)
  return b.tan([times(minus(u, 0.5), Math.PI)])
}) as never
/**
 * The logistic distribution: the log-odds of a uniform number.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none.
 * @source jax.random.logistic, JAX 0.10.
 * @example deepClose(await read(random.logistic(key(0), [1])), [2.896375])
 */
export const logistic: Standard = drawn((key, shape, dtype) => {
  const u = within('logistic', key, shape, dtype, tiny[dtype], 1)
  return minus(log(u), log1p(neg(u)))
}) as never
/**
 * Maxwell's: the length of three normal numbers.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none.
 * @source jax.random.maxwell, JAX 0.10.
 * @example deepClose(random.maxwell(key(0), [2]).shape, [2])
 */
export const maxwell: Standard = drawn((key, shape, dtype) => lengths('maxwell', key, shape, dtype)) as never
const lengths = (op: string, key: unknown, shape: Shape, dtype: WideFloatDType): Node => {
  const x = standard(op, key, [...shape, 3], dtype)
  return b.sqrt([b.sum([times(x, x)], { axes: [shape.length] })])
}
/** loc ± scale times Maxwell's, either sign as likely. */
const twoSided = (key: unknown, shape: Shape, s: Given<'loc' | 'scale'> = {}): Node => {
  const dtype = s.dtype ?? 'f32'
  const [one, two] = twoKeys('doubleSidedMaxwell', key)
  const x = lengths('doubleSidedMaxwell', one, shape, dtype)
  const up = below(unit('doubleSidedMaxwell', two, shape, 'f32'), 0.5)
  const of = (name: 'loc' | 'scale', otherwise: number): Node => parameter('doubleSidedMaxwell', name, s[name] ?? otherwise, shape, dtype)
  return plus(times(choose(up, x, neg(x)), of('scale', 1)), of('loc', 0))
}
/**
 * Maxwell's with a random sign, times `scale` (1) plus `loc` (0).
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when a parameter does not broadcast to the shape.
 * @source jax.random.double_sided_maxwell, JAX 0.10.
 * @example deepClose(random.doubleSidedMaxwell(key(0), [2], { scale: 2 }).shape, [2])
 */
export const doubleSidedMaxwell: DrawnBy<'loc' | 'scale'> = twoSided as never

type Body<P extends string> = (key: unknown, shape: Shape, dtype: WideFloatDType, of: (name: P) => Node) => Node
/** A distribution with parameters; those with a value here may be left out. */
const withParameters = <P extends string>(op: string, otherwise: { readonly [K in P]?: number }, make: Body<P>) => (key: unknown, shape: Shape, s: Given<P> = {}): Node => {
  const dtype = s.dtype ?? 'f32'
  return make(key, shape, dtype, (name) => parameter(op, name, (s as Given<P> & { readonly [K in P]?: unknown })[name] ?? otherwise[name], shape, dtype))
}
/**
 * e^(sigma x) with x normal; sigma is 1 unless given.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when sigma does not broadcast to the shape.
 * @source jax.random.lognormal, JAX 0.10.
 * @example deepClose(await read(log(random.lognormal(key(0), [1]))), [1.62264])
 */
export const lognormal: DrawnBy<'sigma'> = withParameters('lognormal', { sigma: 1 }, (key, shape, dtype, of) =>
  exp(times(standard('lognormal', key, shape, dtype), of('sigma')))) as never
/**
 * Pareto's: b x^(-b-1) for x ≥ 1.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when b does not broadcast to the shape.
 * @source jax.random.pareto, JAX 0.10.
 * @example deepClose(await read(log(random.pareto(key(0), [1], { b: 2 }))), [2.950126 / 2])
 */
export const pareto: Drawn<'b'> = withParameters<'b'>('pareto', {}, (key, shape, dtype, of) =>
  exp(over(exponentialNoise('pareto', key, shape, dtype), of('b')))) as never
/**
 * Rayleigh's: the length of two normal numbers, times `scale` (1 unless given).
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when the scale does not broadcast to the shape.
 * @source jax.random.rayleigh, JAX 0.10: √(-2 log u); u = 0 counts as half of the smallest step, where JAX gives ∞.
 * @example deepClose(await read(random.rayleigh(key(0), [1])), [0.327877])
 */
export const rayleigh: DrawnBy<'scale'> = withParameters('rayleigh', { scale: 1 }, (key, shape, dtype, of) => {
  const u = unit('rayleigh', key, shape, dtype)
  const safe = choose(equal(u, 0), epsilon[dtype] / 2, u)
  return times(of('scale'), b.sqrt([times(log(safe), -2)]))
}) as never
/**
 * Weibull's, smallest of many: scale · (-log(1 - u))^(1 / concentration); the scale is 1 unless given.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when a parameter does not broadcast to the shape.
 * @source jax.random.weibull_min, JAX 0.10.
 * @example deepClose(await read(random.weibullMin(key(0), [1], { concentration: 1 })), [2.950126])
 */
export const weibullMin: Drawn<'concentration', 'scale'> = withParameters<'concentration' | 'scale'>('weibullMin', { scale: 1 }, (key, shape, dtype, of) =>
  times(b.pow([exponentialNoise('weibullMin', key, shape, dtype), over(1, of('concentration'))]), of('scale'))) as never
/**
 * Triangular between `left` and `right` with its top at `mode`.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when a parameter does not broadcast to the shape.
 * @source jax.random.triangular, JAX 0.10.
 * @example deepClose(await read(random.triangular(key(0), [1], { left: 0, mode: 0.5, right: 1 })), [0.838241])
 */
export const triangular: Drawn<'left' | 'mode' | 'right'> = withParameters<'left' | 'mode' | 'right'>('triangular', {}, (key, shape, dtype, of) => {
  const [left, mode, right] = [of('left'), of('mode'), of('right')]
  const u = unit('triangular', key, shape, dtype)
  const rising = plus(left, b.sqrt([times(u, minus(right, left), minus(mode, left))]))
  const falling = minus(right, b.sqrt([times(minus(1, u), minus(right, left), minus(right, mode))]))
  return choose(below(u, over(minus(mode, left), minus(right, left))), rising, falling)
}) as never
/**
 * Wald's, the inverse Gaussian, of a mean (1 unless given) and scale 1.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when the mean does not broadcast to the shape.
 * @source Michael, Schucany, Haas, The American Statistician 30 (1976); jax.random.wald, JAX 0.10.
 * @example deepClose(random.wald(key(0), [2], { mean: 2 }).shape, [2])
 */
export const wald: DrawnBy<'mean'> = withParameters('wald', { mean: 1 }, (key, shape, dtype, of) => {
  const [one, two] = twoKeys('wald', key)
  const [mean, v] = [of('mean'), standard('wald', one, shape, dtype)]
  const y = times(v, v)
  const root = b.sqrt([plus(times(mean, 4, y), times(mean, mean, times(y, y)))])
  const x = minus(plus(mean, over(times(mean, mean, y), 2)), times(over(mean, 2), root))
  return choose(b.le([unit('wald', two, shape, dtype), over(mean, plus(mean, x))]), x, over(times(mean, mean), x))
}) as never

/** Normal between two numbers.  @shape the one given */
export interface TruncatedNormal {
  <V extends Device, const S extends Shape, D extends WideFloatDType = 'f32'>(
    key: Key<V>, shape: readonly [...S], settings: { readonly lower: number; readonly upper: number; readonly dtype?: D },
  ): Tensor<S, NoInfer<D>, V>
}
/** The number next to x towards another. */
const nextTo = (x: number, towards: number, dtype: WideFloatDType): number => {
  const start = dtype === 'f32' ? Math.fround(x) : x
  if (!Number.isFinite(start)) return start
  const step = Math.max(Math.abs(start) * epsilon[dtype], tiny[dtype] * epsilon[dtype]) / 2
  const moved = start + Math.sign(towards - start) * step * (dtype === 'f32' ? 1.0000001 : 1)
  return dtype === 'f32' ? Math.fround(moved) : moved
}
/**
 * A standard normal number given that it lies between `lower` and `upper`, both excluded.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none or lower is not below upper.
 * @source jax.random.truncated_normal, JAX 0.10: √2 erf⁻¹ of a uniform number between the erf of the bounds.
 * @example deepClose(await read(random.truncatedNormal(key(0), [1], { lower: -2, upper: 2 })), [1.45595896], 1e-5)
 */
export const truncatedNormal: TruncatedNormal = ((key: unknown, shape: Shape, { lower, upper, dtype = 'f32' }: { readonly lower: number; readonly upper: number; readonly dtype?: WideFloatDType }) => {
  if (!(lower < upper)) return fail('InvalidArgument', `truncatedNormal: lower (${lower}) must be below upper (${upper})`)
  const edge = (x: number): Node => b.erf([times(weak('truncatedNormal', x, dtype), Math.SQRT1_2)])
  const u = between(unit('truncatedNormal', key, shape, dtype), edge(lower), edge(upper))
  const x = times(erfInverse(u), Math.SQRT2)
  const limit = (v: number): Node => b.broadcast([weak('truncatedNormal', v, dtype)], { shape: x.shape, axes: [] })
  return b.min([b.max([x, limit(nextTo(lower, upper, dtype))]), limit(nextTo(upper, lower, dtype))])
}) as never
