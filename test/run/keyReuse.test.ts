/** debugKeyReuse: a key that is used twice is refused with both lines, through jit, vmap, scan, cond, grad and across runs. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { add, cast, cond, debugKeyReuse, forLoop, grad, gt, isFault, jit, jvp, key, linearize, lt, mul, nn, random, remat, scan, session, stack, sum, tensor, vmap, whileLoop } from '../../lib/index.js'
import type { Key, Scalar, Tensor } from '../../lib/index.js'

const { read } = session()
const said = (f: () => unknown): string => {
  try {
    debugKeyReuse(f)
    return 'nothing'
  } catch (e) {
    return isFault(e) ? `${e._tag}: ${e.message}` : `not a fault: ${String(e)}`
  }
}
const source = readFileSync(new URL(import.meta.url), 'utf8').split('\n')
/** The line of this file that ends in a word. */
const here = (word: string): string => `keyReuse.test.ts:${source.findIndex((l) => l.endsWith(`// ${word}`)) + 1}`
const k = key(7)
type X = Tensor<[3], 'f32'>
const normal = (at: Key): X => random.normal(at, [3]) // a normal
const uniform = (at: Key): X => random.uniform(at, [3]) // a uniform
const halves = (at: Key): readonly [Key, Key] => random.split(at) // a split
const folded = (at: Key): Key => random.foldIn(at, 1) // a fold
const noisy = (at: Key, x: X): X => mul(x, normal(at))
const drawn = jit((at: Key): X => normal(at))
const positive = (x: X): Scalar<'f32'> => sum(mul(x, x))

