/**
 * What training is made of. Gradient transforms are a monoid under `chain`; layers are the monoid of their entries, which
 * `sequential` takes to composition; a schedule is a Reader over the step, so fp-ts's `reader` maps it, and schedules have a
 * meet (the lower of two rates, exactly); losses are contravariant in predictions. Sums of losses get no instance: floats.
 */
import type { contravariant, monoid, semigroup } from 'fp-ts'
import { minimum } from '../tensor/index.js'
import type { Device } from '../type/device.js'
import type { Entry } from '../type/layer.js'
import type { Scalar, Tensor } from '../type/tensor.js'
import type { FloatDType } from '../type/dtype.js'
import { chain, identity } from '../optim/index.js'
import type { Optimizer, Schedule, StateFn } from '../optim/index.js'

/** Any chain, whatever state its pieces keep. */
export type GradientTransform = Optimizer<readonly StateFn[]>
/**
 * An optimizer or a clip, forgetting what its state is.
 * @example gradientTransform(optim.sgd(0.1)).pieces.length // 1
 */
export const gradientTransform = <Fs extends readonly StateFn[]>(o: Optimizer<Fs>): GradientTransform => o as unknown as GradientTransform
/**
 * One after the other.
 * @law associative with `optim.identity` on both sides, exactly: a chain keeps its pieces flat
 * @example gradientMonoid.concat(gradientMonoid.empty, gradientTransform(optim.clipByValue(1))).pieces.length // 1
 */
export const gradientMonoid: monoid.Monoid<GradientTransform> = {
  concat: (first, second) => gradientTransform(chain(first, second)), empty: gradientTransform(identity),
}
/**
 * Entries of a network, one list after another.
 * @law sequential(...concat(a, b)) computes what sequential(...b) computes of sequential(...a)
 * @example layersMonoid.concat([nn.relu], [['fc', nn.linear(2)]]).length // 2
 */
export const layersMonoid: monoid.Monoid<readonly Entry[]> = { concat: (a, b) => [...a, ...b], empty: [] }
/**
 * The lower of two rates at every step: a warm-up under a decay.
 * @law associative, commutative, idempotent, exactly
 * @example deepClose(await item(scheduleMeet.concat(optim.constant(0.5), optim.warmup(1, 10))(tensor(2, { dtype: 'i32' }))), Math.fround(0.2))
 */
export const scheduleMeet: semigroup.Semigroup<Schedule> = {
  concat: (a, b) => (<V extends Device>(step: Tensor<[], 'i32', V>) => minimum(a(step), b(step))) as Schedule,
}

export const lossURI = 'cotangent/Loss'
export type lossURI = typeof lossURI
/** A number for a prediction beside a target. */
export interface Loss<T, A> { (prediction: A, target: T): Scalar<FloatDType, Device> }
declare module 'fp-ts/HKT' {
  interface URItoKind2<E, A> { readonly 'cotangent/Loss': Loss<E, A> }
}
export const lossContravariant: contravariant.Contravariant2<lossURI> = {
  URI: lossURI, contramap: (loss, f) => (prediction, target) => loss(f(prediction), target),
}
