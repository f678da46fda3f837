/**
 * How close two results must be: one table, (class of computation) x (dtype), and the comparison that reads it. It is the
 * only place in the project with a number like 1e-5. A tolerance is relative to the element, plus relative to the largest
 * element of the result (sums cancel); contractions and reductions widen it with the square root of their length.
 *
 * The slack a comparison used is remembered, so `slackUsed()` shows which entries are tight and which are too wide.
 */
import type { Aval, Host } from '../lib/ir/node.js'
import type { AnyPrimitive } from '../lib/prim/index.js'
import { isComplex, isHalf, isInexact, realOf } from '../lib/type/dtype.js'
import type { DType, HalfDType, WideFloatDType } from '../lib/type/dtype.js'
import { magnitude } from './host.js'

/** true, or a sentence that says what is wrong. */
export type Verdict = true | string
export const both = (x: Verdict, y: () => Verdict): Verdict => (x === true ? y() : x)
export const every = <A>(xs: readonly A[], f: (x: A, i: number) => Verdict): Verdict => {
  for (let i = 0; i < xs.length; i++) {
    const v = f(xs[i] as A, i)
    if (v !== true) return v
  }
  return true
}

export type Class = 'exact' | 'extremum' | 'transcendental' | 'reduction' | 'contraction' | 'derivative' | 'second' | 'third' | 'program'
export interface Work {
  readonly class: Class
  readonly length?: number
  /** The size of what was added up, when it can be larger than the result: terms that cancel leave their rounding. */
  readonly scale?: number
}
interface Entry { readonly f32: number; readonly f64: number }
/** f32 entries are in units of 2^-24, f64 ones in units of 2^-53; derivatives are judged against difference quotients. */
const table: Record<Class, Entry> = {
  exact: { f32: 0, f64: 0 },
  /** Exact, but which of two zeros of unlike sign is larger is left to the machine (IEEE 754-2019 maxNum; C's fmax). */
  extremum: { f32: 0, f64: 0 },
  transcendental: { f32: 6e-7, f64: 2e-15 },
  reduction: { f32: 3e-7, f64: 1e-15 },
  contraction: { f32: 3e-7, f64: 1e-15 },
  derivative: { f32: 4e-6, f64: 1e-8 },
  second: { f32: 4e-5, f64: 1e-7 },
  third: { f32: 4e-4, f64: 1e-6 },
  program: { f32: 4e-6, f64: 1e-11 },
}
/** Half types are computed in f32 and rounded: two results that straddle a rounding boundary are one unit apart. */
const units: Readonly<Record<HalfDType, { readonly relative: number; readonly least: number }>> = {
  f16: { relative: 2 ** -10, least: 2 ** -24 }, bf16: { relative: 2 ** -7, least: 2 ** -133 },
}
const wideOf = (d: DType): WideFloatDType => (realOf(d) === 'f64' ? 'f64' : 'f32')
/** Relative tolerance of a class for a dtype; integers and bools are exact. */
export const tolerance = (x: Aval, work: Work): number => {
  const rel = isInexact(x.dtype) ? table[work.class][wideOf(x.dtype)] * Math.sqrt(Math.max(1, work.length ?? 1)) : 0
  return rel > 0 && isHalf(x.dtype) ? rel + units[x.dtype].relative : rel
}
/** What below the normal numbers is one unit. */
export const least = (d: DType): number => (isHalf(d) ? units[d].least : Number.MIN_VALUE)

/** Ops whose float results IEEE 754 determines: every backend gives the same bits. */
const rounded = new Set(['neg', 'abs', 'sign', 'sqrt', 'add', 'sub', 'mul', 'div', 'floor', 'ceil', 'round', 'trunc', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'where', 'cast', 'not', 'and', 'or', 'xor', 'shl', 'shr'])
const extrema = new Set(['max', 'min', 'reduceMax', 'reduceMin', 'maxPool'])
const products = new Set(['dot', 'conv', 'convInput', 'convWeight'])
const attentions = new Set(['attention', 'attentionGrad', 'attentionTangent'])
const factors = new Set(['cholesky', 'triangularSolve', 'lu', 'qr', 'eig', 'eigh', 'svd'])
const sums = new Set(['scatterAdd', 'cumsum', 'fft', 'maxPoolGrad'])
/** What kind of computation a primitive is, from its record. */
export const workOf = (p: AnyPrimitive, operands: readonly Aval[]): Work => {
  const length = Math.max(1, ...operands.map((x) => x.shape.reduce((n, d) => n * d, 1)))
  if (extrema.has(p.name)) return { class: 'extremum' }
  if (p.lower.kind === 'element') return { class: rounded.has(p.name) ? 'exact' : 'transcendental' }
  if (p.lower.kind === 'reduce') return p.lower.sink === 'sum' || p.lower.sink === 'prod' ? { class: 'reduction', length } : { class: 'exact' }
  if (products.has(p.name) || factors.has(p.name) || attentions.has(p.name)) return { class: 'contraction', length }
  return sums.has(p.name) ? { class: 'reduction', length } : { class: 'exact' }
}

/** Ops that are linear in each operand and add up products. */
export const contracts = (p: AnyPrimitive): boolean => products.has(p.name)
/** Ops whose algorithms are backward stable: exact for operands that are off by a rounding of their largest element. */
export const isStable = (p: AnyPrimitive): boolean => factors.has(p.name) || p.name === 'fft'
const unitRoundoff = (x: Aval): number => (isHalf(x.dtype) ? units[x.dtype].relative / 2 : x.dtype === 'f64' ? 2 ** -53 : 2 ** -24)
const moving: ReadonlySet<string> = new Set(['view', 'instruction', 'reduce'])
/** What one op may round, relative to the size of what it adds up; movement and choices round nothing. */
export const roundingOf = (p: AnyPrimitive, operands: readonly Aval[], out: Aval): number => {
  const entry = tolerance(out, workOf(p, operands))
  return entry === 0 && moving.has(p.lower.kind) ? 0 : Math.max(entry, unitRoundoff(out))
}

