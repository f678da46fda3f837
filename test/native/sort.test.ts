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
    expect([...(read.sync(up(tensor(Int32Array.from(xs)) as never)) as Int32Array)]).toEqual([...Int32Array.from(xs).sort()])
  }), { numRuns: 400 })
  const many = Int32Array.from({ length: 100_000 }, (_, i) => Math.imul(i, 2654435761) % 7)
  expect([...(read.sync(up(tensor(many) as never)) as Int32Array)]).toEqual([...many.slice().sort()])
})
it('a network that sorts zeros and ones sorts everything (Knuth, 5.3.4, theorem Z): thousands of rows of each length', () => {
  let seed = 7
  const next = (): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32
  for (const n of [2, 7, 8, 9, 31, 56, 63, 64, 65, 100, 127, 128, 130, 200, 256, 257]) {
    const rows = 4000
    const xs = new Int32Array(rows * n)
    for (let r = 0; r < rows; r++) for (let i = 0, share = next(); i < n; i++) xs[r * n + i] = next() < share ? 1 : 0
    const got = read.sync(up(tensor(xs, { shape: [rows, n] }) as never)) as Int32Array
    for (let r = 0; r < rows; r++) {
      const zeros = xs.subarray(r * n, (r + 1) * n).reduce((k, x) => k + (x === 0 ? 1 : 0), 0)
      expect(got.subarray(r * n, (r + 1) * n).findIndex((x, i) => x !== (i < zeros ? 0 : 1))).toBe(-1)
    }
  }
})
const shapes: Readonly<Record<string, (i: number, n: number) => number>> = {
  rising: (i) => i,
  falling: (i) => -i,
  equal: () => 3,
  'rising and falling': (i, n) => Math.min(i, n - i),
  'of a period': (i) => i % 1024,
  'of few values': (i) => Math.imul(i, 2654435761) % 5,
  'most of them one value': (i) => (i % 100 === 0 ? i : 7),
  'over many magnitudes': (i) => Math.exp((Math.imul(i, 2654435761) >>> 0) / 2 ** 26),
  'zeros and numbers that are none': (i) => [NaN, -0, 0, i][i % 4]!,
}
it.each(Object.entries(shapes))('long rows that are %s', (_, at) => {
  for (const n of [3000, 65_535, 65_536, 200_003]) {
    const xs = Float32Array.from({ length: n }, (_, i) => at(i, n))
    const got = read.sync(up(tensor(xs) as never)) as Float32Array
    const want = xs.slice().sort()
    expect(got.findIndex((x, i) => x !== want[i] && !(Number.isNaN(x) && Number.isNaN(want[i])))).toBe(-1)
  }
})
