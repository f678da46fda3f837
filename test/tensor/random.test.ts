/** Randomness beyond the recorded numbers: determinism, independence of keys, ranges, moments, and what is refused. */
import { describe, expect, test } from 'vitest'
import * as ct from '../../lib/tensor/index.js'
import type { Node } from '../../lib/ir/node.js'
import { flat, hosts } from './value.js'

const { random, key } = ct
const message = (f: () => unknown): string => {
  try {
    f()
  } catch (e) {
    return `${(e as { _tag: string })._tag}: ${(e as Error).message}`
  }
  return 'nothing was thrown'
}
const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length
const numbers = (x: unknown): number[] => flat(x).map(Number)

describe('keys', () => {
  test('are the 64 bits of the seed', () => {
    expect([key(7), key(2 ** 32 + 1), key(2n ** 63n), key(-1)].map(flat)).toEqual([[0, 7], [1, 1], [2 ** 31, 0], [2 ** 32 - 1, 2 ** 32 - 1]])
    expect(message(() => key(0.5))).toContain('InvalidArgument: key: the seed must be a whole number, got 0.5')
    expect(message(() => key(2 ** 60))).toContain('give large ones as a bigint')
  })
  test('split into different ones, the same ones again', () => {
    const [a, b, c] = random.split(key(1), 3)
    expect(new Set([a, b, c, key(1)].map((k) => String(flat(k)))).size).toBe(4)
    expect(flat(random.keys(key(1), 3))).toEqual([a, b, c].flatMap(flat))
    expect(flat(random.split(key(1), 3)[2])).toEqual(flat(c))
  })
  test('fold in a tensor as they do a number, and the number is a slot', () => {
    const folded = random.foldIn(key(1), 9)
    expect(flat(random.foldIn(key(1), ct.tensor(9, { dtype: 'i32' })))).toEqual(flat(folded))
    const below = (x: Node): Node[] => [x, ...x.args.flatMap(below)]
    expect(below(folded as unknown as Node).some((x) => x.op === 'slot')).toBe(true)
    expect(message(() => random.foldIn(key(1), 0.5))).toContain('foldIn: the number must be whole')
  })
  test('are not other tensors', () => {
    const wrong = ct.zeros([2]) as never
    for (const draw of [() => random.bits(wrong, [1]), () => random.split(wrong), () => random.permutation(wrong, 3), () => random.categorical(wrong, ct.zeros([2]))])
      expect(message(draw)).toContain('needs a key (u32[2]), got f32[2]; make one with key(seed)')
  })
})

describe('draws', () => {
  test('a longer result begins with the shorter one', () => {
    expect(numbers(random.bits(key(3), [10])).slice(0, 4)).toEqual(numbers(random.bits(key(3), [2, 2])))
  })
  test('uniform stays in its range and fills it', () => {
    const xs = numbers(random.uniform(key(0), [4000], { minval: -2, maxval: 3 }))
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(-2)
    expect(Math.max(...xs)).toBeLessThan(3)
    expect(mean(xs)).toBeCloseTo(0.5, 1)
    expect(new Set(numbers(random.uniform(key(0), [1000], { dtype: 'f64' }))).size).toBe(1000)
  })
  test('normal has its moments', () => {
    for (const dtype of ['f32', 'f64'] as const) {
      const xs = numbers(random.normal(key(5), [4000], { dtype, mean: 10, std: 2 }))
      const m = mean(xs)
      expect(Math.abs(m - 10)).toBeLessThan(0.1)
      expect(Math.abs(Math.sqrt(mean(xs.map((x) => (x - m) ** 2))) - 2)).toBeLessThan(0.1)
    }
  })
  test('bernoulli and categorical have their frequencies', () => {
    expect(Math.abs(mean(numbers(random.bernoulli(key(1), [4000], { p: 0.3 }))) - 0.3)).toBeLessThan(0.03)
    const logits = ct.log(ct.broadcastTo(ct.tensor([0.2, 0.5, 0.3]), [4000, 3]))
    const classes = numbers(random.categorical(key(2), logits))
    expect([0, 1, 2].map((c) => Math.round(10 * (classes.filter((x) => x === c).length / 4000)))).toEqual([2, 5, 3])
  })
  test('a permutation holds every number once', () => {
    for (const n of [0, 1, 2, 5, 100]) expect(numbers(random.permutation(key(n), n)).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
    expect(message(() => random.permutation(key(0), -1))).toContain('permutation: n must be a whole number and not negative')
  })
  test('integers stay in their range, in every dtype', () => {
    for (const dtype of ['u8', 'u32', 'i32', 'i64'] as const) {
      const xs = numbers(random.randint(key(4), [500], { minval: 3, maxval: 9, dtype }))
      expect([...new Set(xs)].sort()).toEqual([3, 4, 5, 6, 7, 8])
    }
    expect(message(() => random.randint(key(0), [1], { maxval: 1.5 }))).toContain('randint: maxval must be a whole number, got 1.5')
  })
  test('of nothing is nothing', () => {
    const outs = [random.bits(key(0), [0]), random.normal(key(0), [2, 0]), random.randint(key(0), [0], { maxval: 3 })]
    expect(hosts(outs).map((h) => h.data.length)).toEqual([0, 0, 0])
  })
})
