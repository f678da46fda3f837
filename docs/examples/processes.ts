/**
 * One program, any number of processes: `node dist/docs/examples/processes.js` alone, or
 * `npx cotangent run -n 2 dist/docs/examples/processes.js`. A line is fitted to points of which each process sees its share.
 */
import { allReduce, add, barrier, initialize, jit, loss, mul, optim, session, tensor, valueAndGrad } from 'cotangent'
import type { Device, Scalar, Tensor } from 'cotangent'
import { dataset, distributedSampler, hostTensor, loader } from 'cotangent/data'
import { dataParallel, fit, follow } from 'cotangent/train'

const world = await initialize()
const say = world.rank === 0 ? console.log : () => undefined

const points = dataset(64, (i) => [hostTensor('f32', [], Float32Array.of(i / 32 - 1)), hostTensor('f32', [], Float32Array.of(3 * (i / 32 - 1) + 0.5))] as const)
const batches = loader(points, { batchSize: 16 / world.size, sampler: distributedSampler(world, { shuffle: { seed: 0 } }), dropLast: true })

type Points<V extends Device = Device> = Tensor<readonly [number], 'f32', V>
type Line<V extends Device = Device> = { readonly slope: Scalar<'f32', V>; readonly offset: Scalar<'f32', V> }
const error = (line: Line, x: Points, y: Points) => loss.mse(add(mul(line.slope, x), line.offset), y)
const learn = dataParallel(valueAndGrad(error), { axis: world.axis('dp') })
const optimizer = optim.sgd(0.5)
const line: Line = { slope: tensor(0), offset: tensor(0) }
const state = { line, optimizer: optimizer.init(line) }
const step = jit((now: typeof state, [x, y]: readonly [Points, Points]) => {
  const [value, grads] = learn(now.line, x, y)
  const [next, following] = optimizer.update(grads, now.optimizer, now.line)
  return [{ line: next, optimizer: following }, { loss: value }] as const
})
const end = await follow(fit({ session: session(), state, step: (now, batch) => step(now, batch), loader: batches, epochs: 8, world }))
const { item } = session()
say(`${world.size} process${world.size === 1 ? '' : 'es'}: y = ${(await item(end.state.line.slope)).toFixed(2)} x + ${(await item(end.state.line.offset)).toFixed(2)}`)

const seen = await allReduce(tensor(batches.length * batches.batchSize), world)
say(`examples an epoch, over all processes: ${await item(seen)}`)
await barrier(world)
