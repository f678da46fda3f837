/**
 * The demo's training step: two convolutions, three linear layers, cross-entropy, SGD with momentum. Peers start from the
 * same parameters and images; their losses over the first steps are held to ours.
 */
import { jit, key, loss, nn, optim, random, session, tensor, valueAndGrad } from '../../../lib/index.js'
import type { Tensor } from '../../../lib/index.js'
import { encoded } from '../peer.js'
import type { Case, Ready } from '../row.js'

const { run, read, item } = session()
const net = nn.model([1, 32, 32], nn.sequential(
  ['conv1', nn.conv(6, 3)], nn.relu, nn.maxPool(2), ['conv2', nn.conv(16, 3)], nn.relu, nn.maxPool(2), nn.flatten,
  ['fc1', nn.linear(120)], nn.relu, ['fc2', nn.linear(84)], nn.relu, ['fc3', nn.linear(10)],
))
const optimizer = optim.sgd(0.01, { momentum: 0.9 })
const checkedSteps = 5
const stepsARound = { 4: 100, 64: 12 } as const

const first = () => {
  const { params } = net.init(key(0))
  return run.sync({ params, optimizer: optimizer.init(params) })
}
type State = ReturnType<typeof first>
const batchOf = <N extends 4 | 64>(n: N) => run.sync({
  x: random.normal(key(7), [n, 1, 32, 32]),
  y: tensor(Int32Array.from({ length: n }, (_, i) => (i * 7) % 10), { shape: [n] }),
})
/** One step: the next state and the loss before it. */
const stepper = <N extends 4 | 64>(_: N) => jit((s: State, x: Tensor<[N, 1, 32, 32], 'f32'>, y: Tensor<[N], 'i32'>) => {
  const [value, grads] = valueAndGrad((p: State['params']) => loss.crossEntropy(net.apply(p, {}, x), y))(s.params)
  const [params, next] = optimizer.update(grads, s.optimizer, s.params)
  return { state: { params, optimizer: next }, value }
})
const expectClose = (own: readonly number[]) => (theirs: readonly number[]): void => {
  own.forEach((l, i) => {
    if (!(Math.abs(l - (theirs[i] ?? NaN)) <= 1e-3 * Math.max(1, Math.abs(l)))) throw new Error(`the loss of step ${i} is ${theirs[i]} there and ${l} here`)
  })
}
const prepared = <N extends 4 | 64>(n: N): Ready => {
  const step = stepper(n)
  const { x, y } = batchOf(n)
  const start = first()
  let state = start
  const losses: number[] = []
  for (let i = 0; i < checkedSteps; i++) {
    const next = run.sync(step(state, x, y))
    state = next.state
    losses.push(item.sync(next.value))
  }
  const { params, images, labels } = read.sync({ params: start.params, images: x, labels: y })
  const weights = Object.fromEntries(Object.entries(params).flatMap(([layer, p]) => Object.entries(p).map(([name, values]) => [`${layer}.${name}`, encoded(values)])))
  const count = stepsARound[n]
  const measure = (): number => {
    const began = performance.now()
    for (let i = 0; i < count; i++) state = run.sync(step(state, x, y)).state
    return (performance.now() - began) / count
  }
  const payload = { batch: n, steps: checkedSteps, count, weights, images: encoded(images), labels: encoded(labels) }
  return { measure, peers: { names: ['torch', 'jax'], payload, expect: expectClose(losses) } }
}
const lenet = (n: 4 | 64): Case => ({ name: `lenet_step_b${n}`, unit: 'ms', bound: { of: 'ratio', most: 1 }, rounds: 9, prepare: () => prepared(n) })

export const lenetCases: readonly Case[] = [lenet(4), lenet(64)]
