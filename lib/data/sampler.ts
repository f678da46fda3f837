/**
 * In which order an epoch visits the items. Law: the shuffle of n items for (seed, epoch) is exactly
 * `random.permutation(foldIn(key(seed), epoch), n)`, bit for bit as in JAX, on every machine; so an epoch can be
 * resumed from its number alone, and no generator state is ever saved. It runs on the host: a loader must not need
 * a backend.
 * @source jax/_src/random.py `_shuffle` and jax/_src/prng.py, JAX 0.10 with jax_threefry_partitionable (the default)
 */
import { fail } from '../type/fault.js'
import { threefry2x32 } from '../prim/threefry.js'

/** A random key: two 32-bit words. */
export type Key = readonly [number, number]

/**
 * The key of a seed; throws InvalidArgument unless the seed is a whole number from 0 to 2^53 - 1.
 * @example seedKey(42) // [0, 42]
 */
export const seedKey = (seed: number): Key =>
  Number.isSafeInteger(seed) && seed >= 0
    ? [Math.floor(seed / 2 ** 32), seed >>> 0]
    : fail('InvalidArgument', `A seed of ${seed} is not a whole number from 0 to 2^53 - 1: pass one such as 42.`)

/**
 * The key for one number under another key, such as an epoch's.
 * @example foldIn([0, 0], 0) // [1797259609, 2579123966]
 */
export const foldIn = ([k0, k1]: Key, data: number): Key => threefry2x32(k0, k1, 0, data >>> 0)

/**
 * A permutation of 0 … n-1: stable sorts by random words, as many as make ties unlikely.
 * @example Array.from(permutation(foldIn(seedKey(0), 0), 10)) // [0, 8, 2, 4, 1, 7, 9, 5, 3, 6]
 */
export const permutation = (key: Key, n: number): Uint32Array => {
  const rounds = Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(0xffffffff))
  let order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let round = 0, [k0, k1] = key; round < rounds; round++) {
    order = sortedBy(randomWords(threefry2x32(k0, k1, 0, 1), n), order)
    ;[k0, k1] = threefry2x32(k0, k1, 0, 0)
  }
  return order
}

/**
 * The items' order in an epoch: by position, or shuffled by seed and epoch.
 * @example Array.from(epochOrder(3, 0)) // [0, 1, 2]
 */
export const epochOrder = (n: number, epoch: number, shuffle?: { readonly seed: number }): Uint32Array =>
  shuffle === undefined
    ? Uint32Array.from({ length: n }, (_, i) => i)
    : permutation(foldIn(seedKey(shuffle.seed), epoch), n)

/** Which of so many items a loader visits, and in which order. */
export interface Sampler {
  readonly length: (items: number) => number
  readonly order: (items: number, epoch: number) => Uint32Array
}
/**
 * The share of one process: of every `size` items of an epoch's order it visits the one at its rank. So that all have the
 * same number, the first items come again at the end, or with `dropLast` the last ones are left out, as in PyTorch's
 * DistributedSampler. Law: what all processes visit at one place of their shares is what one process with `size` times the
 * batch visits there.
 * @throws InvalidArgument for a rank that is none of 0 … size - 1.
 * @example Array.from(distributedSampler({ rank: 1, size: 2 }).order(5, 0)) // [1, 3, 0]
 */
export const distributedSampler = ({ rank, size }: { readonly rank: number; readonly size: number }, settings: { readonly shuffle?: { readonly seed: number }; readonly dropLast?: boolean } = {}): Sampler => {
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(rank) || rank < 0 || rank >= size)
    fail('InvalidArgument', `distributedSampler: rank ${rank} is none of ${size} processes: pass the world, or a rank from 0 to size - 1.`)
  const length = (items: number): number => (settings.dropLast === true ? Math.floor(items / size) : Math.ceil(items / size))
  return {
    length,
    order: (items, epoch) => {
      const all = epochOrder(items, epoch, settings.shuffle)
      return Uint32Array.from({ length: length(items) }, (_, i) => all[(i * size + rank) % items] as number)
    },
  }
}

const randomWords = ([k0, k1]: Key, n: number): Uint32Array =>
  Uint32Array.from({ length: n }, (_, i) => {
    const [a, b] = threefry2x32(k0, k1, 0, i)
    return a ^ b
  })

/** Least significant byte first, four stable passes: linear, and faster than any comparison sort here. */
const sortedBy = (words: Uint32Array, values: Uint32Array): Uint32Array<ArrayBuffer> => {
  let keys = words
  let order = values
  for (let shift = 0; shift < 32; shift += 8) [keys, order] = sortedByByte(keys, order, shift)
  return order as Uint32Array<ArrayBuffer>
}

const sortedByByte = (keys: Uint32Array, values: Uint32Array, shift: number): [Uint32Array, Uint32Array] => {
  const next = startOfEach(keys, shift)
  const keysOut = new Uint32Array(keys.length)
  const valuesOut = new Uint32Array(keys.length)
  keys.forEach((key, i) => {
    const byte = (key >>> shift) & 0xff
    const at = next[byte] as number
    next[byte] = at + 1
    keysOut[at] = key
    valuesOut[at] = values[i] as number
  })
  return [keysOut, valuesOut]
}

const startOfEach = (keys: Uint32Array, shift: number): Uint32Array => {
  const starts = new Uint32Array(257)
  for (const key of keys) {
    const next = ((key >>> shift) & 0xff) + 1
    starts[next] = (starts[next] as number) + 1
  }
  for (let byte = 1; byte < 257; byte++) starts[byte] = (starts[byte] as number) + (starts[byte - 1] as number)
  return starts
}
