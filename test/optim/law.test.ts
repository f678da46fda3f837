/** Optimizers: chain is a monoid, freezing leaves out, counts never recompile; and all of them find a minimum. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { optimizerIsLawful } from '../../laws/index.js'
import * as nn from '../../lib/nn/index.js'
import { adam, adamw, chain, clipByGlobalNorm, clipByValue, constant, cosine, freeze, globalNorm, identity, rmsprop, sgd, step, warmup } from '../../lib/optim/index.js'
import type { Optimizer, StateFn } from '../../lib/optim/index.js'
import { session } from '../../lib/run/index.js'
import { cast, key, mean, ones, random, square, tensor } from '../../lib/tensor/index.js'
import { grad, jit, jitStats } from '../../lib/transform/index.js'
import { paths } from '../../lib/type/index.js'

const { read, run, item } = session()
type Any = Optimizer<readonly StateFn[]>
const any = (o: unknown): Any => o as Any
const all: readonly (readonly [string, Any])[] = [
  ['sgd', any(sgd(0.1))], ['momentum', any(sgd(0.05, { momentum: 0.9 }))], ['nesterov', any(sgd(0.05, { momentum: 0.9, nesterov: true }))],
  ['adam', any(adam(0.05))], ['adamw', any(adamw(0.05, { weightDecay: 0 }))], ['rmsprop', any(rmsprop(0.05))],
  ['centred', any(rmsprop(0.02, { centered: true, momentum: 0.5 }))], ['scheduled', any(sgd(cosine(0.2, 400)))], ['clipped', any(chain(clipByValue(1), sgd(0.1)))],
  ['frozen nothing', any(freeze(sgd(0.1), []))],
]
describe('laws of optimizers', () => {
  test.each(all)('%s', (_, o) => expect(optimizerIsLawful(o as never, { rests: true })).toBe(true))
  test('clipping by the global norm is not leafwise', () => expect(optimizerIsLawful(chain(clipByGlobalNorm(1), sgd(0.1)) as never, { rests: true, leafwise: false })).toBe(true))
})

/** What an optimizer does with three gradients in turn. */
const steps = async (o: Any, gs: readonly (readonly number[])[]) => {
  let p = { a: tensor([1, -2]), b: { c: tensor([3]) } }, s = o.init(p)
  for (const [x = 0, y = 0, z = 0] of gs) [p, s] = o.update({ a: tensor([x, y]), b: { c: tensor([z]) } }, s, p)
  return read({ p, s: s as unknown as readonly object[] })
}
const piece = fc.constantFrom<() => unknown>(() => sgd(0.1), () => sgd(0.1, { momentum: 0.9 }), () => adam(0.1), () => clipByGlobalNorm(1), () => clipByValue(0.5), () => identity, () => rmsprop(0.1))
const join = (...os: readonly Any[]): Any => any((chain as unknown as (...all: readonly Any[]) => unknown)(...os))
const gradients = fc.array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 })), { minLength: 1, maxLength: 3 })

describe('chain', () => {
  test('is a monoid with identity, bit for bit, state included', async () => {
    await fc.assert(fc.asyncProperty(piece, piece, piece, gradients, async (f, g, h, gs) => {
      const [a, b, c] = [any(f()), any(g()), any(h())]
      const want = await steps(join(a, b, c), gs)
      expect(await steps(join(join(a, b), c), gs)).toEqual(want)
      expect(await steps(join(a, join(b, c)), gs)).toEqual(want)
      expect(await steps(join(any(identity), a), gs)).toEqual(await steps(a, gs))
      expect(await steps(join(a, any(identity)), gs)).toEqual(await steps(a, gs))
    }), { numRuns: 25 })
  })
  test('update adds what transform gives', async () => {
    await fc.assert(fc.asyncProperty(piece, gradients, async (f, gs) => {
      const o = any(f()), p = { w: tensor([1, 2, 3]) }, g = { w: tensor([...(gs[0] ?? [0, 0, 0])]) }
      const [u] = o.transform(g, o.init(p), p), [q] = o.update(g, o.init(p), p)
      const [d, before, after] = [await read(u.w), await read(p.w), await read(q.w)]
      after.forEach((v, i) => expect(v).toBe(Math.fround((before[i] ?? 0) + (d[i] ?? 0))))
    }), { numRuns: 25 })
  })
  test('clipByGlobalNorm bounds the length and keeps the direction', async () => {
    await fc.assert(fc.asyncProperty(gradients, async ([[x, y, z] = [0, 0, 0]]) => {
      const g = { a: tensor([x, y]), b: { c: tensor([z]) } }
      const [u] = clipByGlobalNorm(2).transform(g, [{}], g)
      const length = Math.hypot(x, y, z), factor = length < 2 ? 1 : 2 / length
      expect(await item(globalNorm(u))).toBeCloseTo(Math.min(2, length), 4)
      expect((await read(u.a))[0]).toBeCloseTo(x * factor, 4)
    }))
  })
})

