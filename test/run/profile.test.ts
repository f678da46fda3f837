/** Profiles: every instruction of the plan is there, the costs are those of the arithmetic, times add up, traces are Chrome's. */
import { describe, expect, test } from 'vitest'
import { add, chromeTrace, conv, cpu, explainPlan, matmul, mul, ones, profile, profileTable, relu, scan, softmax, sum, tensor } from '../../lib/index.js'
import type { Profile, Tensor } from '../../lib/index.js'
import { cpuRuntime } from '../../lib/run/index.js'

const right = <A>(e: { readonly _tag: 'Right'; readonly right: A } | { readonly _tag: 'Left'; readonly left: Error }): A => {
  if (e._tag === 'Left') throw e.left
  return e.right
}
const isNative = cpuRuntime().backend.describe().name === 'native'
const f = (x: Tensor<[8, 16], 'f32'>, w: Tensor<[16, 4], 'f32'>) => softmax(relu(matmul(x, w)), { axis: -1 })
const profiled = async (): Promise<Profile> => right(await profile(f)(ones([8, 16]), ones([16, 4]))(cpu)())
const kernel = async (p: Promise<unknown>, kind: string) => (right(await p as never) as Profile).kernels.find((k) => k.kernel === kind)

describe.runIf(isNative)('on the native backend', () => {
  test('a product costs 2 m n k, and reads and writes its matrices', async () => {
    expect((await profiled()).kernels.find((k) => k.kernel === 'dot')).toMatchObject({ flops: 2 * 8 * 16 * 4, bytes: 4 * (8 * 16 + 16 * 4 + 8 * 4) })
  })
  test('a convolution costs two operations for each tap', async () => {
    const found = await kernel(profile((x: Tensor<[2, 3, 8, 8], 'f32'>, w: Tensor<[5, 3, 3, 3], 'f32'>) => conv(x, w))(ones([2, 3, 8, 8]), ones([5, 3, 3, 3]))(cpu)(), 'conv')
    expect(found?.flops).toBe(2 * 2 * 5 * 6 * 6 * 3 * 9)
  })
  test('a loop reads what it repeats once', async () => {
    const p = right(await profile((x: Tensor<[64, 32], 'f32'>, y: Tensor<[32], 'f32'>) => mul(add(x, y), 2))(ones([64, 32]), ones([32]))(cpu)())
    expect(p.kernels.reduce((n, k) => n + k.bytes, 0)).toBeGreaterThanOrEqual(4 * (2 * 64 * 32 + 32))
    expect(p.kernels.reduce((n, k) => n + k.bytes, 0)).toBeLessThan(4 * (2 * 64 * 32 + 2 * 32))
  })
  test('a scan is its body, n times', async () => {
    const found = await kernel(profile((x: Tensor<[100, 4], 'f32'>) => scan((c: Tensor<[4], 'f32'>, row) => [add(mul(c, 0.5), row), sum(row)] as const, ones([4]), x))(ones([100, 4]))(cpu)(), 'repeat')
    expect(found?.flops).toBeGreaterThanOrEqual(100 * 8)
  })
  test('kernels follow each other and add up to the run', async () => {
    const { kernels, micros } = await profiled()
    expect(kernels.length).toBeGreaterThan(1)
    expect(kernels.every((k) => k.micros >= 0 && k.predicted > 0)).toBe(true)
    expect(micros).toBeCloseTo(kernels.reduce((n, k) => n + k.micros, 0), 6)
  })
})
test('the table has a line for each kernel', async () => {
  const text = right(await explainPlan(f)(ones([8, 16]), ones([16, 4]))(cpu)())
  expect(text.split('\n').length).toBe((await profiled()).kernels.length + 2)
  expect(text).toMatch(isNative ? /8x16 by 16x4/ : /reference/)
})
test('the trace is complete events in order', async () => {
  const p = await profiled()
  const { traceEvents } = JSON.parse(chromeTrace(p))
  expect(traceEvents.map((e: { ph: string }) => e.ph)).toEqual(p.kernels.map(() => 'X'))
  expect(traceEvents.map((e: { dur: number }) => e.dur)).toEqual(p.kernels.map((k) => k.micros))
})
test('an argument that has not been run is run', async () => {
  const p = right(await profile((x: Tensor<[2], 'f32'>) => add(x, 1))(mul(tensor([1, 2]), 3))(cpu)())
  expect(profileTable(p)).toContain('kernel')
})
