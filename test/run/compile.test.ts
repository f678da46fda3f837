import { expect, test } from 'vitest'
import { add, compile, cpu, exp, jit, matmul, mul, ones, session, stats, sum, zeros } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'

const s = session()
const square = (x: Tensor<[8, 8], 'f32'>) => matmul(exp(x), x)
/** Plans that were made while f ran. */
const made = (f: () => unknown): number => {
  const before = s.stats().misses
  f()
  return s.stats().misses - before
}

test('what was compiled is not planned again, whatever its values are', () => {
  const f = jit(square), [zero, one] = s.run.sync([zeros([8, 8]), ones([8, 8])] as const)
  expect(made(() => s.compile(f(zero)))).toBe(1)
  expect(made(() => s.compile(f(one)))).toBe(0)
  expect(made(() => expect(s.read.sync(f(one))[9]).toBeCloseTo(8 * Math.E, 4))).toBe(0)
  expect(s.read.sync(f(zero))[9]).toBe(0)
})
test('a function that is not jitted is fused at once, and its first run finds that plan', () => {
  const x = s.run.sync(ones([64, 64]))
  const of = () => sum(mul(exp(add(x, 1)), x))
  const { arenaBytes } = s.compile(of())
  expect(arenaBytes).toBeLessThan(64 * 64 * 4)
  expect(made(() => s.item.sync(of()))).toBe(0)
})
test('compiling computes nothing', () => {
  const x = s.run.sync(ones([512, 512])), before = stats()
  const y = matmul(exp(x), x)
  expect(s.compile(y).predictedMicros).toBeGreaterThan(100)
  expect(stats().live).toBe(before.live)
  expect(stats().peak).toBe(before.peak)
  expect((s.read.sync(y)[0] as number) / 512).toBeCloseTo(Math.E, 4)
})
test('the plan says what memory temporaries take', () => {
  const x = s.run.sync(ones([256, 256]))
  const planned = s.compile(matmul(matmul(x, x), x))
  expect(planned.arenaBytes).toBe(256 * 256 * 4)
})
test('values ask for nothing', () => {
  expect(s.compile(s.run.sync(ones([4])))).toEqual({ arenaBytes: 0, predictedMicros: 0 })
  expect(s.compile({ none: [] })).toEqual({ arenaBytes: 0, predictedMicros: 0 })
})
test('as a program', async () => {
  const found = await compile(matmul(ones([3, 3]), ones([3, 3])))(cpu)()
  expect(found._tag).toBe('Right')
})
