/** Random vectors and matrices: points of a ball, rotations; the algorithms of jax.random, number for number. */
import type { Node } from '../../ir/node.js'
import { b } from '../../prim/index.js'
import type { Device, WideFloatDType, Key, Shape, Tensor } from '../../type/index.js'
import { count, sizes } from '../fit.js'
import { weak } from '../operand.js'
import { abs, over, plus, raised, times } from '../special/real.js'
import { exponentialNoise } from './continuous.js'
import { signs } from './discrete.js'
import { gammaOf } from './gamma.js'
import { twoKeys } from './key.js'
import type { Drawn, Given } from './parameter.js'
import { parameter } from './parameter.js'

/** A sign times a gamma variable of 1/p to the power 1/p. */
const powered = (op: string, key: unknown, p: Node): Node => {
  const [one, two] = twoKeys(op, key)
  const size = gammaOf(one, over(1, p))
  return times(signs(op, two, p.shape, p.dtype), raised(size, over(1, p)))
}
/**
 * The generalized normal distribution: e^(-|x|^p), normal (with variance ½) at p = 2, Laplace's at p = 1.
 * @shape (key, shape) → shape
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none, ShapeMismatch when p does not broadcast to the shape.
 * @source jax.random.generalized_normal, JAX 0.10: ± gamma(1/p)^(1/p).
 * @example deepClose(random.generalizedNormal(key(0), [2], { p: 1.5 }).shape, [2])
 */
export const generalizedNormal: Drawn<'p'> = ((key: unknown, shape: Shape, s: Given<'p'>) =>
  powered('generalizedNormal', key, parameter('generalizedNormal', 'p', s.p, shape, s.dtype ?? 'f32'))) as never

/** Of d dimensions.  @shape (key, d, [...s]) -> [...s, d] */
export interface Ball {
  <V extends Device, N extends number, const S extends Shape, D extends WideFloatDType = 'f32'>(
    key: Key<V>, d: N, shape: readonly [...S], settings?: { readonly p?: number; readonly dtype?: D },
  ): Tensor<[...S, N], NoInfer<D>, V>
}
/**
 * Uniform in the unit ball of d dimensions: of the Euclidean norm, or of the p-norm.
 * @shape (key, d, [...s]) → [...s, d]
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none or a size is negative or not whole.
 * @source Barthe, Guédon, Mendelson, Naor, "A probabilistic approach to the geometry of the ℓₚⁿ-ball", Ann. Probab. 33 (2005);
 * jax.random.ball, JAX 0.10.
 * @example deepClose(random.ball(key(0), 3, [5]).shape, [5, 3])
 */
export const ball: Ball = ((key: unknown, d: number, shape: Shape, s: { readonly p?: number; readonly dtype?: WideFloatDType } = {}) => {
  const dtype = s.dtype ?? 'f32'
  const dims = [...sizes('ball', shape), count('ball', 'd', d)]
  const [one, two] = twoKeys('ball', key)
  const like = (power: number, to: readonly number[]): Node => b.broadcast([weak('ball', power, dtype)], { shape: [...to], axes: [] })
  const p = s.p ?? 2
  const g = powered('ball', one, like(p, dims))
  const total = plus(b.sum([raised(abs(g), like(p, dims))], { axes: [shape.length] }), exponentialNoise('ball', two, shape, dtype))
  const radius = raised(total, over(1, like(p, shape)))
  return over(g, b.broadcast([radius], { shape: dims, axes: [...shape.keys()] }))
}) as never
