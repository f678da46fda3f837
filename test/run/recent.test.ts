/** A jitted function that is run again and again is found without a walk; no result and no fault shows it. */
import { describe, expect, it } from 'vitest'
import { fromSeed } from '../../laws/draw.js'
import { add, isFault, jit, key, mul, optim, random, session, sin, sub, tensor } from '../../lib/index.js'
import { debugKeyReuse, debugNans, log } from '../../lib/index.js'
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
