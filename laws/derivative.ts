/**
 * Laws of derivatives. The difference quotient is the only outside authority: forward mode must equal it (in f64), and
 * everything else must equal forward mode. Elements at which two step sizes disagree are not smooth there and are left out;
 * that judges the function alone, never the rule.
 */
import type { Graph } from '../lib/ir/graph.js'
import type { Host, Node } from '../lib/ir/node.js'
import { transforms } from '../lib/transform/index.js'
import { isInexact, realOf } from '../lib/type/dtype.js'
import type { DType } from '../lib/type/dtype.js'
import type { AnyPrimitive } from '../lib/prim/index.js'
import { differentiable, instanceOf } from './arbitrary.js'
import type { Instance } from './arbitrary.js'
import { closed, derivative, picked, pullback } from './calculus.js'
import type { Fn } from './calculus.js'
import { allClose, close, closeNumbers, every, within } from './close.js'
import type { Class, Verdict } from './close.js'
import { subset } from './draw.js'
import type { Draw } from './draw.js'
import { combined, direction, hostOf, innerAll, isFloating, magnitude, moved, numbersOf, recast } from './host.js'
import { oracle } from './machine.js'
import type { Machine } from './machine.js'
import { claimOf } from './primitive.js'
import { errorBounds } from './rounding.js'
import type { Claim, PrimitiveLaw } from './primitive.js'

const floatsOf = (ys: readonly Host[]): Host[] => ys.filter(isFloating)
export const floatPlaces = (xs: readonly Host[]): number[] => [...xs.keys()].filter((i) => isFloating(xs[i] as Host))

/** (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h, of order h⁴. `at` evaluates the float results at x + s t. */
const quotient = (at: (s: number) => readonly Host[], h: number): Host[] => {
  const [p, m, pp, mm] = [at(h), at(-h), at(2 * h), at(-2 * h)]
  return p.map((y, i) => hostOf(y, (k) => {
    const of = (ys: readonly Host[]): number => Number((ys[i] as Host).data[k])
    return (8 * (of(p) - of(m)) - (of(pp) - of(mm))) / (12 * h)
  }))
}
const STEP = 2 ** -10
const sharp = 1 / 4096
/** How much of a function's size a quotient of it may be off by, as a share of the derivative's tolerance. */
const ROUNDING = 1 / 64
/** Elements at which the quotient does not settle: a kink or a jump lies within the step. */
const unsettled = (coarse: Host, fine: Host): ((i: number) => boolean) => {
  const scale = magnitude(fine) + 1
  return (i) => !(Math.abs(Number(coarse.data[i]) - Number(fine.data[i])) <= sharp * scale)
}
/** D f(x)[t] = lim (f(x + h t) - f(x - h t)) / 2h */
export const jvpIsDifferenceQuotient = (fn: Fn, inputs: readonly Host[], active: readonly boolean[], ts: readonly Host[], on: Machine, grade: Class = 'derivative'): Verdict => {
  const g = closed(fn, inputs)
  const all = spread(inputs, active, ts)
  const at = (s: number): Host[] => floatsOf(oracle.run(g, inputs.map((x, i) => (active[i] === true ? moved(x, s, all[i] as Host) : x))))
  const [coarse, fine] = [quotient(at, STEP), quotient(at, STEP / 2)]
  const got = on.run(closed(derivative(fn, active), [...inputs, ...ts]), [...inputs, ...ts])
  const sizes = at(0).map(magnitude)
  return every(fine, (want, i) => close(got[i] as Host, want, { class: grade, scale: (sizes[i] as number) * ROUNDING }, unsettled(coarse[i] as Host, want)))
}
const spread = (inputs: readonly Host[], active: readonly boolean[], ts: readonly Host[]): Host[] => {
  let at = 0
  return inputs.map((x, i) => (active[i] === true ? (ts[at++] as Host) : x))
}
/** ⟨J t, c⟩ = ⟨t, Jᵀ c⟩ */
export const vjpIsAdjointOfJvp = (fn: Fn, inputs: readonly Host[], active: readonly boolean[], ts: readonly Host[], cts: readonly Host[], on: Machine): Verdict => {
  const jt = on.run(closed(derivative(fn, active), [...inputs, ...ts]), [...inputs, ...ts])
  const jc = on.run(closed(pullback(fn, active), [...inputs, ...cts]), [...inputs, ...cts])
  return adjoint(jt, cts, ts, jc)
}
const adjoint = (jt: readonly Host[], cts: readonly Host[], ts: readonly Host[], jc: readonly Host[]): Verdict => {
  const scale = jt.reduce((s, y, i) => s + magnitude(y) * magnitude(cts[i] as Host) * y.data.length, 0) + jc.reduce((s, y, i) => s + magnitude(y) * magnitude(ts[i] as Host) * y.data.length, 0)
  return closeNumbers(innerAll(jt, cts), innerAll(ts, jc), scale, { class: 'program' })
}

