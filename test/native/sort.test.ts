/** Sorting rows of every length around the network's, of numbers that are equal, infinite, or none, beside JavaScript's own sort. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { jit, session, sort, tensor } from '../../lib/index.js'

const { read } = session()
const least = (x: number, y: number): number => (Number.isNaN(x) ? (Number.isNaN(y) ? 0 : 1) : Number.isNaN(y) ? -1 : x - y || 0)
const up = jit((x: never) => sort(x))
it('f32: 1 to 300 elements', () => {
  const odd = fc.constantFrom(0, -0, 1, -1, 2, NaN, Infinity, -Infinity, 3.4028234663852886e38, 1.401298464324817e-45)
  const row = fc.oneof(fc.array(odd, { minLength: 1, maxLength: 300 }), fc.array(fc.float({ noNaN: false }), { minLength: 1, maxLength: 300 }), fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 300 }))
  fc.assert(fc.property(row, (xs) => {
    const got = [...(read.sync(up(tensor(xs) as never)) as Float32Array)]
    const want = [...xs].sort(least)
    expect(got.map((x) => x + 0)).toEqual(want.map((x) => Math.fround(x) + 0))
  }), { numRuns: 600 })
})
it('i32: 1 to 300 elements, and 100,000 of few values', () => {
  const row = fc.array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer(), fc.constantFrom(-2147483648, 2147483647)), { minLength: 1, maxLength: 300 })
  fc.assert(fc.property(row, (xs) => {
    expect([...(read.sync(up(tensor(Int32Array.from(xs), [xs.length]) as never)) as Int32Array)]).toEqual([...Int32Array.from(xs).sort()])
  }), { numRuns: 400 })
  const many = Int32Array.from({ length: 100_000 }, (_, i) => Math.imul(i, 2654435761) % 7)
  expect([...(read.sync(up(tensor(many, [many.length]) as never)) as Int32Array)]).toEqual([...many.slice().sort()])
})
