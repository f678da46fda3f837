/**
 * The higher-order forms. `call` holds one body (jit is a call), `scan` repeats one, `cond` chooses between two. Bodies are
 * closed graphs whose captures are operands, so every rule sees them: no body hides a tensor of an open transform.
 *
 * Differentiation splits a body into a primal part that also returns residuals, and a tangent part that is linear in the
 * tangents; transposing the tangent part gives reverse mode. Which carries of a scan are active, or batched, is a least
 * fixpoint.
 */
import type { Graph } from '../ir/graph.js'
import { graphOf, inline } from '../ir/graph.js'
import type { Aval, Host, Node } from '../ir/node.js'
import { numel, variable } from '../ir/node.js'
import { arrayOf } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { addAll, moveAxis, output, outputs, stretch, zeros } from './build.js'
import type { Build } from './build.js'
import type { Domain, Linearized, Primitive, Pushed, Tangent, Transforms } from './primitive.js'

const avals = (xs: readonly Aval[]): Aval[] => xs.map((x) => ({ shape: x.shape, dtype: x.dtype }))
const given = (ts: readonly Tangent[]): boolean[] => ts.map((t) => t != null)
const some = (ts: readonly Tangent[]): Node[] => ts.filter((t): t is Node => t != null)
/** Puts the outputs of a tangent body back among absent ones. */
const scatter = (has: readonly boolean[], xs: readonly Node[]): Tangent[] => {
  let at = 0
  return has.map((h) => (h ? (xs[at++] as Node) : null))
}
const never = (): Domain<never> => ({ dtypes: [], range: [0, 1], kinks: [], sample: () => ({ shapes: [], params: {} as never }) })

// ---- call ---------------------------------------------------------------------------------------------------
export type Call = { readonly body: Graph; readonly kind: 'jit'; readonly name: string }
const linearCall = (b: Build, p: Call, args: readonly Node[], tangents: readonly Tangent[], t: Transforms): Pushed => {
  const lin = t.linearize(p.body, given(tangents))
  const primal = outputs(b.call(args, { body: lin.primal, kind: p.kind, name: p.name }))
  const n = p.body.outputs.length
  const operands = [...primal.slice(n), ...some(tangents)]
  const tangent = lin.tangent.outputs.length === 0 ? [] : outputs(b.call(operands, { body: lin.tangent, kind: p.kind, name: p.name }))
  return { primals: primal.slice(0, n), tangents: scatter(lin.out, tangent) }
}
export const callP: Primitive<'call', Call> = {
  name: 'call',
  aval: (args, p) => {
    if (args.length !== p.body.inputs.length) throw new Fault('InvalidArgument', `call of ${p.name}: ${args.length} operands for ${p.body.inputs.length} inputs`)
    return avals(p.body.outputs)
  },
  jvp: (b, s) => linearCall(b, s.params, s.args, s.tangents, s.transforms),
  transpose: (b, s) => {
    const t = s.transforms.transpose(s.params.body, s.linear, given(s.cts))
    if (t.graph.outputs.length === 0) return s.args.map(() => null)
    const operands = [...s.args.filter((_, i) => s.linear[i] !== true), ...some(s.cts)]
    const back = scatter(t.got, outputs(b.call(operands, { ...s.params, body: t.graph })))
    let at = 0
    return s.args.map((_, i) => (s.linear[i] === true ? (back[at++] ?? null) : null))
  },
  batch: (b, s) => {
    const body = s.transforms.batch(s.params.body, s.batched, s.size)
    return { nodes: outputs(b.call(s.args, { ...s.params, body: body.graph })), batched: body.batched }
  },
  eval: (args, p, _outs, t) => t.evaluate(p.body, args),
  lower: { kind: 'special' },
  domain: never(),
}

