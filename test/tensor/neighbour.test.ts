/** Neighbours of numbers against the bits of typed arrays; random matrices against what they promise. */
import { describe, expect, it } from 'vitest'
import { abs, eye, frexp, grad, isFault, key, ldexp, linalg, matmul, mean, mul, nextafter, nn, random, session, spacing, sub, sum, tensor, transpose, vmap } from '../../lib/index.js'
import type { Key, Scalar, Tensor } from '../../lib/index.js'

const { read, item } = session()
const bits = new Float32Array(1)
const words = new Int32Array(bits.buffer)
/** The next float up, by its bits. */
const above = (x: number): number => {
  bits[0] = x
  words[0] = x === 0 ? 1 : (words[0] as number) + (x > 0 ? 1 : -1)
  return bits[0]
}
const numbers = Array.from({ length: 4000 }, (_, i) => {
  words[0] = Math.imul(i, 0x9e3779b1)
  return bits[0] as number
}).filter(Number.isFinite)
const x = tensor(new Float32Array(numbers)) as unknown as Tensor<[number], 'f32'>

describe('neighbours', () => {
  it('nextafter is the next bit pattern, up and down, and goes back', () => {
    const up = nextafter(x, Infinity)
    expect([...read.sync(up)]).toEqual(numbers.map(above))
    expect([...read.sync(nextafter(up, -Infinity))].map((v) => v + 0)).toEqual(numbers.map((v) => v + 0))
  })
  it('frexp takes apart what ldexp puts together', () => {
    const [m, e] = frexp(x)
    expect([...read.sync(m)].every((v) => v === 0 || (Math.abs(v) >= 0.5 && Math.abs(v) < 1))).toBe(true)
    expect([...read.sync(ldexp(m, e))]).toEqual(numbers)
  })
  it('spacing is a power of two, and their derivatives are those of steps', () => {
    expect([...read.sync(spacing(x))].every((v) => Number.isInteger(Math.log2(Math.abs(v))))).toBe(true)
    expect(read.sync(grad((v: Scalar<'f32'>) => mul(v, nextafter(v, 9)))(tensor(2)))[0]).toBeCloseTo(2, 5)
    expect(read.sync(grad((v: Scalar<'f32'>) => frexp(v)[0])(tensor(6)))[0]).toBe(0.125)
    expect([...read.sync(vmap((v: Scalar<'f32'>) => spacing(v))(tensor([1, 2])))]).toEqual([2 ** -23, 2 ** -22])
  })
})
describe('random matrices', () => {
  const far = (a: Tensor<[number, number], 'f64', 'cpu'>, n: number): number => item.sync(sum(abs(sub(a, eye(n, { dtype: 'f64' })))))
  it('orthogonal: the shorter side is orthonormal, also under vmap', () => {
    for (const [n, m] of [[4, 4], [5, 2], [2, 5], [1, 3]] as const) {
      const q = random.orthogonal(key(n), n, [], { m, dtype: 'f64' })
      const [side, size] = n < m ? [matmul(q, transpose(q)), n] : [matmul(transpose(q), q), m]
      expect(far(side as never, size)).toBeLessThan(1e-13)
    }
    const k = random.keys(key(1), 3)
    const one = (at: Key): Tensor<[3, 3], 'f32'> => random.orthogonal(at, 3)
    expect([...read.sync(vmap(one)(k))]).toEqual([0, 1, 2].flatMap((i) => [...read.sync(one(random.split(key(1), 3)[i] as Key))]))
  })
  it('orthogonal: determinants of both signs, a mean of zero', () => {
    const many = random.orthogonal(key(3), 3, [4000])
    const signs = read.sync(linalg.det(many))
    expect(Math.abs([...signs].reduce((n, d) => n + Math.sign(d), 0))).toBeLessThan(4 * Math.sqrt(4000))
    for (const v of read.sync(mean(many, { axes: [0] }))) expect(Math.abs(v)).toBeLessThan(4 / Math.sqrt(3 * 4000))
  })
  it.each(['cholesky', 'eigh', 'svd'] as const)('multivariateNormal by %s has the covariance', (method) => {
    const cov = tensor([[2, 0.5, 0], [0.5, 1, -0.3], [0, -0.3, 0.5]])
    const n = 40_000
    const c = sub(random.multivariateNormal(key(9), [n], tensor([1, -2, 3]), cov, { method }), tensor([1, -2, 3]))
    const found = [...read.sync(matmul(transpose(c), c))].map((v) => v / n)
    // the deviation of an estimated covariance is at most sqrt(2) times the largest variance over sqrt(n)
    ;[...read.sync(cov)].forEach((want, i) => expect(Math.abs((found[i] as number) - want)).toBeLessThan((4 * Math.SQRT2 * 2) / Math.sqrt(n)))
  })
  it('multivariateNormal differentiates in mean and covariance', () => {
    const draw = (m: Tensor<[2], 'f64'>, c: Tensor<[2, 2], 'f64'>): Scalar<'f64'> => sum(random.multivariateNormal(key(4), [3], m, c))
    const [m, c] = [tensor([1, 2], { dtype: 'f64' }), tensor([[2, 0.5], [0.5, 1]], { dtype: 'f64' })]
    const at = (h: number): number => item.sync(draw(m, tensor([[2 + h, 0.5], [0.5, 1]], { dtype: 'f64' })))
    expect([...read.sync(grad(draw)(m, c))]).toEqual([3, 3])
    expect(read.sync(grad(draw, { argnums: [1] })(m, c)[0])[0]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 6)
  })
  it('bad operands are refused in a sentence', () => {
    const said = (f: () => unknown): string => {
      try {
        f()
      } catch (e) {
        return isFault(e) ? e.message : String(e)
      }
      return ''
    }
    expect(said(() => random.multivariateNormal(key(0), [], tensor([1, 2]), eye(3) as never))).toBe('multivariateNormal: a mean of shape [2] needs a covariance of [n,n], not [3,3]; map over several with vmap')
    expect(said(() => random.multivariateNormal(key(0), [], tensor([1]), eye(1), { method: 'lu' as never }))).toBe("multivariateNormal: method is 'lu', not 'cholesky', 'eigh' or 'svd'")
    expect(said(() => random.orthogonal(key(0), -1))).toMatch(/^orthogonal: n /)
    expect(said(() => nn.deltaOrthogonal(key(0), [2, 3, 3]))).toBe('deltaOrthogonal: [2,3,3] has fewer outputs than inputs, so that no lengths can be kept')
    expect(said(() => nn.orthogonal(key(0), [4]))).toMatch(/^orthogonal: a weight of shape \[4\] has no inputs/)
  })
  it('initial weights: orthonormal outputs, and a convolution that keeps lengths', () => {
    const w = nn.orthogonal(key(2), [3, 2, 4], { dtype: 'f64', scale: 2 })
    const flat = [...read.sync(w)]
    const dot = (i: number, j: number): number => flat.slice(8 * i, 8 * i + 8).reduce((s, v, k) => s + v * (flat[8 * j + k] as number), 0)
    for (const i of [0, 1, 2]) for (const j of [0, 1, 2]) expect(dot(i, j)).toBeCloseTo(i === j ? 4 : 0, 12)
    const delta = read.sync(nn.deltaOrthogonal(key(2), [4, 2, 3, 3]))
    expect([...delta].filter((v) => v !== 0)).toHaveLength(8)
    expect([...read.sync(nn.orthogonal(key(2), [2, 4], { outAxis: -1 }))]).toEqual([...read.sync(random.orthogonal(key(2), 2, [], { m: 4 }))])
  })
})
