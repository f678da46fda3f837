/** Drawing from what is there: entries of a tensor, and counts of classes; jax.random's algorithms, number for number. */
import type { Node } from '../../ir/node.js'
import { numel } from '../../ir/node.js'
import { b, castTo, constant, cut, moveAxis, permuteTo, reshapeTo } from '../../prim/index.js'
import { scan } from '../../transform/index.js'
import type { AnyTensor, Device, DType, FloatDType, IntDType, Key, Shape, Tensor } from '../../type/index.js'
import { fail, realFloatOf, show } from '../../type/index.js'
import { axisOf, count, sizes } from '../fit.js'
import { asFloat, asNode } from '../operand.js'
import { searched } from '../search.js'
import { choose, equal, log, minus, over, plus, times } from '../special/real.js'
import { successes } from './discrete.js'
import { gumbelNoise, unit } from './float.js'
import { permutation, randint } from './integer.js'
import { keys } from './key.js'
import type { Parameter } from './parameter.js'
import { parameter } from './parameter.js'

/** Entries of a tensor along an axis, or of 0 … n - 1.  @shape (key, n, shape) -> shape; (key, [...a, n, ...b], shape) -> [...a, ...shape, ...b] */
export interface Choice {
  <V extends Device, const S extends Shape>(key: Key<V>, from: number, shape: readonly [...S], settings?: Choosing<V>): Tensor<S, 'i32', V>
  <V extends Device, const S extends Shape, X extends AnyTensor>(
    key: Key<V>, from: X, shape: readonly [...S], settings?: Choosing<V> & { readonly axis?: number },
  ): X extends Tensor<readonly [number], infer D, infer W> ? Tensor<S, D, V | W> : X extends Tensor<unknown, infer D, infer W> ? Tensor<Shape, D, V | W> : never
}
/** `replace: false` draws each entry at most once; `p` are probabilities, or weights. */
export interface Choosing<V extends Device> { readonly replace?: boolean; readonly p?: Tensor<readonly [number], FloatDType, V> }
interface Settings { readonly replace?: boolean; readonly p?: unknown; readonly axis?: number }

/** k different places of n, flat. */
const different = (key: Node, n: number, k: number): Node => cut((permutation as unknown as (key: Node, n: number) => Node)(key, n), 0, 0, k)
const weighted = (key: Node, p: Node, k: number, replace: boolean): Node => {
  if (replace) {
    const total = b.cumsum([p], { axis: 0, reverse: false })
    const last = b.broadcast([cut(total, 0, numel(p.shape) - 1, 1)], { shape: [k], axes: [0] })
    return searched(total, times(last, minus(1, unit('choice', key, [k], realFloatOf(p.dtype)))), 'left')
  }
  const noisy = plus(gumbelNoise('choice', key, p.shape, realFloatOf(p.dtype)), log(p))
  return cut(b.argsort([b.neg([noisy])], { axis: 0 }), 0, 0, k)
}
const placesOf = (key: Node, n: number, k: number, s: Settings): Node => {
  const replace = s.replace ?? true
  if (!replace && k > n) return fail('InvalidArgument', `choice: ${k} different ones cannot be drawn of ${n}; set replace or draw fewer`)
  if (s.p === undefined) return replace ? (randint as unknown as (key: Node, shape: Shape, s: object) => Node)(key, [k], { maxval: n }) : different(key, n, k)
  const p = asFloat('choice', s.p)
  if (p.shape.length !== 1 || p.shape[0] !== n) return fail('ShapeMismatch', `choice: p is ${show(p.shape)}, there are ${n} entries to choose from; give one probability each`)
  return weighted(key, p, k, replace)
}
/**
 * Entries of a tensor (or of 0 … n - 1) drawn at random, with replacement unless told otherwise; along an axis, 0 unless given.
 * @shape (key, n, shape) → shape; (key, [...a, n, ...b], shape) → [...a, ...shape, ...b]
 * @dtype i32, or that of the tensor
 * @throws InvalidArgument when the key is none, when there is nothing to draw from, or fewer entries than are drawn without
 * replacement; ShapeMismatch when p is not one number an entry.
 * @source jax.random.choice, JAX 0.10: randint, permutation, the inverse of the cumulative sum, or the Gumbel top-k trick.
 * @example deepClose(await read(sort(random.choice(key(0), tensor([5, 7, 9]), [3], { replace: false }))), [5, 7, 9])
 */