// ---- scan ---------------------------------------------------------------------------------------------------
/** Operands: consts, initial carries, xs. Body: (consts, carries, x) -> (carries, ys). Outputs: carries, stacked ys. */
export type Scan = { readonly body: Graph; readonly length: number; readonly consts: number; readonly carries: number; readonly reverse: boolean }
const stacked = (n: number, x: Aval): Aval => ({ shape: [n, ...x.shape], dtype: x.dtype })
const parts = <T>(p: Scan, xs: readonly T[]): { consts: readonly T[]; carry: readonly T[]; xs: readonly T[] } => ({
  consts: xs.slice(0, p.consts), carry: xs.slice(p.consts, p.consts + p.carries), xs: xs.slice(p.consts + p.carries),
})
/** Grows the active carries until the body keeps them: at most one round a carry. */
const fixpoint = (p: Scan, start: readonly boolean[], step: (active: readonly boolean[]) => readonly boolean[]): boolean[] => {
  let active = [...start]
  for (;;) {
    const out = step(active)
    const next = active.map((a, i) => a || (i >= p.consts && i < p.consts + p.carries && out[i - p.consts] === true))
    if (next.every((a, i) => a === active[i])) return active
    active = next
  }
}
const element = (x: Host, i: number): Host => {
  const shape = x.shape.slice(1)
  const n = numel(shape)
  return { dtype: x.dtype, shape, data: x.data.slice(i * n, (i + 1) * n) as never }
}
const runScan = (args: readonly Host[], p: Scan, outs: readonly Aval[], t: Transforms): readonly Host[] => {
  const { consts, carry, xs } = parts(p, args)
  let state = carry
  const ys = outs.slice(p.carries).map((o) => ({ ...o, data: arrayOf(o.dtype, numel(o.shape)) }))
  for (let k = 0; k < p.length; k++) {
    const i = p.reverse ? p.length - 1 - k : k
    const result = t.evaluate(p.body, [...consts, ...state, ...xs.map((x) => element(x, i))])
    state = result.slice(0, p.carries)
    result.slice(p.carries).forEach((y, j) => (ys[j] as Host).data.set(y.data as never, i * y.data.length))
  }
  return [...state, ...ys]
}
/** Residuals that are inputs of the body are passed again instead of being stacked. */
const residualSources = (p: Scan, lin: Linearized): readonly number[] =>
  lin.primal.outputs.slice(p.body.outputs.length).map((r) => {
    const at = lin.primal.inputs.indexOf(r)
    return at >= p.consts && at < p.consts + p.carries ? -1 : at
  })
const linearScan = (b: Build, p: Scan, args: readonly Node[], tangents: readonly Tangent[], t: Transforms): Pushed => {
  const carries = p.body.outputs.map((_, i) => i < p.carries)
  const active = fixpoint(p, given(tangents), (a) => t.linearize(p.body, a).out)
  const force = carries.map((c, i) => c && active[p.consts + i] === true)
  const lin = t.linearize(p.body, active, force)
  const from = residualSources(p, lin)
  const extra = lin.primal.outputs.slice(p.body.outputs.length).filter((_, i) => from[i] === -1)
  const outer = p.body.outputs.length
  const primalBody = graphOf(lin.primal.inputs, [...lin.primal.outputs.slice(0, outer), ...extra])
  const primal = outputs(b.scan(args, { ...p, body: primalBody }))
  const saved = primal.slice(outer)
  // tangent body inputs: residuals, tangents -> consts (residual consts, dconsts), carries (dc), xs (stacked residuals, dx)
  const nr = from.length
  const [resIn, tanIn] = [lin.tangent.inputs.slice(0, nr), lin.tangent.inputs.slice(nr)]
  const tanOf = scatter(active, tanIn)
  const tp = parts(p, tanOf)
  const dense = args.map((a, i) => (active[i] === true ? (tangents[i] ?? zeros(a)) : null))
  const dp = parts(p, dense)
  const isConst = from.map((f) => f >= 0 && f < p.consts)
  let at = 0
  const resArg = from.map((f) => (f === -1 ? (saved[at++] as Node) : (args[f] as Node)))
  const inputs = [...resIn.filter((_, i) => isConst[i]), ...some(tp.consts), ...some(tp.carry), ...resIn.filter((_, i) => !isConst[i]), ...some(tp.xs)]
  const operands = [...resArg.filter((_, i) => isConst[i]), ...some(dp.consts), ...some(dp.carry), ...resArg.filter((_, i) => !isConst[i]), ...some(dp.xs)]
  if (lin.tangent.outputs.length === 0) return { primals: primal.slice(0, outer), tangents: lin.out.map(() => null) }
  const tangent = b.scan(operands, {
    body: graphOf(inputs, lin.tangent.outputs), length: p.length, reverse: p.reverse,
    consts: isConst.filter(Boolean).length + some(tp.consts).length, carries: some(tp.carry).length,
  })
  return { primals: primal.slice(0, outer), tangents: scatter(lin.out, outputs(tangent)) }
}
const filled = (ct: Tangent, like: Aval): Node => ct ?? zeros(like)

