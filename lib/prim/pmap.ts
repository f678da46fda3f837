/**
 * pmap runs one closed body on every device of a named axis; the devices meet in the body's collectives. A mapped operand
 * has the axis in front and gives each device its row, any other is the same for all; outputs are stacked. A device's place
 * along the axis is one more mapped operand. So the rules are those of a scan without a carry: the derivative is a pmap with
 * residuals and a pmap of the tangent part, and what was the same for all gets the sum of the devices' cotangents.
 */
import { graphOf } from '../ir/graph.js'
import type { Graph } from '../ir/graph.js'
import type { Aval, Host, Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { dtypeInfo } from '../type/dtype.js'
import type { Spans } from '../type/collective.js'
import { Fault } from '../type/fault.js'
import { given, never, scatter, some } from './body.js'
import { moveAxis, outputs } from './build.js'
import type { Build } from './build.js'
import { joined } from './collective.js'
import { onDevices, openingFor } from './gang.js'
import type { Primitive, Pushed, Tangent, Transforms } from './primitive.js'

/** `size` devices are here; `spans` says where others are. Of one that is `apart`, in plans only, the devices never meet. */
export type Pmap = { readonly body: Graph; readonly axis: string; readonly size: number; readonly spans?: Spans; readonly mapped: readonly boolean[]; readonly apart?: true }
const stacked = (n: number, x: Aval): Aval => ({ shape: [n, ...x.shape], dtype: x.dtype })
const share = (x: Host, d: number): Host => {
  const shape = x.shape.slice(1)
  const n = numel(shape) * dtypeInfo[x.dtype].numbers
  return { dtype: x.dtype, shape, data: x.data.slice(d * n, (d + 1) * n) as never }
}
const linearPmap = (b: Build, p: Pmap, args: readonly Node[], tangents: readonly Tangent[], t: Transforms): Pushed => {
  const active = given(tangents)
  const lin = t.linearize(p.body, active)
  const outer = p.body.outputs.length
  // a residual that is an input of the body is passed again
  const from = lin.residuals.map((r) => lin.primal.inputs.indexOf(r))
  const extra = lin.residuals.filter((_, i) => from[i] === -1)
  const primal = outputs(b.pmap(args, { ...p, body: graphOf(lin.primal.inputs, [...lin.primal.outputs.slice(0, outer), ...extra]) }))
  if (lin.tangent.outputs.length === 0) return { primals: primal.slice(0, outer), tangents: lin.out.map(() => null) }
  let at = outer
  const residuals = from.map((f) => (f === -1 ? (primal[at++] as Node) : (args[f] as Node)))
  const mapped = [...from.map((f) => f === -1 || p.mapped[f] === true), ...p.mapped.filter((_, i) => active[i] === true)]
  const tangent = outputs(b.pmap([...residuals, ...some(tangents)], { ...p, body: lin.tangent, mapped }))
  return { primals: primal.slice(0, outer), tangents: scatter(lin.out, tangent) }
}

export const pmapP: Primitive<'pmap', Pmap> = {
  name: 'pmap',
  aval: (args, p) => {
    if (args.length !== p.body.inputs.length) throw new Fault('InvalidArgument', `pmap: ${args.length} operands for ${p.body.inputs.length} inputs`)
    return p.body.outputs.map((o) => stacked(p.size, o))
  },
  jvp: (b, s) => linearPmap(b, s.params, s.args, s.tangents, s.transforms),
  transpose: (b, s) => {
    const p = s.params
    const t = s.transforms.transpose(p.body, s.linear, given(s.cts))
    if (t.graph.outputs.length === 0) return s.args.map(() => null)
    const kept = s.args.map((_, i) => s.linear[i] !== true)
    const operands = [...s.args.filter((_, i) => kept[i]), ...some(s.cts)]
    const mapped = [...p.mapped.filter((_, i) => kept[i]), ...some(s.cts).map(() => true)]
    const back = scatter(t.got, outputs(b.pmap(operands, { ...p, body: t.graph, mapped })))
    let at = 0
    return s.args.map((_, i) => {
      const ct = kept[i] === true ? null : (back[at++] ?? null)
      return ct === null || p.mapped[i] === true ? ct : s.transforms.sumFront(ct)
    })
  },
  batch: (b, s) => {
    const p = s.params
    const body = s.transforms.batch(p.body, s.batched, s.size)
    const args = s.args.map((x, i) => (s.batched[i] === true && p.mapped[i] === true ? moveAxis(x, 0, 1) : x))
    const outs = outputs(b.pmap(args, { ...p, body: body.graph }))
    return { nodes: outs.map((o, i) => (body.batched[i] === true ? moveAxis(o, 1, 0) : o)), batched: body.batched }
  },
  eval: (args, p, _outs, t) => {
    if (p.spans !== undefined) return t.evaluate(asBatch(p, t), args)
    const each = onDevices(p.axis, p.size, (d) => t.evaluate(p.body, args.map((x, i) => (p.mapped[i] === true ? share(x, d) : x))))
    return p.body.outputs.map((_, k) => joined(each.map((ys) => ys[k] as Host)))
  },
  lower: { kind: 'special' },
  domain: never(),
}
/** The body over all devices at once, which binds the axis: collectives become operations over the axis in front. */
export const asBatch = (p: Pmap, t: Transforms): Graph =>
  openingFor({ axis: p.axis, first: (p.spans?.rank ?? 0) * p.size }, () => t.batch(p.body, p.mapped, p.size, p.body.outputs.map(() => true)).graph)
