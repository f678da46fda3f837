/**
 * Trains a small network on the processes of this job, or on one: argv[2] is the checkpoint (or -), argv[3] the milliseconds
 * after each step. A global batch of 12 is shared out over the processes. Prints the digest of the last state and the losses.
 */
import { createHash } from 'node:crypto'
import { argmax, initialize, jit, key, loss, mean, eq, cast, nn, optim, session, valueAndGrad } from '../../../dist/lib/index.js'
import { dataset, distributedSampler, hostTensor, loader } from '../../../dist/lib/data/index.js'
import { dataParallel, fit, follow, interruption } from '../../../dist/lib/train/index.js'
import { flatten } from '../../../dist/lib/type/index.js'

const [path = '-', pause = '0', kill = ''] = process.argv.slice(2)
const world = await initialize()
const s = session()
const net = nn.model([6], nn.sequential(['fc1', nn.linear(16)], nn.tanh, ['fc2', nn.linear(3)]))
const items = dataset(60, (i) => [hostTensor('f32', [6], Float32Array.from({ length: 6 }, (_, k) => Math.sin(i * 7 + k * 3))), hostTensor('i32', [], Int32Array.of((i * i) % 3))])
const batches = loader(items, { batchSize: 12 / world.size, sampler: distributedSampler(world, { shuffle: { seed: 3 } }) })
const optimizer = optim.adam(0.01)
const { params } = net.init(key(1))
const state = { params, optimizer: optimizer.init(params) }
const found = (p, x, y) => {
  const logits = net.apply(p, {}, x)
  return [loss.crossEntropy(logits, y), mean(cast(eq(argmax(logits, { axis: -1 }), y), 'f32'))]
}
const learn = dataParallel(valueAndGrad(found, { hasAux: true }), { axis: world.axis('dp') })
const step = jit((now, [x, y]) => {
  const [value, right, grads] = learn(now.params, x, y)
  const [next, following] = optimizer.update(grads, now.optimizer, now.params)
  return [{ params: next, optimizer: following }, { loss: value, accuracy: right }]
})
const { signal, release } = interruption()
const end = await follow(
  fit({ session: s, state, step, loader: batches, epochs: 3, logEvery: 1, world, signal, resume: path !== '-', ...(path === '-' ? {} : { checkpoint: { path, config: {}, everySteps: 1 } }) }),
  (e) => {
    if (e.type === 'step') console.log(`rank ${world.rank} pid ${process.pid} step ${e.step}`)
    if (e.type === 'step' && kill === `${e.step}` && world.rank === 1) process.kill(process.pid, 'SIGKILL')
  },
  () => new Promise((done) => setTimeout(done, Number(pause))),
)
release()
const numbers = (await Promise.all(flatten(end.state).leaves.map((x) => s.read(x)))).flatMap((x) => [...x])
const digest = createHash('sha256').update(JSON.stringify(numbers)).digest('hex').slice(0, 16)
const all = (await world.gather(new TextEncoder().encode(digest))).map((bytes) => new TextDecoder().decode(bytes))
if (new Set(all).size !== 1) throw new Error(`processes end with different states: ${all.join(', ')}`)
if (world.rank === 0) console.log(`${end.reason} after ${end.step} steps: ${JSON.stringify({ digest, losses: end.history.map((r) => r.loss), numbers: numbers.slice(0, 8) })}`)
