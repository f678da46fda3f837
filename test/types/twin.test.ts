/** The run-time twins by themselves: the laws that the module headers state, and the corners (rank 0, size 0,
 *  negative). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Law } from '../../lib/type/index.js'
import * as law from '../../lib/type/index.js'

const dim = fc.constantFrom(0, 1, 2, 3, 5)
const shape = fc.array(dim, { maxLength: 4 })
const ok = (r: Law): number[] => {
  if (typeof r === 'string') throw new Error(r)
  return r
}
type Arbitraries<T> = { [K in keyof T]: fc.Arbitrary<T[K]> }
const holds = <T extends readonly unknown[]>(name: string, ...args: [...Arbitraries<T>, (...xs: T) => void]): void =>
  test(name, () => {
    const predicate = args.at(-1) as unknown as (...xs: unknown[]) => void
    fc.assert(fc.property(fc.tuple(...args.slice(0, -1) as fc.Arbitrary<unknown>[]), (xs) => predicate(...xs)))
  })

describe('broadcast', () => {
  holds<[number[]]>('is idempotent and [] is its unit', shape, (s) => {
    expect(law.broadcast(s, s)).toEqual(s)
    expect(law.broadcast(s, [])).toEqual(s)
    expect(law.broadcast([], s)).toEqual(s)
  })
  holds<[number[], number[]]>('is commutative, but for the order in the message', shape, shape, (a, b) => {
    const ab = law.broadcast(a, b), ba = law.broadcast(b, a)
    expect(typeof ab === 'string' ? typeof ba : ba).toEqual(typeof ab === 'string' ? 'string' : ab)
  })
  holds<[number[], number[]]>('gives what both stretch to', shape, shape, (a, b) => {
    const r = law.broadcast(a, b)
    if (typeof r === 'string') return
    expect(law.broadcastTo(a, r)).toEqual(r)
    expect(law.broadcastTo(b, r)).toEqual(r)
  })
  test('a size of 0 is a size like others', () => {
    expect(law.broadcast([0, 1], [1, 3])).toEqual([0, 3])
    expect(law.broadcast([0], [2])).toBe('cannot broadcast [0] with [2]: 0 and 2 differ')
    expect(law.broadcastAll([[2, 1], [3], []])).toEqual([2, 3])
    expect(law.broadcastTo([3], [2, 0])).toBe('broadcastTo: [3] does not stretch to [2,0]')
  })
})

describe('axes', () => {
  test('are sorted, counted from the front, each once', () => {
    expect(law.normalizeAxes('sum', 3, [-1, 0])).toEqual([0, 2])
    expect(law.normalizeAxes('sum', 3, undefined)).toEqual([0, 1, 2])
    expect(law.normalizeAxes('sum', 0, undefined)).toEqual([])
    expect(law.normalizeAxes('sum', 3, [0, -3])).toBe('sum: axis -3 is named twice for rank 3')
    expect(law.normalizeAxes('sum', [2, 3], 2)).toBe('sum: axis 2 is out of range for [2,3]')
    expect(law.normalizeAxes('sum', [2, 3], 0.5)).toBe('sum: axis 0.5 is out of range for [2,3]')
    expect(law.normalizeAxis('sum', [], 0)).toBe('sum: axis 0 is out of range for []')
    expect(law.insertAxis('stack', [2], -1)).toBe(1)
  })
  holds<[number[], boolean]>('a reduction over all axes leaves one element', shape, fc.boolean(), (s, keep) => {
    expect(law.sizeOf(ok(law.reduce(s, undefined, keep)))).toBe(1)
  })
  holds<[number[]]>('keepdims broadcasts back', shape, (s) => {
    for (const axis of s.keys()) expect(law.broadcast(s, ok(law.reduce(s, [axis], true)))).toEqual(s)
  })
})

describe('reshape', () => {
  holds<[number[]]>('goes there and back, and -1 takes the place of any dim', shape, (s) => {
    const flat = ok(law.reshape(s, [-1]))
    expect(flat).toEqual([law.sizeOf(s)])
    expect(law.reshape(flat, s)).toEqual(s)
    if (!s.includes(0)) for (const i of s.keys()) expect(law.reshape(s, s.with(i, -1))).toEqual(s)
  })
  test('corners', () => {
    expect(law.reshape([], [])).toEqual([])
    expect(law.reshape([], [1, -1])).toEqual([1, 1])
    expect(law.reshape([1], [])).toEqual([])
    expect(law.reshape([0, 3], [-1])).toEqual([0])
    expect(law.reshape([0, 3], [0, -1])).toEqual([0, 3])
    expect(law.reshape([0], [0, 0])).toEqual([0, 0])
    expect(law.reshape([0, 3], [0, 7])).toEqual([0, 7])
    expect(law.reshape([3, 0], [-1, 0])).toBe('reshape: [3,0] does not hold as many elements as [-1,0]')
    expect(law.reshape([6], [-1, -1])).toBe('reshape: [-1,-1] has more than one -1')
    expect(law.reshape([6], [-2, -3])).toBe('reshape: -2 is not a size in [-2,-3]')
    expect(law.reshape([6], [1.5, 4])).toBe('reshape: 1.5 is not a size in [1.5,4]')
    expect(law.flattenAxes([2, 3, 4], 1)).toEqual([2, 12])
    expect(law.flattenAxes([])).toEqual([1])
  })
})

describe('movement', () => {
  holds<[number[]]>('a permutation and its inverse', shape, (s) => {
    const order = s.map((_, i) => i).reverse()
    expect(law.permute(ok(law.permute(s, order)), order)).toEqual(s)
    expect(law.permute(s, order.map((i) => i - s.length))).toEqual(law.permute(s, order))
  })
  holds<[number[]]>('unsqueeze then squeeze is nothing', shape, (s) => {
    for (let axis = -s.length - 1; axis <= s.length; axis++)
      expect(law.squeeze(ok(law.unsqueeze(s, axis)), axis)).toEqual(s)
  })
  holds<[number[]]>('transpose twice is nothing', shape, (s) => {
    if (s.length < 2) expect(law.transpose(s)).toBe(`transpose: needs rank 2 or more, got ${law.show(s)}`)
    else expect(law.transpose(ok(law.transpose(s)))).toEqual(s)
  })
  test('the order of a transpose', () => {
    expect(law.transposeOrder([2, 3, 4])).toEqual([0, 2, 1])
    expect(law.transposeOrder([2, 3, 4], [0, -1])).toEqual([2, 1, 0])
    expect(law.transposeOrder([2, 3, 4], [1, 1])).toBe('transpose: axis 1 is named twice for [2,3,4]')
  })
})

describe('joining and parting', () => {
  holds<[number[], number]>('concat of the parts of a split', shape, fc.integer({ min: 1, max: 3 }), (s, n) => {
    for (const axis of s.keys()) {
      const part = law.split(s, n, axis)
      if (typeof part !== 'string') expect(law.concat(Array.from({ length: n }, () => part), axis)).toEqual(s)
    }
  })
  holds<[number[], number]>('stack is concat of unsqueezed', shape, fc.integer({ min: 1, max: 3 }), (s, n) => {
    const one = ok(law.unsqueeze(s, 0))
    expect(law.stack(Array.from({ length: n }, () => s), 0)).toEqual(law.concat(Array.from({ length: n }, () => one), 0))
  })
  test('corners', () => {
    expect(law.concat([], 0)).toBe('concat: needs at least one tensor')
    expect(law.concat([[]], 0)).toBe('concat: axis 0 is out of range for []')
    expect(law.concat([[0, 2], [3, 2]], -2)).toEqual([3, 2])
    expect(law.stack([], 0)).toBe('stack: needs at least one tensor')
    expect(law.stack([[], []], 0)).toEqual([2])
    expect(law.split([0, 2], 3, 0)).toEqual([0, 2])
    expect(law.split([4], 0, 0)).toBe('split: 0 parts do not divide 4 of [4]')
    expect(law.slice([5], [[0, 0]])).toEqual([0])
    expect(law.slice([5], [[-2, null]])).toEqual([2])
    expect(law.slice([5], [[0, 5, 2]])).toEqual([3])
    expect(law.slice([5], [[4, 2]])).toBe('slice: a range runs outside dimension 5 of axis 0')
    expect(law.slice([], [])).toEqual([])
    expect(law.normalizeRanges([5, 6], [[1, -1]])).toEqual({ start: [1, 0], end: [4, 6], step: [1, 1] })
    expect(law.take([5, 6], [], 0)).toEqual([6])
    expect(law.topK([5], 0, 0)).toEqual([0])
  })
})

describe('contraction', () => {
  test('matmul: vectors, matrices, batches', () => {
    expect(law.matMul([3], [3])).toEqual([])
    expect(law.matMul([3], [3, 4])).toEqual([4])
    expect(law.matMul([2, 3], [3])).toEqual([2])
    expect(law.matMul([5, 1, 2, 3], [7, 3, 4])).toEqual([5, 7, 2, 4])
    expect(law.matMul([3], [5, 3, 4])).toEqual([5, 4])
    expect(law.matMul([5, 2, 3], [3])).toEqual([5, 2])
    expect(law.matMul([2, 0], [0, 3])).toEqual([2, 3])
    expect(law.matMul([5, 2, 3], [4, 3, 2])).toBe('matmul [5,2,3] x [4,3,2]: batch dimensions differ')
  })
  holds<[number, number, number]>('matmul of matrices is an einsum', dim, dim, dim, (m, k, n) => {
    expect(law.einsum('ij,jk->ik', [[m, k], [k, n]])).toEqual(law.matMul([m, k], [k, n]))
  })
  test('einsum letters', () => {
    expect(law.einsumParse('ij, jk -> ik')).toEqual({ inputs: ['ij', 'jk'], output: 'ik' })
    expect(law.einsum('ii->', [[3, 3]])).toEqual([])
    expect(law.einsum('->', [[]])).toEqual([])
    expect(law.einsum('i,i->i', [[3]])).toBe('einsum: more terms than operands')
  })
})

describe('rearrange', () => {
  test('steps: reshape, permute, reshape', () => {
    expect(law.parseRearrange('b (h w) c -> (b c) h w', [2, 12, 3], { h: 4 }))
      .toEqual({ split: [2, 4, 3, 3], order: [0, 3, 1, 2], shape: [6, 4, 3] })
    expect(law.parseRearrange('a 1 -> 1 a', [5, 1])).toEqual({ split: [5], order: [0], shape: [1, 5] })
    expect(law.parseRearrange('->', [])).toEqual({ split: [], order: [], shape: [] })
  })
  holds<[number[]]>('keeps the number of elements', fc.array(dim, { minLength: 3, maxLength: 3 }), (s) => {
    const steps = law.parseRearrange('a b c -> c (b a)', s)
    if (typeof steps === 'string') throw new Error(steps)
    expect(law.sizeOf(steps.shape)).toBe(law.sizeOf(s))
    expect(law.permute(steps.split, steps.order)).toEqual([s[2], s[1], s[0]])
  })
})

describe('windows', () => {
  test('settings are spelled out', () => {
    expect(law.convWindow({ stride: 2, padding: [1, [0, 2]] }, 2))
      .toEqual({ stride: [2, 2], padding: [[1, 1], [0, 2]], dilation: [1, 1], groups: 1 })
    expect(law.poolWindow({ kernel: 2 })).toEqual({ kernel: [2, 2], stride: [2, 2], padding: [[0, 0], [0, 0]] })
    expect(law.poolWindow({ kernel: [3], stride: 1 })).toEqual({ kernel: [3], stride: [1], padding: [[0, 0]] })
  })
  test('conv', () => {
    const one = law.convWindow({}, 2)
    expect(law.conv([1, 3, 8, 8], [4, 3, 3, 3], one)).toEqual([1, 4, 6, 6])
    expect(law.conv([0, 3, 8, 8], [4, 3, 3, 3], one)).toEqual([0, 4, 6, 6])
    expect(law.conv([1, 3], [4, 3], law.convWindow({}, 0))).toEqual([1, 4])
    expect(law.conv([1, 3, 8, 8], [4, 3, 3, 3], law.convWindow({ stride: 0 }, 2))).toBe('conv: stride 0 is not a positive integer')
    expect(law.conv([1, 3, 8, 8], [4, 3, 3, 3], law.convWindow({ dilation: 4 }, 2)))
      .toBe('conv: the window 3 is larger than the input [1,3,8,8]')
  })
  const size = fc.integer({ min: 1, max: 30 }), radius = fc.nat(4), spread = fc.integer({ min: 1, max: 3 })
  holds<[number, number, number]>('stride 1 and full padding keep the size', size, radius, spread, (n, half, dilation) => {
    expect(law.windowDim(n, 2 * half + 1, 1, [half * dilation, half * dilation], dilation)).toBe(n)
  })
})

describe('devices and dtypes', () => {
  test('a tensor without leaves goes anywhere', () => {
    expect(law.joinDevice(null, 'cpu')).toEqual({ device: 'cpu' })
    expect(law.joinDevice(null, null)).toEqual({ device: null })
    expect(law.joinDevice('cpu', 'cuda:0')).toBe('operands are on different devices (cpu and cuda:0): transfer one of them')
  })
  const dtype = fc.constantFrom(...law.dtypes)
  holds<[law.DType, law.DType, law.DType]>('promotion is a join', dtype, dtype, dtype, (a, b, c) => {
    const join = (x: law.DType | null, y: law.DType | null): law.DType | null => {
      if (x === null || y === null) return null
      const clash = [[x, y], [y, x]].some(([p, q]) => p === 'u64' && /^i/.test(q as string))
      if (clash) expect(() => law.promote(x, y)).toThrow('have no common dtype: cast one of them')
      return clash ? null : law.promote(x, y)
    }
    expect(join(a, a)).toBe(a)
    expect(join(a, b)).toBe(join(b, a))
    const [left, right] = [join(join(a, b), c), join(a, join(b, c))]
    if (left !== null && right !== null) expect(left).toBe(right)
  })
})
