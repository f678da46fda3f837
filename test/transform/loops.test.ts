/** Loops and choices on the public floor, against plain TypeScript. */
import { describe, expect, it } from 'vitest'
import { add, arange, grad, hvp, linearTranspose, mul, session, sum, tensor, vmap } from '../../lib/index.js'
import { associativeScan, cast, forLoop, mapOver, matmul, switchOf } from '../../lib/index.js'
import type { Scalar, Tensor } from '../../lib/index.js'

const { read } = session()
describe('loops', () => {
  it('forLoop counts and carries, and differentiates', () => {
    expect([...read.sync(forLoop(2, 5, (i, c: Scalar<'f32'>) => add(mul(c, 2), cast(i, 'f32')), tensor(1)))]).toEqual([26])
    expect([...read.sync(grad((x: Scalar<'f32'>) => forLoop(0, 3, (_i, c: Scalar<'f32'>) => mul(c, x), tensor(1)))(tensor(2)))]).toEqual([12])
    expect([...read.sync(forLoop(3, 1, (_i, c: Scalar<'f32'>) => mul(c, 2), tensor(7)))]).toEqual([7])
  })
  it('mapOver is vmap', () => {
    const x = tensor([[1, 2], [3, 4], [5, 6]])
    const f = (v: Tensor<[2], 'f32'>): Scalar<'f32'> => sum(mul(v, v))
    expect([...read.sync(mapOver(f, x))]).toEqual([...read.sync(vmap(f)(x))])
  })
  it('switchOf clamps, chooses, and selects under vmap', () => {
    const f = (i: Scalar<'i32'>): Scalar<'f32'> => switchOf(i, [() => tensor(10), () => tensor(20), () => tensor(30)])
    expect([...read.sync(vmap(f)(arange(5)))]).toEqual([10, 20, 30, 30, 30])
    expect([...read.sync(f(tensor(-4, { dtype: 'i32' })))]).toEqual([10])
  })
  it.each([1, 2, 3, 4, 5, 8, 13])('associativeScan of %i is the running sum, forwards and backwards', (n) => {
    const xs = Array.from({ length: n }, (_, i) => i + 1)
    const x = tensor(new Float32Array(xs))
    const running = xs.map((_, i) => xs.slice(0, i + 1).reduce((p, q) => p + q, 0))
    expect([...read.sync(associativeScan((p, q) => add(p, q), x))]).toEqual(running)
    expect([...read.sync(associativeScan((p, q) => add(p, q), x, { reverse: true }))]).toEqual(xs.map((_, i) => xs.slice(i).reduce((p, q) => p + q, 0)))
  })
  it('hvp is the Hessian times a vector; linearTranspose transposes a matrix', () => {
    expect([...read.sync(hvp((x: Tensor<[2], 'f32'>) => sum(mul(x, mul(x, x))), tensor([1, 2]), tensor([1, 10])))]).toEqual([6, 120])
    const a = tensor([[1, 2, 3], [4, 5, 6]])
    const back = linearTranspose((x: Tensor<[3], 'f32'>) => matmul(a, x), tensor([0, 0, 0]))
    expect([...read.sync(back(tensor([1, 1])))[0]]).toEqual([5, 7, 9])
  })
})
