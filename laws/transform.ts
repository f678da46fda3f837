/**
 * Laws of transforms and of running, on random programs and on hand-made probes. `loss` makes any program a scalar
 * function; what a law compares is computed on one machine, so no law mixes two backends' rounding.
 */
import { check, isGraph } from '../lib/ir/graph.js'
import type { Graph } from '../lib/ir/graph.js'
import { leaf } from '../lib/ir/node.js'
import type { Aval, Host, Node } from '../lib/ir/node.js'
import { b, castTo, constant, stretch } from '../lib/prim/index.js'
import { Runtime } from '../lib/run/index.js'
import { cond, remat, scan, transforms } from '../lib/transform/index.js'
import { isComplex, isFloat } from '../lib/type/dtype.js'
import { closed, derivative, jitted, mapped, pullback } from './calculus.js'
import type { Fn } from './calculus.js'
import { allSameBits, both, every, sameBits, within } from './close.js'
import type { Verdict } from './close.js'
import { copied, direction, hostOf, isFloating, sliced, stacked } from './host.js'
import { fromSeed } from './draw.js'
import { oracle } from './machine.js'
import type { Machine } from './machine.js'
import { functionOf, valuesOf } from './program.js'
import type { Program, Step } from './program.js'
import { errorBounds } from './rounding.js'

const total = (x: Node): Node => b.sum([x], { axes: [...x.shape.keys()] })
/** The real numbers that a result holds. */
const reals = (y: Node): readonly Node[] => (isComplex(y.dtype) ? [b.real([y]), b.imag([y])] : isFloat(y.dtype) ? [y] : [])
/** Σ tanh(y) over the inexact results. */
export const loss = (f: Fn): Fn => (...xs) => [f(...xs).flatMap(reals).map((y) => total(b.tanh([castUp(y)]))).reduce((s, y) => b.add([s, y]), constant(0, { shape: [], dtype: 'f64' }))]
const castUp = (x: Node): Node => (x.dtype === 'f64' ? x : b.cast([x], { dtype: 'f64' }))
const flags = (p: Program): boolean[] => p.inputs.map(isFloating)
/** ∇f: (xs..) -> gradients of the float operands. */
export const gradient = (f: Fn, active: readonly boolean[]): Fn => (...xs) => pullback(f, active)(...xs, constant(1, { shape: [], dtype: 'f64' }))
const at = (on: Machine, f: Fn, xs: readonly Host[]): readonly Host[] => on.run(closed(f, xs), xs)
/** Two functions that are one in exact arithmetic: what the machine gives may differ by their rounding errors. */
export const sameFunction = (f: Fn, g: Fn, xs: readonly Host[], on: Machine): Verdict => {
  const graphs = [closed(f, xs), closed(g, xs)] as const
  const [got, want] = graphs.map((h) => on.run(h, xs)) as [readonly Host[], readonly Host[]]
  if (allSameBits(got, want) === true) return true
  const [e, d] = graphs.map((h) => errorBounds(h, xs)) as [Bounds, Bounds]
  return every(want, (w, i) => within(got[i] as Host, w, (k) => (e[i]?.[k] as number) + (d[i]?.[k] as number)))
}
type Bounds = readonly Float64Array[]

