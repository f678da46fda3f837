/** One training: parameters, optimizer, the jitted step, the loop, and what is measured after each epoch. */
import { jit, key, loss, metric, optim, session, valueAndGrad } from 'cotangent'
import type { Chosen, Device, FloatDType, IntDType, Shape, Tensor, World } from 'cotangent'
import { distributedSampler, loader } from 'cotangent/data'
import { bar, dataParallel, fit, follow, interruption, measure, showing } from 'cotangent/train'
import type { Pictures } from './digits.js'
import { logitsOf, lossOf, net } from './network.js'
import type { Images, Labels, Params } from './network.js'
import type { Options } from './options.js'

type Logits = Tensor<Shape, FloatDType, Device>
type Classes = Tensor<Shape, IntDType, Device>
/** What is measured on the held-out pictures, as one monoid. */
const measured = metric.together({
  loss: metric.meanOf((logits: Logits, y: Classes) => loss.crossEntropy(logits, y, { reduction: 'none' })),
  accuracy: metric.accuracy,
  confusion: metric.confusionMatrix(10),
})

const trainWith = async <V extends Device, Fs extends readonly optim.StateFn[]>(
  d: Chosen<V>, o: Options, world: World, { train, test }: Pictures, optimizer: optim.Optimizer<Fs>,
) => {
  const s = session(d.needs)
  const mine = distributedSampler(world, { shuffle: { seed: o.seed } })
  const batches = loader(train, { batchSize: Math.ceil(o.batchSize / world.size), sampler: mine, dropLast: world.size > 1 }), held = loader(test, { batchSize: 500 })

  const { params } = d.put(net.init(key(o.seed)))
  const state = { params, optimizer: optimizer.init(params) }
  const whole = valueAndGrad(lossOf<V>, { hasAux: true })
  const learn = o.devices * world.size === 1 ? whole : dataParallel(whole, { axis: world.axis('dp', o.devices) })
  const step = jit((now: typeof state, [x, y]: readonly [Images, Labels]) => {
    const [value, right, grads] = learn(now.params, x, y)
    const [next, following] = optimizer.update(grads, now.optimizer, now.params)
    return [{ params: next, optimizer: following }, { loss: value, accuracy: right }] as const
  })
  const judge = jit((p: Params<V>, [x, y]: readonly [Images, Labels]) => measured.of(logitsOf(p, x), y))
  const tested = async (p: Params<V>) => s.read(measured.value(await measure(s, held, measured, (batch) => judge(p, batch))))

  const { signal, release } = interruption()
  const { resume, out, help: _, ...config } = o
  const end = await follow(fit({
    session: s, state, step: (now, batch) => step(now, batch), loader: batches, epochs: o.epochs, seed: o.seed, world, signal, resume,
    evaluate: async (now) => {
      const found = await tested(now.params)
      return { testLoss: found.loss[0] ?? NaN, testAccuracy: found.accuracy[0] ?? NaN }
    },
    checkpoint: { path: `${out}/checkpoint.safetensors`, config: { ...config, data: o.data ?? null } },
    history: [`${out}/history.json`, `${out}/history.csv`],
  }), world.rank === 0 ? showing(await bar(), { unit: 'images' }) : () => undefined, (e) => {
    if (e.type === 'start' && e.resumed && world.rank === 0) console.log(`resumed after ${e.epoch} epochs and ${e.step} steps`)
  })
  release()
  return { reason: end.reason, history: end.history, ...(await tested(end.state.params)) }
}
/** Trains as the options say. */
export const training = <V extends Device>(d: Chosen<V>, o: Options, world: World, pictures: Pictures) => {
  const rate = optim.cosine(o.lr, o.epochs * Math.ceil(pictures.train.length / o.batchSize))
  switch (o.optimizer) {
    case 'sgd': return trainWith(d, o, world, pictures, optim.sgd(rate, { momentum: 0.9 }))
    case 'adam': return trainWith(d, o, world, pictures, optim.adam(rate))
    case 'adamw': return trainWith(d, o, world, pictures, optim.adamw(rate))
    case 'rmsprop': return trainWith(d, o, world, pictures, optim.rmsprop(rate))
  }
}
