/**
 * scan repeats one closed body over a leading axis and carries a state. Its captures are operands (consts), so every rule
 * sees them. Differentiation splits the body into a primal part that also stacks residuals and a tangent part that is a
 * scan of its own; transposing that one runs the other way. Which carries are active, or batched, is a least fixpoint.
 */
import { graphOf } from '../ir/graph.js'
import type { Graph } from '../ir/graph.js'
import type { Aval, Host, Node } from '../ir/node.js'
import { numel, variable } from '../ir/node.js'
import { arrayOf, dtypeInfo } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { filled, given, never, scatter, some } from './body.js'
import { addAll, moveAxis, output, outputs, stretch, zeros } from './build.js'
import type { Build } from './build.js'
import type { Linearized, Primitive, Pushed, Tangent, Transforms } from './primitive.js'

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
  const n = numel(shape) * dtypeInfo[x.dtype].numbers
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