// ---- the transpose rule by itself ------------------------------------------------------------------------------
/** Is f linear in the chosen operands together? Asked of the reference, never of the record. */
export const isLinearIn = (g: Graph, inputs: readonly Host[], linear: readonly boolean[], draw: Draw): boolean => {
  if (!g.outputs.every(isFloating) || picked(inputs, linear).some((x) => x.data.length === 0)) return false
  const mix = (a: number, x: Host, c: number, y: Host, i: number): Host => (linear[i] === true ? combined(a, x, c, y) : x)
  const other = inputs.map((x, i) => (linear[i] === true ? direction(draw, x) : x))
  const [fx, fy] = [oracle.run(g, inputs), oracle.run(g, other)]
  // What is zero for want of elements to add up, as attention without keys, is linear in everything: the record need not know.
  const values = [...fx, ...fy].filter((x) => x.data.length > 0)
  if (values.length > 0 && values.every((x) => magnitude(x) === 0)) return false
  const fz = oracle.run(g, inputs.map((x, i) => mix(2, x, -3, other[i] as Host, i)))
  return fz.every((z, i) => close(z, combined(2, fx[i] as Host, -3, fy[i] as Host), { class: 'program' }) === true)
}
/** ⟨f t, c⟩ = ⟨t, fᵀ c⟩ for f linear in the chosen operands, with f itself transposed. */
export const transposeIsAdjoint = (g: Graph, inputs: readonly Host[], linear: readonly boolean[], cts: readonly Host[], on: Machine): Verdict => {
  const back = transforms.transpose(g, linear, g.outputs.map(() => true))
  const fixed = inputs.filter((_, i) => linear[i] !== true)
  const got = on.run(back.graph, [...fixed, ...cts])
  let at = 0
  const jc = picked(inputs, linear).map((t, i) => (back.got[i] === true ? (got[at++] as Host) : hostOf(t, () => 0)))
  return adjoint(on.run(g, inputs), cts, picked(inputs, linear), jc)
}
/** fᵀ(2c - 3d) = 2 fᵀc - 3 fᵀd */
export const transposeIsLinear = (fn: Fn, inputs: readonly Host[], active: readonly boolean[], cts: readonly Host[], ds: readonly Host[], on: Machine): Verdict => {
  const g = closed(pullback(fn, active), [...inputs, ...cts])
  const [c, d, mix] = [cts, ds, cts.map((x, i) => combined(2, x, -3, ds[i] as Host))].map((v) => on.run(g, [...inputs, ...v])) as [readonly Host[], readonly Host[], readonly Host[]]
  return allClose(mix, c.map((x, i) => combined(2, x, -3, d[i] as Host)), { class: 'program', scale: 1 })
}
// ---- higher orders ---------------------------------------------------------------------------------------------
/** D²f(x)[u, v] = D²f(x)[v, u] */
export const secondDerivativesCommute = (fn: Fn, inputs: readonly Host[], active: readonly boolean[], us: readonly Host[], vs: readonly Host[], on: Machine): Verdict => {
  const first = derivative(fn, active)
  const twice = (a: readonly Host[], c: readonly Host[]): readonly Host[] => {
    const flags = [...active, ...a.map(() => false)]
    return on.run(closed(derivative(first, flags), [...inputs, ...a, ...c]), [...inputs, ...a, ...c])
  }
  return allClose(twice(us, vs), twice(vs, us), { class: 'program', scale: 1 })
}
/** The gradient at each kink is what the record says. */
export const kinksAreGolden = (x: Instance, grads: readonly number[], on: Machine): Verdict => {
  const ones = x.inputs.map((v) => hostOf(v, () => 1))
  const [got] = on.run(closed(pullback(x.fn, [true]), [...x.inputs, ...ones]), [...x.inputs, ...ones])
  return every(numbersOf(got as Host), (g, i) => (g === grads[i] ? true : `the gradient at ${String(x.inputs[0]?.data[i])} is ${g}, not ${String(grads[i])}`))
}
/** A derivative in narrow floats = the same in f64, to the rounding errors of both; `more` are its tangents or cotangents. */
export const precisionsAgree = (fn: Fn, inputs: readonly Host[], more: readonly Host[], on: Machine): Verdict => {
  const xs = [...inputs, ...more]
  const ds = xs.map((v) => (isInexact(v.dtype) && realOf(v.dtype) !== 'f64' ? recast(v, 'f64') : v))
  const [f, g] = [xs, ds].map((vs) => closed(fn, vs)) as [Graph, Graph]
  const [low, high] = [on.run(f, xs), oracle.run(g, ds)]
  const [e, d] = [errorBounds(f, xs), errorBounds(g, ds)]
  return every(low, (y, i) => within(recast(y, 'f64'), recast(high[i] as Host, 'f64'), (k) => (e[i]?.[k] as number) + (d[i]?.[k] as number)))
}

