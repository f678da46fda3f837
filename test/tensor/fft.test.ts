/**
 * Fourier transforms against the sum that defines them, for every size up to 64 and for sizes of all kinds beyond, and
 * against their theorems: inverse, linearity, Parseval, shift, convolution, adjoints. On every backend.
 */
import { describe, expect, test } from 'vitest'
import { leaf, numel } from '../../lib/ir/node.js'
import type { Node } from '../../lib/ir/node.js'
import type { Backend } from '../../lib/run/index.js'
import * as ct from '../../lib/tensor/index.js'
import { grad, vjp, vmap } from '../../lib/transform/index.js'
import { backends, hosts } from './value.js'

type Loose = { readonly [K in keyof typeof ct.fft]: (...args: readonly unknown[]) => Node }
const f = ct.fft as unknown as Loose
const t = ct as unknown as { readonly [K in keyof typeof ct]: (...args: readonly unknown[]) => Node }
/** Numbers in no order between -1 and 1. */
const noise = (n: number, seed = 0): Float64Array => Float64Array.from({ length: n }, (_, i) => (((i + seed) * 7919 + 13) % 1009) / 504.5 - 1)
const complexOf = (shape: readonly number[], dtype: 'c64' | 'c128' = 'c128', seed = 0): Node => {
  const values = noise(2 * numel(shape), seed)
  return leaf((dtype === 'c64' ? Float32Array.from(values) : values) as never, [...shape], dtype)
}
const reals = (shape: readonly number[], seed = 0): Node => leaf(noise(numel(shape), seed), [...shape], 'f64')
const numbers = (x: Node, on: Backend): number[] => Array.from(hosts([x], on)[0]?.data as Float64Array, Number)
/** Σⱼ x[j] e^(-2πi jk/n), the angle reduced in whole numbers. */
const defined = (x: readonly number[]): number[] => {
  const n = x.length / 2
  const turns = Array.from({ length: n }, (_, m) => [Math.cos((-2 * Math.PI * m) / n), Math.sin((-2 * Math.PI * m) / n)] as const)
  return Array.from({ length: n }, (_, k) => {
    let [re, im] = [0, 0]
    for (let j = 0; j < n; j++) {
      const [c, s] = turns[(j * k) % n] as readonly [number, number]
      re += (x[2 * j] as number) * c - (x[2 * j + 1] as number) * s
      im += (x[2 * j] as number) * s + (x[2 * j + 1] as number) * c
    }
    return [re, im]
  }).flat()
}
/** The largest difference, against the length of the vector. */
const off = (got: readonly number[], want: readonly number[]): number => {
  expect(got.length).toBe(want.length)
  const length = Math.hypot(...want) || 1
  return got.reduce((m, v, i) => Math.max(m, Math.abs(v - (want[i] as number))), 0) / length
}
const F64 = 4e-15
const F32 = 2e-6