export const choice: Choice = ((key: unknown, from: unknown, shape: Shape, s: Settings = {}) => {
  const dims = sizes('choice', shape)
  const k = numel(dims)
  const x = typeof from === 'number' ? null : asNode('choice', from)
  const axis = x === null ? 0 : axisOf('choice', x.shape, s.axis ?? 0)
  const n = x === null ? count('choice', 'n', from as number) : x.shape[axis] as number
  if (n === 0 && k > 0) return fail('InvalidArgument', 'choice: there is nothing to draw from')
  const at = placesOf(asNode('choice', key), n, k, s)
  if (x === null) return reshapeTo(at, dims)
  const drawn = b.gather([moveAxis(x, axis, 0), reshapeTo(at, dims)], { batch: 0 })
  const lead = Array.from({ length: axis }, (_, i) => i + dims.length)
  return permuteTo(drawn, [...lead, ...dims.keys(), ...[...drawn.shape.keys()].slice(dims.length + axis)])
}) as never

/** Counts of k classes, by a tensor of probabilities.  @shape (key, [...s], [..., k]) -> [...s, k] */
export interface Multinomial {
  <V extends Device, const S extends Shape, K extends number, D extends IntDType | FloatDType = 'f32'>(
    key: Key<V>, shape: readonly [...S], p: Tensor<readonly [...number[], K], FloatDType, V>, settings: { readonly n: Parameter<V>; readonly dtype?: D },
  ): Tensor<[...S, K], NoInfer<D>, V>
}
/** What is left of n falls into a class with its share of the probability that is left. */
const counted = (left: Node, [ratio, key]: readonly [Node, Node]): readonly [Node, Node] => {
  const drawn = successes(key, left, b.min([b.max([ratio, constant(0, ratio)]), constant(1, ratio)]))
  return [minus(left, drawn), drawn]
}
/**
 * How often each of k classes comes up in n trials with probabilities p: counts along a last axis, which sum to n.
 * @shape (key, [...s], [..., k]) → [...s, k]
 * @dtype f32, or the one given
 * @throws InvalidArgument when the key is none, ShapeMismatch when a parameter does not broadcast to the shape.
 * @source jax.random.multinomial, JAX 0.10: a binomial number a class, of what is left.
 * @example deepClose(await read(sum(random.multinomial(key(0), [2], tensor([0.2, 0.8]), { n: 9 }), { axes: [1] })), [9, 9])
 */
export const multinomial: Multinomial = ((key: unknown, shape: Shape, probabilities: unknown, s: { readonly n: unknown; readonly dtype?: DType }) => {
  const classes = asNode('multinomial', probabilities).shape.at(-1)
  if (classes === undefined) return fail('ShapeMismatch', 'multinomial: p is a scalar; give one probability a class along the last axis')
  const n = parameter('multinomial', 'n', s.n, shape, 'f32')
  const p = moveAxis(parameter('multinomial', 'p', probabilities, [...shape, classes], 'f32'), shape.length, 0)
  const rest = b.cumsum([p], { axis: 0, reverse: true })
  const ratios = over(p, choose(equal(rest, 0), 1, rest))
  const ks = (keys as unknown as (key: unknown, n: number) => Node)(key, classes)
  const [, counts] = (scan as unknown as (f: typeof counted, left: Node, xs: readonly [Node, Node]) => readonly [Node, Node])(counted, n, [ratios, ks])
  return castTo(moveAxis(counts, 0, shape.length), s.dtype ?? 'f32')
}) as never
