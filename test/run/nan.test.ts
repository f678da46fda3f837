/** debugNans names the op and the user's line, through grad, vmap, jit and scan. */
import { expect, it } from 'vitest'
import { add, debugNans, grad, isFault, jit, log, mul, scan, session, sqrt, sum, tensor, vmap } from '../../lib/index.js'
import type { Scalar, Tensor } from '../../lib/index.js'

const { read } = session()
const xs = tensor([1, -1])
const caught = (f: () => unknown): { message: string; tag: string } => {
  try {
    debugNans(f)
  } catch (e) {
    if (isFault(e)) return { message: e.message, tag: e._tag }
  }
  return { message: 'nothing was thrown', tag: '' }
}
it.each([
  ['plain', () => read.sync(log(tensor(-1))), /^log gave a NaN in f32\[\] at .*nan\.test\.ts/],
  ['grad', () => read.sync(grad((x: Scalar<'f32'>) => mul(x, sqrt(x)))(tensor(-2))), /^sqrt gave a NaN/],
  ['vmap', () => read.sync(vmap((x: Scalar<'f32'>) => log(x))(tensor([1, -1]))), /^log gave a NaN in f32\[2\] at .*nan\.test\.ts/],
  ['jit', () => read.sync(jit((x: Tensor<[2], 'f32'>) => sum(log(x)))(tensor([1, -1]))), /^log gave a NaN/],
  ['scan', () => read.sync(scan((c, x) => [add(c, log(x)), c], tensor(0), xs)[0]), /^log gave a NaN/],
  ['operand', () => read.sync(add(tensor([NaN]), 1)), /^a NaN was handed in/],
])('%s', (_name, f, want) => {
  const got = caught(f)
  expect(got.tag).toBe('NaNFound')
  expect(got.message).toMatch(want)
})
it('finite results pass, and outside debugNans a NaN is a value', () => {
  expect([...debugNans(() => read.sync(log(tensor(1))))]).toEqual([0])
  expect(read.sync(log(tensor(-1)))[0]).toBeNaN()
})
