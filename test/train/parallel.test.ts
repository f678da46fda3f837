/** Data-parallel training is training on the whole batch: of one step to rounding, of many steps to what rounding becomes. */
import { expect, test } from 'vitest'
import { dataParallel } from '../../lib/train/index.js'
import { crossEntropy } from '../../lib/loss/index.js'
import * as nn from '../../lib/nn/index.js'
import { adam } from '../../lib/optim/index.js'
import { session } from '../../lib/run/index.js'
import { axis, grad, jit, valueAndGrad } from '../../lib/transform/index.js'
import { argmax, cast, eq, fromHost, key, mean, mul, random, tensor } from '../../lib/tensor/index.js'
import type { ParamsOf, Scalar, Tensor } from '../../lib/type/index.js'
import { flatten } from '../../lib/type/index.js'

const { run, read } = session()
const net = nn.model([1, 8, 8], nn.sequential(['conv', nn.conv(4, 3)], nn.relu, nn.maxPool(2), nn.flatten, ['fc1', nn.linear(16)], nn.tanh, ['fc2', nn.linear(3)]))
type X = Tensor<[number, 1, 8, 8], 'f32', never>
type Y = Tensor<[number], 'i32', never>
const loss = (p: ParamsOf<typeof net>, x: X, y: Y) => {
  const logits = net.apply(p, {}, x)
  return [crossEntropy(logits, y), mean(cast(eq(argmax(logits, { axis: -1 }), y), 'f32'))] as const
}
const optimizer = adam(0.01)
const trained = async (devices: number, rows: number, steps: number): Promise<readonly number[]> => {
  const whole = valueAndGrad(loss, { hasAux: true })
  const learn = devices === 0 ? whole : dataParallel(whole, { axis: axis('dp', devices) })
  const { params } = await run(net.init(key(1)))
  let state = { params, optimizer: optimizer.init(params) }
  const step = jit((now: typeof state, x: X, y: Y) => {
    const [value, right, grads] = learn(now.params, x, y)
    const [next, following] = optimizer.update(grads, now.optimizer, now.params)
    return [{ params: next, optimizer: following }, [value, right]] as const
  })
  const seen: number[] = []
  for (let i = 0; i < steps; i++) {
    const x = random.normal(key(10 + i), [rows, 1, 8, 8]) as X
    const y = fromHost({ dtype: 'i32', shape: [rows], data: Int32Array.from({ length: rows }, (_, k) => (k * (i + 2)) % 3) }) as Y
    const [next, measures] = step(state, x, y)
    await run([next, measures])
    state = next
    for (const m of measures) seen.push((await read(m))[0] as number)
  }
  for (const p of flatten(state.params).leaves) seen.push(...await read(p as Tensor<number[], 'f32'>))
  return seen
}
const apart = (xs: readonly number[], ys: readonly number[]): number => xs.reduce((m, x, i) => Math.max(m, Math.abs(x - (ys[i] as number))), xs.length === ys.length ? 0 : Infinity)

test.each([2, 4])('on %i devices', async (n) => {
  expect(apart(await trained(n, 16, 12), await trained(0, 16, 12))).toBeLessThan(1e-5)
})
test('on one device bit for bit, and so is a batch that does not share out evenly', async () => {
  expect(await trained(1, 16, 4)).toEqual(await trained(0, 16, 4))
  expect(await trained(2, 15, 4)).toEqual(await trained(0, 15, 4))
})
test('batchNorm over an axis has the statistics, the state and the gradient of the whole batch', async () => {
  const dp = axis('dp', 4), x = random.normal(key(3), [8, 3, 5])
  const results = (settings: { readonly axis?: typeof dp }) => {
    const layer = nn.model([3, 5], nn.batchNorm(settings))
    const { params, state } = layer.init(key(0))
    const f = (p: typeof params, v: Tensor<[number, 3, 5], 'f32'>) => {
      const [y, next] = layer.train(p, state, v, { key: key(0) })
      return [mean(mul(y, mul(y, v))), next] as const
    }
    const learn = valueAndGrad(f, { hasAux: true })
    return settings.axis === undefined ? learn(params, x) : dataParallel(learn, { axis: settings.axis })(params, x)
  }
  const numbers = async (tree: unknown): Promise<number[]> => (await Promise.all(flatten(tree).leaves.map((y) => read(y as Tensor<number[], 'f32'>)))).flatMap((y) => [...y])
  const [whole, synchronised] = [await numbers(results({})), await numbers(results({ axis: dp }))]
  expect(apart(synchronised, whole)).toBeLessThan(1e-6)
  expect(whole).toHaveLength(1 + 6 + 6)
})
test('a mean of integers is none', () => {
  const f = (w: Scalar<'f32'>, x: Tensor<[2], 'i32'>) => mul(x, cast(grad((v: Scalar<'f32'>) => mul(v, v))(w), 'i32'))
  expect(() => dataParallel(f, { axis: axis('dp', 2) })(tensor(1), tensor([1, 2], { dtype: 'i32' }))).toThrow('pmean: the mean of i32 is no i32: cast it to a float dtype first')
})
