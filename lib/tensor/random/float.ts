/**
 * Real-valued randomness: uniform numbers from the top bits of a word, everything else from uniform numbers. Uniform and
 * bernoulli equal JAX's bit for bit; a normal is √2 erf⁻¹ of a uniform in (-1, 1).
 */
import type { Node } from '../../ir/node.js'
import { b, castTo, constant, stretch } from '../../prim/index.js'
import type { Bernoulli, Categorical, Device, WideFloatDType, Key, Normal, RandomLike, Shape, Tensor, Uniform } from '../../type/index.js'
import { realFloatOf } from '../../type/index.js'
import { axisOf } from '../fit.js'
import { asFloat, asNode, weak, weakLike } from '../operand.js'
import { erfInverse } from './erfInverse.js'
import { bits32, bits64 } from './key.js'

const shifted = (x: Node, by: number): Node => b.shr([x, constant(by, x)])
/** Multiples of 2⁻²³ in [0, 1). */
const unit32 = (word: Node): Node => {
  const whole = castTo(shifted(word, 9), 'f32')
  return b.mul([whole, constant(2 ** -23, whole)])
}
/** Multiples of 2⁻⁵² in [0, 1): 32 high and 20 low bits, each exact in f64. */
const unit64 = ([high, low]: readonly [Node, Node]): Node => {
  const [h, l] = [castTo(high, 'f64'), castTo(shifted(low, 12), 'f64')]
  return b.add([b.mul([h, constant(2 ** -32, h)]), b.mul([l, constant(2 ** -52, l)])])
}
export const unit = (op: string, key: unknown, shape: Shape, dtype: WideFloatDType): Node =>
  dtype === 'f64' ? unit64(bits64(op, key, shape)) : unit32(bits32(op, key, shape))
interface Bits { readonly narrow: Node; readonly wide: readonly [Node, Node] }
/** The same from bits that are already there. */
export const unitFrom = (bits: Bits, dtype: WideFloatDType): Node => (dtype === 'f64' ? unit64(bits.wide) : unit32(bits.narrow))
/** max(low, u (high - low) + low), in the dtype throughout. */
export const between = (u: Node, low: Node, high: Node): Node => {
  const [from, width] = [stretch(low, u.shape), stretch(b.sub([high, low]), u.shape)]
  return b.max([from, b.add([b.mul([u, width]), from])])
}
interface Range { readonly dtype?: WideFloatDType; readonly minval?: number; readonly maxval?: number }
/**
 * Uniform in [minval, maxval), [0, 1) unless given.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none.
 * @example deepClose(await read(random.uniform(key(0), [1])), [0.947667])
 */
export const uniform: Uniform = ((key: unknown, shape: Shape, { dtype = 'f32', minval, maxval }: Range = {}) => {
  const u = unit('uniform', key, shape, dtype)
  if (minval === undefined && maxval === undefined) return u
  return between(u, weak('uniform', minval ?? 0, dtype), weak('uniform', maxval ?? 1, dtype))
}) as never

/** The number next to -1 towards 0. */
export const belowOne: Readonly<Record<WideFloatDType, number>> = { f32: -1 + 2 ** -24, f64: -1 + 2 ** -53 }
const bell = (uniform: Node, dtype: WideFloatDType): Node => {
  const scalar = { shape: [], dtype }
  const u = between(uniform, constant(belowOne[dtype], scalar), constant(1, scalar))
  return b.mul([constant(Math.SQRT2, u), erfInverse(u)])
}
export const standard = (op: string, key: unknown, shape: Shape, dtype: WideFloatDType): Node => bell(unit(op, key, shape, dtype), dtype)
export const standardFrom = (bits: Bits, dtype: WideFloatDType): Node => bell(unitFrom(bits, dtype), dtype)
interface Bell { readonly dtype?: WideFloatDType; readonly mean?: number; readonly std?: number }
/**
 * Normally distributed, with mean 0 and standard deviation 1 unless given.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none.
 * @example deepClose(await read(random.normal(key(0), [1])), [1.62264])
 */
