/** Attention by scaled products, for what is shaped as layers shape it. */
import type { Node } from '../ir/node.js'
import { b, castTo, output, stretch } from '../prim/index.js'
import type { Device, FloatDType, Shape, Tensor } from '../type/index.js'
import { isHalf } from '../type/dtype.js'
import { broadcastAll, fail, show } from '../type/index.js'
import { asFloat, asNode } from './operand.js'

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
const over = (what: string, x: Node, logits: readonly number[]): Node =>
  String(broadcastAll([x.shape, logits])) === String(logits) ? stretch(x, logits) : fail('ShapeMismatch', `dotProductAttention: the ${what} is ${show(x.shape)}, which does not broadcast to ${show(logits)}`)
const check = (q: Node, k: Node, v: Node): void => {
  const fits = [q, k, v].every((x) => x.shape.length === 4 && x.shape[0] === q.shape[0] && x.shape[2] === q.shape[2])
  if (!fits || q.shape[3] !== k.shape[3] || k.shape[1] !== v.shape[1])
    fail('ShapeMismatch', `dotProductAttention: ${[q, k, v].map((x) => show(x.shape)).join(', ')} are not [b, t, h, d], [b, s, h, d], [b, s, h, e]`)
}
type Loose = { readonly bias?: unknown; readonly mask?: unknown; readonly scale?: number; readonly isCausal?: boolean }
/**
 * softmax(q kᵀ · scale + bias) v for each head; a mask or `isCausal` takes pairs out. Neither it nor its gradient stores all
 * pairs of queries and keys; forward mode and second derivatives do, and so does the gradient of a bias.
 * @shape [b, t, h, d], [b, s, h, d], [b, s, h, e] → [b, t, h, e]
 * @dtype float → same
 * @throws ShapeMismatch when the operands do not fit each other, or bias or mask do not broadcast to [b, h, t, s].
 * @source Vaswani et al., "Attention is all you need", 2017; jax.nn.dot_product_attention, JAX 0.10.
 * @example deepClose(await read(dotProductAttention(zeros([1, 1, 1, 2]), zeros([1, 2, 1, 2]), tensor([[[[1]], [[3]]]]))), [[[[2]]]])
 */
export const dotProductAttention: DotProductAttention = ((query: unknown, key: unknown, value: unknown, s: Loose = {}) => {
  const [q, k, v] = [query, key, value].map((x) => asFloat('dotProductAttention', x)) as [Node, Node, Node]
  check(q, k, v)
  const logits = [q.shape[0], q.shape[2], q.shape[1], k.shape[1]] as readonly number[]
  const bias = s.bias === undefined ? [] : [over('bias', asNode('dotProductAttention', s.bias), logits)]
  const mask = s.mask === undefined ? [] : [over('mask', asNode('dotProductAttention', s.mask), logits)]
  const params = { scale: s.scale ?? 1 / Math.sqrt(q.shape[3] as number), causal: s.isCausal === true, bias: bias.length > 0, mask: mask.length > 0 }
  const wide = [q, k, v, ...bias].map((x) => (isHalf(x.dtype) ? castTo(x, 'f32') : x))
  return castTo(output(b.attention([...wide, ...mask], params), 0), q.dtype)
}) as never
