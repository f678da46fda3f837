/** Products against naive loops: matmul by NumPy's rank rules, einsum by summing over all letters, windows by visiting them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as ct from '../../lib/tensor/index.js'
import type { Device, Shape, Tensor } from '../../lib/type/index.js'
import { matMul } from '../../lib/type/index.js'
import { flat, value } from './value.js'

type Any = Tensor<Shape, 'f32', Device>
type Loose = { readonly [K in keyof typeof ct]: (...args: readonly unknown[]) => Any }
const t = ct as unknown as Loose
const total = (s: readonly number[]): number => s.reduce((a, b) => a * b, 1)
/** Small whole numbers, so that sums are exact in any order. */
const of = (shape: readonly number[], seed = 1): Any =>
  t.reshape(ct.tensor(Float32Array.from({ length: total(shape) }, (_, i) => ((i * 7 + seed * 5) % 11) - 5)), shape)
const message = (f: () => unknown): string => {
  try {
    f()
  } catch (e) {
    return `${(e as { _tag: string })._tag}: ${(e as Error).message}`
  }
  return 'nothing was thrown'
}

/** Sums over every assignment of the letters. */
const naive = (spec: string, xs: readonly Any[]): number[] => {
  const [left, output] = spec.split('->') as [string, string]
  const terms = left.split(',')
  const sizes = new Map(terms.flatMap((term, k) => [...term].map((l, i) => [l, xs[k]?.shape[i] as number] as const)))
  const letters = [...sizes.keys()]
  const data = xs.map((x) => flat(x).map(Number))
  const at = (term: string, index: ReadonlyMap<string, number>): number => [...term].reduce((f, l) => f * (sizes.get(l) as number) + (index.get(l) as number), 0)
  const out = new Array<number>(total([...output].map((l) => sizes.get(l) as number))).fill(0)
  const n = total(letters.map((l) => sizes.get(l) as number))
  for (let k = 0; k < n; k++) {
    const index = new Map<string, number>()
    letters.reduceRight((rest, l) => {
      index.set(l, rest % (sizes.get(l) as number))
      return Math.floor(rest / (sizes.get(l) as number))
    }, k)
    out[at(output, index)] = (out[at(output, index)] as number) + terms.reduce((p, term, i) => p * (data[i]?.[at(term, index)] as number), 1)
  }
  return out
}
const letter = fc.constantFrom('a', 'b', 'c', 'd')
const specs = fc.tuple(fc.array(fc.array(letter, { maxLength: 3 }), { minLength: 1, maxLength: 3 }), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }), fc.infiniteStream(fc.nat(99)))
  .map(([terms, sizes, picks]) => {
    const used = [...new Set(terms.flat())]
    const output = used.filter(() => (picks.next().value as number) % 2 === 0).sort(() => ((picks.next().value as number) % 2) - 0.5)
    return { spec: `${terms.map((l) => l.join('')).join(',')}->${output.join('')}`, shapes: terms.map((term) => term.map((l) => sizes['abcd'.indexOf(l)] as number)) }
  })

describe('einsum', () => {
  test('is the sum over all letters', () => fc.assert(fc.property(specs, ({ spec, shapes }) => {
    const xs = shapes.map((s, i) => of(s, i))
    expect(flat(t.einsum(spec, ...xs)).map((v) => Number(v) + 0)).toEqual(naive(spec, xs).map((v) => v + 0))
  }), { numRuns: 150 }))
  test('says what does not fit', () => {
    expect(message(() => t.einsum('ij,jk->ik', of([2, 3]), of([4, 5])))).toBe("ShapeMismatch: einsum: 'j' is both 3 and 4; the terms are 'ij,jk->ik' for [2,3], [4,5]")
    expect(message(() => t.einsum('ij', of([2, 3])))).toContain("einsum: write an explicit '->'")
  })
})

