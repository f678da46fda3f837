/**
 * Random integers and permutations, as jax.random.randint and permutation draw them: twice the bits that the dtype has,
 * reduced modulo the span; and repeated sorting by random keys until collisions are unlikely.
 */
import type { Node } from '../../ir/node.js'
import { b, castTo, constant, stretch } from '../../prim/index.js'
import type { DType, IntDType, Permutation, RandInt, Shape } from '../../type/index.js'
import { dtypeInfo, fail, isBig } from '../../type/index.js'
import { count } from '../fit.js'
import { weak } from '../operand.js'
import { bits32, bits64, twoKeys } from './key.js'

/** Unsigned integers of one width: how they are drawn, and reduced modulo a number below 2⁵³. */
interface Width { readonly bits: 32n | 64n; readonly dtype: DType; readonly draw: (key: Node, shape: Shape) => Node; readonly rem: (x: Node, span: bigint) => Node }
const like = (value: bigint, x: Node): Node => stretch(weak('randint', value, x.dtype), x.shape)
const narrow: Width = {
  bits: 32n, dtype: 'u32',
  draw: (key, shape) => bits32('randint', key, shape),
  rem: (x, span) => b.remainder([x, like(span, x)]),
}
/** 64 unsigned bits in an i64: a negative number stands for itself plus 2⁶⁴. */
const wide: Width = {
  bits: 64n, dtype: 'i64',
  draw: (key, shape) => {
    const [high, low] = bits64('randint', key, shape).map((w) => castTo(w, 'i64')) as [Node, Node]
    return b.or([b.shl([high, constant(32, high)]), low])
  },
  rem: (x, span) => {
    const signed = b.remainder([x, like(span, x)])
    const carried = b.remainder([b.add([signed, like(2n ** 64n % span, x)]), like(span, x)])
    return b.where([b.lt([x, constant(0, x)]), carried, signed])
  },
}
/** (high · 2^bits + low) mod span, each product wrapping as JAX's does. */
const offset = (key: unknown, shape: Shape, span: bigint, w: Width): Node => {
  const [k1, k2] = twoKeys('randint', key)
  const [high, low] = [w.draw(k1, shape), w.draw(k2, shape)]
  if (span === 2n ** w.bits) return low
  const half = 2n ** (w.bits / 2n) % span
  const multiplier = BigInt.asUintN(Number(w.bits), half * half) % span
  return w.rem(b.add([b.mul([w.rem(high, span), like(multiplier, high)]), w.rem(low, span)]), span)
}
const bound = (name: string, value: number): bigint =>
  Number.isSafeInteger(value) ? BigInt(value) : fail('InvalidArgument', `randint: ${name} must be a whole number, got ${value}`)
const clamp = (x: bigint, low: bigint, high: bigint): bigint => (x < low ? low : x > high ? high : x)

interface Settings { readonly minval?: number; readonly maxval: number; readonly dtype?: IntDType }
/**
 * Integers in [minval, maxval), from 0 unless given; bounds outside the dtype are clamped into it, an empty range gives
 * minval.
 * @shape (key, shape) → shape
 * @dtype i32, or the integer given
 * @throws InvalidArgument when a bound is not whole or the key is none.
 * @example deepClose(await read(random.randint(key(0), [2], { minval: 5, maxval: 6 })), [5, 5])
 */
export const randint: RandInt = ((key: unknown, shape: Shape, { minval = 0, maxval, dtype = 'i32' }: Settings) => {
  const w = isBig(dtype) ? wide : narrow
  const [least, most] = dtype === 'i64' ? [-(2n ** 63n), 2n ** 63n - 1n] : dtype === 'u64' ? [0n, 2n ** 64n - 1n] : [BigInt(dtypeInfo[dtype].min), BigInt(dtypeInfo[dtype].max)]
  const low = clamp(bound('minval', minval), least, most)
  const high = clamp(bound('maxval', maxval), least, most + 1n)
  const drawn = offset(key, shape, high > low ? high - low : 1n, w)
  const x = castTo(drawn, dtype)
  return b.add([x, stretch(weak('randint', low, dtype), x.shape)])
}) as never

/**
 * The numbers 0 … n - 1 in random order.
 * @shape (key, n) → [n]
 * @dtype i32
 * @throws InvalidArgument when n is negative or not whole, or the key is none.
 * @source jax.random.permutation: rounds = ⌈3 ln n / ln(2³² - 1)⌉ stable sorts by fresh 32-bit keys.
 * @example deepClose(await read(sort(random.permutation(key(0), 4))), [0, 1, 2, 3])
 */
export const permutation: Permutation = ((key: unknown, n: number) => {
  const rounds = Math.ceil((3 * Math.log(Math.max(1, count('permutation', 'n', n)))) / Math.log(2 ** 32 - 1))
  let k = key
  let x: Node = b.iota([], { shape: [n], axis: 0, dtype: 'i32' })
  for (let i = 0; i < rounds; i++) {
    const [next, sub] = twoKeys('permutation', k)
    x = b.gather([x, b.argsort([bits32('permutation', sub, [n])], { axis: 0 })], { batch: 0 })
    k = next
  }
  return x
}) as never
