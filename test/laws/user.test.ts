/** The laws that users call, on this library's own layers, optimizers and data sets, and on wrong ones. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkGrads, codecIsLawful, datasetIsLawful, equationHolds, functionIsLawful, layerIsLawful, optimizerIsLawful } from '../../laws/index.js'
import { add, customJvp, customVjp, div, erf, mean, mul, nn, optim, sin, stopGradient, sub, sum, tensor } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import { dataset, fromArray } from '../../lib/data/index.js'

type F = (...xs: never[]) => unknown
type X = Tensor<readonly number[], 'f64', 'cpu'>
type Trees = Readonly<Record<string, X>>
const f64 = (...shape: number[]) => ({ shape, dtype: 'f64' as const })
describe('functions', () => {
  it('accepts a composition', () => expect(functionIsLawful((x: X, y: X) => sum(mul(sin(x), erf(y))), [f64(3), f64(3)])).toBe(true))
  it('refutes a wrong backward rule', () => {
    const square = (customVjp as unknown as (f: unknown, r: unknown) => F)((x: X) => mul(x, x), { forward: (x: X) => [mul(x, x), x], backward: (x: X, ct: X) => [mul(x, ct)] })
    expect(functionIsLawful(square, [f64(2)])).toMatch(/is refuted/)
  })
})
describe('checkGrads', () => {
  const at = tensor([0.5, -1.25, 2])
  it('accepts a composition at given operands, f32 or f64, with what it captures', () => {
    expect(checkGrads((x: X, y: X) => sum(mul(sin(x), erf(mul(y, at)))), [at, tensor([1, 0.25, -0.5], { dtype: 'f64' })], { runs: 4 })).toBe(true)
  })
  it('refutes a wrong rule at first order, and one that is wrong at second order only there', () => {
    const wrongly = customVjp as unknown as (f: unknown, r: unknown) => F
    const square = wrongly((x: X) => mul(x, x), { forward: (x: X) => [mul(x, x), x], backward: (x: X, ct: X) => [mul(x, ct)] })
    expect(checkGrads(square, [at], { order: 1 })).toMatch(/^vjpIsAdjointOfJvp is refuted/)
    const steep = (customJvp as unknown as (f: unknown, r: unknown) => F)((x: X) => mul(x, x), ([x]: [X], [dx]: [X]) => [mul(x, x), mul(mul(stopGradient(x), 2), dx)])
    expect(checkGrads(steep, [at], { order: 1 })).toBe(true)
    expect(checkGrads(steep, [at])).toMatch(/^secondIsQuotientOfFirst is refuted/)
  })
  it('says when there is nothing to differentiate', () => {
    expect(() => checkGrads((x: X) => x, [tensor([1, 2], { dtype: 'i32' })])).toThrow(/neither an operand nor a result/)
  })
})
describe('equations', () => {
  const shifted = (f: (x: X) => X) => ({ operands: ['n M', 'n 1'], sides: (x: X, c: X) => [f(add(x, c)), f(x)] as const, smooth: true })
  it('accepts one that is true', () => expect(equationHolds(shifted((x) => sub(x, mean(x, { axes: [1], keepdims: true })) as X))).toBe(true))
  it('refutes one that is not, with operands', () => {
    expect(equationHolds(shifted((x) => sub(x, mean(x, { keepdims: true })) as X))).toMatch(/^on reference: result 0: .*\n {2}for f(32|64)\[/)
  })
  it('refutes one that is true of values and not of their derivatives', () => {
    const steep = (customJvp as unknown as (f: unknown, r: unknown) => F)((x: X) => mul(x, x), ([x]: [X], [dx]: [X]) => [mul(x, x), mul(x, dx)])
    const square = { operands: ['n M'], sides: (x: X) => [steep(x as never), mul(x, x)] as const }
    expect(equationHolds(square)).toBe(true)
    expect(equationHolds({ ...square, smooth: true })).toMatch(/^on reference: the derivatives: /)
  })
  it('refutes one whose sides have different types', () => expect(equationHolds({ operands: ['N'], sides: (x: X) => [sum(x), x] })).toMatch(/got f\d\d\[\], want f\d\d\[/))
})
const weightless = (apply: (x: X) => unknown, output: number[]) => ({
  input: [4], output, init: () => ({ params: {}, state: {} }), apply: (_p: object, _s: object, x: X) => apply(x),
})
describe('layers', () => {
  it('accepts linear, conv and a sequence', () => {
    expect(layerIsLawful(nn.model([4], nn.linear(3)))).toBe(true)
    expect(layerIsLawful(nn.model([4], nn.sequential(['a', nn.linear(3)], nn.tanh, ['b', nn.linear(2)])), { runs: 10 })).toBe(true)
  })
  it('accepts convolution, pooling and a layer that holds numbers', () => {
    expect(layerIsLawful(nn.model([2, 4, 4], nn.sequential(['c', nn.conv(3, [3, 3])], ['n', nn.batchNorm({})], nn.tanh, nn.flatten)), { runs: 6 })).toBe(true)
    expect(layerIsLawful(nn.model([5], nn.layerNorm({})), { runs: 6 })).toBe(true)
    expect(layerIsLawful(nn.model([3], nn.embedding(7, 2)), { runs: 6, dtype: 'i32', range: [0, 7] })).toBe(true)
    expect(layerIsLawful(weightless((x) => add(mul(x, 0.5), 1), [4]))).toBe(true)
  })
  it('refutes a layer that mixes its batch', () => {
    const centred = weightless((x) => sub(x, mean(x, { axes: [0], keepdims: true })), [4])
    expect(layerIsLawful(centred)).toMatch(/batchIsStack is refuted/)
  })
  it('refutes a layer with another shape than it promises', () => {
    const short = weightless((x) => x, [5])
    expect(layerIsLawful(short)).toMatch(/shapeIsPromised is refuted/)
  })
})
const next = (p: Trees, g: Trees, step: (x: X, d: X) => unknown): unknown => Object.fromEntries(Object.keys(p).map((k) => [k, step(p[k] as X, g[k] as X)]))
describe('optimizers', () => {
  it('accepts sgd and adam', () => {
    expect(optimizerIsLawful(optim.sgd(0.1), { rests: true })).toBe(true)
    expect(optimizerIsLawful(optim.adam(0.05), { rests: true })).toBe(true)
  })
  it('refutes one that climbs', () => {
    const up = { init: () => ({}), update: (g: Trees, s: object, p: Trees) => [next(p, g, (x, d) => add(x, mul(d, 0.1))), s] as const }
    expect(optimizerIsLawful(up, { leafwise: false })).toMatch(/findsMinimum is refuted/)
  })
  it('refutes one that mixes leaves', () => {
    const mixed = { init: () => ({}), update: (g: Trees, s: object, p: Trees) => [next(p, g, (x, d) => sub(x, div(d, Object.keys(p).length))), s] as const }
    expect(optimizerIsLawful(mixed)).toMatch(/updateIsLeafwise is refuted/)
  })
})
describe('data sets and codecs', () => {
  it('accepts arrays', () => expect(datasetIsLawful(fromArray([1, 2, 3]))).toBe(true))
  it('refutes an impure set and one without borders', () => {
    let n = 0
    expect(datasetIsLawful(dataset(3, () => n++))).toMatch(/readsArePure is refuted/)
    expect(datasetIsLawful({ length: 2, at: (i) => i })).toMatch(/instead of refusing/)
  })
  it('accepts JSON on JSON values and refutes it on what it loses', () => {
    const json = { encode: (x: unknown) => JSON.stringify(x), decode: (s: string) => JSON.parse(s) as unknown }
    expect(codecIsLawful(json, fc.array(fc.integer()))).toBe(true)
    expect(codecIsLawful(json, fc.double())).toMatch(/came back as/)
  })
})
