/**
 * How far two computations of the same thing may be apart: a running error bound, made from the program itself. Beside every
 * value of a graph goes a bound of what rounding can have done to it,
 *
 *   e(y) = Σᵢ |∂y/∂xᵢ| e(xᵢ) + u(y),
 *
 * where u is what the op itself rounds: its entry in the table of `close.ts`, at the size of what it adds up. The slope of an
 * elementwise op is the largest at x - e, x and x + e, so the bound holds beyond first order where it matters; that of any
 * other op is its own derivative, column by column. So terms that cancel buy the slack that they need, and nothing else does.
 *
 * An integer has no rounding error, but one that comes from floats (a comparison, a floor, an argmax) may come out otherwise
 * within their bounds: it is then in doubt, and what depends on it has no bound.
 *
 * Bodies are walked by the evaluation rules of their own primitives: a value and its bound travel as the last axis of one
 * array, which scan, cond, call and while carry along without knowing.
 * @source N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 3.3 (running error analysis)
 */
import { graphOf, isGraph } from '../lib/ir/graph.js'
import type { Graph } from '../lib/ir/graph.js'
import { numel, variable } from '../lib/ir/node.js'
import type { Aval, Host, Node } from '../lib/ir/node.js'
import { b, primitiveOf } from '../lib/prim/index.js'
import type { Transforms } from '../lib/prim/index.js'
import { asBatch } from '../lib/prim/pmap.js'
import { evaluateGraph, transforms } from '../lib/transform/index.js'
import { isComplex, isHalf, realOf } from '../lib/type/dtype.js'
import { contracts, isStable, least, roundingOf } from './close.js'
import { hostOf, isFloating, numbersOf } from './host.js'
import { holdsComplex, onReals } from './parts.js'

/** A value and its bound, interleaved along a last axis of two; floats as f64, so that no bound underflows. For an integer
 *  the bound is 1 where it is in doubt, else 0. */
type Pair = Host
const pairType = (x: Aval): Aval => ({ shape: [...x.shape, 2], dtype: isFloating(x) ? 'f64' : x.dtype })
const paired = (x: Host, error: (i: number) => number): Pair =>
  hostOf(pairType(x), (i) => (i % 2 === 0 ? (x.data[i >> 1] as number) : isFloating(x) ? error(i >> 1) : Number(error(i >> 1) > 0)))
const valueOf = (x: Pair, like: Aval): Host => hostOf(like, (i) => x.data[2 * i] as number)
const errorOf = (x: Pair, like: Aval): Float64Array => Float64Array.from({ length: numel(like.shape) }, (_, i) => Number(x.data[2 * i + 1]))

