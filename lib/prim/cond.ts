/**
 * cond runs one of two closed bodies, by a bool scalar. Both take the same operands, so the rules treat them alike: the
 * derivative is a cond of derivatives, each branch giving zeros for the other's residuals; under a batched predicate both
 * run and a select chooses.
 */
import { graphOf, inline } from '../ir/graph.js'
import type { Graph } from '../ir/graph.js'
import type { Aval, Host, Node } from '../ir/node.js'
import { variable } from '../ir/node.js'
import { Fault } from '../type/fault.js'
import { avals, filled, given, never, scatter, some } from './body.js'
import { outputs, zeros } from './build.js'
import type { Build } from './build.js'
import { refuseMeetings } from './gang.js'
import type { Linearized, Primitive, Pushed, Tangent, Transforms } from './primitive.js'

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
    if (s.batched[0] === true) refuseMeetings('branch', [then, otherwise])
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
