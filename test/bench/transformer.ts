/** Four pre-norm transformer blocks of width 256 with 4 heads, causal, GELU, AdamW, 1,000 tokens: a training step on [8, 128]. */
import {
  add, dotProductAttention, gelu, jit, key, loss, nn, optim, random, reshape, slice, tensor, valueAndGrad,
} from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import { session } from './session.js'

const [B, T, D, H, VOCABULARY] = [8, 128, 256, 4, 1000] as const
export const layersOf = (t: typeof T) => ({
  norm: nn.model([t, D], nn.layerNorm), tokens: nn.model([t], nn.embedding(VOCABULARY, D)), head: nn.model([t, D], nn.linear(VOCABULARY)),
  qkv: nn.model([t, D], nn.linear(768)), proj: nn.model([t, D], nn.linear(D)), fc: nn.model([t, D], nn.linear(1024)), out: nn.model([t, 1024], nn.linear(D)),
})
type Layers = ReturnType<typeof layersOf>
const layers = layersOf(T)
type Key = Tensor<[2], 'u32', never>
type Hidden = Tensor<[8, 128, 256], 'f32'>

const blockOf = (at: Key) => {
  const { norm, qkv, proj, fc, out } = layers
  const [a, b, c, d] = random.split(at, 4)
  return {
    norm1: norm.init(a).params, qkv: qkv.init(a).params, proj: proj.init(b).params,
    norm2: norm.init(a).params, fc: fc.init(c).params, out: out.init(d).params,
  }
}
const parameters = (at: Key, t: typeof T) => {
  const [a, b, c, d, e, f, g] = random.split(at, 7)
  return {
    tokens: layers.tokens.init(a).params, positions: { weight: random.normal(b, [t, D]) },
    blocks: { b0: blockOf(c), b1: blockOf(d), b2: blockOf(e), b3: blockOf(f) },
    norm: layers.norm.init(a).params, head: layers.head.init(g).params,
  }
}
const optimizer = optim.adamw(1e-3)
/** Types are those of 128 tokens, also of fewer. */
export const first = (t: typeof T = T) => {
  const params = parameters(key(0), t)
  return session.run.sync({ params, optimizer: optimizer.init(params) })
}
type State = ReturnType<typeof first>
type Params = State['params']
const headsOf = (x: Tensor<[8, 128, 768], 'f32'>, i: 0 | 1 | 2): Tensor<[8, 128, 4, 64], 'f32'> =>
  reshape(slice(x, [null, null, [i * D, (i + 1) * D]]), [x.shape[0], x.shape[1], H, 64])
const block = ({ norm, qkv, proj, fc, out }: Layers, p: Params['blocks']['b0'], x: Hidden): Hidden => {
  const all = qkv.apply(p.qkv, {}, norm.apply(p.norm1, {}, x))
  const attended = dotProductAttention(headsOf(all, 0), headsOf(all, 1), headsOf(all, 2), { isCausal: true })
  const y = add(x, proj.apply(p.proj, {}, reshape(attended, [x.shape[0], x.shape[1], D])))
  return add(y, out.apply(p.out, {}, gelu(fc.apply(p.fc, {}, norm.apply(p.norm2, {}, y)))))
}
const logitsOf = (of: Layers, p: Params, ids: Tensor<[8, 128], 'i32'>) => {
  const { b0, b1, b2, b3 } = p.blocks
  const x = [b0, b1, b2, b3].reduce<Hidden>((h, b) => block(of, b, h), add(of.tokens.apply(p.tokens, {}, ids), p.positions.weight))
  return of.head.apply(p.head, {}, of.norm.apply(p.norm, {}, x))
}
export const text = () => session.run.sync({
  x: tensor(Int32Array.from({ length: B * T }, (_, i) => (i * 7919 + 13) % VOCABULARY), { shape: [B, T] }),
  y: tensor(Int32Array.from({ length: B * T }, (_, i) => (i * 104729 + 7) % VOCABULARY), { shape: [B, T] }),
})
export const plainStep = (of: Layers) => (s: State, ids: Tensor<[8, 128], 'i32'>, targets: Tensor<[8, 128], 'i32'>) => {
  const [value, grads] = valueAndGrad((p: Params) =>
    loss.crossEntropy(reshape(logitsOf(of, p, ids), [-1, VOCABULARY]), reshape(targets, [-1])))(s.params)
  const [params, next] = optimizer.update(grads, s.optimizer, s.params)
  return { state: { params, optimizer: next }, value }
}
/** A step as a function that nothing has traced yet. */
export const stepOf = () => jit(plainStep(layers))
/** One step on the text; each call goes on from the last. */
export const steps = (start: State, { x, y }: ReturnType<typeof text>) => {
  const step = stepOf()
  let state = start
  return () => {
    const next = session.run.sync(step(state, x, y), { consume: state })
    state = next.state
    return next.value
  }
}