describe.each(backends)('%s', (name, on) => {
  const sizes = Array.from({ length: 64 }, (_, i) => i + 1)
  test.each(sizes)('the sum itself for n = %i', (n) => {
    const x = complexOf([n])
    const want = defined(numbers(x, on))
    expect(off(numbers(f.fft(x), on), want)).toBeLessThan(F64)
    expect(off(numbers(f.ifft(f.fft(x)), on), numbers(x, on))).toBeLessThan(F64)
    expect(off(numbers(f.fft(complexOf([n], 'c64')), on), want)).toBeLessThan(F32)
    const r = reals([n])
    const half = defined([...numbers(r, on)].flatMap((v) => [v, 0])).slice(0, 2 * (Math.floor(n / 2) + 1))
    expect(off(numbers(f.rfft(r), on), half)).toBeLessThan(F64)
    expect(off(numbers(f.irfft(f.rfft(r), { n }), on), numbers(r, on))).toBeLessThan(F64)
  })
  const larger = [67, 97, 101, 127, 128, 131, 169, 210, 243, 251, 256, 343, 360, 509, 625, 1000, 1009, 1024, 1025, 1155, ...(name === 'reference' ? [] : [1331, 2002, 2048, 2053, 2187, 3125, 4093, 4096, 4098])]
  test.each(larger)('the sum itself for n = %i', (n) => {
    for (const rows of [1, 5]) {
      const x = complexOf([rows, n])
      const all = numbers(x, on)
      const want = Array.from({ length: rows }, (_, i) => defined(all.slice(2 * n * i, 2 * n * (i + 1)))).flat()
      expect(off(numbers(f.fft(x), on), want)).toBeLessThan(F64)
      expect(off(numbers(f.fft(complexOf([rows, n], 'c64')), on), want)).toBeLessThan(F32)
    }
  })
  test('many lines, and axes that are not the last', () => {
    const x = complexOf([9, 20, 3])
    const along = (axis: number): number[] => numbers(t.moveaxis(f.fft(x, { axis }), axis, 2), on)
    for (const axis of [0, 1, 2]) {
      const lines = numbers(t.moveaxis(x, axis, 2), on)
      const n = x.shape[axis] as number
      const want = Array.from({ length: lines.length / (2 * n) }, (_, i) => defined(lines.slice(2 * n * i, 2 * n * (i + 1)))).flat()
      expect(off(along(axis), want)).toBeLessThan(F64)
    }
  })
  test.each([12, 17, 30, 131])('linearity, Parseval, shift and convolution for n = %i', (n) => {
    const [x, y] = [complexOf([n]), complexOf([n], 'c128', 5)]
    const [X, Y] = [f.fft(x), f.fft(y)]
    expect(off(numbers(f.fft(t.sub(t.mul(x, 2), t.mul(y, 3))), on), numbers(t.sub(t.mul(X, 2), t.mul(Y, 3)), on))).toBeLessThan(F64)
    const energy = (z: Node): number => numbers(z, on).reduce((s, v) => s + v * v, 0)
    expect(Math.abs(energy(X) / n / energy(x) - 1)).toBeLessThan(F64 * 10)
    expect(Math.abs(energy(f.fft(x, { norm: 'ortho' })) / energy(x) - 1)).toBeLessThan(F64 * 10)
    const turn = t.polar(ct.ones([n], { dtype: 'f64' }), t.mul(t.arange(n, { dtype: 'f64' }), (-2 * Math.PI * 3) / n))
    expect(off(numbers(f.fft(t.roll(x, 3)), on), numbers(t.mul(X, turn), on))).toBeLessThan(F64 * 4)
    const [p, q] = [numbers(x, on), numbers(y, on)]
    const circular = Array.from({ length: n }, (_, k) => {
      let [re, im] = [0, 0]
      for (let j = 0; j < n; j++) {
        const i = (k - j + n) % n
        re += (p[2 * j] as number) * (q[2 * i] as number) - (p[2 * j + 1] as number) * (q[2 * i + 1] as number)
        im += (p[2 * j] as number) * (q[2 * i + 1] as number) + (p[2 * j + 1] as number) * (q[2 * i] as number)
      }
      return [re, im]
    }).flat()
    expect(off(numbers(f.ifft(t.mul(X, Y)), on), circular)).toBeLessThan(F64 * 4)
  })
  test.each([6, 7, 16, 33])('rfft and irfft pull back as adjoints for n = %i', (n) => {
    const pull = vjp as unknown as (g: unknown, x: Node) => readonly [Node, (ct: Node) => readonly Node[]]
    const inner = (a: readonly number[], c: readonly number[]): number => a.reduce((s, v, i) => s + v * (c[i] as number), 0)
    const [x, z] = [reals([n]), complexOf([Math.floor(n / 2) + 1])]
    const [y, back] = pull(f.rfft, x)
    const conjugate = t.conj(z)
    expect(Math.abs(inner(numbers(y, on), numbers(z, on)) - inner(numbers(x, on), numbers(back(conjugate)[0] as Node, on)))).toBeLessThan(1e-12)
    const [w, backward] = pull((v: Node) => f.irfft(v, { n }), z)
    expect(Math.abs(inner(numbers(w, on), numbers(x, on)) - inner(numbers(t.conj(z), on), numbers(backward(x)[0] as Node, on)))).toBeLessThan(1e-12)
  })
  test('the energy of a spectrum has the gradient 2 n x, also under vmap', () => {
    const n = 10
    const energy = (x: Node): Node => t.sum(t.square(t.abs(f.fft(x))))
    const x = reals([3, n])
    const g = (vmap as unknown as (h: unknown) => (y: Node) => Node)((grad as unknown as (h: unknown) => unknown)(energy))(x)
    expect(off(numbers(g, on), numbers(t.mul(x, 2 * n), on))).toBeLessThan(F64 * 4)
  })
  test('a NaN is in every number of its line and nowhere else; empty batches stay empty', () => {
    const x = t.tensor([[1, NaN, 2, 3, 4], [1, 2, 3, 4, 5]], { dtype: 'f64' })
    const got = numbers(f.fft(x), on)
    expect(got.slice(0, 10).every((v, i, all) => Number.isNaN(v) || Number.isNaN(all[i ^ 1]))).toBe(true)
    expect(got.slice(10).every(Number.isFinite)).toBe(true)
    expect(hosts([f.fft(complexOf([0, 8])), f.rfft(reals([3, 0, 4]))], on).map((h) => h.shape)).toEqual([[0, 8], [3, 0, 3]])
  })
})
describe('bad input', () => {
  test.each([
    ['fft: axis 2 is out of range for [3]', () => f.fft(ct.ones([3]), { axis: 2 })], ['fft: n must be a whole number above 0, got 0', () => f.fft(ct.ones([3]), { n: 0 })],
    ['fft: axis 0 of [0] is too short to transform; give n', () => f.fft(ct.ones([0]))], ['rfft takes real numbers, not c128[3]', () => f.rfft(complexOf([3]))],
    ['irfft: axis 0 of [1] is too short to transform; give n', () => f.irfft(ct.ones([1]))], ['fftn: axes [0,-2] name one axis twice', () => f.fftn(ct.ones([2, 2]), { axes: [0, -2] })],
    ['fftn: 1 sizes for 2 axes; give one each', () => f.fftn(ct.ones([2, 2]), { axes: [0, 1], n: [2] })], ['fftConvolve: [2] and [2,2] must have one rank', () => f.fftConvolve(ct.ones([2]), ct.ones([2, 2]))],
  ] as const)('%s', (sentence, make) => expect(make).toThrow(sentence))
})