const boundGraph = (g: Graph, inputs: readonly Pair[]): readonly Pair[] => {
  const values = new Map<Node, readonly Pair[]>(g.inputs.map((x, i) => [x, [inputs[i] as Pair]]))
  for (const x of g.nodes) values.set(x, boundNode(x, x.args.map((a) => values.get(a) as readonly Pair[])))
  return g.outputs.map((o) => (values.get(o) as readonly Pair[])[0] as Pair)
}
/** Has a choice been made by a predicate in doubt? The only bodies that give one bool are tests of loops. */
let doubtful = false
const isDoubted = (x: Pair): boolean => x.dtype === 'bool' && x.shape.length === 1 && x.data[1] !== 0
const tracking: Transforms = {
  ...transforms,
  evaluate: (g, inputs) => {
    const outs = boundGraph(g, inputs)
    if (outs.length === 1 && isDoubted(outs[0] as Pair)) doubtful = true
    return outs
  },
}
const listed = (r: unknown, out: Aval): readonly Host[] => (Array.isArray(r) ? (r as readonly Host[]) : [{ shape: out.shape, dtype: out.dtype, data: r as Host['data'] }])
/** An op with bodies, by its own evaluation. */
const boundBodies = (x: Node, outs: readonly Aval[], args: readonly Pair[]): readonly Pair[] => {
  const outer = doubtful
  doubtful = x.op === 'cond' && isDoubted(args[0] as Pair)
  const ys = listed(primitiveOf(x.op).eval(args, x.params, outs.map(pairType), tracking), pairType(x))
  const lost = doubtful
  doubtful = outer
  return lost ? ys.map((y, k) => paired(valueOf(y, outs[k] as Aval), () => Infinity)) : ys
}
const boundNode = (x: Node, args: readonly (readonly Pair[])[]): readonly Pair[] => {
  if (x.op === 'get') return [args[0]?.[x.params['index'] as number] as Pair]
  const firsts = args.map((a) => a[0] as Pair)
  const outs: readonly Aval[] = x.outs ?? [x]
  if (x.op === 'pmap') return boundGraph(asBatch(x.params as never, transforms), firsts)
  if (Object.values(x.params).some(isGraph)) return boundBodies(x, outs, firsts)
  const values = firsts.map((a, i) => valueOf(a, x.args[i] as Node))
  const errors = firsts.map((a, i) => errorOf(a, x.args[i] as Node))
  const run = (xs: readonly Host[]): readonly Host[] => listed(primitiveOf(x.op).eval(xs, x.params, outs, transforms), x)
  const ys = run(values)
  const jumps = jumpsOf(x, ys, values, errors, run)
  return ys.map((y, k) => paired(y, isFloating(y) ? at(errorsOf(x, k, y, values, errors, jumps[k] as Float64Array)) : at(jumps[k] as Float64Array)))
}
const at = (xs: ArrayLike<number>) => (i: number): number => xs[i] as number
/** Signs of the moves: neighbours apart. */
const ways: readonly ((j: number) => number)[] = [() => 1, () => -1, ...[2, 3, 4, 5, 7].flatMap((n) => [(j: number) => (j % n === 0 ? 1 : -1), (j: number) => (j % n === 0 ? -1 : 1)])]
/** One against all others: where the largest is chosen, each that may be it is. */
const alone = (n: number): ((j: number) => number)[] => Array.from({ length: n }, (_, at) => [1, -1].map((sign) => (j: number) => (j === at ? sign : -sign))).flat()
const FEW = 256
/** A quotient's whole part jumps from one integer to the next, a remainder by its divisor; where that may be zero, both are in doubt. */
const wrapped = (over: number, by: number, far: number, off: number, whole: boolean): number => {
  if (off > 0 && !(Math.abs(by) > off)) return Infinity
  const quotient = over / by, doubt = off + far > 0 ? (far + Math.abs(quotient) * off) / (Math.abs(by) - off) : 0
  return Math.floor(quotient - doubt) === Math.floor(quotient + doubt) ? 0 : whole ? 1 + 2 * doubt : Math.abs(by) + off
}
type Jump = (p: number, q: number, e: number, f: number) => number
/** Numbers that may be equal; with one operand: a number that may be zero. */
const met: Jump = (p, q, e, f) => (e + f > 0 && !(Math.abs(p - q) > e + f) ? 1 : 0)
/** Jumps that moving the operands would not find, or only by luck, a number from p, q and their bounds. */
const jumpAt = (x: Node): Jump | null =>
  x.op === 'eq' || x.op === 'ne' || (x.op === 'cast' && x.dtype === 'bool') ? met
  : x.op === 'remainder' ? (p, q, e, f) => wrapped(p, q, e, f, false) : x.op === 'floorDiv' ? (p, q, e, f) => wrapped(p, q, e, f, true) : null
/**
 * How far results jump when operands move within their bounds: all up, all down, this way and that, one against the others.
 * Integers in doubt, and floats in doubt by them, are infinite. Only operands that a result has no slope in are moved: those it
 * is chosen by.
 */