describe('freeze', () => {
  const net = nn.model([3], nn.sequential(['fc1', nn.linear(4)], nn.tanh, ['fc2', nn.linear(2)], ['fc10', nn.linear(2)]))
  const loss = (p: ReturnType<typeof net.init>['params']) => mean(square(net.apply(p, {}, ones([5, 3]))))
  test('leaves the frozen as the very same tensors, without state', async () => {
    const { params } = net.init(key(0))
    const o = freeze(adam(0.1), ['fc1', 'fc2.bias']), s = o.init(params)
    expect(paths(s)).toEqual(expect.arrayContaining(['0.0.expAvg.fc2.weight', '0.0.expAvg.fc10.bias', '0.0.step']))
    expect(paths(s).filter((p) => /fc1\.|fc2\.bias/.test(p))).toEqual([])
    const [next] = o.update(grad(loss)(params), s, params)
    expect(next.fc1.weight).toBe(params.fc1.weight)
    expect(next.fc2.bias).toBe(params.fc2.bias)
    expect(await read(next.fc2.weight)).not.toEqual(await read(params.fc2.weight))
  })
  test('by a predicate of the path', () => {
    const { params } = net.init(key(0))
    const o = freeze(sgd(0.1), (path) => path.endsWith('bias'))
    const [next] = o.update(params, o.init(params), params)
    expect(next.fc10.bias).toBe(params.fc10.bias)
  })
  test('what is left is trained as if it were alone', async () => {
    const params = { a: random.normal(key(1), [3]), b: random.normal(key(2), [2]) }
    const f = (p: typeof params) => mean(square(p.a))
    const frozen = freeze(adam(0.1), ['b']), alone = adam(0.1)
    let [p, s, q, t] = [params, frozen.init(params), { a: params.a }, alone.init({ a: params.a })]
    for (let i = 0; i < 4; i++) {
      ;[p, s] = frozen.update({ ...grad(f)(p), b: p.b }, s, p)
      ;[q, t] = alone.update({ a: grad(f)({ ...q, b: params.b }).a }, t, q)
    }
    expect(await read(p.a)).toEqual(await read(q.a))
    expect(await read(p.b)).toEqual(await read(params.b))
  })
  test('a misspelt path is refused', () => {
    expect(() => freeze(sgd(0.1), ['fc3']).init(net.init(key(0)).params)).toThrow("freeze: there is nothing at 'fc3'; the tree has fc1, fc10, fc2")
  })
})

describe('a learning rate is not a new program', () => {
  test('the step counts in the state: traced until all tensors have found their device, then never again', async () => {
    const o = sgd(warmup(0.5, 4, { then: step(0.5, { 2: 0.5 }) }))
    const f = jit((g: { w: ReturnType<typeof ones<[1]>> }, s: ReturnType<typeof o.init<typeof g>>, p: typeof g) => o.update(g, s, p))
    const g = { w: ones([1]) }
    let p = { w: cast(tensor([0]), 'f32') }, s = o.init(p)
    const path: number[] = []
    for (let i = 0; i < 8; i++) {
      ;[p, s] = await run(f(g, s, p)) as unknown as readonly [typeof p, typeof s]
      path.push(await item(p.w))
    }
    expect(jitStats(f).entries).toBeLessThanOrEqual(3)
    expect(path.map((v) => Number(v.toFixed(3)))).toEqual([0, -0.125, -0.375, -0.75, -1.25, -1.75, -2, -2.25])
  })
  test('schedules refuse what makes no sense', () => {
    expect(() => cosine(0.1, 0)).toThrow('cosine: steps is 0; pass a whole number of at least 1')
    expect(() => warmup(NaN, 3)).toThrow('warmup: the value is NaN; pass a finite number')
    expect(() => constant(Infinity)).toThrow('constant: the value is Infinity; pass a finite number')
    expect(() => step(0.1, { 1.5: 2 })).toThrow('step: 1.5 → 2; pass whole steps and finite factors')
    expect(() => sgd(0.1, { nesterov: true })).toThrow('sgd: nesterov needs a momentum above 0')
    expect(() => adam(0.1, { betas: [1, 0] })).toThrow('adam: betas are 1 and 0; pass two numbers from 0 to below 1')
    expect(() => clipByValue(0)).toThrow('clipByValue: the limit is 0; pass a positive number')
  })
})
