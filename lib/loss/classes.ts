/**
 * Losses over classes, which lie along the last axis. A target is a class (integers, one axis less) or a probability of
 * each class (floats, the same shape). The class is picked by comparing with 0, 1, 2, …, not by gathering: that fuses with
 * the logarithm, and its gradient is a product and no scatter. A class outside 0..c-1 gives NaN, so that the mistake shows.
 */
import { add, arange, cast, eq, ge, logSoftmax, logicalAnd, lt, mul, ne, neg, ones, sum, unsqueeze, where } from '../tensor/index.js'
import type { Device, DType, FloatDType, IntDType, Must2, Shape, Show, Tensor, Unranked } from '../type/index.js'
import { fail, isFloat, sameShape, show } from '../type/index.js'
import type { Alike, Float, Reduced, Reduction } from './reduce.js'
import { alike, reduced, weighed } from './reduce.js'

/** The shape without the classes. */
type Cases<S extends Shape> = Unranked<S> extends true ? Shape : S extends readonly [...infer R extends number[], unknown] ? R : []
type Floats<Op extends string, S, T> =
  `${Op}: predictions ${Show<S>} and targets ${Show<T>} differ; float targets are probabilities of that shape, classes are integers: { dtype: 'i32' }`
type Target<Op extends string, S extends Shape, T extends Shape, E> =
  [E] extends [IntDType] ? Alike<Op, Cases<S>, T> : Alike<Op, S, T> extends string ? Floats<Op, S, T> : true
type ClassWeights = Tensor<readonly [number], FloatDType, Device>

export interface NllSettings<R extends Reduction> {
  /** A factor for each class; the mean is then one by these weights. */
  readonly weight?: ClassWeights
  /** Targets of this class count as absent; -100 unless given. */
  readonly ignoreIndex?: number
  readonly reduction?: R
}
export interface CrossEntropySettings<R extends Reduction> extends NllSettings<R> {
  /** The part of the probability that is spread evenly over all classes; 0 unless given. */
  readonly labelSmoothing?: number
}
/** @shape [..., c], [...] → [] */
export interface NllOf {
  <S extends Shape, D extends FloatDType, V extends Device, T extends Shape, E extends IntDType, W extends Device, R extends Reduction = 'mean'>(
    input: Tensor<S, D, V>, target: Must2<Target<'nll', S, T, E>, V, W, Tensor<T, E, W>>, settings?: NllSettings<R>,
  ): Tensor<Reduced<Cases<S>, R>, D, V | W>
}
/** @shape [..., c], [...] | [..., c] → [] */
export interface CrossEntropyOf {
  <S extends Shape, D extends FloatDType, V extends Device, T extends Shape, E extends IntDType | FloatDType, W extends Device, R extends Reduction = 'mean'>(
    input: Tensor<S, D, V>, target: Must2<Target<'crossEntropy', S, T, E>, V, W, Tensor<T, E, W>>, settings?: CrossEntropySettings<R>,
  ): Tensor<Reduced<Cases<S>, R>, D, V | W>
}

type Ints = Tensor<Shape, IntDType, Device>
type Bools = Tensor<Shape, 'bool', Device>
type Settings = CrossEntropySettings<Reduction>
const classesOf = (op: string, x: Float): number =>
  x.shape.at(-1) ?? fail('ShapeMismatch', `${op}: needs [..., classes], got ${show(x.shape)}`)
const fitted = (op: string, x: Float, target: { readonly shape: Shape }): void => {
  const cases = x.shape.slice(0, -1)
  if (!sameShape(cases, target.shape)) alike(op, { shape: cases }, target)
}
/** Σ over classes of x where the class is the target. */
const picked = (x: Float, target: Ints, classes: number): Float =>
  sum(where(eq(unsqueeze(target, { axis: -1 }), arange(classes)), x, 0) as Float, { axes: [-1] })
/** 1 for a case that counts, 0 for one to be ignored. Unsigned targets cannot hold a negative class. */
const counted = (target: Ints, ignore: number): Bools | null =>
  ignore < 0 && (target.dtype === 'u8' || target.dtype === 'u32') ? null : ne(target, ignore)
