/** How far a value may be from a recorded one, and where it is farther. */
import type { Host } from '../../lib/ir/node.js'
import { isComplex, realOf } from '../../lib/type/dtype.js'

/** Relative to the value and to the largest of its tensor, by dtype; integers are exact, halves one unit in the last place. */
export interface Tolerance { readonly f32: number; readonly f64: number }
export const exact: Tolerance = { f32: 0, f64: 0 }
export const rounded: Tolerance = { f32: 2e-6, f64: 2e-14 }
export const summed: Tolerance = { f32: 5e-6, f64: 1e-13 }
/** Special functions are rounded once from f64; the recorded f64 values have errors of their own. */
export const special: Tolerance = { f32: 2.5e-7, f64: 2e-12 }
/** Factors and solutions: relative to the largest element, times a condition number of up to a hundred. */
export const factored: Tolerance = { f32: 1e-5, f64: 2e-13 }

const close = (got: number, want: number, scale: number, tolerance: number): boolean =>
  Object.is(got, want) || (tolerance > 0 && Math.abs(got - want) <= tolerance * Math.max(Math.abs(want), scale)) || (tolerance >= 0 && got === want)
const finite = (values: readonly number[]): number => values.reduce((m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), 0)
/** The first places where values differ, as text. */
export const differences = (got: Host, want: Host, t: Tolerance): string[] => {
  const [g, w] = [got, want].map((h) => Array.from(h.data as Iterable<number | bigint>, Number)) as [number[], number[]]
  const dtype = realOf(want.dtype)
  const tolerance = dtype === 'f32' ? t.f32 : dtype === 'f64' ? t.f64 : t === exact ? 0 : dtype === 'f16' ? 2 ** -10 : dtype === 'bf16' ? 2 ** -7 : 0
  const scale = t === summed ? Math.min(1, finite(w)) : t === factored ? finite(w) : 1e-30
  // a part of a complex number is as exact as the number
  const size = (i: number): number => (isComplex(want.dtype) ? Math.max(scale, finite([w[i] as number, w[i ^ 1] as number])) : scale)
  return w.flatMap((v, i) => (close(g[i] as number, v, size(i), tolerance) ? [] : [`[${i}]: ${g[i]}, recorded ${v}`])).slice(0, 4)
}