export const scanP: Primitive<'scan', Scan> = {
  name: 'scan',
  aval: (args, p) => {
    const { carry } = parts(p, args)
    carry.forEach((c, i) => {
      const o = p.body.outputs[i] as Aval
      if (c.dtype !== o.dtype || String(c.shape) !== String(o.shape)) throw new Fault('ShapeMismatch', `scan: carry ${i} enters as ${c.dtype}[${c.shape}] and leaves as ${o.dtype}[${o.shape}]`)
    })
    return p.body.outputs.map((o, i) => (i < p.carries ? { shape: o.shape, dtype: o.dtype } : stacked(p.length, o)))
  },
  jvp: (b, s) => linearScan(b, s.params, s.args, s.tangents, s.transforms),
  /** Runs the other way: the carry is the cotangent of the carry, joined by the growing cotangents of linear consts. */
  transpose: (b, s) => {
    const p = s.params
    // a tangent scan is linear in every carry, also in one that starts from a zero that depends on nothing
    const linearIn = s.linear.map((l, i) => l || (i >= p.consts && i < p.consts + p.carries))
    const lin = parts(p, linearIn)
    const a = parts(p, s.args)
    const t = s.transforms.transpose(p.body, linearIn, p.body.outputs.map(() => true))
    const kept = (xs: readonly Node[], l: readonly boolean[]): Node[] => xs.filter((_, i) => l[i] !== true)
    const linear = (xs: readonly Node[], l: readonly boolean[]): Node[] => xs.filter((_, i) => l[i] === true)
    const [lc, lx] = [linear(a.consts, lin.consts), linear(a.xs, lin.xs)]
    const [nc, nx] = [kept(a.consts, lin.consts), kept(a.xs, lin.xs)]
    // body inputs of t.graph: nonlinear (consts, xs), then cts of (carry, ys)
    const ins = t.graph.inputs
    const ctCarry = ins.slice(nc.length + nx.length, nc.length + nx.length + p.carries)
    const ctYs = ins.slice(nc.length + nx.length + p.carries)
    const back = scatter(t.got, t.graph.outputs)
    const sums = lc.map((x) => variable(x, 'scan'))
    const outC = sums.map((v, i) => addAll([v, back[i] ?? null]) as Node)
    const outCarry = a.carry.map((c, i) => filled(back[lc.length + i] ?? null, c))
    const outX = lx.map((x, i) => filled(back[lc.length + p.carries + i] ?? null, { shape: x.shape.slice(1), dtype: x.dtype }))
    const body = graphOf([...ins.slice(0, nc.length), ...ctCarry, ...sums, ...ins.slice(nc.length, nc.length + nx.length), ...ctYs], [...outCarry, ...outC, ...outX])
    const outs = p.body.outputs.map((o, i) => (i < p.carries ? o : stacked(p.length, o)))
    const cts = outs.map((o, i) => filled(s.cts[i] ?? null, o))
    const result = outputs(b.scan([...nc, ...cts.slice(0, p.carries), ...lc.map((x) => zeros(x)), ...nx, ...cts.slice(p.carries)], {
      body, length: p.length, consts: nc.length, carries: p.carries + lc.length, reverse: !p.reverse,
    }))
    let [i, j] = [p.carries, p.carries + lc.length]
    const consts = lin.consts.map((l) => (l ? (result[i++] as Node) : null))
    const xs = lin.xs.map((l) => (l ? (result[j++] as Node) : null))
    return [...consts, ...result.slice(0, p.carries).map((c, k) => (s.linear[p.consts + k] === true ? c : null)), ...xs]
  },
  batch: (b, s) => {
    const p = s.params
    const batched = fixpoint(p, s.batched, (x) => s.transforms.batch(p.body, x, s.size).batched)
    const force = p.body.outputs.map((_, i) => i < p.carries && batched[p.consts + i] === true)
    const body = s.transforms.batch(p.body, batched, s.size, force)
    const args = s.args.map((x, i) => {
      const wide = batched[i] === true && s.batched[i] !== true ? stretch(x, [s.size, ...x.shape]) : x
      return i >= p.consts + p.carries && s.batched[i] === true ? moveAxis(wide, 0, 1) : wide
    })
    const node = b.scan(args, { ...p, body: body.graph })
    const moved = body.batched.map((is, i) => (is && i >= p.carries ? moveAxis(output(node, i), 1, 0) : output(node, i)))
    return { nodes: moved, batched: body.batched }
  },
  eval: (args, p, outs, t) => runScan(args, p, outs, t),
  lower: { kind: 'special' },
  domain: never(),
}
// ---- cond ---------------------------------------------------------------------------------------------------
/** Operands: a bool scalar, then the operands of both branches. */
export type Cond = { readonly then: Graph; readonly otherwise: Graph }
const or = (x: readonly boolean[], y: readonly boolean[]): boolean[] => x.map((a, i) => a || y[i] === true)
const linearCond = (b: Build, p: Cond, args: readonly Node[], tangents: readonly Tangent[], t: Transforms): Pushed => {
  const [pred, ...operands] = args as [Node, ...Node[]]
  const ts = tangents.slice(1)
  const active = given(ts)
  const has = or(t.linearize(p.then, active).out, t.linearize(p.otherwise, active).out)
  const [x, y] = [t.linearize(p.then, active, has), t.linearize(p.otherwise, active, has)]
  const n = p.then.outputs.length
  const nothing = (l: Linearized): Node[] => l.residuals.map((r) => zeros(r))
  const then = inputsOf(x.primal, [...x.primal.outputs, ...nothing(y)])
  const otherwise = inputsOf(y.primal, [...y.primal.outputs.slice(0, n), ...nothing(x), ...y.primal.outputs.slice(n)])
  const primal = outputs(b.cond([pred, ...operands], { then, otherwise }))
  if (x.tangent.outputs.length === 0) return { primals: primal.slice(0, n), tangents: has.map(() => null) }
  const stands = [...x.residuals, ...y.residuals].map((r) => variable(r, 'cond'))
  const dx = x.tangent.inputs.slice(x.residuals.length)
  const asInputs = (l: Linearized, from: number): Graph => {
    const own = stands.slice(from, from + l.residuals.length)
    return inputsOf({ ...l.tangent, inputs: [...stands, ...dx] }, inline(l.tangent, [...own, ...dx]))
  }
  const tangent = b.cond([pred, ...primal.slice(n), ...some(ts)], { then: asInputs(x, 0), otherwise: asInputs(y, x.residuals.length) })
  return { primals: primal.slice(0, n), tangents: scatter(has, outputs(tangent)) }
}
const inputsOf = (g: Graph, outs: readonly Node[]): Graph => graphOf(g.inputs, outs)

