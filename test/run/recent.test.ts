/** What is run again and again is found without a walk, a jitted function and a few nodes alike; no result and no fault shows it. */
import { describe, expect, it } from 'vitest'
import { fromSeed } from '../../laws/draw.js'
import { add, cast, isFault, jit, key, mul, optim, permute, random, session, sin, sub, sum, tensor } from '../../lib/index.js'
import { debugKeyReuse, debugNans, log, peek } from '../../lib/index.js'
import { peekWith } from '../../lib/prim/watch.js'
import type { Tensor } from '../../lib/index.js'

const { run, read, stats } = session()
type V = Tensor<[3], 'f32'>
const value = (k: number): V => run.sync(tensor([k, k + 0.5, -k])) as never
const numbers = (x: unknown): number[] => [...(read.sync(x as never) as Float32Array)]
const sentence = (f: () => unknown): string => {
  try {
    f()
    return 'no fault'
  } catch (e) {
    return isFault(e) ? e._tag : String(e)
  }
}

describe('the same call again', () => {
  it('operands of any age, the same one twice, numbers and captures', () => {
    const draw = fromSeed(11), base = value(9)
    const f = jit((x: V, y: V) => sub(mul(sin(x), 0.5), add(y, base)))
    const plain = (x: V, y: V): V => sub(mul(sin(x), 0.5), add(y, base))
    let values = [value(1), value(2), value(3)]
    for (let i = 0; i < 300; i++) {
      const [x, y] = [values[draw(values.length)] as V, values[draw(values.length)] as V]
      const got = run.sync(f(x, y)) as V
      expect(numbers(got)).toEqual(numbers(plain(x, y)))
      if (draw(4) === 0) values = [...values.slice(-5), got]
    }
  })
  it('walks nothing and plans nothing when it comes again', () => {
    const f = jit((x: V) => mul(add(x, 1), x)), x = value(2)
    run.sync(f(x))
    const before = stats()
    for (let i = 0; i < 5; i++) run.sync(f(x))
    expect(stats().hits - before.hits).toBe(5)
    expect(stats().misses).toBe(before.misses)
  })
  it('several results: all, some, in another order, one of them run already', () => {
    const f = jit((x: V, y: V) => ({ a: add(x, y), b: [mul(x, y), sub(x, y)] as const, c: sin(x) }))
    const x = value(1.25), y = value(-2)
    const want = { a: numbers(add(x, y)), m: numbers(mul(x, y)), s: numbers(sub(x, y)), c: numbers(sin(x)) }
    for (let i = 0; i < 4; i++) {
      const all = run.sync(f(x, y)) as ReturnType<typeof f>
      expect([all.a, all.b[0], all.b[1], all.c].map(numbers)).toEqual([want.a, want.m, want.s, want.c])
      const some = f(x, y)
      run.sync([some.c, some.a])
      expect([some.c, some.a].map(numbers)).toEqual([want.c, want.a])
      run.sync([some.b[1], some.a, some.b[0], some.b[1]])
      expect([some.b[1], some.b[0]].map(numbers)).toEqual([want.s, want.m])
      const other = f(y, x), one = f(x, y)
      run.sync([one.a, other.b[1]])
      expect([one.a, other.b[1]].map(numbers)).toEqual([want.a, want.s.map((v) => -v)])
    }
  })
  it('a run that has nothing to compute', () => {
    const step = tensor(7, { dtype: 'i32' })
    for (let i = 0; i < 3; i++) expect(numbers(optim.constant(0.5)(step))).toEqual([0.5])
  })
  it('operands that are expressions, consumed, or not a number', () => {
    const f = jit((x: V) => log(x)), x = value(4)
    const want = numbers(log(x))
    for (let i = 0; i < 3; i++) expect(numbers(f(x))).toEqual(want)
    expect(numbers(f(add(x, 0)))).toEqual(want)
    expect(debugNans(() => sentence(() => run.sync(f(value(-1)))))).not.toBe('no fault')
    const gone = value(4), late = f(gone)
    run.sync(add(gone, 1), { consume: gone })
    expect(sentence(() => run.sync(late))).toBe('Consumed')
    expect(sentence(() => f(gone))).toBe('Consumed')
    expect(numbers(f(x))).toEqual(want)
  })
  it('a key that is used again is still found', () => {
    const draw = jit((k: ReturnType<typeof key>) => random.normal(k, [3]))
    const k = key(5)
    run.sync(draw(k))
    run.sync(draw(k))
    expect(debugKeyReuse(() => sentence(() => { run.sync(draw(k)); run.sync(draw(k)) }))).toBe('KeyReused')
  })
  it('a plan that was forgotten is made again', () => {
    const f = jit((x: V) => mul(x, 3)), x = value(2)
    run.sync(f(x))
    for (let n = 1; n <= 600; n++) run.sync(jit((y: Tensor<[number], 'f32'>) => add(y, 1))(tensor(new Float32Array(n)) as never))
    expect(numbers(f(x))).toEqual(numbers(mul(x, 3)))
    for (let i = 0; i < 3; i++) expect(numbers(f(x))).toEqual(numbers(mul(x, 3)))
  })
})

