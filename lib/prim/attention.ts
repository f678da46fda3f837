/**
 * Attention by scaled products as one operation, so that a backend need not hold all pairs of queries and keys at once. Of
 * q: [.., t, h, d], k: [.., s, h, d], v: [.., s, h, e], perhaps a bias and a mask [.., h, t, s], with L = q kᵀ · scale + bias,
 * which is LOW where the mask is false or causality takes a pair out, and P = e^(L - peak) / total:
 *   attention         P v, and for each row its peak and its total Σ e^(L - peak)
 *   attentionTangent  P dv + (P dL) v and Σ P dL, where dL = (dq kᵀ + q dkᵀ) · scale + dbias: linear in dq, dk, dv, dbias
 *   attentionGrad     its transpose, from cotangents u and r: with dL = P (u vᵀ + r) it gives dq = dL k · scale,
 *                     dk = dLᵀ q · scale, dv = Pᵀ u and dbias = dL
 * A pair that is taken out has dL = 0. The peak is the row's largest logit rounded to a multiple of 16: wherever it has a
 * derivative it is zero, and P loses no digits to large logits, as it would with log Σ e^L (rows whose bias is -1e9).
 * Derivatives of the last two in their other operands are those of these formulas.
 * @source Tri Dao, "FlashAttention-2: faster attention with better parallelism and work partitioning", 2023.
 */
import { graphOf } from '../ir/graph.js'
import type { Graph } from '../ir/graph.js'
import { sameShape, typeName, variable } from '../ir/node.js'
import type { Aval, Host, Node } from '../ir/node.js'
import { Fault } from '../type/fault.js'
import { filled } from './body.js'
import { addAll, b, constant, outputs } from './build.js'
import { callP } from './call.js'
import { along, turned, widened } from './factor/matrix.js'
import type { Instruction } from '../ir/program.js'
import { wideFloats } from './primitive.js'
import type { BatchSite, Batched, Domain, JvpSite, Operand, Primitive, Pushed, Tangent, TransposeSite } from './primitive.js'

/** What kinds of operands there are is a param: q, k, v, bias, mask, in that order. */
export type Attention = { readonly scale: number; readonly causal: boolean; readonly bias: boolean; readonly mask: boolean }
/** `moves`: there is a tangent of the bias, or a cotangent of it is wanted. */
export type AttentionMove = Attention & { readonly moves: boolean }

/** A number so low that its power is 0, yet finite: a row without any key averages all values and has no NaN, as in JAX. */
export const LOW = -0.7 * 3.4028234663852886e38
/** What peaks are multiples of. */
const GRID = 16