/** jit f = f, bit for bit */
export const jitIsIdentity = (p: Program, on: Machine): Verdict => allSameBits(at(on, jitted(functionOf(p)), p.inputs), at(on, functionOf(p), p.inputs))
/** jit(∇f) = ∇f = ∇(jit f) */
export const jitCommutesWithGrad = (p: Program, on: Machine): Verdict => {
  const f = loss(functionOf(p))
  const df = gradient(f, flags(p))
  return every([jitted(df), gradient(jitted(f), flags(p))], (g) => sameFunction(g, df, p.inputs, on))
}
const scaled = (x: Node, k: number): Node => b.mul([x, constant(k, x)])
/** ∇(2f - 3g) = 2∇f - 3∇g */
export const gradIsLinear = (p: Program, on: Machine): Verdict => {
  const [f, g] = [loss(functionOf(p)), loss((...xs) => xs.map((x) => b.sin([x])))]
  const mix: Fn = (...xs) => [b.sub([scaled(f(...xs)[0] as Node, 2), scaled(g(...xs)[0] as Node, 3)])]
  const [df, dg] = [gradient(f, flags(p)), gradient(g, flags(p))]
  return sameFunction(gradient(mix, flags(p)), (...xs) => paired(df(...xs), dg(...xs), (x, y) => b.sub([scaled(x, 2), scaled(y, 3)])), p.inputs, on)
}
const paired = (xs: readonly Node[], ys: readonly Node[], f: (x: Node, y: Node) => Node): Node[] => xs.map((x, i) => f(x, ys[i] as Node))
/** ∇(h ∘ f) = h'(f) ∇f, for h = tanh */
export const chainRule = (p: Program, on: Machine): Verdict => {
  const f = loss(functionOf(p))
  const outer: Fn = (...xs) => [b.tanh([f(...xs)[0] as Node])]
  const inner: Fn = (...xs) => {
    const y = b.tanh([f(...xs)[0] as Node])
    const slope = b.sub([constant(1, y), b.mul([y, y])])
    return gradient(f, flags(p))(...xs).map((d) => b.mul([d, stretch(castTo(slope, d.dtype), d.shape)]))
  }
  return sameFunction(gradient(outer, flags(p)), inner, p.inputs, on)
}
const rematOf = remat as unknown as (f: Fn) => Fn
const rows = (p: Program, n: number): Host[][] => Array.from({ length: n }, (_, r) => p.inputs.map((x, i) => (r === 0 ? x : direction(fromSeed(97 * r + i), x))))
const wide = (p: Program, n: number): Host[] => p.inputs.map((x, i) => stacked(rows(p, n).map((r) => r[i] as Host), x))
const row = (x: Node, r: number): Node => {
  const [, ...rest] = x.shape
  return b.reshape([b.slice([x], { start: [r, ...rest.map(() => 0)], limit: [r + 1, ...rest], step: x.shape.map(() => 1) })], { shape: rest })
}
/** f at each slice, one after the other. */
const stackOf = (f: Fn, n: number): Fn => (...xs) => {
  const each = Array.from({ length: n }, (_, r) => f(...xs.map((x) => row(x, r))).map((y) => b.reshape([y], { shape: [1, ...y.shape] })))
  return (each[0] as Node[]).map((_, k) => b.concat(each.map((ys) => ys[k] as Node), { axis: 0 }))
}
/** vmap f = stack of f */
export const vmapIsStackOf = (p: Program, on: Machine): Verdict => {
  const f = functionOf(p)
  return sameFunction(mapped(f, p.inputs.map(() => true), 2), stackOf(f, 2), wide(p, 2), on)
}
/** vmap(∇f) = stack of ∇f = ∇(Σ vmap f) */
export const vmapCommutesWithGrad = (p: Program, on: Machine): Verdict => {
  const f = loss(functionOf(p))
  const all = p.inputs.map(() => true)
  const outside = gradient((...xs) => [total(mapped(f, all, 2)(...xs)[0] as Node)], flags(p))
  return every([mapped(gradient(f, flags(p)), all, 2), outside], (g) => sameFunction(g, stackOf(gradient(f, flags(p)), 2), wide(p, 2), on))
}
/** vmap over axis 0 of vmap over axis 1 = the other way round, transposed */
export const vmapsSwap = (p: Program, on: Machine): Verdict => {
  const f = functionOf(p)
  const all = p.inputs.map(() => true)
  const grid = p.inputs.map((x, i) => hostOf({ shape: [2, 3, ...x.shape], dtype: x.dtype }, valuesFrom(x, i)))
  const swap = (x: Node): Node => b.permute([x], { axes: [1, 0, ...x.shape.slice(2).map((_, d) => d + 2)] })
  const twice = (n: number, m: number): Fn => mapped(mapped(f, all, m), all, n)
  return sameFunction((...xs) => twice(3, 2)(...xs.map(swap)).map(swap), twice(2, 3), grid, on)
}
const valuesFrom = (x: Host, seed: number) => {
  const draw = fromSeed(seed + 5)
  return (): number | bigint => (x.dtype === 'i64' ? BigInt(draw(4)) : isFloat(x.dtype) ? draw(4096) / 1024 - 2 : draw(2))
}
/** D²f[u, v] = D²f[v, u] on programs */
export const partialsCommute = (p: Program, on: Machine): Verdict => {
  const f = loss(functionOf(p))
  const [us, vs] = [1, 2].map((s) => p.inputs.map((x, i) => direction(fromSeed(31 * s + i), x))) as [Host[], Host[]]
  const second = derivative(derivative(f, flags(p)), [...flags(p), ...us.map(() => false)])
  const n = us.length
  const other: Fn = (...all) => second(...all.slice(0, n), ...all.slice(2 * n), ...all.slice(n, 2 * n))
  return sameFunction(second, other, [...p.inputs, ...us, ...vs], on)
}
/** A body that peeks runs on the reference, which rounds transcendentals its own way. */
const peeks = (p: Program): boolean => p.steps.some((s) => s.op === 'peek')
/** remat f = f, bit for bit, and ∇(remat f) = ∇f; a body that peeks is left out */
export const rematIsIdentity = (p: Program, on: Machine): Verdict => {
  if (peeks(p)) return true
  const f = functionOf(p)
  const again = rematOf(f)
  return both(allSameBits(at(on, again, p.inputs), at(on, f, p.inputs)), () => sameFunction(gradient(loss(again), flags(p)), gradient(loss(f), flags(p)), p.inputs, on))
}
/** c ← tanh(c + f(x)) over slices x, by a scan and step by step. */
const looped = (f: Fn, n: number, unrolled: boolean): Fn => (...xs) => {
  const step = (c: Node, slice: readonly Node[]): readonly [Node, readonly Node[]] => {
    const y = loss(f)(...slice)[0] as Node
    return [b.tanh([b.add([c, y])]), [b.mul([c, y])]]
  }
  let c = constant(0.5, { shape: [], dtype: 'f64' })
  if (!unrolled) {
    const [last, [ys]] = carried(step, c, xs)
    return [last, ys as Node]
  }
  const ys = Array.from({ length: n }, (_, i) => {
    const [next, [y]] = step(c, xs.map((x) => row(x, i)))
    c = next
    return b.reshape([y as Node], { shape: [1] })
  })
  return [c, b.concat(ys, { axis: 0 })]
}
/** scan = its steps one after the other, with their gradients */
export const scanIsUnrolled = (p: Program, on: Machine): Verdict => {
  const [scanned, steps] = [false, true].map((u) => looped(functionOf(p), 2, u)) as [Fn, Fn]
  return both(sameFunction(scanned, steps, wide(p, 2), on), () => sameFunction(gradient(loss(scanned), flags(p)), gradient(loss(steps), flags(p)), wide(p, 2), on))
}
/** ⟨J t, c⟩ = ⟨t, Jᵀ c⟩ */
export const pullbackIsAdjoint = (p: Program, on: Machine): Verdict => {
  const f: Fn = (...xs) => functionOf(p)(...xs).flatMap(reals)
  const outs = closed(f, p.inputs).outputs
  const [ts, cts] = [[7, p.inputs.filter(isFloating)], [8, outs]].map(([s, like]) => (like as readonly Aval[]).map((x, i) => direction(fromSeed(31 * (s as number) + i), x))) as [Host[], Host[]]
  const [n, m] = [p.inputs.length, p.inputs.length + ts.length]
  const inner = (xs: readonly Node[], ys: readonly Node[]): Node => paired(xs, ys, (x, y) => total(b.mul([castUp(x), castUp(y)]))).reduce((s, x) => b.add([s, x]), constant(0, { shape: [], dtype: 'f64' }))
  const forward: Fn = (...all) => [inner(derivative(f, flags(p))(...all.slice(0, m)), all.slice(m))]
  const back: Fn = (...all) => [inner(all.slice(n, m), pullback(f, flags(p))(...all.slice(0, n), ...all.slice(m)))]
  return sameFunction(forward, back, [...p.inputs, ...ts, ...cts], on)
}

