/**
 * A network that grows while it trains. When the loss stalls, a layer is added, and the optimizer's state goes with it: old
 * layers keep their momentum, the new one starts from zeros. Nothing is registered anywhere: the network is a function of a
 * list of layers, the state a tree in plain sight, and the next call of the step simply sees a longer list.
 *
 * A new layer is h + V tanh(W h + b) with V = 0, so that growing does not change the function, only what can be learned.
 */
import { add, arange, cast, cos, concat, jit, key, loss, matmul, mul, norm, optim, random, session, sin, sqrt, stack, tanh, valueAndGrad, zeros, zerosLike } from 'cotangent'
import type { Key, Tensor } from 'cotangent'

const { run, item } = session()
const POINTS = 100, WIDTH = 16, STEPS = 6000, LOOK = 200

// two spirals, two and a half turns each
const t = sqrt(mul(add(cast(arange(POINTS), 'f32'), 1), 1 / POINTS))
const angle = mul(t, 5 * Math.PI)
const arm = stack([mul(t, cos(angle)), mul(t, sin(angle))], { axis: 1 })
const { x, y } = await run({
  x: concat([arm, mul(arm, -1)]),
  y: concat([zeros([POINTS], { dtype: 'i32' }), add(zeros([POINTS], { dtype: 'i32' }), 1)]),
})

type Layer = { w: Tensor<[typeof WIDTH, typeof WIDTH], 'f32'>; b: Tensor<[typeof WIDTH], 'f32'>; v: Tensor<[typeof WIDTH, typeof WIDTH], 'f32'> }
type Params = { enter: Tensor<[2, typeof WIDTH], 'f32'>; layers: readonly Layer[]; leave: Tensor<[typeof WIDTH, 2], 'f32'> }
const layer = (k: Key): Layer => ({ w: random.normal(k, [WIDTH, WIDTH], { std: 0.5 }), b: zeros([WIDTH]), v: zeros([WIDTH, WIDTH]) })
const network = (p: Params, x: Tensor<[number, 2], 'f32'>) => {
  let h: Tensor<[number, typeof WIDTH], 'f32'> = tanh(matmul(x, p.enter))
  for (const { w, b, v } of p.layers) h = add(h, matmul(tanh(add(matmul(h, w), b)), v))
  return matmul(h, p.leave)
}

const optimizer = optim.chain(optim.clipByGlobalNorm(1), optim.sgd(0.05, { momentum: 0.9 }))
type State = { params: Params; opt: ReturnType<typeof optimizer.init<Params>> }
const step = jit((s: State) => {
  const [value, grads] = valueAndGrad((p: Params) => loss.crossEntropy(network(p, x), y))(s.params)
  const [params, opt] = optimizer.update(grads, s.opt, s.params)
  return { state: { params, opt }, loss: value }
})
/** The same state with one layer more: what was there is taken over, the new layer's momentum is zero. */
const grown = ({ params, opt: [clip, sgd] }: State, added: Layer): State => ({
  params: { ...params, layers: [...params.layers, added] },
  opt: [clip, {
    step: sgd.step,
    momentum: { ...sgd.momentum, layers: [...sgd.momentum.layers, { w: zerosLike(added.w), b: zerosLike(added.b), v: zerosLike(added.v) }] },
  }],
})

const [k1, k2, k3] = random.split(key(0), 3)
const params: Params = { enter: random.normal(k1, [2, WIDTH]), layers: [], leave: random.normal(k2, [WIDTH, 2], { std: 0.25 }) }
let state: State = await run({ params, opt: optimizer.init(params) })
let first = NaN, before = Infinity, now = Infinity
for (let i = 0; i < STEPS && !(now < 0.02); i++) {
  const out = await run(step(state))
  state = out.state
  if (i % LOOK !== LOOK - 1 && i > 0) continue
  now = await item(out.loss)
  if (i === 0) first = now
  console.log(`step ${i + 1}: loss ${now.toFixed(4)}, added layers: ${state.params.layers.length}`)
  const stalled = now > 0.95 * before && state.params.layers.length < 6
  before = now
  if (stalled) {
    const kept = await item(norm(state.opt[1].momentum.enter))
    state = await run(grown(state, layer(random.foldIn(k3, i))))
    const momentum = state.opt[1].momentum
    const sizes = await Promise.all([norm(momentum.enter), ...momentum.layers.map((l) => norm(l.v))].map((size) => item(size)))
    console.log(`  the loss stalls: a layer is added; sizes of the momentum, first to last: ${sizes.map((s) => s.toFixed(3)).join(' ')}`)
    if (sizes[0] !== kept || sizes.at(-1) !== 0) throw new Error('the momentum was not carried over')
    before = Infinity
  }
}
console.log(`grew by ${state.params.layers.length} layers, loss ${first.toFixed(3)} -> ${now.toFixed(3)}`)
if (state.params.layers.length === 0) throw new Error('it did not grow')
if (!(now < first / 4)) throw new Error('the loss did not fall')