// ---- formulas ------------------------------------------------------------------------------------------------------
/** [.., t, h, d] to [.., h, t, d] and back. */
const swapped = (x: Node): Node => {
  const r = x.shape.length
  return b.permute([x], { axes: x.shape.map((_, i) => (i === r - 2 ? r - 3 : i === r - 3 ? r - 2 : i)) })
}
/** x y for each head: rows of the one by columns of the other. */
const byHeads = (x: Node, y: Node): Node => b.dot([swapped(x), turned(b, swapped(y))])
const scaled = (x: Node, p: Attention): Node => b.mul([x, constant(p.scale, x)])
interface Parts { readonly q: Node; readonly k: Node; readonly v: Node; readonly bias: Node | null; readonly mask: Node | null; readonly rest: readonly Node[] }
const partsOf = (args: readonly Node[], p: Attention): Parts => {
  const [q, k, v, ...more] = args as [Node, Node, Node, ...Node[]]
  const bias = p.bias ? (more.shift() as Node) : null
  return { q, k, v, bias, mask: p.mask ? (more.shift() as Node) : null, rest: more }
}
/** x of the pairs that are there, else `other`. */
const kept = (x: Node, mask: Node | null, other: number, p: Attention): Node => {
  const r = x.shape.length
  const at = (axis: number): Node => b.iota([], { shape: x.shape, axis, dtype: 'i32' })
  const masks = [...(mask === null ? [] : [mask]), ...(p.causal ? [b.ge([at(r - 2), at(r - 1)])] : [])]
  return masks.reduce((y, m) => b.where([m, y, constant(other, y)]), x)
}
const logits = ({ q, k, bias, mask }: Parts, p: Attention): Node => {
  const x = scaled(byHeads(q, k), p)
  return kept(bias === null ? x : b.add([x, bias]), mask, LOW, p)
}
/** f(x, one number a row) */
const rows = (f: 'add' | 'sub' | 'div', x: Node, row: Node): Node => b[f]([x, along(b, row, x.shape, -2)])
const weights = (parts: Parts, p: Attention): Node => {
  const [peak, total] = parts.rest as [Node, Node]
  return rows('div', b.exp([rows('sub', logits(parts, p), peak)]), total)
}
type Formula<P> = (args: readonly Node[], p: P) => readonly Node[]
const forward: Formula<Attention> = (args, p) => {
  const parts = partsOf(args, p)
  const x = logits(parts, p)
  const axes = [x.shape.length - 1]
  const top = b.reduceMax([x], { axes })
  const peak = b.mul([b.round([b.mul([top, constant(1 / GRID, top)])]), constant(GRID, top)])
  const e = b.exp([rows('sub', x, peak)])
  const total = b.sum([e], { axes })
  return [swapped(b.dot([rows('div', e, total), swapped(parts.v)])), peak, total]
}
const tangent: Formula<AttentionMove> = (args, p) => {
  const parts = partsOf(args, p)
  const [dq, dk, dv, dbias] = parts.rest.slice(2) as [Node, Node, Node, Node | undefined]
  const w = weights(parts, p)
  const moved = scaled(b.add([byHeads(dq, parts.k), byHeads(parts.q, dk)]), p)
  const pushed = kept(b.mul([w, dbias === undefined ? moved : b.add([moved, dbias])]), parts.mask, 0, p)
  const out = b.add([b.dot([w, swapped(dv)]), b.dot([pushed, swapped(parts.v)])])
  return [swapped(out), b.sum([pushed], { axes: [w.shape.length - 1] })]
}
const gradient: Formula<AttentionMove> = (args, p) => {
  const parts = partsOf(args, p)
  const [u, r] = parts.rest.slice(2) as [Node, Node]
  const w = weights(parts, p)
  const pulled = kept(b.mul([w, rows('add', byHeads(u, parts.v), r)]), parts.mask, 0, p)
  const back = (x: Node, y: Node): Node => swapped(b.dot([x, swapped(y)]))
  const [dq, dk] = [scaled(back(pulled, parts.k), p), scaled(back(turned(b, pulled), parts.q), p)]
  return [dq, dk, back(turned(b, w), u), ...(p.moves ? [pulled] : [])]
}

// ---- types ---------------------------------------------------------------------------------------------------------
const types = (x: Aval, ...shape: number[]): Aval => ({ shape, dtype: x.dtype })
/** The types of what a row has one of, and of what a pair has one of. */
const rowOf = (q: Aval): Aval => ({ shape: [...q.shape.slice(0, -3), q.shape.at(-2) as number, q.shape.at(-3) as number], dtype: q.dtype })
const pairOf = (q: Aval, k: Aval): Aval => ({ shape: [...rowOf(q).shape, k.shape.at(-3) as number], dtype: q.dtype })
const outOf = (q: Aval, v: Aval): Aval => ({ shape: [...q.shape.slice(0, -1), v.shape.at(-1) as number], dtype: q.dtype })
const refuse = (op: string, args: readonly Aval[]): never => {
  throw new Fault('ShapeMismatch', `${op}: ${args.map(typeName).join(', ')} do not fit: it takes [.., t, h, d], [.., s, h, d], [.., s, h, e] of one float dtype, and a bias and a mask [.., h, t, s]`)
}
/** All operands have the types that those of q, k and v ask for. */
const check = (op: string, args: readonly Aval[], p: Attention, more: readonly Aval[]): void => {
  const [q, k, v, ...rest] = args as [Aval, Aval, Aval, ...Aval[]]
  const [lead, h] = [q.shape.slice(0, -3), q.shape.at(-2) as number]
  const pair = pairOf(q, k)
  const want = [
    q, types(q, ...lead, k.shape.at(-3) as number, h, q.shape.at(-1) as number), types(q, ...lead, k.shape.at(-3) as number, h, v.shape.at(-1) as number),
    ...(p.bias ? [pair] : []), ...(p.mask ? [{ ...pair, dtype: 'bool' as const }] : []), ...more,
  ]
  const fits = q.shape.length >= 3 && wideFloats.includes(q.dtype as 'f32') && want.length === rest.length + 3
  if (!fits || !want.every((w, i) => sameShape(w.shape, (args[i] as Aval).shape) && w.dtype === args[i]?.dtype)) refuse(op, args)
}

