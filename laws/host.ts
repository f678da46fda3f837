/** Arithmetic on host arrays, enough to state a law: x + h d, ⟨x, y⟩, stacking and slicing. Everything in double precision. */
import { numel } from '../lib/ir/node.js'
import type { Aval, Host } from '../lib/ir/node.js'
import { castScalar } from '../lib/prim/cast.js'
import { arrayOf, complexOf, dtypeInfo, isBig, isComplex, isInexact, realOf } from '../lib/type/dtype.js'
import { rounded } from '../lib/type/half.js'
import type { AnyArray, FloatDType } from '../lib/type/dtype.js'
import { unit } from './draw.js'
import type { Draw } from './draw.js'

/** `f` gives each number: of a complex tensor the real and the imaginary part of each element in turn. */
export const hostOf = (x: Aval, f: (i: number) => number | bigint): Host => {
  const data = arrayOf(x.dtype, numel(x.shape))
  for (let i = 0; i < data.length; i++) data[i] = (isBig(x.dtype) ? BigInt(f(i)) : Number(f(i))) as never
  return { shape: x.shape, dtype: x.dtype, data: rounded(data, x.dtype) }
}
export const copied = (x: Host): Host => ({ ...x, data: x.data.slice() as AnyArray })
export const numbersOf = (x: Host): number[] => Array.from(x.data as ArrayLike<number | bigint>, Number)
export const isFloating = (x: Aval): boolean => isInexact(x.dtype)
/** How many numbers an array of this type holds. */
export const numbersIn = (x: Aval): number => numel(x.shape) * dtypeInfo[x.dtype].numbers

/** x + h d on floats; what is not a float stays. */
export const moved = (x: Host, h: number, d: Host): Host =>
  isFloating(x) ? hostOf(x, (i) => (x.data[i] as number) + h * (d.data[i] as number)) : x
/** a x + b y, elementwise. */
export const combined = (a: number, x: Host, b: number, y: Host): Host => hostOf(x, (i) => a * Number(x.data[i]) + b * Number(y.data[i]))
/** Re Σ x y, without a conjugate: the pairing in which transposes are adjoint. */
export const inner = (x: Host, y: Host): number =>
  numbersOf(x).reduce((s, v, i) => s + (isComplex(x.dtype) && i % 2 === 1 ? -v : v) * Number(y.data[i]), 0)
export const innerAll = (xs: readonly Host[], ys: readonly Host[]): number => xs.reduce((s, x, i) => s + inner(x, ys[i] as Host), 0)
/** The largest finite magnitude. */
export const magnitude = (x: Host): number => numbersOf(x).reduce((m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), 0)

export const stacked = (xs: readonly Host[], like: Aval): Host => {
  const n = numbersIn(like)
  const data = arrayOf(like.dtype, numel(like.shape) * xs.length)
  xs.forEach((x, i) => data.set(x.data as never, i * n))
  return { shape: [xs.length, ...like.shape], dtype: like.dtype, data }
}
/** The i-th slice along the first axis. */
export const sliced = (x: Host, i: number): Host => {
  const shape = x.shape.slice(1)
  const n = numbersIn({ shape, dtype: x.dtype })
  return { shape, dtype: x.dtype, data: x.data.slice(i * n, (i + 1) * n) as AnyArray }
}
/** The same numbers in another dtype, as `cast` converts them; complex numbers stay complex. */
export const recast = (x: Host, dtype: FloatDType): Host =>
  hostOf({ shape: x.shape, dtype: isComplex(x.dtype) ? complexOf(dtype) : dtype }, (i) => castScalar(x.data[i] as number, realOf(x.dtype), dtype))
/** A random direction with components in [-1, 1]. */
export const direction = (draw: Draw, x: Aval): Host => hostOf(x, () => 2 * unit(draw) - 1)
export const describe = (x: Host): string => {
  const shown = Array.from(x.data as ArrayLike<number | bigint>).slice(0, 12).map((v) => (Object.is(v, -0) ? '-0' : String(v)))
  return `${x.dtype}[${x.shape}](${shown.join(', ')}${x.data.length > 12 ? ', …' : ''})`
}