describe('a key that is used twice is named with both lines', () => {
  it.each<[string, () => unknown, string, string]>([
    ['two draws', () => read.sync([normal(k), uniform(k)]), 'a normal', 'a uniform'],
    ['split after use', () => read.sync([normal(k), halves(k)[0]]), 'a normal', 'a split'],
    ['use after split', () => read.sync([normal(halves(k)[0]), uniform(k)]), 'a split', 'a uniform'],
    ['in two runs', () => [read.sync(normal(k)), read.sync(uniform(k))], 'a normal', 'a uniform'],
    ['two tensors of one seed', () => read.sync([normal(key(3)), uniform(key(3))]), 'a normal', 'a uniform'],
    ['one of many, taken twice', () => read.sync([normal(halves(k)[1]), uniform(random.split(k)[1])]), 'a split', 'one of many, taken twice'], // one of many, taken twice
    ['jit', () => read.sync([drawn(k), uniform(k)]), 'a normal', 'a uniform'],
    ['inside jit', () => read.sync(jit((at: Key) => add(normal(at), uniform(at)))(k)), 'a normal', 'a uniform'],
    ['vmap', () => read.sync(vmap((at: Key) => add(normal(at), uniform(at)))(random.keys(k, 4))), 'a normal', 'a uniform'],
    ['a key that vmap does not map, and another draw', () => read.sync([vmap((x: X) => noisy(k, x))(random.normal(key(1), [2, 3])), uniform(k)]), 'a normal', 'a uniform'],
    ['scan', () => read.sync(scan((c: X, at: Key) => [add(c, normal(at)), uniform(at)], tensor([0, 0, 0]), random.keys(k, 4))), 'a normal', 'a uniform'],
    ['cond, and after it', () => read.sync([cond(gt(tensor(1), 0), () => normal(k), () => uniform(key(9))), uniform(k)]), 'a normal', 'a uniform'],
    ['whileLoop, and after it', () => read.sync([whileLoop((c: X) => lt(sum(c), 1), (c: X) => add(add(c, 1), normal(k)), tensor([0, 0, 0])), uniform(k)]), 'a normal', 'a uniform'],
    ['grad', () => read.sync(grad((x: X) => sum(mul(noisy(k, x), uniform(k))))(tensor([1, 2, 3]))), 'a normal', 'a uniform'],
    ['grad of vmap of jit', () => read.sync(grad((x: X) => sum(vmap(jit((at: Key) => mul(noisy(at, x), uniform(at))))(random.keys(k, 2))))(tensor([1, 2, 3]))), 'a normal', 'a uniform'],
    ['remat', () => read.sync(grad((x: X) => sum(remat((v: X) => mul(mul(noisy(k, v), v), uniform(k)))(x)))(tensor([1, 2, 3]))), 'a normal', 'a uniform'],
    ['foldIn of 0 is the first half', () => read.sync([random.foldIn(k, 0), halves(k)[0]]), 'foldIn of 0 is the first half', 'a split'], // foldIn of 0 is the first half
  ])('%s', (_name, f, first, second) => {
    const sentence = said(f)
    expect(sentence).toMatch(/^KeyReused: the key \[\d+, \d+\] is used twice, at \S+ \(\w+\) and at \S+ \(\w+\): split it, and use every key once$/)
    for (const place of [first, second]) expect(sentence).toContain(`${here(place)}:`)
  })
  it('says what was called there', () => {
    expect(said(() => read.sync([normal(k), halves(k)[0]]))).toMatch(/^KeyReused: the key \[0, 7\] is used twice, at \S+ \(normal\) and at \S+ \(split\)/)
  })
})
describe('one place that uses a key again is named once', () => {
  it.each<[string, () => unknown, string]>([
    ['a loop of TypeScript', () => read.sync([1, 2].map(() => normal(k))), 'a normal'],
    ['a jitted function called twice', () => read.sync([drawn(k), drawn(k)]), 'a normal'],
    ['a key that scan does not change', () => read.sync(scan((c: X) => [add(c, normal(k)), c], tensor([0, 0, 0]), null, { length: 2 })), 'a normal'],
    ['a key that forLoop folds nothing into', () => read.sync(forLoop(0, 2, (_i, c: X) => add(c, normal(k)), tensor([0, 0, 0]))), 'a normal'],
    ['equal keys in a batch', () => read.sync(vmap(normal)(stack([k, k]))), 'a normal'],
    ['the same number folded in', () => read.sync([folded(k), folded(k)]), 'a fold'],
  ])('%s', (_name, f, place) => {
    expect(said(f)).toMatch(/^KeyReused: the key \[\d+, \d+\] is used twice at \S+ \(\w+\), by a loop, a batch or a function that is called twice: split it/)
    expect(said(f)).toContain(`${here(place)}:`)
  })
})
describe('every key once passes', () => {
  const [a, b] = random.split(key(1))
  it.each<[string, () => unknown]>([
    ['halves', () => read.sync([normal(a), uniform(b)])],
    ['numbers folded in, also in vmap and loops', () => read.sync([vmap((i: Scalar<'i32'>) => normal(random.foldIn(k, i)))(tensor([1, 2, 3], { dtype: 'i32' })), forLoop(4, 7, (i, c: X) => add(c, normal(random.foldIn(k, i))), tensor([0, 0, 0]))])],
    ['a key that a scan splits', () => read.sync(scan(([c, at]: readonly [X, Key], _: null) => {
      const [next, now] = random.split(at)
      return [[add(c, normal(now)), next] as const, c]
    }, [tensor([0, 0, 0]), a] as const, null, { length: 3 })[0][0])],
    ['one draw for a whole batch', () => read.sync(vmap((x: X) => noisy(a, x))(random.normal(b, [2, 3])))],
    ['one of two branches', () => read.sync(cond(gt(tensor(1), 0), () => normal(a), () => uniform(a)))],
    ['what a second run computes again', () => {
      const x = normal(a)
      return [read.sync(sum(x)), read.sync(mul(x, x)), read.sync(jit(positive)(x)), read.sync(x)]
    }],
    ['a jitted draw that a second run computes again', () => {
      const x = drawn(a)
      return [read.sync(sum(x)), read.sync(mul(x, x)), read.sync(sum(mul(x, x)))]
    }],
    ['what remat computes again', () => read.sync(grad((x: X) => sum(remat((v: X) => mul(noisy(a, v), v))(x)))(tensor([1, 2, 3])))],
    ['the value and the derivative of remat under vmap and jit', () => read.sync(vmap(jit(grad((x: X) => sum(remat((v: X) => mul(mul(noisy(a, v), v), v))(x)))))(random.normal(b, [2, 3])))],
    ['the value and the derivative of a loop', () => read.sync(jvp((x: X) => whileLoop((c: X) => lt(sum(c), 9), (c: X) => add(add(c, 1), mul(x, uniform(random.foldIn(a, cast(sum(c), 'i32'))))), x), [tensor([1, 2, 3])], [tensor([1, 1, 1])]))],
    ['a linearized function', () => {
      const [y, push] = linearize((x: X) => noisy(a, mul(x, x)), tensor([1, 2, 3]))
      return read.sync([y, push(tensor([1, 0, 0])), push(tensor([0, 1, 0]))])
    }],
    ['the layers of a model', () => read.sync(nn.model([4], nn.sequential(['a', nn.linear(8)], ['b', nn.dropout(0.5)], ['c', nn.linear(8)], ['d', nn.linear(2)])).init(a).params)],
    ['no draw at all', () => read.sync([])],
  ])('%s', (_name, f) => {
    expect(said(f)).toBe('nothing')
  })
  it('and so does every function of the library', () => {
    const p = tensor([0.2, 0.3, 0.5])
    const draws: Readonly<Record<string, (at: Key) => unknown>> = {
      bits: (at) => random.bits(at, [3]), uniform: (at) => random.uniform(at, [3], { dtype: 'f64' }), normal: (at) => random.normal(at, [3], { dtype: 'f64' }), randint: (at) => random.randint(at, [5], { minval: 0, maxval: 10 }),
      gamma: (at) => random.gamma(at, [5], { a: 0.5 }), beta: (at) => random.beta(at, [5], { a: 2, b: 3 }), poisson: (at) => random.poisson(at, [5], { lam: 20 }), binomial: (at) => random.binomial(at, [5], { n: 20, p: 0.4 }),
      permutation: (at) => random.permutation(at, 20), choice: (at) => random.choice(at, p, [2], { replace: false, p }), dirichlet: (at) => random.dirichlet(at, [2], p), t: (at) => random.t(at, [3], { df: 3 }),
      categorical: (at) => random.categorical(at, p), truncated: (at) => random.truncatedNormal(at, [3], { lower: -1, upper: 1 }), ball: (at) => random.ball(at, 3, [2]), wald: (at) => random.wald(at, [3], { mean: 1 }),
    }
    for (const [name, draw] of Object.entries(draws)) expect(said(() => read.sync(draw(key(5)) as X)), name).toBe('nothing')
  })
})
it('outside of it a key may be used twice', () => {
  expect(() => read.sync([normal(k), uniform(k)])).not.toThrow()
})