const jumpsOf = (x: Node, ys: readonly Host[], values: readonly Host[], errors: readonly Float64Array[], run: (xs: readonly Host[]) => readonly Host[]): readonly Float64Array[] => {
  const jump = values.every(isFloating) ? jumpAt(x) : null
  const number = (i: 0 | 1, j: number): number => Number(values[i]?.data[j] ?? 0)
  if (jump !== null) return [Float64Array.from({ length: values[0]?.data.length ?? 0 }, (_, j) => jump(number(0, j), number(1, j), errors[0]?.[j] ?? 0, errors[1]?.[j] ?? 0))]
  const zero = ys.map((y) => new Float64Array(y.data.length))
  if (values.some((v, i) => !isFloating(v) && errors[i]?.some((e) => e !== 0))) return zero.map((z) => z.fill(Infinity))
  const chooses = values.map((v, i) => isFloating(v) && (errors[i] as Float64Array).some((e) => e !== 0) && ys.some((y, k) => !isFloating(y) || slopeOf(x, k, i) === null))
  if (!chooses.includes(true)) return zero
  const places = Math.max(...values.map((v, i) => (chooses[i] === true ? i + v.data.length : 0)))
  for (const way of places <= FEW ? [...ways, ...alone(places)] : ways) {
    const other = run(values.map((v, i) => (chooses[i] === true ? hostOf(v, (j) => Number(v.data[j]) + way(i + j) * (errors[i]?.[j] as number)) : v)))
    ys.forEach((y, k) => zero[k]?.forEach((d, j) => ((zero[k] as Float64Array)[j] = Math.max(d, Math.abs(Number(other[k]?.data[j]) - Number(y.data[j])) || 0))))
  }
  return zero
}
/** e(y) of one op. */
const errorsOf = (x: Node, k: number, y: Host, values: readonly Host[], errors: readonly Float64Array[], jumps: Float64Array): Float64Array => {
  const p = primitiveOf(x.op)
  const unit = roundingOf(p, values, y)
  const pointwise = p.lower.kind === 'element'
  const sizes = pointwise || unit === 0 ? null : values.map((v) => sizesOf(v, isStable(p)))
  const largest = isStable(p) ? unit * greatest(numbersOf(y)) : 0
  const total = jumps.slice()
  const add = (xs: Float64Array, scale: number): void => total.forEach((e, i) => (total[i] = e + scale * (xs[i] as number)))
  values.forEach((v, i) => {
    if (!isFloating(v)) return
    const slope = slopeOf(x, k, i)
    if (slope === null) return
    const through = pointwise ? steepest : contracts(p) ? grown : columns
    if ((errors[i] as Float64Array).some((e) => e !== 0)) add(through(slope, i, values, errors, errors[i] as Float64Array), 1)
    if (sizes !== null) add(through(slope, i, values, errors, sizes[i] as Float64Array), unit)
  })
  const tiny = y.dtype === 'f64' || isHalf(y.dtype) ? least(y.dtype) : 2 ** -149
  return total.map((e, i) => e + (pointwise ? unit * Math.abs(Number(y.data[i])) : largest) + (unit > 0 ? tiny : 0))
}

const greatest = (xs: readonly number[]): number => xs.reduce((m, x) => Math.max(m, Math.abs(x)), 0)
/** What an op rounds relative to: each element, or, in a factorization and a transform, the largest one. */
const sizesOf = (x: Host, same: boolean): Float64Array => {
  const xs = numbersOf(x)
  return same ? new Float64Array(xs.length).fill(greatest(xs)) : Float64Array.from(xs, Math.abs)
}

/** (operands, a tangent of the i-th) -> the tangent of the k-th result, everything in f64; null where it has none. */
type Slope = Graph | null
const known = new WeakMap<Node, Map<number, Slope>>()
const wide = (x: Aval): Aval => ({ shape: x.shape, dtype: isFloating(x) ? 'f64' : x.dtype })
const slopeOf = (x: Node, k: number, i: number): Slope => {
  const mine = known.get(x) ?? new Map<number, Slope>()
  known.set(x, mine)
  const key = 64 * k + i
  if (!mine.has(key)) mine.set(key, makeSlope(x, k, i))
  return mine.get(key) as Slope
}
const makeSlope = (x: Node, k: number, i: number): Slope => {
  const args = x.args.map((a) => variable(wide(a), 'law'))
  const t = variable(args[i] as Node, 'law')
  // a cast passes errors as they are; what it rounds is its own u
  if (x.op === 'cast') return isFloating(x) ? graphOf([...args, t], [t]) : null
  const out = b as unknown as Record<string, (xs: readonly Node[], p: unknown) => Node>
  const y = (out[x.op] as (xs: readonly Node[], p: unknown) => Node)(args, x.params)
  const dy = primitiveOf(x.op).jvp(b, { args, params: x.params, tangents: args.map((_, j) => (j === i ? t : null)), out: y, transforms })
  const tangent = dy !== null && 'primals' in dy ? dy.tangents[k] : dy
  return tangent == null ? null : graphOf([...args, t], [tangent])
}
const shifted = (xs: readonly Host[], errors: readonly Float64Array[], by: number): Host[] =>
  xs.map((x, i) => hostOf(wide(x), (j) => (isFloating(x) ? Number(x.data[j]) + by * (errors[i]?.[j] ?? 0) : (x.data[j] as number))))