describe('the same few nodes again', () => {
  type Make = (x: V, y: V, k: number) => Tensor<readonly number[], 'f32'>
  /** Neighbours differ by an op, a param, an order of operands, one node for two, or two for one. */
  const makes: readonly Make[] = [
    (x, _y, k) => add(x, k), (x, _y, k) => mul(x, k), (x, _y, k) => sub(x, k), (x, _y, k) => sub(k, x),
    (x, y) => sub(x, y), (x, y) => sub(y, x), (x) => sub(x, x), (x, y) => mul(sin(x), sin(y)),
    (x) => mul(sin(x), sin(x)), (x) => { const s = sin(x); return mul(s, s) },
    (x, y) => sum(add(x, y)), (x, y) => sum(add(x, y), { keepdims: true }) as never, (x, y, k) => add(mul(x, k), mul(y, k + 1)),
  ]
  const expected = (i: number, x: readonly number[], y: readonly number[], k: number): readonly number[] => {
    const each = (f: (a: number, b: number) => number): readonly number[] => x.map((a, n) => f(a, y[n] as number)), total = each((a, b) => a + b).reduce((a, b) => a + b)
    const square = each((a) => Math.sin(a) ** 2)
    return [
      each((a) => a + k), each((a) => a * k), each((a) => a - k), each((a) => k - a), each((a, b) => a - b), each((a, b) => b - a), each(() => 0),
      each((a, b) => Math.sin(a) * Math.sin(b)), square, square, [total], [total], each((a, b) => a * k + b * (k + 1)),
    ][i] as readonly number[]
  }
  it('ops, numbers, operands and which of them are one: each is told from the one before', () => {
    const draw = fromSeed(5), values = [1, 2, -3, 0.25].map(value)
    let i = 0
    for (let n = 0; n < 800; n++) {
      if (draw(4) === 0) i = draw(makes.length)
      const [x, y] = [values[draw(4)] as V, values[draw(4)] as V], k = draw(9) / 2
      const got = numbers(run.sync((makes[i] as Make)(x, y, k))), want = expected(i, numbers(x), numbers(y), k)
      expect(got.length).toBe(want.length)
      got.forEach((g, j) => expect(g).toBeCloseTo(want[j] as number, 5))
    }
  })
  it('walks nothing and plans nothing when they come again', () => {
    const x = value(2), before = stats()
    for (let i = 0; i < 6; i++) run.sync(add(x, i))
    expect(stats().hits + stats().misses - before.hits - before.misses).toBe(6)
    expect(stats().misses - before.misses).toBeLessThanOrEqual(1)
  })
  it('dtypes, shapes, axes and devices', () => {
    const whole = run.sync(tensor([1, 2, 3], { dtype: 'i32' })), long = run.sync(tensor([1, 2, 3, 4])), grid = run.sync(tensor([[1, 2], [3, 4]]))
    const again = <T>(f: () => T, n = 4): T => Array.from({ length: n }, f)[n - 1] as T
    expect(again(() => numbers(run.sync(add(value(1), 1))))).toEqual([2, 2.5, 0])
    expect(again(() => numbers(run.sync(add(whole, 1))))).toEqual([2, 3, 4])
    expect(again(() => numbers(run.sync(add(long, 1))))).toEqual([2, 3, 4, 5])
    expect(again(() => numbers(run.sync(sub(long, long))))).toEqual([0, 0, 0, 0])
    expect(again(() => numbers(run.sync(sin(value(0)))).length)).toBe(3)
    expect(numbers(run.sync(sin(long))).length).toBe(4)
    expect(again(() => numbers(run.sync(cast(long, 'i32'))))).toEqual([1, 2, 3, 4])
    expect(run.sync(cast(long, 'f64')).dtype).toBe('f64')
    expect(again(() => numbers(run.sync(sum(grid, { axes: [0] }))))).toEqual([4, 6])
    expect(again(() => numbers(run.sync(sum(grid, { axes: [1] }))))).toEqual([3, 7])
    expect(again(() => numbers(run.sync(add(permute(grid, [1, 0]), grid))))).toEqual([2, 5, 5, 8])
    expect(again(() => numbers(run.sync(add(permute(grid, [0, 1]), grid))))).toEqual([2, 4, 6, 8])
  })
  it('operands that a run has used up, and what has been run already', () => {
    const x = value(4)
    for (let i = 0; i < 4; i++) run.sync(add(x, 1))
    const gone = value(4), late = add(gone, 1)
    run.sync(mul(gone, 2), { consume: gone })
    for (let i = 0; i < 4; i++) run.sync(add(x, 1))
    expect(sentence(() => run.sync(late))).toBe('Consumed')
    const inner = mul(x, 3)
    for (let i = 0; i < 4; i++) expect(numbers(run.sync(add(mul(x, 3), i)))).toEqual([12 + i, 13.5 + i, -12 + i])
    const before = stats().recomputed
    for (let i = 0; i < 4; i++) expect(numbers(run.sync(add(inner, i)))).toEqual([12 + i, 13.5 + i, -12 + i])
    // what is computed for the second time is kept: the product, and 3 in its shape
    expect(stats().recomputed - before).toBe(2)
  })
  it('several results, in another order, one of them twice', () => {
    const x = value(1), y = value(2), plus = numbers(add(x, y)), times = numbers(mul(x, y))
    for (let i = 0; i < 5; i++) {
      expect(run.sync([add(x, y), mul(x, y)]).map(numbers)).toEqual([plus, times])
      const [a, m] = [add(x, y), mul(x, y)]
      if (i > 2) expect(run.sync([m, a]).map(numbers)).toEqual([times, plus])
      const one = add(x, y)
      if (i > 3) expect(run.sync([one, one]).map(numbers)).toEqual([plus, plus])
    }
  })
  it('what is one is looked at once, and what is two twice', () => {
    let looks = 0
    peekWith(() => void looks++)
    const looksOf = (x: Tensor<[3], 'f32'>): number => {
      looks = 0
      run.sync(x)
      return looks
    }
    const x = value(1), y = value(2)
    for (let i = 0; i < 4; i++) expect(looksOf(mul(peek('x', x), peek('x', y)))).toBe(2)
    const one = peek('x', x)
    expect(looksOf(mul(one, one))).toBe(1)
    expect(looksOf(mul(peek('x', x), peek('x', y)))).toBe(2)
  })
  it('a NaN and a key used again are still found', () => {
    const x = value(4), k = key(5)
    for (let i = 0; i < 4; i++) run.sync(log(x))
    expect(debugNans(() => sentence(() => run.sync(log(value(-1)))))).not.toBe('no fault')
    for (let i = 0; i < 4; i++) run.sync(random.bits(k, [3]))
    expect(debugKeyReuse(() => sentence(() => { run.sync(random.bits(k, [3])); run.sync(random.bits(k, [3])) }))).toBe('KeyReused')
  })
})
