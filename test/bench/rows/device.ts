/** What devices of one process cost: a sum over two of them beside a copy of the same bytes, and a training step shared out. */
import { axis, fromHost, jit, key, optim, pmap, psum, random, valueAndGrad } from '../../../lib/index.js'
import type { Tensor } from '../../../lib/index.js'
import { dataParallel } from '../../../lib/train/index.js'
import { lossOf, net } from '../../../docs/examples/demo/network.js'
import type { Images, Labels } from '../../../docs/examples/demo/network.js'
import type { Case, Ready } from '../row.js'
import { median } from '../row.js'
import { session } from '../session.js'
import { warmed } from '../training.js'

const timed = (work: () => void): number => {
  const start = performance.now()
  work()
  return performance.now() - start
}
const COUNT = 25_000_000
/** 100 MB a device, read from both and written once, over a copy of 100 MB. */
const dp = axis('dp', 2)
type Shares = Tensor<[2, 25_000_000], 'f32'>
const total = (x: Shares) => pmap((s: Tensor<[25_000_000], 'f32'>) => psum(s, dp), { axis: dp, outAxes: null })(x)
const summed = (): Ready => {
  const host = new Float32Array(2 * COUNT).map((_, i) => (i % 1000) / 8)
  const x = session.run.sync(fromHost({ dtype: 'f32', shape: [2, COUNT], data: host }) as Shares)
  const all = jit(total)
  const found = session.read.sync(all(x))
  for (let i = 0; i < COUNT; i += 99_991) if (found[i] !== (host[i] as number) + (host[COUNT + i] as number)) throw new Error(`element ${i} is ${found[i]}`)
  const [from, to] = [host.subarray(0, COUNT), new Float32Array(COUNT)]
  const round = (): number => timed(() => void session.run.sync(all(x))) / timed(() => to.set(from))
  warmed(round)
  return { measure: () => median([round(), round(), round()]) }
}
/** The demo's step, batch 64, on two devices over one device with all threads. */
const shared = async (): Promise<Ready> => {
  const x = await session.run(fromHost({ dtype: 'u8', shape: [64, 28, 28], data: Uint8Array.from({ length: 64 * 784 }, (_, i) => (i * 7919) % 256) }) as Images)
  const y = await session.run(fromHost({ dtype: 'i32', shape: [64], data: Int32Array.from({ length: 64 }, (_, i) => i % 10) }) as Labels)
  const { params } = await session.run(net.init(key(0)))
  const optimizer = optim.sgd(0.04, { momentum: 0.9 })
  const whole = valueAndGrad(lossOf<'cpu'>, { hasAux: true })
  const stepOf = (learn: typeof whole): (() => void) => {
    let state = { params, optimizer: optimizer.init(params) }
    const step = jit((now: typeof state) => {
      const [value, , grads] = learn(now.params, x as never, y as never)
      const [next, following] = optimizer.update(grads, now.optimizer, now.params)
      return [{ params: next, optimizer: following }, value] as const
    })
    return () => ([state] = session.run.sync(step(state)))
  }
  const [one, two] = [stepOf(whole), stepOf(dataParallel(whole, { axis: axis('dp', 2) }))]
  const pairs = (n: number): number[] => Array.from({ length: n }, () => timed(two) / timed(one))
  pairs(10)
  return { measure: () => median(pairs(40)) }
}
export const cases: readonly Case[] = [
  { name: 'psum_100mb_over_copy', unit: 'x', bound: { of: 'value', most: 1.8 }, rounds: 5, prepare: summed, small: { inputs: () => random.normal(key(1), [2, 1 << 16]), f: total, tolerance: 1e-6 } },
  { name: 'demo_2_devices_over_1', unit: 'x', bound: { of: 'value', most: 1.1 }, rounds: 5, prepare: shared },
]