// ---- running -----------------------------------------------------------------------------------------------------
/** One step of a program as a function of its operands. */
const single = (s: Step): Fn => (...xs) => [s.make(xs)]
/** Each step, given the reference's operands, gives the reference's result. */
export const stepsAreReference = (p: Program, on: Machine): Verdict => {
  const values = oracle.run(closed((...xs) => valuesOf(p, xs), p.inputs), p.inputs)
  return every(p.steps, (s, i) => {
    const args = s.args.map((a) => values[a] as Host)
    const g = closed(single(s), args)
    const want = values[p.inputs.length + i] as Host
    const bound = lazily(() => errorBounds(g, args)[0] as Float64Array)
    const v = every([0, 1] as const, (tier) => within(on.run(g, args, tier)[0] as Host, want, (k) => 2 * (bound()[k] as number)))
    return v === true ? true : `step v${p.inputs.length + i} = ${s.text}: ${v}`
  })
}
/** The whole program is what the reference computes: bits where nothing rounds, else within both error bounds. */
export const plansAreReference = (p: Program, on: Machine): Verdict => {
  const g = closed(functionOf(p), p.inputs)
  const want = oracle.run(g, p.inputs)
  const bounds = lazily(() => errorBounds(g, p.inputs))
  return every([0, 1] as const, (tier) => {
    const got = on.run(g, p.inputs, tier)
    return every(want, (w, i) => (sameBits(got[i] as Host, w) === true ? true : within(got[i] as Host, w, (k) => 2 * (bounds()[i]?.[k] as number))))
  })
}
const lazily = <A>(f: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => (made ??= { value: f() }).value
}
/** Running the chosen values first changes no bit of the results. */
export const cutsChangeNoBit = (p: Program, chosen: readonly number[], on: Machine): Verdict =>
  every([0, 1] as const, (tier) => {
    const whole = on.run(closed(functionOf(p), p.inputs), p.inputs, tier)
    const first = on.run(closed((...xs) => chosen.map((c) => valuesOf(p, xs)[c] as Node), p.inputs), p.inputs, tier)
    const rest: Fn = (...xs) => {
      const n = p.inputs.length
      const values = valuesOf(p, xs.slice(0, n), new Map(chosen.map((c, i) => [c, xs[n + i] as Node])))
      return p.outputs.map((o) => values[o] as Node)
    }
    return allSameBits(on.run(closed(rest, [...p.inputs, ...first]), [...p.inputs, ...first], tier), whole)
  })
