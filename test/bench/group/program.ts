/**
 * What one process of a group measures: `large`, a sum of 100 MB over the processes beside a copy of 100 MB in all of them at
 * once; `small`, microseconds of a sum of 1 KB inside a plan; `train`, milliseconds of a step of a network bound by its products;
 * `hidden`, how much of the time that the gradients of that step were away nobody waited, from its trace. The first process prints
 * the median.
 */
import { allReduce, barrier, cpu, forLoop, fromHost, initialize, jit, key, loss, mul, nn, optim, pmap, profile, profileTable, psum, random, session, tensor, valueAndGrad } from '../../../lib/index.js'
import type { KernelProfile, Tensor } from '../../../lib/index.js'
import { dataParallel } from '../../../lib/train/index.js'
import { median } from '../row.js'

const [mode = 'large'] = process.argv.slice(2)
const world = await initialize()
const { run, read } = session()
const timed = async (work: () => unknown): Promise<number> => {
  const start = performance.now()
  await work()
  return performance.now() - start
}
const rounds = async (n: number, f: () => Promise<number>): Promise<number> => {
  const all: number[] = []
  for (let i = 0; i < n; i++) all.push(await f())
  return median(all)
}
const large = async (): Promise<number> => {
  const count = 25_000_000, host = new Float32Array(count).map((_, i) => (i % 1000) / 8 + world.rank)
  const x = await run(fromHost({ dtype: 'f32', shape: [count], data: host }))
  const found = (await read(await allReduce(x, world))) as Float32Array
  for (let i = 0; i < count; i += 9973) if (found[i] !== ((i % 1000) / 8) * world.size + (world.size * (world.size - 1)) / 2) throw new Error(`element ${i} is ${found[i]}`)
  const to = new Float32Array(count).fill(1)
  const ratios: number[] = [], copies: number[] = []
  for (let i = 0; i < 7; i++) {
    await barrier(world)
    const copy = await timed(() => to.set(host))
    copies.push(copy)
    await barrier(world)
    let sum: typeof x | null = null
    ratios.push((await timed(async () => void (sum = await allReduce(x, world)))) / copy)
    // the next one gets its memory, as the steps of a loop do
    await run(tensor(i), { consume: sum })
  }
  if (world.rank === 0) console.log(`copy ${copies.map((t) => t.toFixed(1)).join(' ')} ms`)
  return median(ratios)
}
const small = async (): Promise<number> => {
  const dp = world.axis('dp')
  const x = await run(fromHost({ dtype: 'f32', shape: [1, 256], data: new Float32Array(256).fill(1.5) }))
  type Row = Tensor<readonly number[], 'f32'>
  const many = 1000
  const f = jit((v: typeof x) => pmap((y: Row) => forLoop(0, many, (_i, c: Row) => mul(psum(c, dp), 1 / world.size) as Row, y), { axis: dp })(v as never))
  const sum = (await read(f(x))) as Float32Array
  if (sum[7] !== 1.5) throw new Error(`the mean is ${sum[7]}`)
  return rounds(9, async () => ((await timed(() => run(f(x)))) * 1000) / many)
}
const training = async () => {
  const rows = 1024 / world.size
  const net = nn.model([512], nn.sequential(['fc1', nn.linear(1024)], nn.relu, ['fc2', nn.linear(1024)], nn.relu, ['fc3', nn.linear(10)]))
  const { params } = await run(net.init(key(0)))
  const x = await run(random.normal(key(1 + world.rank), [rows, 512])), y = await run(random.normal(key(9), [rows, 10]))
  const optimizer = optim.sgd(0.01)
  const learn = dataParallel(valueAndGrad((p: typeof params, v: typeof x, w: typeof y) => loss.mse(net.apply(p, {}, v), w)), { axis: world.axis('dp') })
  let state = { params, optimizer: optimizer.init(params) }
  const step = jit((now: typeof state) => {
    const [value, grads] = learn(now.params, x, y)
    const [next, following] = optimizer.update(grads, now.optimizer, now.params)
    return [{ params: next, optimizer: following }, value] as const
  })
  const once = async (): Promise<void> => {
    const [next, value] = step(state)
    await run([next, value])
    state = next as never
  }
  for (let i = 0; i < 5; i++) await once()
  return { once, traced: () => profile(step)(state)(cpu)() }
}
const train = async (): Promise<number> => {
  const { once } = await training()
  return rounds(15, () => timed(once))
}
const hidden = async (): Promise<number> => {
  const { traced } = await training()
  return rounds(5, async () => {
    const found = await traced()
    if (found._tag === 'Left') throw found.left
    const { kernels } = found.right, spent = (of: (k: KernelProfile) => number): number => kernels.reduce((n, k) => n + of(k), 0)
    if (world.rank === 0 && process.env['COTANGENT_SHOW'] !== undefined) console.log(profileTable(found.right))
    return 1 - spent((k) => (k.kernel === 'wait' || k.kernel === 'exchange' ? k.micros : 0)) / spent((k) => k.transfer?.micros ?? 0)
  })
}
const modes: Readonly<Record<string, () => Promise<number>>> = { large, small, train, hidden }
const found = await (modes[mode] as () => Promise<number>)()
if (world.rank === 0) console.log(`median ${found}`)
