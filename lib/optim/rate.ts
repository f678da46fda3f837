/** What the optimizers share: the step count in their state, and rates that are numbers or schedules of it. */
import { add, tensor } from '../tensor/index.js'
import type { Device, Tensor } from '../type/index.js'
import type { Schedule } from './schedule.js'

export type Rate = number | Schedule
/** It lives where the parameters do, or nowhere yet. */
export type StepCount = Tensor<[], 'i32', Device>

/** The count before the first step. */
export const started = (): StepCount => tensor(0, { dtype: 'i32' })
export const counted = (step: StepCount): StepCount => add(step, 1)
/** The rate at a step: a plain number stays one, so it takes the dtype of what it multiplies. */
export const constantRate = (rate: Rate, step: StepCount): number | Tensor<[], 'f32', Device> =>
  typeof rate === 'number' ? rate : rate(step)
