/** The demo's training step: two convolutions, three linear layers, cross-entropy, SGD with momentum. */
import { jit, key, loss, nn, optim, random, tensor, toGraph, valueAndGrad } from '../../../lib/index.js'
import type { Tensor } from '../../../lib/index.js'
import { stored } from '../peer.js'
import type { PeerName } from '../peer.js'
import type { Case, Ready, Small } from '../row.js'
import { session } from '../session.js'
import { arithmetic, trainingCase, firstSteps, weightsOf } from '../training.js'

const net = nn.model([1, 32, 32], nn.sequential(
  ['conv1', nn.conv(6, 3)], nn.relu, nn.maxPool(2), ['conv2', nn.conv(16, 3)], nn.relu, nn.maxPool(2), nn.flatten,
  ['fc1', nn.linear(120)], nn.relu, ['fc2', nn.linear(84)], nn.relu, ['fc3', nn.linear(10)],
))
const optimizer = optim.sgd(0.01, { momentum: 0.9 })
/** Parameters and the optimizer's state at the start. */
export const first = () => {
  const { params } = net.init(key(0))
  return session.run.sync({ params, optimizer: optimizer.init(params) })
}
type State = ReturnType<typeof first>
export const batchOf = <N extends 4 | 64>(n: N) => session.run.sync({
  x: random.normal(key(7), [n, 1, 32, 32]),
  y: tensor(Int32Array.from({ length: n }, (_, i) => (i * 7) % 10), { shape: [n] }),
})
export const lossOf = <N extends 4 | 64>(p: State['params'], x: Tensor<[N, 1, 32, 32], 'f32'>, y: Tensor<[N], 'i32'>) => loss.crossEntropy(net.apply(p, {}, x), y)
const plainStep = <N extends 4 | 64>(s: State, x: Tensor<[N, 1, 32, 32], 'f32'>, y: Tensor<[N], 'i32'>) => {
  const [value, grads] = valueAndGrad((p: State['params']) => lossOf<N>(p, x, y))(s.params)
  const [params, next] = optimizer.update(grads, s.optimizer, s.params)
  return { state: { params, optimizer: next }, value }
}
const prepared = <N extends 4 | 64>(n: N, compiled: boolean, names: readonly PeerName[]): Ready => {
  const { x, y } = batchOf(n), start = first()
  const step = compiled ? jit((s: State, images: typeof x, labels: typeof y) => plainStep<N>(s, images, labels)) : plainStep<N>
  const { images, labels } = session.read.sync({ images: x, labels: y })
  let state = start
  const advance = () => {
    const next = session.run.sync(step(state, x, y), { consume: state })
    state = next.state
    return next.value
  }
  const payload = { weights: weightsOf(start.params), x: stored(images, [n, 1, 32, 32]), y: stored(labels, [n]) }
  return trainingCase({ advance, checkedSteps: 5, count: n === 4 ? 100 : 12, names, as: `lenet_step_b${n}`, payload, flops: arithmetic(toGraph(plainStep<N>)(start, x, y)) })
}
const small: Small = {
  inputs: () => {
    const { x, y } = batchOf(4)
    return { state: first(), data: [x, y] }
  },
  f: firstSteps(2, plainStep<4>), tolerance: 1e-4,
}
const fastest = ['torch', 'torchCompile', 'jax'] as const
const lenet = (n: 4 | 64, most: number): Case =>
  ({ name: `lenet_step_b${n}`, unit: 'ms', bound: { of: 'ratio', most }, rounds: 9, prepare: () => prepared(n, true, fastest), small })
const beside = (n: 4 | 64): Case =>
  ({ name: `js_lenet_step_b${n}`, unit: 'ms', bound: { of: 'ratio', most: 0.15 }, rounds: 5, prepare: () => prepared(n, true, ['jaxjs', 'tfjs']), small })
/** Traced anew each step, beside the jitted one; PyTorch does the same. */
const untraced: Case = {
  name: 'lenet_step_b64_no_jit', unit: 'ms', bound: { of: 'beside', most: 1 }, rounds: 9,
  prepare: () => ({ ...prepared(64, false, ['torch']), beside: prepared(64, true, []).measure }), small,
}

export const cases: readonly Case[] = [lenet(4, 0.25), lenet(64, 0.2), untraced, beside(4), beside(64)]
