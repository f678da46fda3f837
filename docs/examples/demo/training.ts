/** One training: parameters, optimizer, the jitted step, the loop, and what is measured after each epoch. */
import { loader } from '../../../lib/data/index.js'
import { crossEntropy } from '../../../lib/loss/index.js'
import { accuracy, confusionMatrix, meanOf, together } from '../../../lib/metric/index.js'
import { adam, adamw, cosine, rmsprop, sgd } from '../../../lib/optim/index.js'
import type { Optimizer, StateFn } from '../../../lib/optim/index.js'
import { session } from '../../../lib/run/index.js'
import type { Chosen } from '../../../lib/run/index.js'
import { key } from '../../../lib/tensor/index.js'
import { bar, fit, follow, interruption, measure, showing } from '../../../lib/train/index.js'
import { jit, valueAndGrad } from '../../../lib/transform/index.js'
import type { Device, FloatDType, IntDType, Shape, Tensor } from '../../../lib/type/index.js'
import type { Pictures } from './digits.js'
import { logitsOf, lossOf, net } from './network.js'
import type { Images, Labels, Params } from './network.js'
import type { Options } from './options.js'

type Logits = Tensor<Shape, FloatDType, Device>
type Classes = Tensor<Shape, IntDType, Device>
/** What is measured on the held-out pictures, as one monoid. */
const measured = together({
  loss: meanOf((logits: Logits, y: Classes) => crossEntropy(logits, y, { reduction: 'none' })),
  accuracy,
  confusion: confusionMatrix(10),
})

const trainWith = async <V extends Device, Fs extends readonly StateFn[]>(d: Chosen<V>, o: Options, { train, test }: Pictures, optimizer: Optimizer<Fs>) => {
  const s = session(d.needs)
  const batches = loader(train, { batchSize: o.batchSize, shuffle: { seed: o.seed } }), held = loader(test, { batchSize: 500 })

  const { params } = d.put(net.init(key(o.seed)))
  const state = { params, optimizer: optimizer.init(params) }
  const step = jit((now: typeof state, [x, y]: readonly [Images, Labels]) => {
    const [loss, right, grads] = valueAndGrad(lossOf<V>, { hasAux: true })(now.params, x, y)
    const [next, following] = optimizer.update(grads, now.optimizer, now.params)
    return [{ params: next, optimizer: following }, { loss, accuracy: right }] as const
  })
  const judge = jit((p: Params<V>, [x, y]: readonly [Images, Labels]) => measured.of(logitsOf(p, x), y))
  const tested = async (p: Params<V>) => s.read(measured.value(await measure(s, held, measured, (batch) => judge(p, batch))))

  const { signal, release } = interruption()
  const { resume, out, ...config } = o
  const end = await follow(fit({
    session: s, state, step: (now, batch) => step(now, batch), loader: batches, epochs: o.epochs, seed: o.seed, signal, resume,
    evaluate: async (now) => {
      const { loss, accuracy } = await tested(now.params)
      return { testLoss: loss[0] ?? NaN, testAccuracy: accuracy[0] ?? NaN }
    },
    checkpoint: { path: `${out}/checkpoint.safetensors`, config: { ...config, data: o.data ?? null } },
    history: [`${out}/history.json`, `${out}/history.csv`],
  }), showing(await bar(), { unit: 'images' }), (e) => {
    if (e.type === 'start' && e.resumed) console.log(`resumed after ${e.epoch} epochs and ${e.step} steps`)
  })
  release()
  return { end, ...(await tested(end.state.params)) }
}
/** Trains as the options say. */
export const training = <V extends Device>(d: Chosen<V>, o: Options, pictures: Pictures) => {
  const rate = cosine(o.lr, o.epochs * Math.ceil(pictures.train.length / o.batchSize))
  switch (o.optimizer) {
    case 'sgd': return trainWith(d, o, pictures, sgd(rate, { momentum: 0.9 }))
    case 'adam': return trainWith(d, o, pictures, adam(rate))
    case 'adamw': return trainWith(d, o, pictures, adamw(rate))
    case 'rmsprop': return trainWith(d, o, pictures, rmsprop(rate))
  }
}