// ---- rules ---------------------------------------------------------------------------------------------------------
const graph = <P>(f: Formula<P>, args: readonly Aval[], p: P): Graph => {
  const inputs = args.map((a) => variable({ shape: a.shape, dtype: a.dtype }, 'attention'))
  return graphOf(inputs, f(inputs, p))
}
const all = (nodes: readonly Node[]): Batched => ({ nodes, batched: nodes.map(() => true) })
/** Linear in the operands from `from` on, where it is its own derivative; in others the derivative is that of the formula. */
const byFormula = (f: Formula<AttentionMove>, apply: (args: readonly Node[], p: AttentionMove) => Node) => (_b: unknown, s: JvpSite<AttentionMove>): Pushed => {
  const from = given(s.params)
  const tangents = (linear: boolean): Tangent[] => s.tangents.map((t, i) => (i >= from === linear ? (t ?? null) : null))
  const [own, others] = [tangents(true), tangents(false)]
  const moved = own.every((t) => t === null) ? [] : outputs(apply(s.args.map((a, i) => (i < from ? a : filled(own[i] ?? null, a))), s.params))
  const none = { primals: outputs(s.out), tangents: [] }
  const pushed = others.every((t) => t === null) ? none : (callP.jvp(b, { ...s, tangents: others, params: { body: graph(f, s.args, s.params), kind: 'jit', name: 'attention' } }) as Pushed)
  return { primals: pushed.primals, tangents: pushed.primals.map((_, i) => addAll([moved[i] ?? null, pushed.tangents[i] ?? null])) }
}
/** How many operands are those of attention itself, and with a peak and a total for each row. */
const own = (p: Attention): number => 3 + Number(p.bias) + Number(p.mask)
const given = (p: Attention): number => own(p) + 2
const either = (s: TransposeSite<AttentionMove>, outs: readonly Aval[], apply: (args: readonly Node[]) => Node): readonly Tangent[] => {
  const from = given(s.params)
  const back = outputs(apply([...s.args.slice(0, from), ...outs.map((o, i) => filled(s.cts[i] ?? null, o))]))
  return s.args.map((_, i) => (s.linear[i] === true ? (back[i - from] as Node) : null))
}
const moves = (p: AttentionMove, args: readonly Aval[]): readonly Aval[] => {
  const [q, k, v] = args as [Aval, Aval, Aval]
  return [q, k, v, ...(p.moves ? [pairOf(q, k)] : [])]
}
const pushedTypes = ([q, , v]: readonly Aval[]): readonly Aval[] => [outOf(q as Aval, v as Aval), rowOf(q as Aval)]
const perRow = (q: Aval | undefined): readonly Aval[] => [rowOf(q as Aval), rowOf(q as Aval)]

const instruction = (gradient: boolean, p: Attention | AttentionMove, args: readonly Operand[], outs: readonly Operand[]): readonly Instruction[] => {
  const [q, k, v] = args as readonly [Operand, Operand, Operand, ...Operand[]]
  const [t, h, d] = q.shape.slice(-3) as [number, number, number]
  const sizes = [t, k.shape.at(-3) as number, h, d, v.shape.at(-1) as number] as const
  return [{ kind: 'attention', gradient, ...p, moves: 'moves' in p && p.moves, lead: q.shape.slice(0, -3), sizes, ins: args.map((x) => x.view), outs: outs.map((x) => x.view) }]
}

// ---- where laws sample ---------------------------------------------------------------------------------------------
type Sizes = readonly [lead: readonly number[], t: number, s: number, h: number, d: number, e: number]
/** Two keys of one number that move alike leave rounding only, too. */
const sizes: readonly Sizes[] = [[[2], 3, 3, 2, 2, 2], [[], 4, 2, 1, 3, 1], [[1], 2, 5, 1, 1, 3], [[1], 1, 2, 1, 3, 1], [[2], 2, 0, 1, 2, 2], [[1], 0, 2, 2, 1, 2], [[1, 2], 3, 4, 1, 2, 1]]
type More = (at: Sizes, p: Attention) => { readonly shapes: readonly (readonly number[])[]; readonly ranges: readonly (readonly [number, number] | null)[] }
const rowShape = ([lead, t, , h]: Sizes): number[] => [...lead, h, t]
const pairShape = (at: Sizes): number[] => [...rowShape(at), at[2]]
const operands = ([lead, t, s, h, d, e]: Sizes): readonly number[][] => [[...lead, t, h, d], [...lead, s, h, d], [...lead, s, h, e]]
/** The first two keys are there, and those of a query's own index: with one key or none, what is computed depends on nothing,
 *  and rounding is all that is left of its derivatives. */
