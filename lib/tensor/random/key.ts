/**
 * Keys and raw bits. A key is a tensor of two 32-bit words that is never changed: `split` makes new ones, `foldIn` makes
 * one that depends on a number too. Bits come from Threefry-2x32 run over the flat index of the result (the form JAX calls
 * partitionable), so they equal JAX's bit for bit and do not depend on device, tiling or thread count.
 * @source Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011; JAX ≥ 0.5
 * (jax_threefry_partitionable = True).
 */
import type { Node } from '../../ir/node.js'
import { leaf, numel } from '../../ir/node.js'
import { b, castTo, constant, reshapeTo, stretch } from '../../prim/index.js'
import type { Bits, FoldIn, KeyOf, Shape, SplitKey, StackedKeys } from '../../type/index.js'
import { fail, show } from '../../type/index.js'
import { count, sizes } from '../fit.js'
import { asNode, weak } from '../operand.js'

type Word = 0 | 1 | 2
/** The two words of a key, as scalars; anything that is not a key is refused. */
const words = (op: string, key: unknown): [Node, Node] => {
  const k = asNode(op, key)
  if (k.dtype !== 'u32' || k.shape.length !== 1 || k.shape[0] !== 2) return fail('InvalidArgument', `${op}: needs a key (u32[2]), got ${k.dtype}${show(k.shape)}; make one with key(seed)`)
  const word = (i: 0 | 1): Node => reshapeTo(b.slice([k], { start: [i], limit: [i + 1], step: [1] }), [])
  return [word(0), word(1)]
}
/** One use of a key: words of its blocks at these indices. What is made here by one call counts as one use (reuse.ts). */
const mix = (op: string, key: unknown, [high, low]: readonly [Node, Node]): ((word: Word) => Node) => {
  const [k0, k1] = words(op, key)
  const args = [stretch(k0, low.shape), stretch(k1, low.shape), high, low]
  return (word) => b.threefry(args, { word })
}
/** The 64-bit flat index of each element of a shape, as two words. */
const indices = (op: string, shape: Shape): [Node, Node] => {
  const n = numel(sizes(op, shape))
  if (n > 2 ** 32) return fail('InvalidArgument', `${op}: ${show(shape)} needs more than 2^32 numbers; fold a number into the key and draw parts`)
  const flat = reshapeTo(b.iota([], { shape: [n], axis: 0, dtype: 'u32' }), [...shape])
  return [constant(0, flat), flat]
}
/** 32 random bits an element. */
export const bits32 = (op: string, key: unknown, shape: Shape): Node => mix(op, key, indices(op, shape))(2)
/** 64 random bits an element, as a high and a low word. */
export const bits64 = (op: string, key: unknown, shape: Shape): [Node, Node] => {
  const use = mix(op, key, indices(op, shape))
  return [use(0), use(1)]
}

/**
 * The key of a seed: its 64 bits as two words.
 * @shape (seed) → [2]
 * @dtype u32
 * @throws InvalidArgument when the seed is not whole.
 * @example deepClose(await read(key(7)), [0, 7])
 */
export const key: KeyOf = ((seed: number | bigint) => {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) return fail('InvalidArgument', `key: the seed must be a whole number, got ${seed}; give large ones as a bigint`)
  const word = BigInt.asUintN(64, BigInt(seed))
  return leaf(Uint32Array.of(Number(word >> 32n), Number(word & 0xffffffffn)), [2], 'u32')
}) as never
const stacked = (op: string, k: unknown, n: number): Node => {
  const use = mix(op, k, indices(op, [count(op, 'n', n)]))
  const column = (word: Word): Node => reshapeTo(use(word), [n, 1])
  return b.concat([column(0), column(1)], { axis: 1 })
}
/** Row i of [n, 2]. */
const row = (x: Node, i: number): Node => reshapeTo(b.slice([x], { start: [i, 0], limit: [i + 1, 2], step: [1, 1] }), [2])
/** One key an element: its two words as vectors. */
export type Words = readonly [Node, Node]
const scrambled = ([k0, k1]: Words, index: number, word: Word): Node =>
  b.threefry([k0, k1, constant(0, k0), constant(index, k0)], { word })
/** n keys, one an element. */
export const eachKey = (op: string, k: unknown, n: number): Words => {
  const use = mix(op, k, indices(op, [n]))
  return [use(0), use(1)]
}
/** What `split` gives for each of many keys. */
export const splitEach = (k: Words, n: number): Words[] =>
  Array.from({ length: n }, (_, i) => [scrambled(k, i, 0), scrambled(k, i, 1)] as const)
/** The bits of a scalar drawn with each of many keys: 32 as one word, 64 as two. */
export const wordsAt = (k: Words): { readonly narrow: Node; readonly wide: readonly [Node, Node] } =>
  ({ narrow: scrambled(k, 0, 2), wide: [scrambled(k, 0, 0), scrambled(k, 0, 1)] })
/** Two independent keys, as nodes. */
export const twoKeys = (op: string, k: unknown): [Node, Node] => {
  const both = stacked(op, k, 2)
  return [row(both, 0), row(both, 1)]
}
/**
 * n independent keys (two unless given), to be destructured; the old key should not be used again.
 * @shape [2] → n of [2]
 * @dtype u32 → u32
 * @throws InvalidArgument when the key is none.
 * @example deepClose(await read(random.split(key(0))[0]), [1797259609, 2579123966])
 */
export const split: SplitKey = ((k: unknown, n = 2) => {
  const all = stacked('split', k, n)
  return Array.from({ length: n }, (_, i) => row(all, i))
}) as never
/**
 * n independent keys in one tensor, to map over with vmap or scan.
 * @shape [2] → [n, 2]
 * @dtype u32 → u32
 * @throws InvalidArgument when the key is none.
 * @example deepClose(random.keys(key(0), 3).shape, [3, 2])
 */
export const keys: StackedKeys = ((k: unknown, n: number) => stacked('keys', k, n)) as never
/**
 * A key that depends on a number too: a step, an index. The number is an input of the plan, so a new one is no new program.
 * @shape [2], [] → [2]
 * @dtype u32 → u32
 * @throws InvalidArgument when the key is none or the number is not whole.
 * @example deepClose(await read(random.foldIn(key(0), 1)), [928981903, 3453687069])
 */
export const foldIn: FoldIn = ((k: unknown, data: unknown) => {
  const low = typeof data === 'number' ? weak('foldIn', wrapped(data), 'u32') : castTo(asNode('foldIn', data), 'u32')
  if (low.shape.length > 0) return fail('ShapeMismatch', `foldIn: the number has shape ${show(low.shape)}, not []; vmap over it`)
  const use = mix('foldIn', k, [constant(0, low), low])
  const word = (w: Word): Node => reshapeTo(use(w), [1])
  return b.concat([word(0), word(1)], { axis: 0 })
}) as never
const wrapped = (n: number): number =>
  Number.isSafeInteger(n) ? Number(BigInt.asUintN(32, BigInt(n))) : fail('InvalidArgument', `foldIn: the number must be whole, got ${n}`)
/**
 * Uniformly random 32-bit words.
 * @shape (key, shape) → shape
 * @dtype u32
 * @throws InvalidArgument when the key is none.
 * @example deepClose(await read(random.bits(key(0), [1])), [4070199207])
 */
export const bits: Bits = ((k: unknown, shape: Shape) => bits32('bits', k, shape)) as never
