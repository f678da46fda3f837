/** The instances of cotangent/fp, each under its laws (laws/algebra.ts), on samples of fast-check; and wrong ones, refuted. */
import fc from 'fast-check'
import { either, identity, option, readonlyArray, state } from 'fp-ts'
import { describe, expect, test } from 'vitest'
import {
  concatIsAssociative, drawsAreMonad, emptyIsIdentity, equalsIsEquivalence, filterIsFilter, foldsAgree, joinIsSemilattice, mapKeepsComposition, ringIsRing,
} from '../../laws/index.js'
import type { Verdict } from '../../laws/index.js'
import * as fp from '../../lib/fp/index.js'
import { fromArray, toArray } from '../../lib/data/index.js'
import type { Dataset } from '../../lib/data/index.js'
import { hostTensor } from '../../lib/io/index.js'
import * as metric from '../../lib/metric/index.js'
import * as nn from '../../lib/nn/index.js'
import * as optim from '../../lib/optim/index.js'
import { add, key, mul, ones, random, sub, sum, tensor } from '../../lib/tensor/index.js'
import type { AnyTensor, Device, DType, Fn, Key, Layer, Tensor } from '../../lib/type/index.js'
import { dtypes } from '../../lib/type/index.js'
import { flat } from '../tensor/value.js'

const holds = <T extends readonly unknown[]>(law: (...sample: T) => Verdict, samples: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }, numRuns = 60): void =>
  fc.assert(fc.property(...(samples as unknown as [fc.Arbitrary<unknown>]), (...sample: readonly unknown[]) => {
    expect(law(...(sample as unknown as T))).toBe(true)
  }), { numRuns })
const three = <A>(a: fc.Arbitrary<A>) => [a, a, a] as const
const sameValues = (x: AnyTensor, y: AnyTensor): boolean => String(x.shape) === String(y.shape) && x.dtype === y.dtype && flat(x).every((v, i) => Object.is(v, flat(y)[i]))

type Float = Tensor<readonly number[], 'f32', Device>
const shapes = fc.array(fc.nat(3), { maxLength: 3 })
const dtype = fc.constantFrom(...dtypes)
describe('shapes, dtypes and host tensors', () => {
  test('shapes are a monoid with an equality', () => {
    holds(equalsIsEquivalence(fp.shapeEq), three(shapes))
    holds(concatIsAssociative(fp.shapeMonoid, fp.shapeEq.equals), three(shapes))
    holds(emptyIsIdentity(fp.shapeMonoid, fp.shapeEq.equals), [shapes])
  })
  test('dtypes are a semilattice under promotion', () => {
    const joined = dtype.filter((d): d is Exclude<DType, 'u64'> => d !== 'u64')
    holds(joinIsSemilattice(fp.dtypeJoin, fp.dtypeEq.equals), three(joined), 300)
    holds(equalsIsEquivalence(fp.dtypeEq), three(dtype))
  })
  test('host tensors are equal bit for bit', () => {
    const host = fc.array(fc.constantFrom(0, -0, 1, NaN), { maxLength: 2 }).map((v) => hostTensor('f32', [v.length], Float32Array.from(v)))
    holds(equalsIsEquivalence(fp.hostEq), three(host), 200)
    expect(fp.hostEq.equals(hostTensor('f32', [1], Float32Array.of(0)), hostTensor('f32', [1], Float32Array.of(-0)))).toBe(false)
  })
  test('tensors show themselves', () => expect(fp.tensorShow.show(ones([2]))).toBe(String(ones([2]))))
})

const ints = fc.array(fc.integer(), { minLength: 3, maxLength: 3 }).map((v) => tensor(Int32Array.from(v), { shape: [3] }) as Tensor<[3], 'i32', Device>)
describe('integer tensors are a ring, floats are none', () => {
  test('i32, with overflow', () => holds(ringIsRing(fp.integerRing([3], 'i32'), sameValues), three(ints), 40))
  test('the law refutes the same instance over floats', () => {
    const floats = { add, mul, sub, zero: tensor(0), one: tensor(1) } as never
    const [x, y, z] = [tensor(0.1), tensor(0.2), tensor(0.3)].map((t) => t as unknown as AnyTensor)
    expect(ringIsRing<AnyTensor>(floats, sameValues)(x as AnyTensor, y as AnyTensor, z as AnyTensor)).not.toBe(true)
  })
})

