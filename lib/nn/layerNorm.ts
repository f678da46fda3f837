/** Layer normalisation: each example's last axis to mean 0 and variance 1, then scaled and moved. The same in training. */
import { add, mean, mul, ones, rsqrt, square, sub, zeros } from '../tensor/index.js'
import type { Layer, LayerNormL } from '../type/index.js'
import { fail } from '../type/index.js'
import type { Definition, Float, Weights } from './definition.js'
import { fixed, floats, layer, nothing, steady, weight } from './definition.js'

export interface LayerNormSettings {
  /** Added to the variance; 1e-5 unless given. */
  readonly eps?: number
}
/** (x - μ) / √(σ² + ε) γ + β, μ and σ² (biased) over the last axis */
const normalized = ({ params }: Weights, x: Float, eps: number): Float => {
  const centred = sub(x, mean(x, { axes: [-1], keepdims: true })) as Float
  const variance = mean(square(centred), { axes: [-1], keepdims: true }) as Float
  const unit = mul(centred, rsqrt(add(variance, fixed(eps, variance)) as Float)) as Float
  return add(mul(unit, weight('layerNorm', params, 'weight')), weight('layerNorm', params, 'bias')) as Float
}
const define = ({ eps = 1e-5 }: LayerNormSettings): Definition => eps > 0
  ? steady({
    kind: 'layerNorm',
    shape: (input) => (input.length === 0 ? 'layerNorm: needs at least one axis' : [...input]),
    init: (_, input) => ({ params: { weight: ones([input.at(-1) ?? 1]), bias: zeros([input.at(-1) ?? 1]) }, state: nothing }),
    apply: (w, x) => normalized(w, floats('layerNorm', x), eps),
  })
  : fail('InvalidArgument', `layerNorm: eps is ${eps}; pass a positive number`)

/**
 * The last axis to mean 0 and variance 1, times weight, plus bias; `layerNorm({ eps })` changes 1e-5.
 * @shape [..., d] → [..., d]
 * @dtype float → f32
 * @source https://arxiv.org/abs/1607.06450; https://docs.pytorch.org/docs/2.13/generated/torch.nn.LayerNorm.html
 * @example deepClose(nn.model([7, 64], nn.sequential(['norm', nn.layerNorm])).output, [7, 64])
 */
export const layerNorm: Layer<LayerNormL> & ((settings: LayerNormSettings) => Layer<LayerNormL>) =
  Object.assign((settings: LayerNormSettings) => layer<LayerNormL>(define(settings)), layer<LayerNormL>(define({})))
