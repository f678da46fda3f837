/** The running mean, for losses: Σ w x and Σ w, summed in f64 so that a million steps lose nothing that shows. */
import { cast, div, mul, sum, tensor, where, eq } from '../tensor/index.js'
import type { Device, DType, Shape, Tensor } from '../type/index.js'
import { sizeOf } from '../type/index.js'
import type { Metric } from './metric.js'
import { summed } from './metric.js'

type Real = Tensor<[], 'f64', Device>
export interface Total { readonly sum: Real; readonly weight: Real }
const real = (x: number): Real => tensor(x, { dtype: 'f64' })

/**
 * The mean of all numbers seen; `weight` (1 unless given) says for how many examples a number stands.
 * @shape [...s] → value []
 * @dtype any → f64
 * @law a monoid up to the rounding of f64
 * @example const { of, concat, value } = metric.mean
 *   deepClose(await item(value(concat(of(tensor(1), 3), of(tensor(5), 1)))), 2)
 */
export const mean: Metric<readonly [x: Tensor<Shape, DType, Device>, weight?: number], Total, Real> = {
  empty: { sum: real(0), weight: real(0) },
  of: (x, weight = 1) => ({ sum: mul(sum(cast(x, 'f64')), weight) as Real, weight: real(sizeOf(x.shape) * weight) }),
  concat: summed,
  value: ({ sum: total, weight }) => where(eq(weight, 0), 0, div(total, where(eq(weight, 0), 1, weight))) as Real,
}
/**
 * The mean of a function of each batch, such as a loss with reduction 'none'.
 * @shape the function's: [...] → value []
 * @dtype any → f64
 * @law a monoid up to the rounding of f64
 * @example deepClose(await item(meanOf(square).value(meanOf(square).of(tensor([1, 3])))), 5)
 */
export const meanOf = <In extends readonly unknown[]>(f: (...batch: In) => Tensor<Shape, DType, Device>): Metric<In, Total, Real> => ({
  ...mean, of: (...batch) => mean.of(f(...batch)),
})
