/** vectorize: each entry is f of the entries, leading axes broadcast, signatures are checked; the types keep shapes. */
import { describe, expect, expectTypeOf, test } from 'vitest'
import { add, dot, matmul, mul, sum, tensor, zeros } from '../../lib/tensor/index.js'
import { grad, jit, vectorize, vmap } from '../../lib/transform/index.js'
import type { Tensor } from '../../lib/type/index.js'
import { flat } from '../tensor/value.js'

const dots = vectorize((x: Tensor<[2], 'f32'>, y: Tensor<[2], 'f32'>) => dot(x, y), { signature: '(n),(n)->()' })
const a = tensor([[1, 2], [3, 4], [5, 6]])
describe('values', () => {
  test('leading axes broadcast', () => {
    const y = tensor([[[1, 0]], [[0, 1]]])
    const out = dots(a, y)
    expect(out.shape).toEqual([2, 3])
    expect(flat(out)).toEqual([1, 3, 5, 2, 4, 6])
  })
  test('what has no leading axis is not mapped, and without any f is called as it is', () => {
    expect(flat(dots(a, tensor([1, 10])))).toEqual([21, 43, 65])
    expect(dots(tensor([1, 2]), tensor([3, 4])).shape).toEqual([])
  })
  test('without a signature operands are scalars', () => {
    const f = vectorize((x: Tensor<[], 'f32'>, y: Tensor<[], 'f32'>) => add(mul(x, y), 1))
    expect(flat(f(tensor([1, 2, 3]), tensor([[10], [20]])))).toEqual([11, 21, 31, 21, 41, 61])
  })
  test('is vmap of vmap, and goes through jit, vmap and grad', () => {
    const product = vectorize((m: Tensor<[2, 2], 'f32'>, v: Tensor<[2], 'f32'>) => matmul(m, v), { signature: '(m,n),(n)->(m)' })
    const ms = tensor([[[1, 2], [3, 4]], [[0, 1], [1, 0]]])
    const v = tensor([1, 2])
    const want = [5, 11, 2, 1]
    expect(flat(product(ms, v))).toEqual(want)
    expect(flat(vmap((m: Tensor<[2, 2], 'f32', never>) => product(m, v))(ms))).toEqual(want)
    expect(flat(jit((m: Tensor<[2, 2, 2], 'f32', never>) => product(m, v))(ms))).toEqual(want)
    expect(flat(grad((w: Tensor<[2], 'f32', never>) => sum(product(ms, w)))(v))).toEqual([5, 7])
  })
  test('an empty batch gives an empty result', () => {
    expect(dots(zeros([0, 2]), tensor([1, 2])).shape).toEqual([0])
  })
})
describe('faults', () => {
  test('say which axis differs, and what is no signature', () => {
    expect(() => vectorize(dot as never, { signature: 'n,n->' })).toThrow('vectorize: "n,n->" is no signature; write it like "(m,n),(n)->(m)"')
    expect(() => (dots as never as (x: unknown, y: unknown) => unknown)(a, tensor([1, 2, 3]))).toThrow('vectorize: axis n is 2 elsewhere and 3 in argument 1, [3]')
    expect(() => (dots as never as (x: unknown, y: unknown) => unknown)(a, zeros([2, 2]))).toThrow('vectorize: leading axes do not broadcast: [3] and [2]')
    expect(() => (dots as never as (x: unknown, y: unknown) => unknown)(a, tensor(1))).toThrow('vectorize: argument 1 is [], the signature wants axes (n)')
    expect(() => (dots as never as (x: unknown) => unknown)(a)).toThrow('vectorize: 1 arguments for a signature of 2')
  })
})
test('types', () => {
  expectTypeOf(dots(a, tensor([1, 10])).shape).toEqualTypeOf<[3]>()
})