const scanOf = scan as unknown as (f: (c: readonly Node[], x: Node) => readonly [readonly Node[], readonly Node[]], init: readonly Node[], xs: Node) => readonly [readonly Node[], readonly Node[]]
const carried = scan as unknown as (f: (c: Node, x: readonly Node[]) => readonly [Node, readonly Node[]], init: Node, xs: readonly Node[]) => readonly [Node, readonly Node[]]
const condOf = cond as unknown as (p: Node, x: () => readonly Node[], y: () => readonly Node[]) => readonly Node[]
/** f in the body of a scan, whose carry it reads, or in a branch = f, bit for bit; a body that peeks is left out */
export const bodiesComputeTheSame = (p: Program, on: Machine): Verdict => {
  if (peeks(p)) return true
  const f = functionOf(p)
  const scanned: Fn = (...xs) => scanOf((c) => [c, f(...c)], xs, b.iota([], { shape: [2], axis: 0, dtype: 'i32' }))[1]
  const branched: Fn = (...xs) => condOf(b.ge([b.constant([], { value: 1, dtype: 'i32' }), b.reduceMax([b.iota([], { shape: [2], axis: 0, dtype: 'i32' })], { axes: [0] })]), () => f(...xs), () => f(...xs).map((y) => constant(0, y)))
  const want = at(on, f, p.inputs)
  return every([0, 1] as const, (tier) => {
    const run = (h: Fn): readonly Host[] => on.run(closed(h, p.inputs), p.inputs, tier)
    return both(every(run(scanned), (y, k) => allSameBits([sliced(y, 0), sliced(y, 1)], [want[k] as Host, want[k] as Host])), () => allSameBits(run(branched), want))
  })
}
/** fused = unfused, bit for bit */
export const tiersAgree = (p: Program, on: Machine): Verdict => {
  const g = closed(functionOf(p), p.inputs)
  return allSameBits(on.run(g, p.inputs, 1), on.run(g, p.inputs, 0))
}
const leaves = (p: Program): Node[] => p.inputs.map((x) => leaf(copied(x).data, x.shape, x.dtype))
/** The cut law through the runtime: memo, recomputation and plan cache included. */
export const runsChangeNoBit = (p: Program, cuts: readonly (readonly number[])[], on: Machine): Verdict => {
  const runtime = new Runtime(on.backend)
  const values = valuesOf(p, leaves(p))
  for (const cut of cuts) runtime.runSync(cut.map((c) => values[c] as Node))
  const outs = p.outputs.map((o) => values[o] as Node)
  runtime.runSync(outs)
  return allSameBits(outs.map((o) => runtime.download(o)), at(on, functionOf(p), p.inputs))
}
/** Every body inside a graph is closed. */
export const bodiesAreClosed = (g: Graph): Verdict => {
  check(g)
  return every(g.nodes.flatMap((x) => Object.values(x.params).filter(isGraph)), bodiesAreClosed)
}
/** Bodies stay closed under every transform. */
export const transformsKeepBodiesClosed = (p: Program): Verdict => {
  const f = functionOf(p)
  const all = p.inputs.map(() => true)
  const graphs = [closed(gradient(loss(f), flags(p)), p.inputs), closed(mapped(f, all, 2), wide(p, 2)), transforms.batch(closed(f, p.inputs), all, 2).graph]
  return every(graphs, bodiesAreClosed)
}
