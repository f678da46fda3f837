import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { faultOf } from '../io/arbitrary.js'
import { hostTensor, type HostTensor } from '../../lib/io/host.js'
import type { Node } from '../../lib/ir/node.js'
import { isTensor, type Tensor } from '../../lib/type/tensor.js'
import { session } from '../../lib/run/index.js'
import { stack } from '../../lib/data/stack.js'
import { dataset, fromArray, map, type Dataset } from '../../lib/data/dataset.js'
import { epoch, loader } from '../../lib/data/loader.js'
import { distributedSampler, epochOrder, foldIn, permutation, seedKey } from '../../lib/data/sampler.js'
import { tensorDataset } from '../../lib/data/tensorDataset.js'

const collect = async <A>(batches: AsyncIterable<A>): Promise<A[]> => {
  const all: A[] = []
  for await (const batch of batches) all.push(batch)
  return all
}
const numbers = (n: number): Dataset<number> => dataset(n, (i) => i)
const tick = (ms = 0): Promise<void> =>
  new Promise((done) => {
    setTimeout(done, ms)
  })
const asList = <A>(items: readonly A[]): readonly A[] => items

describe('the share of a process', () => {
  const shares = (items: number, size: number, settings: { readonly shuffle?: { readonly seed: number }; readonly dropLast?: boolean }): number[][] =>
    Array.from({ length: size }, (_, rank) => Array.from(distributedSampler({ rank, size }, settings).order(items, 2)))
  test('all shares together are the order of one process; what is missing comes again from the start, or is left out', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 7 }), fc.boolean(), fc.boolean(), (items, size, dropLast, shuffled) => {
      const shuffle = shuffled ? { shuffle: { seed: 5 } } : {}
      const all = shares(items, size, { ...shuffle, dropLast }), each = dropLast ? Math.floor(items / size) : Math.ceil(items / size)
      const order = Array.from(epochOrder(items, 2, shuffle.shuffle)), woven = Array.from({ length: each * size }, (_, i) => all[i % size]?.[Math.floor(i / size)])
      expect(all.map((s) => s.length)).toEqual(Array.from({ length: size }, () => each))
      expect(woven).toEqual(Array.from({ length: each * size }, (_, i) => order[i % items]))
    }))
  })
  test('PyTorch 2.13 gives 5 items to 2 and to 3 processes so', () => {
    expect(shares(5, 2, {})).toEqual([[0, 2, 4], [1, 3, 0]])
    expect(shares(5, 3, { dropLast: true })).toEqual([[0], [1], [2]])
  })
  test('batches of all processes are the batch of one', async () => {
    const of = (rank: number) => loader(numbers(24), { batchSize: 3, sampler: distributedSampler({ rank, size: 2 }, { shuffle: { seed: 1 } }), collate: asList })
    const whole = loader(numbers(24), { batchSize: 6, shuffle: { seed: 1 }, collate: asList })
    const [a, b, all] = await Promise.all([collect(epoch(of(0), 4)), collect(epoch(of(1), 4)), collect(epoch(whole, 4))])
    all.forEach((batch, i) => expect([...(a[i] ?? []), ...(b[i] ?? [])].sort()).toEqual([...batch].sort()))
    expect([a.length, of(0).length]).toEqual([4, 4])
  })
  test('a rank that is none, and a loader with two orders, are refused', () => {
    expect(faultOf(() => distributedSampler({ rank: 2, size: 2 }))).toBe('distributedSampler: rank 2 is none of 2 processes: pass the world, or a rank from 0 to size - 1.')
    expect(faultOf(() => loader(numbers(4), { batchSize: 2, shuffle: { seed: 0 }, sampler: distributedSampler({ rank: 0, size: 2 }) }))).toContain('the sampler decides the order')
  })
})
describe('the sampler', () => {
  /** Recorded from JAX 0.10.2 (jax_threefry_partitionable): permutation(fold_in(PRNGKey(seed), epoch), n). */
  test.each([
    [0, 0, 1, [1797259609, 2579123966], '5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9'],
    [0, 0, 2, [1797259609, 2579123966], '83b97b859aa5f81b2f0f86ba2a675efaf515ad2d5e2b8652cf2de7e1c2267350'],
    [0, 0, 10, [1797259609, 2579123966], 'da0518edec0bc86d6ace62f810a623efc269d92c15d2a2c0f5b9d49fa8e9fcd8'],
    [42, 3, 17, [3134548294, 894150801], 'a90dcdab146547988d50d23ed9ca9fa965853ad54205f50ed15a94e704138fcf'],
    [7, 1, 100, [195045567, 4062205631], 'f497e1dbf7e5aa09bc18e7b6f01935adfc00016b6ad36b0645ba31599e7485e8'],
    [123456789, 2, 1700, [1967704197, 330388035], '3168c77bb008b8e2223ba2d5f30ca91697ac4cea437c5ef1fce45a6990a3eef8'],
    [4294967295, 5, 12, [1579579627, 15774026], '9e14891ce42de1187ee5431bc42094ef8baa9a57736df79c5b99a4b19fe87ebe'],
    [1, 9, 60000, [378437433, 3042590801], '2f636585e97a0be8049517bb88998c42141ed2795103a145e83f90f812b3845b'],
  ])('seed %d, epoch %d: the permutation of %d is that of JAX', (seed, e, n, key, sha256) => {
    expect(foldIn(seedKey(seed), e)).toEqual(key)
    expect(
      createHash('sha256')
        .update(epochOrder(n, e, { seed }).join(','))
        .digest('hex'),
    ).toBe(sha256)
  })
  test('every order is a permutation', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.nat(), fc.nat(), (n, a, b) => {
        expect([...permutation([a, b], n)].sort((x, y) => x - y)).toEqual([...epochOrder(n, 0)])
      }),
    )
  })
})