/** Classes that are judged element by element: a large neighbour buys no slack. */
const pointwise: ReadonlySet<Class> = new Set<Class>(['transcendental'])

const used = new Map<string, number>()
/** The largest share of its tolerance that each class has used so far. */
export const slackUsed = (): ReadonlyMap<string, number> => used
const note = (key: string, share: number): void => {
  if (share > (used.get(key) ?? 0)) used.set(key, share)
}

const sameType = (got: Host, want: Aval): Verdict =>
  got.dtype === want.dtype && String(got.shape) === String(want.shape) ? true : `got ${got.dtype}[${got.shape}], want ${want.dtype}[${want.shape}]`
const wrong = (got: Host, i: number, g: unknown, w: unknown, slack: string): string =>
  `element ${i} of ${got.dtype}[${got.shape}]: got ${show(g)}, want ${show(w)}${slack}`
const show = (x: unknown): string => (Object.is(x, -0) ? '-0' : String(x))

/** Equal bit for bit (any NaN equals any NaN; the sign of zero counts). */
export const sameBits = (got: Host, want: Host): Verdict => {
  const type = sameType(got, want)
  if (type !== true) return type
  for (let i = 0; i < got.data.length; i++) if (!Object.is(got.data[i], want.data[i])) return wrong(got, i, got.data[i], want.data[i], ' (bit for bit)')
  return true
}
/** The size of what number i belongs to: a part of a complex number is as exact as the number. */
const sizeAt = (x: Host, i: number): number => {
  const at = (k: number): number => (Number.isFinite(Number(x.data[k])) ? Math.abs(Number(x.data[k])) : 0)
  return isComplex(x.dtype) ? Math.max(at(i), at(i ^ 1)) : Math.abs(Number(x.data[i]))
}
/** Elements for which `skip` holds are not judged. */
export const close = (got: Host, want: Host, work: Work, skip: (i: number) => boolean = () => false): Verdict => {
  const rel = tolerance(want, work)
  if (rel === 0 && work.class !== 'extremum') return sameBits(got, want)
  const type = sameType(got, want)
  if (type !== true) return type
  const scale = pointwise.has(work.class) ? 0 : Math.max(magnitude(want), work.scale ?? 0)
  for (let i = 0; i < got.data.length; i++) {
    const [g, w] = [Number(got.data[i]), Number(want.data[i])]
    if (skip(i) || Object.is(g, w) || g === w) continue
    const share = Math.abs(g - w) / (rel * (sizeAt(want, i) + scale) + least(want.dtype))
    if (!(share <= 1)) return wrong(got, i, g, w, `, off by ${Math.abs(g - w)}: ${share.toPrecision(3)} times the slack of ${work.class}`)
    note(`${work.class} ${want.dtype}`, share)
  }
  return true
}
/** Two computations of one thing, each off by at most its bound: an element without a finite bound, or an integer with one, is
 *  not judged. */
export const within = (got: Host, want: Host, bound: (i: number) => number): Verdict => {
  const type = sameType(got, want)
  if (type !== true) return type
  const float = isInexact(want.dtype)
  for (let i = 0; i < got.data.length; i++) {
    const [g, w, slack] = [Number(got.data[i]), Number(want.data[i]), bound(i)]
    judged.all++
    if (Object.is(g, w) || g === w) continue
    if (!Number.isFinite(slack) || (!float && slack > 0)) {
      judged.left++
      continue
    }
    const share = Math.abs(g - w) / slack
    if (!(share <= 1)) return wrong(got, i, g, w, `, off by ${Math.abs(g - w)}: ${share.toPrecision(3)} times its error bound`)
    note(`bound ${want.dtype}`, share)
  }
  return true
}
const judged = { all: 0, left: 0 }
/** Elements that `within` has compared, and those among them that it could not judge. */
export const judgedByBound = (): { readonly all: number; readonly left: number } => judged
/** The same for lists of results. */
export const allClose = (got: readonly Host[], want: readonly Host[], work: Work): Verdict =>
  got.length === want.length ? every(got, (g, i) => named(close(g, want[i] as Host, work), i)) : `got ${got.length} results, want ${want.length}`
export const allSameBits = (got: readonly Host[], want: readonly Host[]): Verdict =>
  got.length === want.length ? every(got, (g, i) => named(sameBits(g, want[i] as Host), i)) : `got ${got.length} results, want ${want.length}`
const named = (v: Verdict, i: number): Verdict => (v === true ? true : `result ${i}: ${v}`)
/** Two numbers, relative to the sizes of what was added up to get them. */
export const closeNumbers = (got: number, want: number, scale: number, work: Work, dtype: 'f32' | 'f64' = 'f64'): Verdict => {
  const slack = table[work.class][dtype] * Math.sqrt(Math.max(1, work.length ?? 1)) * (Math.abs(want) + scale) + Number.MIN_VALUE
  const share = Math.abs(got - want) / slack
  if (!(share <= 1)) return `got ${got}, want ${want}, off by ${Math.abs(got - want)}: ${share.toPrecision(3)} times the slack of ${work.class}`
  note(`${work.class} ${dtype}`, share)
  return true
}