// ---- trees ----------------------------------------------------------------------------------------------------------
const { leavesOfTree: L } = fp
const trees: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 3, withCrossShrink: true }, fc.constant(null).map(() => ones([1])), fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('tree'), { maxKeys: 3 })),
})).tree
const numbered = trees.map((t) => {
  const { def, leaves } = fp.leavesOf(t)
  return { def, leaves: leaves.map((_, i) => i * 7 % 5) }
})
const same = (x: unknown, y: unknown): boolean => JSON.stringify(x) === JSON.stringify(y)
const fn = fc.func(fc.integer({ min: -9, max: 9 })), test_ = fc.func(fc.boolean())
type Numbers = fp.Leaves<number>
describe('trees', () => {
  test('are their leaves and structure', () => holds((t: unknown) => fp.treeOf(fp.leavesOf(t)) !== undefined && same(L.pathsIn(fp.leavesOf(fp.treeOf(fp.leavesOf(t)))), L.pathsIn(fp.leavesOf(t))) || 'lost', [trees]))
  test('are a functor, with paths too', () => {
    holds(mapKeepsComposition((fa, f) => L.Functor.map(fa as Numbers, f), same), [numbered, fn, fn] as never)
    holds(mapKeepsComposition((fa, f) => L.FunctorWithIndex.mapWithIndex(fa as Numbers, (_, a) => f(a)), same), [numbered, fn, fn] as never)
    expect(L.mapWithPath((path) => path)(fp.leavesOf({ b: ones([1]), a: [ones([1]), ones([1])] })).leaves).toEqual(['a.0', 'a.1', 'b'])
  })
  test('fold', () => {
    holds(foldsAgree(L.Foldable as never), [numbered])
    holds((x: Numbers) => same(L.FoldableWithIndex.reduceWithIndex(x, [] as unknown[], (path, all, a) => [...all, [path, a]]), L.pathsIn(x).map((p, i) => [p, x.leaves[i]])) || 'paths', [numbered])
  })
  test('traverse: identity, naturality, and one Left is enough', () => {
    holds((x: Numbers) => same(option.toNullable(L.Traversable.traverse(option.Applicative)(x, option.some)), x) || 'identity', [numbered])
    holds((x: Numbers) => {
      const f = (n: number) => (n > 3 ? either.left('large') : either.right(n + 1))
      const first = L.Traversable.traverse(either.Applicative)(x, f)
      return same(option.fromEither(first), L.Traversable.traverse(option.Applicative)(x, (n) => option.fromEither(f(n)))) || 'naturality'
    }, [numbered])
    holds((x: Numbers) => same(L.Traversable.sequence(readonlyArray.Applicative)(L.map((n: number) => [n])(x)), [x]) || 'sequence', [numbered])
  })
  test('zip pairs like trees and says where unlike ones differ', () => {
    holds((x: Numbers) => same(L.zip(x, x), either.right(L.map((n: number) => [n, n])(x))) || 'zip', [numbered])
    expect(L.zip(fp.leavesOf({ a: ones([1]) }), fp.leavesOf({ a: [ones([1])] }))).toEqual(either.left('the tree at a is a tensor in one and an array of 1 in the other'))
  })
})
describe('the traversal of leaves', () => {
  const params = { conv: { weight: ones([2]) }, head: { weight: ones([3]), bias: ones([1]) } }
  type P = typeof params
  const over = (f: (x: AnyTensor) => AnyTensor, wanted?: (path: string) => boolean) => fp.leaves<P>(wanted).modifyF(identity.Applicative)(f)
  const plus = (x: AnyTensor): AnyTensor => add(x as Float, 1), times = (x: AnyTensor): AnyTensor => mul(x as Float, 3)
  test('changes the wanted leaves and gives back the others themselves', () => {
    const tripled = over(times, (path) => path.startsWith('head'))(params)
    expect(tripled.conv.weight).toBe(params.conv.weight)
    expect(flat(tripled.head.weight)).toEqual([3, 3, 3])
  })
  test('of the identity is the identity, and it composes', () => {
    expect(over((x) => x)(params)).toEqual(params)
    expect(flat(over((x) => times(plus(x)))(params).head.weight)).toEqual(flat(over(times)(over(plus)(params)).head.weight))
  })
})

