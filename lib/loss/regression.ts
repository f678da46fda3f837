/** Losses between numbers: squared, absolute, and Huber's, which is one near zero and the other far away. */
import { abs, add, minimum, mul, square, sub } from '../tensor/index.js'
import type { Elementwise, Float, Reduction } from './reduce.js'
import { fail } from '../type/index.js'
import { alike, reduced } from './reduce.js'

interface Settings { readonly reduction?: Reduction }
const between = (op: string, of: (difference: Float) => Float) => (x: Float, y: Float, s: Settings = {}): Float => {
  alike(op, x, y)
  return reduced(op, of(sub(x, y)), s.reduction)
}

/**
 * The mean of (x - y)².
 * @shape [...s], [...s] → [] | reduction 'none': [...s]
 * @dtype float → same
 * @throws ShapeMismatch when the shapes differ.
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.MSELoss.html
 * @example deepClose(await item(mse(tensor([1, 2]), tensor([1, 4]))), 2)
 */
export const mse: Elementwise<'mse'> = between('mse', square) as never
/**
 * The mean of |x - y|.
 * @shape [...s], [...s] → [] | reduction 'none': [...s]
 * @dtype float → same
 * @throws ShapeMismatch when the shapes differ.
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.L1Loss.html
 * @example deepClose(await item(l1(tensor([1, 2]), tensor([1, 4]))), 1)
 */
export const l1: Elementwise<'l1'> = between('l1', abs) as never

/** With m = min(|z|, δ): m²/2 + δ (|z| - m), which is z²/2 below δ and δ (|z| - δ/2) above; no branch, so ∞ has a derivative. */
const bent = (z: Float, delta: number): Float => {
  const far = abs(z), near = minimum(far, delta)
  return add(mul(square(near), 0.5), mul(sub(far, near), delta))
}
/**
 * Huber's loss: z²/2 where |z| < delta (1 unless given), delta (|z| - delta/2) elsewhere, z = x - y.
 * @shape [...s], [...s] → [] | reduction 'none': [...s]
 * @dtype float → same
 * @throws ShapeMismatch when the shapes differ, InvalidArgument unless delta is positive.
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.HuberLoss.html
 * @example deepClose(await item(huber(tensor([0, 0]), tensor([0.5, 3]))), 1.3125)
 */
export const huber: Elementwise<'huber', { readonly delta?: number }> = ((x: Float, y: Float, s: Settings & { readonly delta?: number } = {}) => {
  const { delta = 1 } = s
  if (!(delta > 0)) fail('InvalidArgument', `huber: delta is ${delta}; pass a positive number`)
  return between('huber', (z) => bent(z, delta))(x, y, s)
}) as never
