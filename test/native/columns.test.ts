/** A column of a product does not depend on how many there are: few go row by row, many by panels, and the bits are the same. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { add, cast, concat, jit, matmul, random, session, slice, tensor, transpose, zeros } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'

const { read, run } = session()
type Matrix = Tensor<[number, number], 'f32'>
const drawn = (seed: number, shape: [number, number]): Matrix => random.normal(random.key(seed), shape)
const sizes = fc.record({ m: fc.integer({ min: 14, max: 40 }), n: fc.integer({ min: 1, max: 9 }), k: fc.integer({ min: 1, max: 35 }), seed: fc.nat(1000), turned: fc.boolean(), across: fc.boolean(), wide: fc.boolean() })
it('few columns are the first of many, bit for bit', () => {
  fc.assert(fc.property(sizes, ({ m, n, k, seed, turned, across, wide }) => {
    const a = turned ? transpose(drawn(seed, [k, m])) : drawn(seed, [m, k])
    const b = across ? transpose(drawn(seed + 1, [n, k])) : drawn(seed + 1, [k, n])
    const [x, y] = run.sync([a, b] as const)
    const product = (l: Matrix, r: Matrix) => (wide ? matmul(cast(l, 'f64'), cast(r, 'f64')) : matmul(l, r))
    const few = read.sync(jit(product)(x as Matrix, y as Matrix))
    const many = read.sync(slice(jit(product)(x as Matrix, concat([y as Matrix, zeros([k, 40])], { axis: 1 }) as Matrix), [null, [0, n]] as never))
    expect([...few]).toEqual([...many])
  }), { numRuns: 150 })
})
it('of a batch, with what follows it, and with numbers that are none', () => {
  const a = tensor(Array.from({ length: 3 }, (_, i) => Array.from({ length: 20 }, (_, r) => [r === 5 ? NaN : r - i, r === 7 ? Infinity : 1, -0]))), b = tensor([[1, 2], [3, 4], [5, 6]])
  const got = [...read.sync(add(matmul(a, b), 1))]
  const want = Array.from({ length: 3 }, (_, i) => Array.from({ length: 20 }, (_, r) => [1, 2].map((w, j) => (r === 5 ? NaN : (r - i) * w + (r === 7 ? Infinity : 1) * (3 + j) + 1)))).flat(2)
  expect(got).toEqual(want)
})
