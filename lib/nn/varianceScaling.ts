/**
 * Initial weights whose variance keeps signals at their size: one function, of which Xavier's, Kaiming's and LeCun's
 * initialisations are settings. Numbers are JAX's for the same key.
 */
import { mul, random } from '../tensor/index.js'
import type { Device, WideFloatDType, Key, Shape, Tensor } from '../type/index.js'
import { fail, show } from '../type/index.js'

export interface VarianceScaling {
  readonly scale?: number
  readonly mode?: 'fanIn' | 'fanOut' | 'fanAvg' | 'fanGeoAvg'
  readonly distribution?: 'uniform' | 'normal' | 'truncatedNormal'
  /** Where the inputs and the outputs of the weight stand: 1 and 0 unless given, as in `nn.linear` and `nn.conv`. */
  readonly inAxis?: number
  readonly outAxis?: number
}
const sizes = (shape: Shape, s: VarianceScaling): readonly [number, number] => {
  const at = (axis: number): number => shape.at(axis) ?? fail('ShapeMismatch', `varianceScaling: a weight of shape ${show(shape)} has no axis ${axis}; give inAxis and outAxis`)
  const [inputs, outputs] = [at(s.inAxis ?? 1), at(s.outAxis ?? 0)]
  const field = shape.reduce((n, d) => n * d, 1) / (inputs * outputs)
  return [inputs * field, outputs * field]
}
const fanOf = (shape: Shape, s: VarianceScaling): number => {
  const [fanIn, fanOut] = sizes(shape, s)
  const modes = { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2, fanGeoAvg: Math.sqrt(fanIn * fanOut) }
  return modes[s.mode ?? 'fanIn']
}
/** The deviation of a standard normal number cut to [-2, 2]. */
const CUT = 0.87962566103423978
/**
 * Weights drawn with mean 0 and variance scale / fan, where the fan is the number of inputs of an output (fanIn), of outputs of
 * an input (fanOut) or a mean of both; scale is 1 and the distribution uniform unless given. Xavier's: `{ mode: 'fanAvg' }`;
 * Kaiming's: `{ scale: 2 }`; LeCun's: the defaults.
 * @shape (key, shape) → shape
 * @throws ShapeMismatch when the shape has not the axes of inputs and outputs.
 * @source jax.nn.initializers.variance_scaling, JAX 0.10.
 * @example deepClose((await read(nn.varianceScaling(key(0), [200, 50], { scale: 2 }))).every((w) => Math.abs(w) < Math.sqrt(6 / 50)), true)
 */
export const varianceScaling = <const S extends Shape, V extends Device, D extends WideFloatDType = 'f32'>(
  key: Key<V>, shape: readonly [...S], s: VarianceScaling & { readonly dtype?: D } = {},
): Tensor<S, D, V> => {
  const dtype = s.dtype ?? 'f32'
  const deviation = Math.sqrt((s.scale ?? 1) / fanOf(shape, s))
  const draws = {
    uniform: () => mul(random.uniform(key, shape, { minval: -1, maxval: 1, dtype }), deviation * Math.sqrt(3)),
    normal: () => mul(random.normal(key, shape, { dtype }), deviation),
    truncatedNormal: () => mul(random.truncatedNormal(key, shape, { lower: -2, upper: 2, dtype }), deviation / CUT),
  }
  return draws[s.distribution ?? 'uniform']() as never
}
