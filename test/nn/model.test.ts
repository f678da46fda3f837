/** Layers and models: shapes, names, how they begin, what training changes, and the sentences for what does not fit. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { layerIsLawful } from '../../laws/index.js'
import { flopsOf } from '../../lib/nn/flops.js'
import * as nn from '../../lib/nn/index.js'
import { session } from '../../lib/run/index.js'
import { add, conv, key, matmul, mean, mul, ones, random, square, sum, tensor } from '../../lib/tensor/index.js'
import { grad } from '../../lib/transform/index.js'
import type { AnyTensor, Device, Key, Tensor } from '../../lib/type/index.js'
import { flatten, paths } from '../../lib/type/index.js'

const { read, run } = session()
const block = nn.sequential(['conv', nn.conv(4, 3, { padding: 1, bias: false })], ['bn', nn.batchNorm], nn.relu)
const net = nn.model([3, 8, 8], nn.sequential(
  ['stem', block], ['res', nn.residual(block, nn.sequential(['proj', nn.conv(4, 1)]))], nn.maxPool(2), nn.dropout(0.5), nn.flatten, ['head', nn.linear(5)]))

describe('a model is its tree', () => {
  test('has a path for every tensor', () => {
    const { params, state } = net.init(key(0))
    expect(paths(params)).toEqual(['head.bias', 'head.weight', 'res.body.conv.weight', 'res.body.bn.bias', 'res.body.bn.weight', 'res.shortcut.proj.bias', 'res.shortcut.proj.weight', 'stem.bn.bias', 'stem.bn.weight', 'stem.conv.weight'].sort())
    expect(paths(state)).toEqual(['res.body.bn.mean', 'res.body.bn.var', 'stem.bn.mean', 'stem.bn.var'])
    expect(params.res.body.conv.weight.shape).toEqual([4, 4, 3, 3])
    expect(net.output).toEqual([5])
  })
  test('begins with the same numbers for the same key and others for another', async () => {
    const [a, b, c] = [await read(net.init(key(1))), await read(net.init(key(1))), await read(net.init(key(2)))]
    expect(a).toEqual(b)
    expect(a.params.head.weight).not.toEqual(c.params.head.weight)
    expect(a.params.stem.conv.weight.slice(0, 9)).not.toEqual(a.params.res.body.conv.weight.slice(0, 9))
  })
  test('training draws by its key, changes the statistics and nothing else', async () => {
    const { params, state } = await run(net.init(key(1)))
    const x = random.normal(key(3), [6, 3, 8, 8])
    const [[y1, s1], [y2], [y3]] = [net.train(params, state, x, { key: key(7) }), net.train(params, state as never, x, { key: key(7) }), net.train(params, state as never, x, { key: key(8) })]
    expect(await read(y1)).toEqual(await read(y2))
    expect(await read(y1)).not.toEqual(await read(y3))
    expect(paths(s1)).toEqual(paths(state))
    expect(await read(s1.stem.bn.mean)).not.toEqual(await read(state.stem.bn.mean))
    expect(await read(net.apply(params, state, x))).toEqual(await read(net.apply(params, state as never, x)))
  })
  test('gradients flow to every parameter, in training and in evaluation', async () => {
    const { params, state } = await run(net.init(key(1)))
    const x = random.normal(key(3), [6, 3, 8, 8])
    for (const f of [(p: typeof params) => net.apply(p, state, x), (p: typeof params) => net.train(p, state as never, x, { key: key(7) })[0]]) {
      const g = await read(grad((p: typeof params) => mean(square(f(p))))(params))
      for (const [i, v] of (flatten(mapped(g)).leaves as readonly { readonly v: Float32Array }[]).entries()) expect(v.v.some((e) => e !== 0), paths(params)[i]).toBe(true)
    }
  })
})
const mapped = (t: unknown): unknown =>
  t instanceof Float32Array ? Object.assign(tensor(0) as AnyTensor, { v: t }) : Object.fromEntries(Object.entries(t as object).map(([k, v]) => [k, mapped(v)]))

describe('initialisers are PyTorch\'s', () => {
  const moments = async (x: AnyTensor) => {
    const v = Array.from(await read(x) as unknown as Float32Array), m = v.reduce((a, b) => a + b, 0) / v.length
    return { mean: m, std: Math.sqrt(v.reduce((a, b) => a + (b - m) ** 2, 0) / v.length), max: v.reduce((a, b) => Math.max(a, Math.abs(b)), 0) }
  }
  test('linear and conv: U(±1/√fanIn) for weight and bias', async () => {
    const { params } = nn.model([8, 20, 20], nn.sequential(['conv', nn.conv(512, 3, { groups: 2 })], nn.globalAvgPool, ['fc', nn.linear(400)])).init(key(0))
    for (const [x, fan] of [[params.conv.weight, 36], [params.conv.bias, 36], [params.fc.weight, 512], [params.fc.bias, 512]] as const) {
      const bound = 1 / Math.sqrt(fan), { mean: m, std, max } = await moments(x)
      expect(max).toBeLessThanOrEqual(bound)
      expect(max).toBeGreaterThan(0.97 * bound)
      expect(Math.abs(m)).toBeLessThan(0.12 * bound)
      expect(std / (bound / Math.sqrt(3))).toBeCloseTo(1, 1)
    }
  })
  test('embedding: N(0, 1); norms: ones and zeros', async () => {
    const { mean: m, std } = await moments(nn.model([4], nn.sequential(['e', nn.embedding(200, 50)])).init(key(0)).params.e.weight)
    expect(Math.abs(m)).toBeLessThan(0.05)
    expect(std).toBeCloseTo(1, 1)
    expect(await read(nn.model([3], nn.sequential(['n', nn.layerNorm])).init(key(0)))).toEqual({ params: { n: { weight: Float32Array.of(1, 1, 1), bias: new Float32Array(3) } }, state: {} })
  })
})

describe('dropout', () => {
  const d = nn.model([1000], nn.dropout(0.3))
  test('keeps the mean, and about 70 % of the elements', async () => {
    const [y] = d.train({}, {}, ones([50, 1000]), { key: key(5) })
    const v = await read(y)
    expect(v.filter((e) => e === 0).length / v.length).toBeCloseTo(0.3, 1)
    expect(v.reduce((a, b) => a + b, 0) / v.length).toBeCloseTo(1, 1)
    expect(new Set(v).size).toBe(2)
  })
  test('is the identity in evaluation and for p = 0, and nothing stays for p = 1', async () => {
    expect(await read(d.apply({}, {}, ones([1, 1000])))).toEqual(new Float32Array(1000).fill(1))
    expect(await read(nn.model([3], nn.dropout(0)).train({}, {}, ones([1, 3]))[0])).toEqual(Float32Array.of(1, 1, 1))
    expect(await read(nn.model([3], nn.dropout(1)).train({}, {}, ones([1, 3]), { key: key(0) })[0])).toEqual(Float32Array.of(0, 0, 0))
  })
  test('asks for a key and for a probability', () => {
    expect(() => d.train({}, {}, ones([1, 1000]))).toThrow('dropout: training draws at random; pass a key: train(params, state, x, { key })')
    expect(() => nn.dropout(2)).toThrow('dropout: p is 2; pass a probability from 0 to 1')
  })
})

describe('sentences', () => {
  const no = (f: () => unknown, text: string | RegExp): void => expect(f).toThrow(text)
  const wide = (s: readonly number[], l: unknown) => nn.model(s, l as never)
  test('say which layer does not fit', () => {
    no(() => wide([1, 4, 4], nn.sequential(['a', nn.conv(2, 3)], nn.maxPool(5))), 'layer 1 (layer), input [2,2,2]: pool: the window 5 is larger than the input [2,2,2]')
    no(() => wide([1, 4, 4], nn.conv(2, 5)), 'conv: the window 5 is larger than the input [1,4,4]')
    no(() => wide([3, 4, 4], nn.conv(2, 3, { groups: 2 })), 'conv: 2 groups do not divide 3 input channels')
    no(() => wide([4], nn.residual(nn.sequential(['a', nn.linear(3)]))), 'residual: body gives [3], shortcut gives [4]')
    no(() => wide([], nn.linear(3)), 'linear: needs at least one axis')
    no(() => wide([3], 3), 'a layer was expected')
  })
  test('say what a name is for', () => {
    no(() => nn.model([3], nn.sequential(nn.linear(2)) as never).init(key(0)), "sequential: layer 0 (linear) has parameters, so it needs a name: write ['linear0', …]")
    no(() => nn.sequential(['a', nn.linear(2)], ['a', nn.linear(2)]), "sequential: the name 'a' is taken twice")
  })
  test('say what is wrong with an input', () => {
    const m = nn.model([3], nn.sequential(['fc', nn.linear(2)])), { params, state } = m.init(key(0))
    no(() => m.apply(params, state, ones([2, 4]) as never), 'model: the input must be [n,3], got [2,4]')
    no(() => m.apply({} as never, state, ones([2, 3])), "linear: there is no tensor 'weight'")
    no(() => m.apply(params, state, ones([2, 3], { dtype: 'i32' }) as never), 'takes floats, not i32')
    no(() => nn.model([2], nn.batchNorm).train({ weight: ones([2]), bias: ones([2]) }, { mean: ones([2]), var: ones([2]) }, ones([1, 2])), 'batchNorm: training needs more than one value a channel')
    no(() => nn.linear(0), 'linear: out is 0; pass a whole number of at least 1')
  })
})

describe('summary', () => {
  test('counts parameters and operations', () => {
    const text = nn.summary(nn.model([1, 4, 4], nn.sequential(['conv', nn.conv(2, 3)], nn.relu, nn.flatten, ['fc', nn.linear(3)])))
    expect(text.split('\n')).toEqual([
      'layer        output   parameters  FLOPs',
      '---------------------------------------',
      'conv (conv)  [2,2,2]          20    152',
      'relu         [2,2,2]           -      8',
      'flatten      [8]               -      -',
      'fc (linear)  [3]              27     51',
      '---------------------------------------',
      'total        [3]              47    211',
    ])
  })
    test('a gradient of a convolution costs what the convolution does', () => {
    const loss = (w: Tensor<[6, 2, 3, 3], 'f32'>, x: Tensor<[2, 4, 9, 8], 'f32'>) => sum(conv(x, w, { stride: 2, padding: 1, groups: 2 }))
    const types = [{ shape: [6, 2, 3, 3], dtype: 'f32' }, { shape: [2, 4, 9, 8], dtype: 'f32' }] as const
    const nodes = [closed(loss as never, types), closed(grad(loss, { argnums: [0, 1] }) as never, types)].flatMap((g) => g.nodes).filter((n) => n.op.startsWith('conv'))
    const cost = 2 * (2 * 6 * 5 * 4) * (2 * 3 * 3)
    expect(nodes.map((n) => [n.op, flopsOf([n])]).sort()).toEqual([['conv', cost], ['convInput', cost], ['convWeight', cost]])
  })
  test('knows nested layers, state, and inputs of integers', () => {
    expect(nn.summary(net)).toMatch(/res\.shortcut\.proj \(conv\).*\n[^]*and 16 numbers of state/)
    expect(nn.summary(nn.model([5], nn.sequential(['e', nn.embedding(10, 4)], ['fc', nn.linear(2)])))).toMatch(/e \(embedding\) +\[5,4\] +40/)
  })
  test('takes a plain function with an init', async () => {
    type P = { readonly w: Tensor<[3, 2], 'f32', Device>; readonly b: Tensor<[2], 'f32', Device> }
    const plain = Object.assign((p: P, x: Tensor<[number, 3], 'f32', Device>) => add(matmul(x, p.w), p.b), { init: (k: Key): P => ({ w: random.normal(k, [3, 2]), b: mul(ones([2]), 0) }) })
    expect(nn.summary(plain, { input: ones([1, 3]) })).toMatch(/^b +\[2\] +2\nw +\[3,2\] +6\n-+\ntotal +\[1,2\] +8 +14$/m)
    const p = plain.init(key(0))
    expect(await read(grad((q: P) => sum(plain(q, ones([4, 3]))))(p).b)).toEqual(Float32Array.of(4, 4))
  })
})

describe('laws', () => {
  const lawful = (m: unknown, t = {}) => expect(layerIsLawful(m as never, t)).toBe(true)
  test('layers are lawful', () => {
    lawful(nn.model([4], nn.sequential(['fc', nn.linear(3)], nn.tanh)))
    lawful(nn.model([2, 5, 4], nn.sequential(['c', nn.conv(3, [2, 3], { stride: [2, 1], padding: 1 })], ['n', nn.batchNorm], nn.gelu)))
    lawful(nn.model([3, 4], nn.sequential(['n', nn.layerNorm], ['r', nn.residual(nn.sequential(['fc', nn.linear(4)]))])))
  })
  test('sequential is associative up to names, with the empty one as identity', async () => {
    const x = random.normal(key(1), [2, 3])
    const f = nn.sigmoid, g = nn.tanh, h = nn.softplus
    const of = (l: Parameters<typeof nn.sequential>[number]) => read(nn.model([3], nn.sequential(l as typeof nn.relu)).apply({}, {}, x))
    const all = [nn.sequential(f, g, h), nn.sequential(nn.sequential(f, g), h), nn.sequential(f, nn.sequential(g, h)), nn.sequential(nn.sequential(), f, g, h)]
    const [first, ...rest] = await Promise.all(all.map((l) => of(l as never)))
    for (const y of rest) expect(y).toEqual(first)
  })
  test('conv is the naive sum', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 3, max: 6 }), async (c, o, n) => {
      const m = nn.model([c, n], nn.sequential(['c', nn.conv(o, [3])])), { params, state } = m.init(key(c + o))
      const x = random.normal(key(n), [1, c, n])
      const [y, w, b, v] = [await read(m.apply(params, state, x)), await read(params.c.weight), await read(params.c.bias), await read(x)]
      for (let q = 0; q < o; q++) for (let i = 0; i < n - 2; i++) {
        let want = b[q] ?? 0
        for (let k = 0; k < c; k++) for (let j = 0; j < 3; j++) want += (w[(q * c + k) * 3 + j] ?? 0) * (v[k * n + i + j] ?? 0)
        expect(y[q * (n - 2) + i]).toBeCloseTo(want, 4)
      }
    }), { numRuns: 20 })
  })
})