// ---- what learns ----------------------------------------------------------------------------------------------------
describe('gradient transforms are a monoid', () => {
  const some = fc.constantFrom(fp.gradientMonoid.empty, ...[optim.clipByValue(1), optim.clipByGlobalNorm(0.5), optim.sgd(0.1, { momentum: 0.9 }), optim.adam(0.1)].map((o) => fp.gradientTransform(o as never)))
  const after = (o: fp.GradientTransform): string => {
    const p = { a: tensor([1, -2]), b: tensor(3) }
    return JSON.stringify(Object.values(o.transform({ a: tensor([5, 0.5]), b: tensor(-2) }, o.init(p) as never, p)[0]).map(flat))
  }
  const equal = (x: fp.GradientTransform, y: fp.GradientTransform): boolean => after(x) === after(y)
  test('by what they do, bit for bit', () => {
    holds(concatIsAssociative(fp.gradientMonoid, equal), three(some), 40)
    holds(emptyIsIdentity(fp.gradientMonoid, equal), [some], 20)
  })
})
describe('layers', () => {
  type Entries = readonly (Layer<Fn> | readonly [string, Layer<Fn>])[]
  test('sequential takes the concatenation of entries to composition', () => {
    const w = { fc: { weight: tensor([[1, 2], [0, -1]]), bias: tensor([0.5, 1]) } }, x = tensor([[1, -3], [2, 5]])
    const parts: readonly Entries[] = [[], [nn.relu], [['fc', nn.linear(2)]], [nn.tanh, nn.sigmoid]]
    const run = (es: Entries, at: AnyTensor): AnyTensor => (nn.model([2], nn.sequential(...(es as readonly [])) as never) as unknown as { apply: (p: unknown, s: object, x: AnyTensor) => AnyTensor }).apply(es.some(Array.isArray) ? w : {}, {}, at)
    for (const a of parts) for (const b of parts) if (!(a.some(Array.isArray) && b.some(Array.isArray)))
      expect(sameValues(run(fp.layersMonoid.concat(a, b), x as unknown as AnyTensor), run(b, run(a, x as unknown as AnyTensor)))).toBe(true)
  })
})
describe('schedules', () => {
  const at = (s: optim.Schedule): readonly unknown[] => [0, 1, 4, 9, 30].map((n) => flat(s(tensor(n, { dtype: 'i32' })))[0])
  const equal = (a: optim.Schedule, b: optim.Schedule): boolean => same(at(a), at(b))
  const some = fc.constantFrom(optim.constant(0.1), optim.cosine(0.3, 10), optim.warmup(0.5, 5), optim.step(0.4, { 4: 0.1 }))
  test('have a meet', () => {
    holds(concatIsAssociative(fp.scheduleMeet, equal), three(some), 30)
    holds((a: optim.Schedule, b: optim.Schedule) => (equal(fp.scheduleMeet.concat(a, b), fp.scheduleMeet.concat(b, a)) && equal(fp.scheduleMeet.concat(a, a), a)) || 'a meet', [some, some], 30)
  })
})
describe('losses', () => {
  type V = Tensor<[2], 'f32', Device>
  const square: fp.Loss<V, V> = (p, t) => sum(mul(sub(p, t), sub(p, t)))
  const { contramap } = fp.lossContravariant
  test('are contravariant in predictions', () => {
    const f = (x: V): V => add(x, 1) as V, g = (x: V): V => mul(x, 3) as V, x = tensor([1, 2]), y = tensor([0, 5])
    expect(flat(contramap<V, V, V>(square, (a) => a)(x, y))).toEqual(flat(square(x, y)))
    expect(flat(contramap<V, V, V>(contramap<V, V, V>(square, f), g)(x, y))).toEqual(flat(contramap<V, V, V>(square, (a) => f(g(a)))(x, y)))
  })
})