const tangentOf = (x: Host, xs: ArrayLike<number>): Host => hostOf(wide(x), (j) => xs[j] as number)
const evaluated = (g: Graph, xs: readonly Host[]): number[] => numbersOf(evaluateGraph(g, xs, transforms)[0] as Host).map(Math.abs)
const largest = (xs: ArrayLike<number>, ys: ArrayLike<number>): Float64Array => Float64Array.from({ length: xs.length }, (_, i) => Math.max(xs[i] as number, ys[i] as number))

/** |∂y/∂x| m of an elementwise op, at the steepest of x - e, x, x + e; nothing passes where m is nothing. */
const steepest = (g: Graph, i: number, values: readonly Host[], errors: readonly Float64Array[], m: Float64Array): Float64Array =>
  [-1, 0, 1].map((by) => evaluated(g, [...shifted(values, errors, by), tangentOf(values[i] as Host, m)]).map((v, j) => (m[j] === 0 ? 0 : v)))
    .reduce<Float64Array>(largest, new Float64Array(m.length))
/** The same of a product of operands: |x| + e stands for each of the others. */
const grown = (g: Graph, i: number, values: readonly Host[], errors: readonly Float64Array[], m: Float64Array): Float64Array => {
  const sizes = values.map((x, k) => hostOf(wide(x), (j) => (isFloating(x) ? Math.abs(Number(x.data[j])) + (errors[k]?.[j] ?? 0) : (x.data[j] as number))))
  return Float64Array.from(evaluated(g, [...sizes, tangentOf(values[i] as Host, m)]))
}
/** The same of any op: Σⱼ |J eⱼ| mⱼ, one column at a time. */
const columns = (g: Graph, i: number, values: readonly Host[], errors: readonly Float64Array[], m: Float64Array): Float64Array => {
  const total = new Float64Array(numel((g.outputs[0] as Node).shape))
  const operands = shifted(values, errors, 0)
  m.forEach((size, j) => {
    if (size === 0) return
    const column = evaluated(g, [...operands, tangentOf(values[i] as Host, m.map((_, k) => (k === j ? size : 0)))])
    column.forEach((v, k) => (total[k] = (total[k] as number) + v))
  })
  return total
}

const bounds = (g: Graph, inputs: readonly Host[]): readonly Float64Array[] =>
  boundGraph(g, inputs.map((x) => paired(x, () => 0))).map((y, i) => errorOf(y, g.outputs[i] as Node).map((e) => (Number.isNaN(e) ? Infinity : e)))

// ---- complex numbers -------------------------------------------------------------------------------------------
const half = (x: Host, at: 0 | 1): Host => hostOf({ shape: x.shape, dtype: realOf(x.dtype) }, (i) => x.data[2 * i + at] as number)
/** Bounds of the rounding errors of every result of a closed graph at exact inputs; NaN becomes infinity. One a number: the
 *  parts of complex results in turn; of an integer it is 1 where it is in doubt. */
export const errorBounds = (g: Graph, inputs: readonly Host[]): readonly Float64Array[] => {
  if (!holdsComplex(g)) return bounds(g, inputs)
  const found = bounds(onReals(g), inputs.flatMap((x) => (isComplex(x.dtype) ? [half(x, 0), half(x, 1)] : [x])))[Symbol.iterator]()
  const next = (): Float64Array => found.next().value as Float64Array
  return g.outputs.map((o) => {
    const [re, im] = [next(), isComplex(o.dtype) ? next() : null]
    return im === null ? re : Float64Array.from({ length: 2 * re.length }, (_, i) => (i % 2 === 0 ? re : im)[i >> 1] as number)
  })
}
