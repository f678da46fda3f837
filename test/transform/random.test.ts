/** vmap of a draw over keys is the stack of the single draws, bit for bit, whatever the distribution. */
import { expect, it } from 'vitest'
import { key, random, session, stack, vmap } from '../../lib/index.js'
import type { Device, Tensor } from '../../lib/index.js'

type Key = Tensor<[2], 'u32', Device>
type Draw = (k: Key) => Tensor<readonly number[], 'f32' | 'i32' | 'bool' | 'u32', Device>
const { read } = session()
const keys = random.split(key(11), 3)
const draws: Readonly<Record<string, Draw>> = {
  bits: (k) => random.bits(k, [5]), uniform: (k) => random.uniform(k, [5]), normal: (k) => random.normal(k, [2, 3]),
  bernoulli: (k) => random.bernoulli(k, [7], { p: 0.3 }), randint: (k) => random.randint(k, [4], { minval: 0, maxval: 100 }),
  permutation: (k) => random.permutation(k, 6), exponential: (k) => random.exponential(k, [5]), gamma: (k) => random.gamma(k, [3], { a: 2 }),
  poisson: (k) => random.poisson(k, [3], { lam: 4 }), split: (k) => random.split(k, 2)[1],
}
it.each(Object.entries(draws))('%s', async (_name, draw) => {
  const together = [...(await read(vmap(draw)(stack(keys))))]
  const singly = await read(keys.map(draw))
  expect(together).toEqual(singly.flatMap((x) => [...x]))
  expect(new Set(singly.map(String)).size).toBe(keys.length)
})