// ---- claims ----------------------------------------------------------------------------------------------------
export interface Directed { readonly x: Instance; readonly active: readonly boolean[]; readonly ts: readonly Host[]; readonly us: readonly Host[]; readonly cts: readonly Host[]; readonly ds: readonly Host[] }
/** An instance with a random choice of active operands, tangents for them and cotangents for its float results. */
export const directed = (draw: Draw, x: Instance): Directed => {
  const active = subset(draw, x.inputs.length, floatPlaces(x.inputs.slice(0, x.free)))
  const outs = closed(x.fn, x.inputs).outputs.filter((o: Node) => isFloating(o as never))
  const some = (): Host[] => picked(x.inputs, active).map((v) => direction(draw, v))
  const of = (): Host[] => outs.map((o) => direction(draw, o))
  return { x, active, ts: some(), us: some(), cts: of(), ds: of() }
}
type Judge = (d: Directed, on: Machine) => Verdict
export const judged = (draw: Draw, x: Instance, judge: Judge): Claim => {
  const d = directed(draw, x)
  return claimOf(x, (_, on) => {
    const v = judge(d, on)
    return v === true ? true : `${v} (active operands: ${d.active.map(Number).join('')})`
  })
}
/** Laws about any differentiable instance, by name. */
export const judges: Readonly<Record<string, { readonly formula: string; readonly judge: Judge }>> = {
  jvpIsDifferenceQuotient: { formula: 'D f(x)[t] = lim (f(x + h t) - f(x - h t)) / 2h', judge: (d, on) => jvpIsDifferenceQuotient(d.x.fn, d.x.inputs, d.active, d.ts, on) },
  vjpIsAdjointOfJvp: { formula: '⟨J t, c⟩ = ⟨t, Jᵀ c⟩', judge: (d, on) => vjpIsAdjointOfJvp(d.x.fn, d.x.inputs, d.active, d.ts, d.cts, on) },
  transposeIsLinear: { formula: 'Jᵀ(2c - 3d) = 2 Jᵀc - 3 Jᵀd', judge: (d, on) => transposeIsLinear(d.x.fn, d.x.inputs, d.active, d.cts, d.ds, on) },
  secondDerivativesCommute: { formula: 'D²f(x)[u, v] = D²f(x)[v, u]', judge: (d, on) => secondDerivativesCommute(d.x.fn, d.x.inputs, d.active, d.ts, d.us, on) },
  secondIsQuotientOfFirst: {
    formula: 'D(D f[t])(x)[u] = lim (D f(x + h u)[t] - D f(x - h u)[t]) / 2h',
    judge: (d, on) => jvpIsDifferenceQuotient(derivative(d.x.fn, d.active), [...d.x.inputs, ...d.ts], [...d.active, ...d.ts.map(() => false)], d.us, on, 'second'),
  },
  reverseOverForward: {
    formula: '⟨D(D f[t])(x)[u], c⟩ = ⟨u, ∇ₓ⟨D f(x)[t], c⟩⟩',
    judge: (d, on) => vjpIsAdjointOfJvp(derivative(d.x.fn, d.active), [...d.x.inputs, ...d.ts], [...d.active, ...d.ts.map(() => false)], d.us, d.cts, on),
  },
  forwardOverReverse: {
    formula: 'D(Jᵀc)(x)[u] = lim (J(x + h u)ᵀc - J(x - h u)ᵀc) / 2h',
    judge: (d, on) => jvpIsDifferenceQuotient(pullback(d.x.fn, d.active), [...d.x.inputs, ...d.cts], [...d.active, ...d.cts.map(() => false)], d.us, on, 'second'),
  },
}
/** Double precision, real or complex. */
const sharpest = (p: AnyPrimitive): readonly DType[] => p.domain.dtypes.filter((d) => d === 'f64' || d === 'c128')
const single = (p: AnyPrimitive): readonly DType[] => p.domain.dtypes.filter((d) => d === 'f32' || d === 'c64')
const third: Judge = (d, on) => {
  const pad = (n: number): boolean[] => new Array<boolean>(n).fill(false)
  const [k, first] = [d.ts.length, derivative(d.x.fn, d.active)]
  const second = derivative(first, [...d.active, ...pad(k)])
  return jvpIsDifferenceQuotient(second, [...d.x.inputs, ...d.ts, ...d.us], [...d.active, ...pad(2 * k)], d.ts, on, 'third')
}
/** An operand or a result of a cast in f32 or a half rounds what is judged to f64's precision: `precisionsAgree` speaks of those. */
export const isSharp = (x: Instance): boolean => [...x.inputs, ...closed(x.fn, x.inputs).outputs].every((o) => !isInexact(o.dtype) || realOf(o.dtype) === 'f64')
const about = (judge: Judge) => (p: AnyPrimitive) => (draw: Draw): Claim => {
  const x = instanceOf(p, 'smooth', sharpest(p))(draw)
  return isSharp(x) ? judged(draw, x, judge) : claimOf(x, () => true)
}
const transposed = (p: AnyPrimitive) => (draw: Draw): Claim => {
  const x = instanceOf(p, 'smooth', sharpest(p))(draw)
  const g = closed(x.fn, x.inputs)
  const linear = subset(draw, x.inputs.length, floatPlaces(x.inputs))
  // one probe can be linear by luck, where an op only looks at the order of its operand
  const applies = isSharp(x) && [1, 2, 3, 4, 5, 6].every(() => isLinearIn(g, x.inputs, linear, draw))
  const cts = applies ? g.outputs.map((o) => direction(draw, o)) : []
  return claimOf(x, (_, on) => (applies ? transposeIsAdjoint(g, x.inputs, linear, cts, on) : true))
}
const kinked = (p: AnyPrimitive) => (draw: Draw): Claim => {
  const dtype = draw(2) === 0 ? 'f64' : 'f32'
  const { kinks } = p.domain
  const at = hostOf({ shape: [kinks.length], dtype }, (i) => kinks[i]?.at ?? 0)
  return claimOf({ ...instanceOf(p, 'smooth', [dtype])(draw), inputs: [at] }, (x, on) => kinksAreGolden(x, kinks.map((k) => k.grad), on))
}
const lowered = (p: AnyPrimitive) => (draw: Draw): Claim => judged(draw, instanceOf(p, 'smooth', single(p))(draw), (d, on) => precisionsAgree(derivative(d.x.fn, d.active), d.x.inputs, d.ts, on))

/** `stop` is the one op that is not its own derivative's: nothing passes. */
export const passes = (p: AnyPrimitive): boolean => differentiable(p) && p.name !== 'stop'

export const derivativeLaws: readonly PrimitiveLaw[] = [
  ...Object.entries(judges).map(([name, { formula, judge }]): PrimitiveLaw => ({ name, formula, about: passes, on: 'every', claim: about(judge) })),
  { name: 'thirdIsQuotientOfSecond', formula: 'D³f[t, u, t] is the quotient of D²f[t, u]', about: passes, on: 'reference', claim: about(third) },
  { name: 'transposeIsAdjoint', formula: '⟨f t, c⟩ = ⟨t, fᵀ c⟩ where f is linear', about: (p) => differentiable(p) && p.transpose !== 'none', on: 'every', claim: transposed },
  { name: 'kinksAreGolden', formula: "f'(kink) = the record's", about: (p) => p.domain.kinks.length > 0, on: 'every', claim: kinked },
  { name: 'precisionsAgree', formula: 'D f in f32 = D f in f64', about: (p) => differentiable(p) && single(p).length > 0, on: 'every', claim: lowered },
]