describe('a loader', () => {
  const settings = fc.record({
    batchSize: fc.integer({ min: 1, max: 7 }),
    prefetch: fc.integer({ min: 1, max: 5 }),
    collate: fc.constant(asList<number>),
  })
  const shuffles = fc.option(fc.record({ seed: fc.nat() }), { nil: undefined })

  test('visits every item once, in batches of its size, sync and async alike', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(40), settings, shuffles, fc.nat(5), async (n, given, shuffle, e) => {
        const l = loader(numbers(n), { ...given, ...(shuffle === undefined ? {} : { shuffle }) })
        const batches = [...epoch(l, e)]
        expect(batches.flat()).toEqual([...epochOrder(n, e, shuffle)])
        expect(batches.length).toBe(l.length)
        expect(batches.slice(0, -1).every((b) => b.length === given.batchSize)).toBe(true)
        expect(await collect(epoch(l, e))).toEqual(batches)
      }),
      { numRuns: 50 },
    )
  })

  test('resumes: from a cursor it gives what was left', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(30),
        settings,
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (n, given, seed, part) => {
          const l = loader(numbers(n), { ...given, shuffle: { seed } })
          const from = Math.floor(part * l.length)
          const rest = [...epoch(l, 3)].slice(from)
          expect([...epoch(l, 3, { from })]).toEqual(rest)
          expect(await collect(epoch(l, 3, { from }))).toEqual(rest)
          expect(epoch(l, 3, { from }).length).toBe(rest.length)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('gives tensors; dropLast leaves the rest out and makes the batch dim static', () => {
    const set = tensorDataset(
      hostTensor(
        'u8',
        [10, 2],
        Uint8Array.from({ length: 20 }, (_, i) => i),
      ),
      hostTensor('i32', [10], new Int32Array(10)),
    )
    const whole = loader(set, { batchSize: 4, dropLast: true })
    for (const [x, y] of epoch(whole, 0)) {
      expectTypeOf(x).toEqualTypeOf<Tensor<[4, 2], 'u8', never>>()
      expectTypeOf(y).toEqualTypeOf<Tensor<[4], 'i32', never>>()
      expect([isTensor(x), x.shape, y.shape, y.dtype]).toEqual([true, [4, 2], [4], 'i32'])
    }
    const open = [...epoch(loader(set, { batchSize: 4 }), 0)]
    expectTypeOf(open).toEqualTypeOf<(readonly [Tensor<[number, 2], 'u8', never>, Tensor<[number], 'i32', never>])[]>()
    expect([whole.length, open.map(([x]) => x.shape)]).toEqual([
      2,
      [
        [4, 2],
        [4, 2],
        [2, 2],
      ],
    ])
    expect((open[2]?.[0] as unknown as Node).host).toEqual(Uint8Array.of(16, 17, 18, 19))
    const onHost = loader(set, { batchSize: 4, collate: (items) => stack(items) })
    for (const [x] of epoch(onHost, 0)) expectTypeOf(x).toEqualTypeOf<HostTensor<readonly [number, 2], 'u8'>>()
  })

  test('its batches run: what a session reads is what the items hold', async () => {
    const set = tensorDataset(
      hostTensor('u8', [4, 2], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
      hostTensor('i32', [4], Int32Array.of(9, 8, 7, 6)),
    )
    const { read } = session()
    const seen: unknown[] = []
    for await (const batch of epoch(loader(set, { batchSize: 2 }), 0)) seen.push(await read(batch))
    expect(seen).toEqual([
      [Uint8Array.of(1, 2, 3, 4), Int32Array.of(9, 8)],
      [Uint8Array.of(5, 6, 7, 8), Int32Array.of(7, 6)],
    ])
  })

  test('of promises is async only', async () => {
    const set = map(numbers(5), async (i) => {
      await tick()
      return { x: i }
    })
    const l = loader(set, { batchSize: 2 })
    expect((await collect(epoch(l, 0))).map((b) => [...((b.x as unknown as Node).host as Float32Array)])).toEqual([
      [0, 1],
      [2, 3],
      [4],
    ])
    // @ts-expect-error an epoch of promises is no plain iterable
    expect(() => [...epoch(l, 0)]).toThrow(/use `for await/)
  })

  test.each([1, 2, 3, 5])('keeps at most %d batches alive, and works ahead that far', async (prefetch) => {
    let alive = 0
    let most = 0
    const set = map(numbers(40), (i) => {
      if (i % 2 === 0) most = Math.max(most, ++alive)
      return tick(i % 3).then(() => i)
    })
    for await (const _ of epoch(loader(set, { batchSize: 2, prefetch, collate: asList<number> }), 0)) {
      await tick(3)
      alive--
    }
    expect(alive).toBe(0)
    expect(most).toBe(prefetch)
  })

  test('the first batch is not delayed by those made ahead', async () => {
    const made: number[] = []
    const it = epoch(
      loader(
        map(numbers(3), (i) => {
          made.push(i)
          return i
        }),
        { batchSize: 1, prefetch: 3 },
      ),
      0,
    )[Symbol.asyncIterator]()
    await it.next()
    expect(made).toEqual([0])
    await tick(5)
    expect(made).toEqual([0, 1, 2])
  })

  test('stopping early stops the work ahead; an error comes at its batch and only there', async () => {
    const made: number[] = []
    const set = map(numbers(100), async (i) => {
      made.push(i)
      await tick()
      if (i === 4) throw new Error('item 4')
      return i
    })
    const l = loader(set, { batchSize: 1, prefetch: 3, collate: asList<number> })
    for await (const _ of epoch(l, 0)) break
    await tick(10)
    expect(made.length).toBeLessThanOrEqual(3)
    const seen: number[] = []
    await expect(
      (async () => {
        for await (const [x] of epoch(l, 0)) seen.push(x as number)
      })(),
    ).rejects.toThrow('item 4')
    expect(seen).toEqual([0, 1, 2, 3])
    await tick(10)
  })

  test('a wrong item is named by its number in the data set', () => {
    const set = fromArray([2, 2, 2, 3, 2].map((n) => hostTensor('f32', [n], new Float32Array(n))))
    expect(faultOf(() => [...epoch(loader(set, { batchSize: 2 }), 0)])).toMatch(
      /item 3 is f32 \[3\] where a batch needs f32 \[2\], as item 2/,
    )
  })

  test.each([
    ['batchSize', () => loader(numbers(3), { batchSize: 0 }), /batchSize is 0: pass a whole number of at least 1/],
    ['prefetch', () => loader(numbers(3), { batchSize: 1, prefetch: 0.5 }), /prefetch is 0\.5/],
    ['dropLast', () => loader(numbers(3), { batchSize: 4, dropLast: true }), /dropLast leaves no batch/],
    [
      'cursor',
      () => epoch(loader(numbers(3), { batchSize: 1 }), 0, { from: 4 }),
      /the cursor is 4: pass a whole number from 0 to 3/,
    ],
    ['epoch', () => epoch(loader(numbers(3), { batchSize: 1 }), -1), /the epoch is -1/],
  ])('refuses a wrong %s', (_, effect, sentence) => {
    expect(faultOf(effect)).toMatch(sentence)
  })
})