describe('matmul', () => {
  const small = fc.integer({ min: 0, max: 3 })
  const shapes = fc.tuple(fc.array(small, { maxLength: 2 }), fc.boolean(), fc.boolean(), small, small, small).filter(([batch, left, right]) => batch.length === 0 || left || right)
  test('broadcasts batches', () => fc.assert(fc.property(shapes, ([batch, left, right, m, k, n]) => {
    const [p, q] = [of([...(left ? batch : []), m, k]), of([...(right ? batch : batch.map(() => 1)), k, n], 2)]
    const y = t.matmul(p, q)
    expect(y.shape).toEqual(matMul(p.shape, q.shape))
    const batchLetters = 'xy'.slice(0, batch.length)
    const [a, b] = [t.broadcastTo(p, [...batch, m, k]), t.broadcastTo(q, [...batch, k, n])]
    expect(flat(y).map((v) => Number(v) + 0)).toEqual(naive(`${batchLetters}mk,${batchLetters}kn->${batchLetters}mn`, [a, b]))
  }), { numRuns: 80 }))
  test('vectors are rows and columns', () => {
    expect(value(t.matmul(of([3]), of([3])))).toBe(naive('i,i->', [of([3]), of([3])])[0])
    expect(t.matmul(of([3]), of([2, 3, 4])).shape).toEqual([2, 4])
    expect(t.matmul(of([2, 4, 3]), of([3])).shape).toEqual([2, 4])
  })
  test('says what does not fit', () => {
    expect(message(() => t.matmul(of([2, 3]), of([4, 5])))).toBe(
      'ShapeMismatch: matmul [2,3] x [4,5]: inner dimensions 3 and 4 differ; the last axis of the left must match the last but one of the right; transpose one of them')
    expect(message(() => t.matmul(of([]), of([2])))).toContain('matmul: the first operand is a scalar')
    expect(message(() => t.dot(of([2]), of([3])))).toContain('dot: the lengths 2 and 3 differ')
    expect(message(() => t.outer(of([2, 2]), of([3])))).toContain('outer: needs two vectors')
  })
})

describe('windows', () => {
  const cases = fc.record({ size: fc.integer({ min: 3, max: 7 }), kernel: fc.integer({ min: 1, max: 3 }), stride: fc.integer({ min: 1, max: 3 }), padding: fc.constantFrom(0, 1) })
  /** The windows of a padded row, each as its elements; null is padding. */
  const windows = (row: readonly number[], c: { kernel: number; stride: number; padding: number }): (number | null)[][] => {
    const wide = [...new Array<null>(c.padding).fill(null), ...row, ...new Array<null>(c.padding).fill(null)]
    return Array.from({ length: Math.floor((wide.length - c.kernel) / c.stride) + 1 }, (_, i) => wide.slice(i * c.stride, i * c.stride + c.kernel))
  }
  test('pools visit every window', () => fc.assert(fc.property(cases.filter((c) => c.padding < c.kernel), (c) => {
    const x = of([2, c.size])
    const settings = { kernel: [c.kernel], stride: [c.stride], padding: [c.padding] }
    const rows = [0, 1].map((i) => windows(flat(x).slice(i * c.size, (i + 1) * c.size).map(Number), c))
    expect(value(t.maxPool(x, settings))).toEqual(rows.map((r) => r.map((w) => Math.max(...w.map((v) => v ?? -Infinity)))))
    const means = rows.flat().map((w) => Math.fround(w.reduce<number>((s, v) => s + (v ?? 0), 0) / c.kernel))
    expect(flat(t.avgPool(x, settings)).map((v) => Number(v) + 0)).toEqual(means.map((v) => v + 0))
  })))
  test('convolution with a unit kernel shifts', () => {
    expect(value(t.conv(ct.tensor([[[1, 2, 3]]]), ct.tensor([[[0, 1, 0]]]), { padding: 1 }))).toEqual([[[1, 2, 3]]])
    expect(value(t.conv(ct.tensor([[[1, 2, 3]]]), ct.tensor([[[1, 0, 0]]]), { padding: [[2, 0]] }))).toEqual([[[0, 0, 1]]])
  })
  test('adaptive means of a divisor are those of avgPool', () => {
    const x = of([2, 6, 8])
    expect(flat(t.adaptiveAvgPool(x, [3, 2]))).toEqual(flat(t.avgPool(x, { kernel: [2, 4] })).map((v) => expect.closeTo(Number(v), 5) as number))
    expect(t.adaptiveAvgPool(x, 0 as number).shape).toEqual([2, 0, 0])
  })
  test('say what does not fit', () => {
    expect(message(() => t.conv(of([1, 3, 4]), of([2, 2, 2])))).toContain('ShapeMismatch: conv: input [1,3,4] has 3 channels, the kernel wants 2; x is [n, c, ...space]')
    expect(message(() => t.conv(of([3, 4]), of([2])))).toContain('of the same rank')
    expect(message(() => t.maxPool(of([3, 3]), { kernel: 4 }))).toContain('ShapeMismatch: maxPool: pool: the window 4 is larger than the input [3,3]')
    expect(message(() => t.adaptiveAvgPool(of([3]), 2))).toContain('ShapeMismatch: adaptiveAvgPool')
  })
})