const inRange = (target: Ints, classes: number): Bools => logicalAnd(ge(target, 0), lt(target, classes))

interface Cases1 { readonly losses: Float; readonly weights: Float }
/** For each case its loss -w[y] x[y] and its weight w[y], both 0 where it is ignored. */
const cases = (op: string, x: Float, target: Ints, s: Settings, smooth: number): Cases1 => {
  const c = classesOf(op, x), counts = counted(target, s.ignoreIndex ?? -100)
  const own: Float = s.weight === undefined ? x : mul(x, s.weight)
  const one: Float = ones([...target.shape], { dtype: x.dtype })
  const weight: Float = s.weight === undefined ? one : picked(cast(s.weight, own.dtype) as Float, target, c)
  const nll = neg(where(inRange(target, c), picked(own, target, c), NaN) as Float)
  const all: Float = smooth === 0 ? nll : add(mul(nll, 1 - smooth), mul(neg(sum(own, { axes: [-1] })), smooth / c))
  const kept = (v: Float): Float => (counts === null ? v : where(counts, v, 0) as Float)
  return { losses: kept(all), weights: kept(weight) }
}
const ofClasses = (op: string, x: Float, target: Ints, s: Settings, smooth = 0): Float => {
  fitted(op, x, target)
  const { losses, weights } = cases(op, x, target, s, smooth)
  return weighed(op, losses, weights, s.reduction)
}
const smoothing = (s: Settings): number => {
  const { labelSmoothing = 0 } = s
  return labelSmoothing >= 0 && labelSmoothing <= 1 ? labelSmoothing
    : fail('InvalidArgument', `crossEntropy: labelSmoothing is ${labelSmoothing}; pass a number from 0 to 1`)
}
/** -Σ w y log p, the mean over the cases. */
const ofProbabilities = (logp: Float, y: Float, s: Settings, smooth: number): Float => {
  if (!sameShape(logp.shape, y.shape)) fail('ShapeMismatch', `crossEntropy: predictions ${show(logp.shape)} and targets ${show(y.shape)} differ; float targets are probabilities of that shape, classes are integers: { dtype: 'i32' }`)
  const soft: Float = smooth === 0 ? y : add(mul(y, 1 - smooth), smooth / classesOf('crossEntropy', logp))
  const each = mul(soft, s.weight === undefined ? logp : mul(logp, s.weight) as Float) as Float
  return reduced('crossEntropy', neg(sum(each, { axes: [-1] }) as Float), s.reduction)
}
const isClasses = (x: Tensor<Shape, DType, Device>): x is Ints => !isFloat(x.dtype)

/**
 * The mean of -x[target] over log-probabilities x; settings `weight`, `ignoreIndex`, `reduction`.
 * @shape [..., c], [...] → [] | reduction 'none': [...]
 * @dtype float, integer → the float
 * @throws ShapeMismatch when the target is not of the input's shape without the classes.
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.NLLLoss.html
 * @example deepClose(await item(nll(tensor([[-1, -2]]), tensor([1], { dtype: 'i32' }))), 2)
 */
export const nll: NllOf = ((x: Float, target: Ints, s: Settings = {}) => ofClasses('nll', x, target, s)) as never
/**
 * The mean of -log softmax(logits)[target]; targets are classes or probabilities, settings `labelSmoothing`, `weight`,
 * `ignoreIndex`, `reduction`.
 * @shape [..., c], [...] or [..., c] → [] | reduction 'none': [...]
 * @dtype float, integer or float → the logits'
 * @throws ShapeMismatch when the target fits neither form, InvalidArgument for a labelSmoothing outside 0..1.
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html
 * @example deepClose(await item(crossEntropy(tensor([[0, 0]]), tensor([1], { dtype: 'i32' }))), Math.LN2)
 */
export const crossEntropy: CrossEntropyOf = ((logits: Float, target: Tensor<Shape, DType, Device>, s: Settings = {}) => {
  const smooth = smoothing(s), logp = logSoftmax(logits)
  if (isClasses(target)) return ofClasses('crossEntropy', logp, target, s, smooth)
  return ofProbabilities(logp, cast(target, logits.dtype) as Float, s, smooth)
}) as never
