/** What losses refuse, at compile time and at run time, and what they keep: dtype, device, shape. */
import { describe, expect, test } from 'vitest'
import { bceWithLogits, crossEntropy, huber, l1, mse, nll } from '../../lib/loss/index.js'
import { session } from '../../lib/run/index.js'
import { ones, random, key, tensor, zeros } from '../../lib/tensor/index.js'
import { grad, hessian, vmap } from '../../lib/transform/index.js'
import type { Device, Tensor } from '../../lib/type/index.js'

const { read, item } = session()
const ints = (...xs: readonly number[]) => tensor(Int32Array.from(xs))
describe('losses refuse', () => {
  test('targets of another shape', () => {
    // @ts-expect-error mse: predictions [2,3] and targets [3] differ
    expect(() => mse(ones([2, 3]), ones([3]))).toThrow('mse: predictions [2,3] and targets [3] differ; reshape one of them')
    // @ts-expect-error l1: the same, whatever broadcasting would say
    expect(() => l1(ones([2]), ones([2, 1]))).toThrow('l1: predictions [2] and targets [2,1] differ')
    // @ts-expect-error one class a row
    expect(() => crossEntropy(ones([2, 3]), zeros([3], { dtype: 'i32' }))).toThrow('crossEntropy: predictions [2] and targets [3] differ')
    // @ts-expect-error probabilities are of the logits' shape
    expect(() => crossEntropy(ones([2, 3]), ones([2]))).toThrow('crossEntropy: predictions [2,3] and targets [2] differ')
  })
  test('settings that make no sense', () => {
    expect(() => huber(ones([2]), ones([2]), { delta: 0 })).toThrow('huber: delta is 0; pass a positive number')
    expect(() => crossEntropy(ones([2, 3]), ints(0, 1), { labelSmoothing: 2 })).toThrow('crossEntropy: labelSmoothing is 2; pass a number from 0 to 1')
    expect(() => mse(ones([2]), ones([2]), { reduction: 'average' as never })).toThrow("mse: the reduction is 'average'; choose 'mean', 'sum' or 'none'")
    expect(() => nll(tensor(1) as never, ints(1))).toThrow('nll: ')
  })
  test('a class that is not there shows as NaN', async () => {
    expect(await item(crossEntropy(ones([2, 3]), ints(0, 3)))).toBeNaN()
    expect(await item(crossEntropy(ones([2, 3]), ints(0, -1)))).toBeNaN()
    expect(await item(crossEntropy(ones([2, 3]), ints(0, -100)))).toBeCloseTo(Math.log(3))
  })
})
describe('losses keep', () => {
  test('the type of what is not reduced, and the dtype', async () => {
    const none: Tensor<[2], 'f64', never> = crossEntropy(ones([2, 3], { dtype: 'f64' }), ints(0, 1) as Tensor<[2], 'i32', never>, { reduction: 'none' })
    const scalar: Tensor<[], 'f32', Device> = bceWithLogits(ones([2, 3]), ones([2, 3]))
    expect([none.shape, none.dtype, scalar.shape]).toEqual([[2], 'f64', []])
  })
  test('sequences of classes along the last axis', async () => {
    const x = random.normal(key(0), [2, 5, 3]), y = tensor(Int32Array.from([0, 1, 2, 0, 1, 2, 0, 1, 2, 0]), { shape: [2, 5] })
    const each = await read(crossEntropy(x, y, { reduction: 'none' }))
    expect(each).toHaveLength(10)
    expect(await item(crossEntropy(x, y))).toBeCloseTo(each.reduce((a, b) => a + b, 0) / 10, 5)
  })
  test('their derivatives under vmap, and second ones', async () => {
    const x = random.normal(key(0), [4, 3]), y = ints(0, 1, 2, 0) as Tensor<[4], 'i32', never>
    const one = (row: Tensor<[3], 'f32', never>, c: Tensor<[], 'i32', never>) => crossEntropy(row, c)
    const g = await read(vmap(grad(one), { size: 4 })(x, y)), whole = await read(grad((a: typeof x) => crossEntropy(a, y, { reduction: 'sum' }))(x))
    g.forEach((v, i) => expect(v).toBeCloseTo(whole[i] ?? NaN, 5))
    const h = await read(hessian((row: Tensor<[3], 'f32', never>) => one(row, tensor(1, { dtype: 'i32' })))(zeros([3])))
    expect(Array.from(h, (v) => Number(v.toFixed(4)))).toEqual([2, -1, -1, -1, 2, -1, -1, -1, 2].map((v) => Number((v / 9).toFixed(4))))
  })
})
