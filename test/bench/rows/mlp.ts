/** A fully connected network, 784-512-512-10, with Adam. */
import { jit, key, loss, nn, optim, random, tensor, toGraph, valueAndGrad } from '../../../lib/index.js'
import type { Tensor } from '../../../lib/index.js'
import { stored } from '../peer.js'
import type { PeerName } from '../peer.js'
import type { Case, Ready, Small } from '../row.js'
import { session } from '../session.js'
import { arithmetic, trainingCase, firstSteps, weightsOf } from '../training.js'

const net = nn.model([784], nn.sequential(['fc1', nn.linear(512)], nn.relu, ['fc2', nn.linear(512)], nn.relu, ['fc3', nn.linear(10)]))
const optimizer = optim.adam(1e-3)
const first = () => {
  const { params } = net.init(key(0))
  return session.run.sync({ params, optimizer: optimizer.init(params) })
}
type State = ReturnType<typeof first>
const batchOf = <N extends number>(n: N) => session.run.sync({ x: random.normal(key(7), [n, 784]), y: tensor(Int32Array.from({ length: n }, (_, i) => (i * 7) % 10), { shape: [n] }) })
const plainStep = <N extends number>(s: State, images: Tensor<[N, 784], 'f32'>, labels: Tensor<[N], 'i32'>) => {
  const [value, grads] = valueAndGrad((p: State['params']) => loss.crossEntropy(net.apply(p, {}, images), labels))(s.params)
  const [params, next] = optimizer.update(grads, s.optimizer, s.params)
  return { state: { params, optimizer: next }, value }
}
const small: Small = {
  inputs: () => {
    const { x, y } = batchOf(8)
    return { state: first(), data: [x, y] }
  },
  f: firstSteps(2, plainStep<8>), tolerance: 1e-4,
}
const prepared = (names: readonly PeerName[]): Ready => {
  const { x, y } = batchOf(128), step = jit(plainStep<128>), start = first()
  let state = start
  const advance = () => {
    const next = session.run.sync(step(state, x, y), { consume: state })
    state = next.state
    return next.value
  }
  const flops = arithmetic(toGraph(step)(start, x, y))
  const payload = { weights: weightsOf(start.params), x: stored(session.read.sync(x), x.shape), y: stored(session.read.sync(y), y.shape) }
  return trainingCase({ advance, checkedSteps: 5, count: 20, names, as: 'mlp_adam_step_b128', payload, flops })
}
export const cases: readonly Case[] = [
  { name: 'mlp_adam_step_b128', unit: 'ms', bound: { of: 'ratio', most: 0.85 }, rounds: 9, prepare: () => prepared(['torch', 'torchCompile', 'jax']), small },
  { name: 'js_mlp_adam_step_b128', unit: 'ms', bound: { of: 'ratio', most: 0.15 }, rounds: 5, prepare: () => prepared(['jaxjs', 'tfjs']), small },
]
