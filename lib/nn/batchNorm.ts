/**
 * Batch normalisation: each channel to mean 0 and variance 1 over the batch and space, then scaled and moved. Training uses
 * the batch's statistics and gives running ones as the next state, in plain sight; evaluation uses the running ones.
 * As PyTorch: the batch is divided by the biased variance, the running variance is the unbiased one.
 * @source https://arxiv.org/abs/1502.03167; https://docs.pytorch.org/docs/2.13/generated/torch.nn.BatchNorm2d.html
 */
import { add, mean, mul, ones, pmean, reshape, rsqrt, square, sub, zeros } from '../tensor/index.js'
import { stopGradient } from '../transform/index.js'
import type { Axis, BatchNormL, Layer, Shape } from '../type/index.js'
import { fail, show, sizeOf } from '../type/index.js'
import type { Definition, Float, Group, Trained, Weights } from './definition.js'
import { fixed, floats, layer, weight } from './definition.js'

export interface BatchNormSettings {
  /** Added to the variance; 1e-5 unless given. */
  readonly eps?: number
  /** The part of the batch in the running statistics; 0.1 unless given. */
  readonly momentum?: number
  /** Statistics over the batches of all devices of this axis, inside its pmap or vmap; of each device alone unless given. */
  readonly axis?: Axis
}
const all = (x: Float): number[] => x.shape.map((_, i) => i).filter((i) => i !== 1)
/** One number a channel, against [n, c, ...space]. */
const spread = (v: Float, x: Float): Float => reshape(v, [-1, ...x.shape.slice(2).map(() => 1)]) as Float

/** (x - μ) / √(σ² + ε) γ + β */
const normalized = (x: Float, m: Float, v: Float, { params }: Weights, eps: number): Float => {
  const scale = mul(rsqrt(add(v, fixed(eps, v)) as Float), weight('batchNorm', params, 'weight')) as Float
  return add(mul(sub(x, spread(m, x)), spread(scale, x)), spread(weight('batchNorm', params, 'bias'), x)) as Float
}
/** (1 - α) old + α new */
const running = (old: Float, now: Float, momentum: number): Float =>
  add(mul(old, fixed(1 - momentum, old)), mul(stopGradient(now), fixed(momentum, now))) as Float
const train = (w: Weights, x: Float, { eps = 1e-5, momentum = 0.1, axis }: BatchNormSettings): Trained => {
  const axes = all(x), count = sizeOf(axes.map((i) => x.shape[i] ?? 1)) * (axis?.size ?? 1)
  const average = (y: Float): Float => (axis === undefined ? y : pmean(y, axis))
  if (count < 2)
    return fail('InvalidArgument', `batchNorm: training needs more than one value a channel, got input ${show(x.shape)}; use a larger batch`)
  const m = average(mean(x, { axes }))
  const v = average(mean(square(sub(x, spread(m, x)) as Float), { axes }))
  const state: Group = {
    mean: running(weight('batchNorm', w.state, 'mean'), m, momentum),
    var: running(weight('batchNorm', w.state, 'var'), mul(v, fixed(count / (count - 1), v)) as Float, momentum),
  }
  return [normalized(x, m, v, w, eps), state]
}
const statistics = ([channels = 1]: Shape): Weights => ({
  params: { weight: ones([channels]), bias: zeros([channels]) }, state: { mean: zeros([channels]), var: ones([channels]) },
})
const define = (s: BatchNormSettings): Definition => ({
  kind: 'batchNorm',
  parts: () => [],
  shape: (input) => (input.length === 0 ? 'batchNorm: needs [C, ...space]' : [...input]),
  init: (_, input) => statistics(input),
  apply: (w, x) => normalized(floats('batchNorm', x), weight('batchNorm', w.state, 'mean'), weight('batchNorm', w.state, 'var'), w, s.eps ?? 1e-5),
  train: (w, x) => train(w, floats('batchNorm', x), s),
})
const checked = (s: BatchNormSettings): BatchNormSettings => {
  const { eps = 1e-5, momentum = 0.1 } = s
  const good = eps > 0 && momentum >= 0 && momentum <= 1
  return good ? s : fail('InvalidArgument', `batchNorm: eps is ${eps} and momentum ${momentum}; pass a positive eps and a momentum from 0 to 1`)
}

/**
 * Each channel to mean 0 and variance 1 over batch and space, times weight, plus bias; `batchNorm({ eps, momentum })`
 * changes 1e-5 and 0.1, `batchNorm({ axis })` takes the statistics of all devices of an axis. State: mean and var.
 * @shape [c, ...space] → [c, ...space]
 * @dtype float → f32
 * @throws InvalidArgument when training sees a single value a channel.
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.BatchNorm2d.html
 * @example deepClose(await read(nn.model([2], nn.batchNorm).init(key(0)).state.var), [1, 1])
 */
export const batchNorm: Layer<BatchNormL> & ((settings: BatchNormSettings) => Layer<BatchNormL>) =
  Object.assign((settings: BatchNormSettings) => layer<BatchNormL>(define(checked(settings))), layer<BatchNormL>(define({})))
