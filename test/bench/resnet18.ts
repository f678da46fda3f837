/** ResNet-18 for ten classes: its training step and its inference. */
import { jit, key, loss, nn, optim, random, tensor, valueAndGrad } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import { session } from './session.js'

const basic = <O extends number, S extends number>(o: O, s: S) => nn.sequential(
  ['conv1', nn.conv(o, 3, { stride: s, padding: 1, bias: false })], ['bn1', nn.batchNorm], nn.relu,
  ['conv2', nn.conv(o, 3, { padding: 1, bias: false })], ['bn2', nn.batchNorm])
const same = <O extends number>(o: O) => nn.sequential(['res', nn.residual(basic(o, 1))], nn.relu)
const down = <O extends number>(o: O) => nn.sequential(
  ['res', nn.residual(basic(o, 2), nn.sequential(['conv', nn.conv(o, 1, { stride: 2 })], ['bn', nn.batchNorm]))], nn.relu)
const layers = nn.sequential(
  ['conv', nn.conv(64, 7, { stride: 2, padding: 3 })], ['bn', nn.batchNorm], nn.relu, nn.maxPool(3, { stride: 2, padding: 1 }),
  ['l1a', same(64)], ['l1b', same(64)], ['l2a', down(128)], ['l2b', same(128)],
  ['l3a', down(256)], ['l3b', same(256)], ['l4a', down(512)], ['l4b', same(512)], nn.globalAvgPool, ['fc', nn.linear(10)])
const net = nn.model([3, 224, 224], layers)
/** The same layers and parameters on small pictures; types are those of the large ones. */
export const tiny = nn.model([3, 32, 32], layers) as never as typeof net
const optimizer = optim.sgd(0.01, { momentum: 0.9 })

export const images = <N extends number>(n: N, side: 224 = 224) => session.run.sync({
  x: random.normal(key(7), [n, 3, side, side]),
  y: tensor(Int32Array.from({ length: n }, (_, i) => (i * 7) % 10), { shape: [n] }),
})
export const first = () => {
  const { params, state } = net.init(key(0))
  return session.run.sync({ params, stats: state, optimizer: optimizer.init(params) })
}
type State = ReturnType<typeof first>
export const plainStep = (of: typeof net) => (s: State, pictures: Tensor<[8, 3, 224, 224], 'f32'>, labels: Tensor<[8], 'i32'>) => {
  const [value, stats, grads] = valueAndGrad((p: State['params']) => {
    const [logits, next] = of.train(p, s.stats, pictures, { key: key(0) })
    return [loss.crossEntropy(logits, labels), next] as const
  }, { hasAux: true })(s.params)
  const [params, next] = optimizer.update(grads, s.optimizer, s.params)
  return { state: { params, stats, optimizer: next }, value }
}
/** A step as a function that nothing has traced yet. */
export const stepOf = () => jit(plainStep(net))
/** One step on the pictures; each call goes on from the last. */
export const steps = (start: State, { x, y }: ReturnType<typeof images<8>>) => {
  const step = stepOf()
  let state = start
  return () => {
    const next = session.run.sync(step(state, x, y), { consume: state })
    state = next.state
    return next.value
  }
}
/** Plans a step, from nothing. */
export const planned = (start: State, { x, y }: ReturnType<typeof images<8>>) => session.compile(stepOf()(start, x, y))
export const forward = (p: State['params'], s: State['stats'], x: Tensor<[1, 3, 224, 224], 'f32'>) => net.apply(p, s, x)
export const inference = ({ params, stats }: State) => {
  const f = jit(forward)
  return (x: Tensor<[1, 3, 224, 224], 'f32', 'cpu'>) => session.run.sync(f(params, stats, x))
}
