/** Gradients kept from being too large: all together by their length, or each number on its own. */
import { add, clip, div, lt, mul, sqrt, square, sum, where, zeros } from '../tensor/index.js'
import type { Device, FloatDType, Tensor } from '../type/index.js'
import { fail, flatten, mapTree } from '../type/index.js'
import type { Leaf, Optimizer, Stateless } from './transform.js'
import { chained } from './transform.js'

type Length = Tensor<[], FloatDType, Device>
const limit = (op: string, x: number): number => (x > 0 ? x : fail('InvalidArgument', `${op}: the limit is ${x}; pass a positive number`))

/**
 * The length of a tree of tensors as one vector: √ Σ x².
 * @shape a tree → []
 * @source optax.global_norm
 * @example deepClose(await item(globalNorm({ a: tensor([3]), b: tensor([4]) })), 5)
 */
export const globalNorm = (tree: unknown): Length =>
  sqrt((flatten(tree).leaves as readonly Leaf[]).reduce<Length>((s, x) => add(s, sum(square(x))) as Length, zeros([])))
/**
 * All gradients scaled down together when their common length is not below `max`: g max / ‖g‖.
 * @shape gradients → the same tree; no state
 * @throws InvalidArgument unless max is positive.
 * @source https://arxiv.org/abs/1211.5063; optax.clip_by_global_norm
 * @example deepClose(await read(clipByGlobalNorm(1).transform(tensor([3, 4]), [{}], tensor([0, 0]))[0]), [0.6, 0.8])
 */
export const clipByGlobalNorm = (max: number): Optimizer<readonly [Stateless]> => {
  limit('clipByGlobalNorm', max)
  return chained([{
    init: () => ({}),
    transform: (g, state) => {
      const length = globalNorm(g), short = lt(length, max)
      return [mapTree<Leaf>((x) => where(short, x, mul(div(x, length), max)), g), state]
    },
  }])
}
/**
 * Each number held within ±max.
 * @shape gradients → the same tree; no state
 * @throws InvalidArgument unless max is positive.
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.utils.clip_grad_value_.html; optax.clip
 * @example deepClose(await read(clipByValue(1).transform(tensor([3, -0.5]), [{}], tensor([0, 0]))[0]), [1, -0.5])
 */
export const clipByValue = (max: number): Optimizer<readonly [Stateless]> => {
  limit('clipByValue', max)
  return chained([{ init: () => ({}), transform: (g, state) => [mapTree<Leaf>((x) => clip(x, { min: -max, max }), g), state] }])
}