const withSome = (x: Node): Node => {
  const [row, column] = [2, 1].map((back) => b.iota([], { shape: x.shape, axis: x.shape.length - back, dtype: 'i32' })) as [Node, Node]
  return b.or([x, b.or([b.eq([row, column]), b.lt([column, constant(2, column)])])])
}
const domain = <P extends Attention>(more: More, finish: (p: Attention, draw: (n: number) => number) => P): Domain<P> => ({
  dtypes: wideFloats, range: [-1.5, 1.5], kinks: [], tame: (_b, x) => (x.dtype === 'bool' ? withSome(x) : x),
  sample: (draw) => {
    const at = sizes[draw(sizes.length)] as Sizes
    const params = finish({ scale: 0.75, causal: draw(2) === 1 && at[1] > 1, bias: draw(2) === 1, mask: draw(2) === 1 }, draw)
    const extra = more(at, params)
    const shapes = [...operands(at), ...(params.bias ? [pairShape(at)] : []), ...(params.mask ? [pairShape(at)] : []), ...extra.shapes]
    return {
      shapes, params, ranges: [...shapes.slice(0, own(params)).map(() => null), ...extra.ranges],
      dtypes: shapes.map((_, i) => (params.mask && i === own(params) - 1 ? 'bool' : null)),
    }
  },
})
const rowsThen = (rest: (at: Sizes, p: AttentionMove) => readonly (readonly number[])[]): More => (at, p) => {
  const shapes = rest(at, p as AttentionMove)
  return { shapes: [rowShape(at), rowShape(at), ...shapes], ranges: [[-1, 1], [1, 2], ...shapes.map(() => null)] }
}
const moving = (p: Attention, draw: (n: number) => number): AttentionMove => ({ ...p, moves: p.bias && draw(2) === 1 })

// ---- records -------------------------------------------------------------------------------------------------------
export const attentionP: Primitive<'attention', Attention> = {
  name: 'attention',
  aval: (args, p) => {
    check('attention', args, p, [])
    return [...pushedTypes(args).slice(0, 1), ...perRow(args[0])]
  },
  jvp: (_b, s) => {
    const [out, peak, total] = outputs(s.out) as readonly [Node, Node, Node]
    const [dq, dk, dv] = [0, 1, 2].map((i) => filled(s.tangents[i] ?? null, s.args[i] as Node)) as [Node, Node, Node]
    const dbias = s.params.bias ? (s.tangents[3] ?? null) : null
    const moved = b.attentionTangent([...s.args, peak, total, dq, dk, dv, ...(dbias === null ? [] : [dbias])], { ...s.params, moves: dbias !== null })
    const [du, dr] = outputs(moved) as readonly [Node, Node]
    const shared = swapped(along(b, dr, swapped(out).shape, -2))
    return { primals: [out, peak, total], tangents: [b.sub([du, b.mul([out, shared])]), null, b.mul([total, dr])] }
  },
  transpose: 'none',
  batch: (_b, s) => all(outputs(b.attention(widened(s), s.params))),
  eval: (args, p, _outs, t) => t.evaluate(graph(forward, args, p), args),
  lower: { kind: 'instruction', make: (args, p, ...outs) => instruction(false, p, args, outs) },
  domain: domain(() => ({ shapes: [], ranges: [] }), (p) => p),
}
export const attentionTangentP: Primitive<'attentionTangent', AttentionMove> = {
  name: 'attentionTangent',
  aval: (args, p) => {
    check('attentionTangent', args, p, [...perRow(args[0]), ...moves(p, args)])
    return pushedTypes(args)
  },
  jvp: byFormula(tangent, (args, p) => b.attentionTangent(args, p)),
  transpose: (_b, s) => either(s, pushedTypes(s.args), (args) => b.attentionGrad(args, s.params)),
  batch: (_b, s) => all(outputs(b.attentionTangent(widened(s), s.params))),
  eval: (args, p, _outs, t) => t.evaluate(graph(tangent, args, p), args),
  lower: { kind: 'definition', define: (_b, s) => tangent(s.args, s.params) },
  domain: domain(rowsThen((at, p) => [...operands(at), ...(p.moves ? [pairShape(at)] : [])]), moving),
}
export const attentionGradP: Primitive<'attentionGrad', AttentionMove> = {
  name: 'attentionGrad',
  aval: (args, p) => {
    check('attentionGrad', args, p, [...perRow(args[0]), ...pushedTypes(args)])
    return moves(p, args)
  },
  jvp: byFormula(gradient, (args, p) => b.attentionGrad(args, p)),
  transpose: (_b, s) => either(s, moves(s.params, s.args), (args) => b.attentionTangent(args, s.params)),
  batch: (_b, s) => all(outputs(b.attentionGrad(widened(s), s.params))),
  eval: (args, p, _outs, t) => t.evaluate(graph(gradient, args, p), args),
  lower: { kind: 'instruction', make: (args, p, ...outs) => instruction(true, p, args, outs) },
  domain: domain(rowsThen((at) => [[...at[0], at[1], at[3], at[5]], rowShape(at)]), moving),
}
