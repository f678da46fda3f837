/**
 * Samples of primitives, derived from their own records: an `Instance` is a function of nodes with operands at which to
 * judge it. Values are *smooth* (inside the record's range, spaced apart and away from kinks, so that a difference quotient
 * means something) or *corner* (NaN, infinities, signed zeros, the ends of the dtype). Control flow has no domain of its
 * own; its instances come from `control.ts`.
 */
import type { Aval, Host, Node, Params } from '../lib/ir/node.js'
import { b, make, outputs } from '../lib/prim/index.js'
import type { AnyPrimitive } from '../lib/prim/index.js'
import { dtypeInfo, isComplex, isFloat } from '../lib/type/dtype.js'
import type { DType, FloatDType } from '../lib/type/dtype.js'
import { closed } from './calculus.js'
import type { Fn } from './calculus.js'
import { workOf } from './close.js'
import type { Work } from './close.js'
import { oneOf, shuffled, unit } from './draw.js'
import type { Draw, Gen } from './draw.js'
import { describe, hostOf, isFloating, magnitude, numbersIn } from './host.js'
import { oracle } from './machine.js'

export interface Instance {
  readonly name: string
  readonly params: string
  readonly fn: Fn
  readonly inputs: readonly Host[]
  readonly work: Work
  /** How many operands laws may vary; the rest are numbers that the function captured. All unless given. */
  readonly free?: number
  /** Operands that stay within these bounds keep the function smooth. */
  readonly fresh: (draw: Draw) => readonly Host[]
}
export const instanceText = (x: Instance): string => `${x.name}${x.params}(${x.inputs.map(describe).join('; ')})`

type Range = readonly [number, number]
export interface Slot { readonly aval: Aval; readonly range: Range }
const MARGIN = 0.03

/** Away from kinks: a value too near one steps over it. */
const dodge = (x: number, kinks: readonly { readonly at: number }[]): number => {
  for (const k of kinks) if (Math.abs(x - k.at) < MARGIN) return k.at + (x < k.at ? -MARGIN : MARGIN)
  return x
}
const whole = (draw: Draw, [lo, hi]: Range, dtype: DType): number => {
  const { min, max } = dtypeInfo[dtype]
  const [a, b] = [Math.ceil(Math.max(lo, min)), Math.floor(Math.min(hi, max))]
  return a + Math.floor(unit(draw) * (b - a + 1))
}
/** Where imaginary parts are drawn: with any range of real parts no branch cut is near. */
const imaginary: Range = [-0.8, 0.8]
/** One value a slot of a grid that all operands share, so that no two come near each other. */
export const smooth = (draw: Draw, slots: readonly Slot[], kinks: readonly { readonly at: number }[]): Host[] => {
  const total = slots.reduce((n, s) => n + (isFloating(s.aval) ? numbersIn(s.aval) : 0), 0)
  const order = shuffled(draw, total)
  let at = 0
  return slots.map(({ aval, range }) => hostOf(aval, (i) => {
    if (!isFloating(aval)) return whole(draw, range, aval.dtype)
    const [lo, hi] = isComplex(aval.dtype) && i % 2 === 1 ? imaginary : range
    const u = ((order[at++] as number) + 0.25 + 0.5 * unit(draw)) / total
    return dodge(lo + u * (hi - lo), kinks)
  }))
}
const wild = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5]
/** Sums of huge numbers depend on the order in which they are added, so those corners go to pointwise ops only. */
const extremes: Record<FloatDType, readonly number[]> = {
  f16: [65504, -65504, 2 ** -14, 2 ** -24, 2049, 1e3, -1e-3, 11.09, -17],
  bf16: [3.3895313892515355e38, -3.3895313892515355e38, 2 ** -126, 2 ** -133, 257, 1e10, -1e-10, 88.5, -92],
  f32: [3.4028234663852886e38, -3.4028234663852886e38, 1.1754943508222875e-38, 1.401298464324817e-45, 16777217, 1e10, -1e-10, 88.8, -104],
  f64: [Number.MAX_VALUE, -Number.MAX_VALUE, 2.2250738585072014e-308, 5e-324, 9007199254740993, 1e10, -1e-10, 709.9, -746],
}
const cornerOf = (draw: Draw, dtype: DType, range: Range, order: boolean): number | bigint => {
  if (isComplex(dtype)) return oneOf(draw, wild)
  if (isFloat(dtype)) return oneOf(draw, order ? wild : [...wild, ...extremes[dtype]])
  if (dtype === 'bool') return draw(2)
  if (dtype === 'u64') return oneOf(draw, [0n, 1n, 2n ** 64n - 1n, 2n ** 63n, 2n ** 63n - 1n, 3n ** 40n, BigInt(draw(7))])
  if (dtype === 'i64') return oneOf(draw, [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 3037000500n, BigInt(draw(7) - 3)])
  const { min, max } = dtypeInfo[dtype]
  return oneOf(draw, [0, 1, Math.max(min, -1), min, max, Math.floor(max / 3), whole(draw, range, dtype)])
}
export const corner = (draw: Draw, slots: readonly Slot[], order: boolean): Host[] =>
  slots.map(({ aval, range }) => hostOf(aval, () => cornerOf(draw, aval.dtype, range, order)))

