/**
 * How parameters begin: as PyTorch's modules do. linear and conv draw weight and bias uniformly from ±1/√fanIn, which is
 * what kaiming_uniform with a = √5 comes to: bound = √(6 / ((1 + a²) fanIn)). The numbers are not PyTorch's bit for bit
 * (its generator is hidden state); their distribution is.
 * @source https://docs.pytorch.org/docs/2.13/nn.init.html#torch.nn.init.kaiming_uniform_
 */
import { random } from '../tensor/index.js'
import type { Key, Shape } from '../type/index.js'
import type { Group } from './definition.js'

/** Weight and, if wanted, bias: U(-1/√fanIn, 1/√fanIn). */
export const fanIn = (key: Key, shapes: { readonly weight: Shape; readonly bias: Shape | null }): Group => {
  const [, ...fan] = shapes.weight
  const bound = 1 / Math.sqrt(Math.max(1, fan.reduce((n, d) => n * d, 1)))
  const [first, second] = random.split(key)
  const draw = (k: Key, shape: Shape) => random.uniform(k, shape, { minval: -bound, maxval: bound })
  const weight = draw(first, shapes.weight)
  return shapes.bias === null ? { weight } : { weight, bias: draw(second, shapes.bias) }
}
