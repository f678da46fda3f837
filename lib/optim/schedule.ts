/**
 * Learning rates as functions of the step, an i32 tensor that the optimizer's state holds. The step before the first update
 * is 0. Being part of the graph, a schedule costs nothing and never makes a new program. Formulas are optax's.
 */
import { add, cast, cos, div, full, ge, lt, minimum, mul, sub, where } from '../tensor/index.js'
import type { Device, Tensor } from '../type/index.js'
import { fail } from '../type/index.js'

/** A number for each step. */
export interface Schedule { <V extends Device>(step: Tensor<[], 'i32', V>): Tensor<[], 'f32', V> }
type Step = Tensor<[], 'i32', Device>
type Rate = Tensor<[], 'f32', Device>
const schedule = (f: (step: Step) => Rate): Schedule => f as never

const finite = (op: string, what: string, value: number): number =>
  Number.isFinite(value) ? value : fail('InvalidArgument', `${op}: ${what} is ${value}; pass a finite number`)
const steps = (op: string, n: number): number =>
  Number.isSafeInteger(n) && n >= 1 ? n : fail('InvalidArgument', `${op}: steps is ${n}; pass a whole number of at least 1`)

/**
 * The same number at every step.
 * @shape [] → []
 * @dtype i32 → f32
 * @source https://optax.readthedocs.io/en/latest/api/optimizer_schedules.html#optax.constant_schedule
 * @example deepClose(await item(constant(0.1)(tensor(7, { dtype: 'i32' }))), Math.fround(0.1))
 */
export const constant = (value: number): Schedule => {
  finite('constant', 'the value', value)
  return schedule(() => full([], value))
}
/** min(step, n) / n */
const progress = (step: Step, n: number): Rate => div(minimum(cast(step, 'f32'), n), n)
/**
 * From `value` down half a cosine to `alpha · value` (0 unless given) over `steps` steps, and then level.
 * @shape [] → []
 * @dtype i32 → f32
 * @throws InvalidArgument unless steps is a whole number of at least 1.
 * @source https://arxiv.org/abs/1608.03983; optax.cosine_decay_schedule
 * @example deepClose(await item(cosine(0.1, 10)(tensor(5, { dtype: 'i32' }))), Math.fround(0.05))
 */
export const cosine = (value: number, n: number, settings: { readonly alpha?: number } = {}): Schedule => {
  const { alpha = 0 } = settings
  finite('cosine', 'the value', value)
  steps('cosine', n)
  return schedule((step) => {
    const half = mul(add(cos(mul(progress(step, n), Math.PI)), 1), 0.5)
    return mul(add(mul(half, 1 - alpha), alpha), value)
  })
}
/**
 * From `from` (0 unless given) up a straight line to `value` over `steps` steps, and then level, or on with the schedule
 * `then`, which counts its own steps from 0.
 * @shape [] → []
 * @dtype i32 → f32
 * @throws InvalidArgument unless steps is a whole number of at least 1.
 * @source optax.linear_schedule and optax.join_schedules
 * @example deepClose(await item(warmup(1, 10)(tensor(5, { dtype: 'i32' }))), 0.5)
 */
export const warmup = (value: number, n: number, settings: { readonly from?: number; readonly then?: Schedule } = {}): Schedule => {
  const { from = 0, then } = settings
  finite('warmup', 'the value', value)
  steps('warmup', n)
  return schedule((step) => {
    const rising = add(mul(sub(1, progress(step, n)), from - value), value)
    return then === undefined ? rising : where(lt(step, n), rising, then(sub(step, n)))
  })
}
/**
 * `value`, multiplied by a factor at each of the steps named: step(0.1, { 30: 0.1, 60: 0.1 }).
 * @shape [] → []
 * @dtype i32 → f32
 * @source optax.piecewise_constant_schedule; https://docs.pytorch.org/docs/2.13/generated/torch.optim.lr_scheduler.MultiStepLR.html
 * @example deepClose(await item(step(1, { 30: 0.5 })(tensor(30, { dtype: 'i32' }))), 0.5)
 */
export const step = (value: number, factors: Readonly<Record<number, number>>): Schedule => {
  finite('step', 'the value', value)
  const at = Object.entries(factors).map(([n, factor]) => [Number(n), factor] as const)
  const bad = at.find(([n, factor]) => !Number.isSafeInteger(n) || n < 0 || !Number.isFinite(factor))
  if (bad !== undefined) fail('InvalidArgument', `step: ${bad[0]} → ${bad[1]}; pass whole steps and finite factors`)
  return schedule((now) => at.reduce<Rate>((rate, [n, factor]) => where(ge(now, n), mul(rate, factor), rate), full([], value)))
}