export type Values = 'smooth' | 'corner'
const text = (p: Params): string => (Object.keys(p).length === 0 ? '' : JSON.stringify(p))
/**
 * Corner values go everywhere but into indices (whose range is their own) and into windows that are no sums of products with
 * zeros around them: what lies outside a cotangent may be multiplied by an infinite weight or skipped. Nor into Fourier
 * transforms: whether an infinity meets another in one of their sums depends on how the size is cut.
 */
const ordinary = (s: Sample): boolean => (s.dtypes ?? []).some((t) => t != null && t !== 'bool') || windowed(s) || 'inverse' in s.params
const windowed = ({ params }: Sample): boolean => 'stride' in params && !('groups' in params && !('spatial' in params))
type Sample = ReturnType<AnyPrimitive['domain']['sample']>
/** A primitive at operands of a shape, dtype and params that its own domain gives. */
export const instanceOf = (p: AnyPrimitive, values: Values = 'smooth', dtypes: readonly DType[] = p.domain.dtypes): Gen<Instance> => (draw) => {
  const dtype = oneOf(draw, dtypes)
  const s = p.domain.sample(draw)
  const slots = s.shapes.map((shape, i): Slot => ({ aval: { shape, dtype: s.dtypes?.[i] ?? dtype }, range: s.ranges?.[i] ?? rangeOf(p, s.dtypes?.[i] ?? dtype) }))
  const fresh = (d: Draw): readonly Host[] => tamed(p, smooth(d, slots, p.domain.kinks))
  const work = workOf(p, slots.map((x) => x.aval))
  const ordered = work.class === 'reduction' || work.class === 'contraction'
  const inputs = values === 'smooth' || ordinary(s) ? fresh(draw) : tamed(p, corner(draw, slots, ordered))
  const scale = inputs.filter(isFloating).reduce((m, x) => m * Math.max(1, magnitude(x)), 1)
  return { name: p.name, params: text(s.params), fn: (...xs) => outputs(make(p.name, xs, s.params)), inputs, work: { ...work, scale }, fresh }
}
/** Operands brought to where the op is smooth, if its record says how. */
const tamed = (p: AnyPrimitive, xs: readonly Host[]): readonly Host[] => {
  const { tame } = p.domain
  return tame === undefined ? xs : xs.map((x, i) => oracle.run(closed((v) => [tame(b, v as Node, i)], [x]), [x])[0] as Host)
}
const rangeOf = (p: AnyPrimitive, dtype: DType): Range => (dtype === 'bool' ? [0, 1] : p.domain.range)

/** The dtypes at which a primitive can be differentiated numerically. */
export const differentiable = (p: AnyPrimitive): boolean => (p.domain.dtypes.includes('f64') || p.domain.dtypes.includes('c128')) && p.domain.sample(() => 0).shapes.length > 0
export const isApplied = (p: AnyPrimitive): boolean => p.domain.dtypes.length > 0