// ---- what gathers ---------------------------------------------------------------------------------------------------
const sets = fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 5 }).map((a) => fromArray(a))
const sameItems = (x: unknown, y: unknown): boolean => same(toArray(x as Dataset<number>), toArray(y as Dataset<number>))
describe('data sets', () => {
  test('are a monoid', () => {
    holds(concatIsAssociative(fp.datasetMonoid<number>(), sameItems), three(sets))
    holds(emptyIsIdentity(fp.datasetMonoid<number>(), sameItems), [sets])
  })
  test('are a functor, fold and filter', () => {
    holds(mapKeepsComposition((fa, f) => fp.datasetFunctor.map(fa as Dataset<number>, f), sameItems), [sets, fn, fn] as never)
    holds(mapKeepsComposition((fa, f) => fp.datasetFunctorWithIndex.mapWithIndex(fa as Dataset<number>, (_, a) => f(a)), sameItems), [sets, fn, fn] as never)
    holds(foldsAgree(fp.datasetFoldable as never), [sets])
    holds(filterIsFilter(fp.datasetFilterable as never, sameItems), [sets, test_, test_] as never)
  })
  test('filterMap and partitionMap are map where they keep all', () => {
    holds((s: Dataset<number>) => (sameItems(fp.datasetFilterable.filterMap(s, option.some), s) && sameItems(fp.datasetFilterable.compact(fp.datasetFunctor.map(s, option.some)), s)) || 'filterMap', [sets])
    holds((s: Dataset<number>) => {
      const halves = fp.datasetFilterable.partitionMap(s, (n) => (n < 0 ? either.left(n) : either.right(n)))
      return (sameItems(halves.left, fp.datasetFilterable.filter(s, (n) => n < 0)) && sameItems(halves.right, fp.datasetFilterable.filter(s, (n) => n >= 0))) || 'partitionMap'
    }, [sets])
  })
})
describe('metrics', () => {
  const seen = fc.integer({ min: 0, max: 5 }).map((n) => metric.accuracy.of(tensor(new Int32Array(4)), tensor(Int32Array.from({ length: 4 }, (_, i) => (i < n ? 0 : 1)))))
  const equal = (a: metric.Hits, b: metric.Hits): boolean => same([flat(a.correct), flat(a.total)], [flat(b.correct), flat(b.total)])
  test('are monoids', () => {
    holds(concatIsAssociative(fp.metricMonoid(metric.accuracy), equal), three(seen), 30)
    holds(emptyIsIdentity(fp.metricMonoid(metric.accuracy), equal), [seen], 20)
  })
  test('are profunctors: promap id id = id, and promap composes', () => {
    const total: fp.Gathering<number, readonly number[], number> = { empty: 0, of: (xs) => xs.reduce((a, b) => a + b, 0), concat: (a, b) => a + b, value: (m) => m }
    const said = (m: fp.Gathering<number, readonly number[], number>, xs: readonly number[]): number => m.value(m.concat(m.of(xs), m.of([...xs, 1])))
    const twice = (xs: readonly number[]): readonly number[] => xs.map((x) => 2 * x), id = <A>(a: A): A => a, half = (n: number): number => n / 2
    holds((xs: readonly number[]) => {
      const P = fp.metricProfunctor
      return (said(P.promap(total, id<readonly number[]>, id<number>), xs) === said(total, xs)
        && said(P.promap(P.promap(total, twice, half), twice, half), xs) === said(P.promap(total, (a: readonly number[]) => twice(twice(a)), (n: number) => half(half(n))), xs)
        && said(P.map(total, half), xs) === half(said(total, xs))) || 'promap'
    }, [fc.array(fc.integer({ min: -99, max: 99 }))])
  })
})
describe('draws', () => {
  type Pair = readonly [AnyTensor, Key]
  const sameDraw = ([a, k]: Pair, [b, l]: Pair): boolean => sameValues(a, b) && sameValues(k as unknown as AnyTensor, l as unknown as AnyTensor)
  const noise = (scale: number) => fp.draw<AnyTensor>((k) => mul(random.uniform(k, [2]), scale) as unknown as AnyTensor)
  test('are a monad in State, bit for bit', () => {
    const shifted = (a: AnyTensor) => state.map((b: AnyTensor) => add(a as never, b as never) as AnyTensor)(noise(2))
    holds((seed: number) => drawsAreMonad<Key, AnyTensor>(state.Monad as never, sameDraw)(key(seed), tensor([1, 2]) as unknown as AnyTensor, noise(1), shifted, shifted), [fc.nat(99)], 10)
  })
  test('never use a key twice', () => {
    const [[a, b]] = state.chain((x: AnyTensor) => state.map((y: AnyTensor) => [x, y] as const)(noise(1)))(noise(1))(key(0))
    expect(sameValues(a, b)).toBe(false)
  })
  test('a Reader that splits its key is none: the law says so', () => {
    const reader = { of: (a: unknown) => (k: Key) => [a, k], chain: (m: (k: Key) => Pair, f: (a: AnyTensor) => (k: Key) => Pair) => (k: Key) => { const [one, two] = random.split(k); return f(m(one)[0])(two) } }
    const at = (a: AnyTensor) => (k: Key): Pair => [add(a as never, random.uniform(k, [2]) as never) as AnyTensor, k]
    expect(drawsAreMonad<Key, AnyTensor>(reader as never, sameDraw)(key(1), tensor([1, 2]) as unknown as AnyTensor, (k) => [random.uniform(k, [2]) as unknown as AnyTensor, k], at, at)).toBe('left identity is refuted')
  })
})
