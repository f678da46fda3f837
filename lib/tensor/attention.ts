/** Attention by scaled products, as a composition: the logits of all pairs, their softmax, the mean of the values. */
import type { Node } from '../ir/node.js'
import { b, constant, permuteTo, stretch } from '../prim/index.js'
import type { Device, FloatDType, Shape, Tensor } from '../type/index.js'
import { broadcastAll, fail, show } from '../type/index.js'
import { softmax } from './activation.js'
import { asFloat, asNode, weakLike } from './operand.js'

/** What may be added to or taken from the pairs. */
export interface AttentionSettings<V extends Device> {
  /** Added to the logits; broadcasts to [b, h, t, s]. */
  readonly bias?: Tensor<Shape, FloatDType, V>
  /** Where it is false nothing is attended to; broadcasts to [b, h, t, s]. */
  readonly mask?: Tensor<Shape, 'bool', V>
  /** The factor of the logits, 1/√d unless given. */
  readonly scale?: number
  /** Whether the i-th query sees the keys up to the i-th only. */
  readonly isCausal?: boolean
}
/** Of queries, keys and values, heads last but one.  @shape [b, t, h, d], [b, s, h, d], [b, s, h, e] → [b, t, h, e] */
export interface DotProductAttention {
  <B extends number, T extends number, H extends number, K extends number, S extends number, E extends number, D extends FloatDType, V extends Device>(
    query: Tensor<readonly [B, T, H, K], D, V>, key: Tensor<readonly [B, S, H, NoInfer<K>], D, V>, value: Tensor<readonly [B, NoInfer<S>, H, E], D, V>,
    settings?: AttentionSettings<V>,
  ): Tensor<[B, T, H, E], D, V>
}
const headsFirst = (x: Node): Node => permuteTo(x, [0, 2, 1, 3])
const over = (what: string, x: Node, logits: Node): Node => {
  const shape = broadcastAll([x.shape, logits.shape])
  return String(shape) === String(logits.shape) ? stretch(x, logits.shape) : fail('ShapeMismatch', `dotProductAttention: the ${what} is ${show(x.shape)}, which does not broadcast to ${show(logits.shape)}`)
}
const causal = (logits: Node): Node => {
  const at = (axis: number): Node => b.iota([], { shape: logits.shape, axis, dtype: 'i32' })
  return b.ge([at(2), at(3)])
}
/** A number so low that its power is 0, yet finite: a row without any key stays without NaN, as in JAX. */
const LOW = -0.7 * 3.4028234663852886e38
const check = (q: Node, k: Node, v: Node): void => {
  const fits = [q, k, v].every((x) => x.shape.length === 4 && x.shape[0] === q.shape[0] && x.shape[2] === q.shape[2])
  if (!fits || q.shape[3] !== k.shape[3] || k.shape[1] !== v.shape[1])
    fail('ShapeMismatch', `dotProductAttention: ${[q, k, v].map((x) => show(x.shape)).join(', ')} are not [b, t, h, d], [b, s, h, d], [b, s, h, e]`)
}
type Loose = { readonly bias?: unknown; readonly mask?: unknown; readonly scale?: number; readonly isCausal?: boolean }
/**
 * softmax(q kᵀ · scale + bias) v for each head; a mask or `isCausal` takes pairs out.
 * @shape [b, t, h, d], [b, s, h, d], [b, s, h, e] → [b, t, h, e]
 * @dtype float → same
 * @throws ShapeMismatch when the operands do not fit each other, or bias or mask do not broadcast to [b, h, t, s].
 * @source Vaswani et al., "Attention is all you need", 2017; jax.nn.dot_product_attention, JAX 0.10.
 * @example deepClose(await read(dotProductAttention(zeros([1, 1, 1, 2]), zeros([1, 2, 1, 2]), tensor([[[[1]], [[3]]]]))), [[[[2]]]])
 */
export const dotProductAttention: DotProductAttention = ((query: unknown, key: unknown, value: unknown, s: Loose = {}) => {
  const [q, k, v] = [query, key, value].map((x) => asFloat('dotProductAttention', x)) as [Node, Node, Node]
  check(q, k, v)
  const plain = b.dot([headsFirst(q), permuteTo(k, [0, 2, 3, 1])])
  const scale = s.scale === undefined ? constant(1 / Math.sqrt(q.shape[3] as number), plain) : weakLike('dotProductAttention', s.scale, plain)
  const scaled = b.mul([plain, scale])
  const biased = s.bias === undefined ? scaled : b.add([scaled, over('bias', asNode('dotProductAttention', s.bias), scaled)])
  const masks = [...(s.mask === undefined ? [] : [over('mask', asNode('dotProductAttention', s.mask), scaled)]), ...(s.isCausal === true ? [causal(scaled)] : [])]
  const logits = masks.reduce((x, m) => b.where([m, x, constant(LOW, x)]), biased)
  return headsFirst(b.dot([(softmax as unknown as (x: Node) => Node)(logits), headsFirst(v)]))
}) as never
