/** debugNans names the op and the user's line, through grad, vmap, jit and scan. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { add, debugNans, grad, isFault, jit, log, mul, remat, scan, session, sqrt, sum, tensor, vmap } from '../../lib/index.js'
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
/** The line of this file that a pattern names: every op below stands on a line of its own. */
const here = (word: string): number => source.findIndex((l) => l.endsWith(word)) + 1
const source = readFileSync(new URL(import.meta.url), 'utf8').split('\n')
const root = (x: Scalar<'f32'>): Scalar<'f32'> => sqrt(x) // the root
const logOf = (x: Scalar<'f32'>): Scalar<'f32'> => log(x) // the log
const logs = (x: Tensor<[2], 'f32'>): Tensor<[2], 'f32'> => log(x) // the logs
it.each([
  ['plain', () => read.sync(logOf(tensor(-1))), 'log', 'the log'],
  ['grad', () => read.sync(grad((x: Scalar<'f32'>) => mul(x, root(x)))(tensor(-2))), 'sqrt', 'the root'],
  ['a NaN of the gradient alone', () => read.sync(grad((x: Scalar<'f32'>) => mul(root(x), 0))(tensor(0))), 'mul|div|rsqrt|sqrt', 'the root'],
  ['vmap', () => read.sync(vmap(logOf)(tensor([1, -1]))), 'log', 'the log'],
  ['jit', () => read.sync(jit((x: Tensor<[2], 'f32'>) => sum(logs(x)))(tensor([1, -1]))), 'log', 'the logs'],
  ['grad of vmap of jit', () => read.sync(grad((v: Tensor<[2], 'f32'>) => sum(vmap(jit(root))(v)))(tensor([1, -1]))), 'sqrt', 'the root'],
  ['jit of vmap of grad', () => read.sync(jit(vmap(grad(root)))(tensor([1, -1]))), 'sqrt', 'the root'],
  ['remat', () => read.sync(grad((x: Scalar<'f32'>) => remat(root)(x))(tensor(-1))), 'sqrt|rsqrt', 'the root'],
  ['scan', () => read.sync(scan((c, x) => [add(c, log(x)), c], tensor(0), xs)[0]), 'log', 'of a scan'], // of a scan
])('%s', (_name, f, op, word) => {
  const got = caught(f)
  expect(got.tag).toBe('NaNFound')
  expect(got.message).toMatch(new RegExp(`^(${op}) gave a NaN in f32\\[2?\\] at .*nan\\.test\\.ts:${here(`// ${word}`)}:`))
})
it('an operand that was NaN', () => expect(caught(() => read.sync(add(tensor([NaN]), 1))).message).toMatch(/^a NaN was handed in/))
it('finite results pass, and outside debugNans a NaN is a value', () => {
  expect([...debugNans(() => read.sync(log(tensor(1))))]).toEqual([0])
  expect(read.sync(log(tensor(-1)))[0]).toBeNaN()
})
