/**
 * Integer tensors are a commutative ring modulo 2ⁿ, exactly, because integers wrap. Floats get no instance: their addition
 * is only approximately associative, and a Semigroup that nearly holds is none.
 */
import type { ring } from 'fp-ts'
import { add, full, mul, sub } from '../tensor/index.js'
import type { Device } from '../type/device.js'
import type { IntDType } from '../type/dtype.js'
import type { Shape } from '../type/shape.js'
import type { Tensor } from '../type/tensor.js'

/**
 * Elementwise arithmetic of integer tensors of one shape.
 * @law a commutative ring, exactly
 * @example const r = integerRing([2], 'i32'); deepClose(await read(r.sub(r.one, r.add(r.one, r.one))), [-1, -1])
 */
export const integerRing = <const S extends Shape, D extends IntDType>(shape: S, dtype: D): ring.Ring<Tensor<S, D, Device>> => ({
  add: (x, y) => add(x as never, y as never) as never,
  mul: (x, y) => mul(x as never, y as never) as never,
  sub: (x, y) => sub(x as never, y as never) as never,
  zero: full(shape, 0, { dtype }) as never,
  one: full(shape, 1, { dtype }) as never,
})