export const normal: Normal = ((key: unknown, shape: Shape, { dtype = 'f32', mean, std }: Bell = {}) => {
  const x = standard('normal', key, shape, dtype)
  const wide = std === undefined ? x : b.mul([x, weakLike('normal', std, x)])
  return mean === undefined ? wide : b.add([wide, weakLike('normal', mean, x)])
}) as never
/**
 * True with probability p, 0.5 unless given.
 * @shape (key, shape) → shape
 * @dtype bool
 * @throws InvalidArgument when the key is none.
 * @example deepClose(await read(random.bernoulli(key(0), [2], { p: 1 })), [true, true])
 */
export const bernoulli: Bernoulli = ((key: unknown, shape: Shape, s: { readonly p?: number } = {}) => {
  const u = unit('bernoulli', key, shape, 'f32')
  return b.lt([u, weakLike('bernoulli', s.p ?? 0.5, u)])
}) as never

/** The smallest normal number. */
export const tiny: Readonly<Record<WideFloatDType, number>> = { f32: 2 ** -126, f64: 2 ** -1022 }
/** -log(-log u): the largest of many. */
export const gumbelNoise = (op: string, key: unknown, shape: Shape, dtype: WideFloatDType): Node => {
  const scalar = { shape: [], dtype }
  const u = between(unit(op, key, shape, dtype), constant(tiny[dtype], scalar), constant(1, scalar))
  return b.neg([b.log([b.neg([b.log([u])])])])
}
/**
 * A class drawn by unnormalised log probabilities along an axis, the last unless given.
 * @shape [..., c] → [...]
 * @dtype float → i32
 * @throws InvalidArgument when the key is none, IndexOutOfRange for an axis that is not there.
 * @source the Gumbel-max trick, as jax.random.categorical.
 * @example deepClose(await read(random.categorical(key(0), tensor([-Infinity, 0, -Infinity]))), 1)
 */
export const categorical: Categorical = ((key: unknown, logits: unknown, s: { readonly axis?: number } = {}) => {
  const x = asFloat('categorical', logits)
  const axis = axisOf('categorical', x.shape, s.axis ?? -1)
  return b.argmax([b.add([gumbelNoise('categorical', key, x.shape, realFloatOf(x.dtype)), x])], { axes: [axis] })
}) as never

/** Of a standard distribution.  @shape the one given */
export interface Standard {
  <V extends Device, const S extends Shape, D extends WideFloatDType = 'f32'>(
    key: Key<V>, shape: readonly [...S], settings?: { readonly dtype?: D },
  ): Tensor<S, NoInfer<D>, V>
}
interface Settings { readonly dtype?: WideFloatDType }
/**
 * Uniform in [0, 1): PyTorch's rand, with a key.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none.
 * @example deepClose(await read(random.rand(key(0), [1])), [0.947667])
 */
export const rand: Standard = ((key: unknown, shape: Shape, s: Settings = {}) => unit('rand', key, shape, s.dtype ?? 'f32')) as never
/**
 * Standard normal: PyTorch's randn, with a key.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none.
 * @example deepClose(random.randn(key(0), [2, 3]).shape, [2, 3])
 */
export const randn: Standard = ((key: unknown, shape: Shape, s: Settings = {}) => standard('randn', key, shape, s.dtype ?? 'f32')) as never
const like = (op: string, make: typeof unit) => (key: unknown, x: unknown): Node => {
  const { shape, dtype } = asNode(op, x)
  return make(op, key, shape, realFloatOf(dtype))
}
/**
 * Uniform in [0, 1) in the shape and dtype of another tensor.
 * @shape [2], [...s] → [...s]
 * @dtype float → same; integers in f32
 * @throws InvalidArgument when the key is none.
 * @example deepClose(random.randLike(key(0), zeros([2, 3])).shape, [2, 3])
 */
export const randLike: RandomLike = like('randLike', unit) as never
/**
 * Standard normal in the shape and dtype of another tensor.
 * @shape [2], [...s] → [...s]
 * @dtype float → same; integers in f32
 * @throws InvalidArgument when the key is none.
 * @example deepClose(random.randnLike(key(0), zeros([2, 3])).shape, [2, 3])
 */
export const randnLike: RandomLike = like('randnLike', standard) as never