export const condP: Primitive<'cond', Cond> = {
  name: 'cond',
  aval: ([pred], p) => {
    if (pred?.dtype !== 'bool' || pred.shape.length !== 0) throw new Fault('DTypeMismatch', `cond: the predicate must be a bool scalar, not ${pred?.dtype}[${pred?.shape}]`)
    p.then.outputs.forEach((x, i) => {
      const y = p.otherwise.outputs[i] as Aval
      if (x.dtype !== y.dtype || String(x.shape) !== String(y.shape)) throw new Fault('ShapeMismatch', `cond: the branches give ${x.dtype}[${x.shape}] and ${y.dtype}[${y.shape}]`)
    })
    return avals(p.then.outputs)
  },
  jvp: (b, s) => linearCond(b, s.params, s.args, s.tangents, s.transforms),
  transpose: (b, s) => {
    const linear = s.linear.slice(1)
    const outs = given(s.cts)
    const [x, y] = [s.transforms.transpose(s.params.then, linear, outs), s.transforms.transpose(s.params.otherwise, linear, outs)]
    const got = or(x.got, y.got)
    const wanted = s.args.slice(1).filter((_, i) => linear[i] === true)
    const all = (t: typeof x): Graph => {
      const back = scatter(t.got, t.graph.outputs)
      return inputsOf(t.graph, got.flatMap((g, i) => (g ? [filled(back[i] ?? null, wanted[i] as Node)] : [])))
    }
    if (!got.includes(true)) return s.args.map(() => null)
    const operands = [...s.args.slice(1).filter((_, i) => linear[i] !== true), ...some(s.cts)]
    const back = scatter(got, outputs(b.cond([s.args[0] as Node, ...operands], { then: all(x), otherwise: all(y) })))
    let at = 0
    return [null, ...linear.map((l) => (l ? (back[at++] ?? null) : null))]
  },
  /** A batched predicate runs both branches and selects. */
  batch: (b, s) => {
    const [pred, ...operands] = s.args as readonly [Node, ...Node[]]
    const batched = s.batched.slice(1)
    const { then, otherwise } = s.params
    const free = or(s.transforms.batch(then, batched, s.size).batched, s.transforms.batch(otherwise, batched, s.size).batched)
    const force = free.map((f) => f || s.batched[0] === true)
    const [x, y] = [then, otherwise].map((g) => s.transforms.batch(g, batched, s.size, force).graph) as [Graph, Graph]
    if (s.batched[0] !== true) return { nodes: outputs(b.cond([pred, ...operands], { then: x, otherwise: y })), batched: force }
    const [xs, ys] = [inline(x, operands), inline(y, operands)]
    const chosen = xs.map((v, i) => b.where([b.broadcast([pred], { shape: v.shape, axes: [0] }), v, ys[i] as Node]))
    return { nodes: chosen, batched: force }
  },
  eval: ([pred, ...operands], p, _outs, t) => t.evaluate((pred as Host).data[0] === 0 ? p.otherwise : p.then, operands),
  lower: { kind: 'special' },
  domain: never(),
}
