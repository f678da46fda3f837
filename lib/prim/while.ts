/**
 * while repeats a closed body as long as a closed test of the carry holds. Its length is unknown, so reverse mode is refused
 * by a sentence (scan, forLoop, or a bound make it possible); forward mode carries the tangents along in one loop. Batched,
 * it runs while any example goes on, and examples that are done keep their carry.
 */
import { graphOf, inline } from '../ir/graph.js'
import type { Graph } from '../ir/graph.js'
import type { Host, Node } from '../ir/node.js'
import { variable } from '../ir/node.js'
import { Fault } from '../type/fault.js'
import { avals, given, never, scatter, some } from './body.js'
import { outputs, stretch, zeros } from './build.js'
import type { Build } from './build.js'
import { refuseMeetings } from './gang.js'
import type { BatchSite, JvpSite, Primitive, Pushed, Transforms } from './primitive.js'

/** Operands: what the test captures, what the body captures, the carry. `again`: the random words that
 *  it reads are another loop's too. */
export type While = { readonly test: Graph; readonly body: Graph; readonly testConsts: number; readonly bodyConsts: number; readonly again?: true }
interface Parts<T> { readonly test: readonly T[]; readonly body: readonly T[]; readonly carry: readonly T[] }
const parts = <T>(p: While, xs: readonly T[]): Parts<T> => ({
  test: xs.slice(0, p.testConsts), body: xs.slice(p.testConsts, p.testConsts + p.bodyConsts), carry: xs.slice(p.testConsts + p.bodyConsts),
})
/** Grows the marked carries until the body keeps them. */
const fixpoint = (carry: readonly boolean[], step: (c: readonly boolean[]) => readonly boolean[]): readonly boolean[] => {
  for (let now = carry; ; ) {
    const out = step(now)
    const next = now.map((c, i) => c || out[i] === true)
    if (next.every((c, i) => c === now[i])) return now
    now = next
  }
}
/** Body and tangent of the body as one: (consts, dconsts, carry, dcarry) -> (carry, dcarry). */
const together = (p: While, active: readonly boolean[], force: readonly boolean[], t: Transforms): { readonly body: Graph; readonly dcarry: readonly Node[] } => {
  const lin = t.linearize(p.body, active, force)
  const dx = lin.tangent.inputs.slice(lin.residuals.length)
  const outs = inline(lin.tangent, [...lin.residuals, ...dx])
  const all = scatter(active, dx)
  const [consts, carry] = [p.body.inputs.slice(0, p.bodyConsts), p.body.inputs.slice(p.bodyConsts)]
  const [dconsts, dcarry] = [some(all.slice(0, p.bodyConsts)), some(all.slice(p.bodyConsts))]
  const out = lin.primal.outputs.slice(0, p.body.outputs.length)
  const kept = scatter(lin.out, outs).flatMap((o, i) => (force[i] === true ? [o as Node] : []))
  return { body: graphOf([...consts, ...dconsts, ...carry, ...dcarry], [...out, ...kept]), dcarry }
}
const push = (b: Build, s: JvpSite<While>): Pushed => {
  const p = s.params
  const [args, ts] = [parts(p, s.args), parts(p, s.tangents)]
  const consts = given(ts.body)
  const active = fixpoint(given(ts.carry), (c) => s.transforms.linearize(p.body, [...consts, ...c]).out)
  const { body, dcarry } = together(p, [...consts, ...active], active, s.transforms)
  const test = graphOf([...p.test.inputs, ...dcarry.map((d) => variable(d, 'while'))], p.test.outputs)
  const starts = args.carry.flatMap((c, i) => (active[i] === true ? [ts.carry[i] ?? zeros(c)] : []))
  const outs = outputs(b.while([...args.test, ...args.body, ...some(ts.body), ...args.carry, ...starts], {
    test, body, testConsts: p.testConsts, bodyConsts: p.bodyConsts + some(ts.body).length, again: true,
  }))
  // the value itself stays free of the tangents: who linearizes keeps it and throws the rest away
  return { primals: outputs(s.out), tangents: scatter(active, outs.slice(args.carry.length)) }
}
const batch = (b: Build, s: BatchSite<While>): { nodes: readonly Node[]; batched: readonly boolean[] } => {
  const p = s.params
  const [args, is] = [parts(p, s.args), parts(p, s.batched)]
  const step = (c: readonly boolean[]): readonly boolean[] => s.transforms.batch(p.body, [...is.body, ...c], s.size).batched
  const free = fixpoint(is.carry, step)
  const varies = s.transforms.batch(p.test, [...is.test, ...free], s.size).batched[0] === true
  if (varies) refuseMeetings('loop', [p.test, p.body])
  const carry = varies ? free.map(() => true) : free
  const test = s.transforms.batch(p.test, [...is.test, ...carry], s.size).graph
  const body = s.transforms.batch(p.body, [...is.body, ...carry], s.size, carry).graph
  const starts = args.carry.map((c, i) => (carry[i] === true && is.carry[i] !== true ? stretch(c, [s.size, ...c.shape]) : c))
  if (!varies) return { nodes: outputs(b.while([...args.test, ...args.body, ...starts], { ...p, test, body })), batched: carry }
  const each = selecting(b, p, test, body)
  return { nodes: outputs(b.while([...args.test, ...args.test, ...args.body, ...starts], { ...p, ...each, testConsts: p.testConsts, bodyConsts: p.testConsts + p.bodyConsts })), batched: carry }
}
/** Goes on while any example does; an example whose test fails keeps what it has. */
const selecting = (b: Build, p: While, test: Graph, body: Graph): { readonly test: Graph; readonly body: Graph } => {
  const again = test.inputs.slice(0, p.testConsts).map((v) => variable(v, 'while'))
  const carry = body.inputs.slice(p.bodyConsts)
  const goes = inline(test, [...again, ...carry])[0] as Node
  const outs = body.outputs.map((o, i) => b.where([b.broadcast([goes], { shape: o.shape, axes: [0] }), o, carry[i] as Node]))
  return {
    test: graphOf(test.inputs, [b.reduceOr([test.outputs[0] as Node], { axes: [0] })]),
    body: graphOf([...again, ...body.inputs], outs),
  }
}
const evaluate = (args: readonly Host[], p: While, t: Transforms): readonly Host[] => {
  const x = parts(p, args)
  let carry = x.carry
  while ((t.evaluate(p.test, [...x.test, ...carry])[0] as Host).data[0] !== 0) carry = t.evaluate(p.body, [...x.body, ...carry])
  return carry
}
export const whileP: Primitive<'while', While> = {
  name: 'while',
  aval: (args, p) => {
    const { carry } = parts(p, args)
    const go = p.test.outputs[0]
    if (p.test.outputs.length !== 1 || go?.dtype !== 'bool' || go.shape.length !== 0) throw new Fault('DTypeMismatch', `whileLoop: the test must give one bool scalar, not ${go?.dtype ?? 'nothing'}[${go?.shape ?? ''}]`)
    carry.forEach((c, i) => {
      const o = p.body.outputs[i]
      if (o === undefined || o.dtype !== c.dtype || String(o.shape) !== String(c.shape)) throw new Fault('ShapeMismatch', `whileLoop: carry ${i} enters as ${c.dtype}[${c.shape}] and leaves as ${o?.dtype ?? 'nothing'}[${o?.shape ?? ''}]`)
    })
    return avals(carry)
  },
  jvp: push,
  transpose: () => {
    throw new Fault('NotDifferentiable', 'whileLoop has no reverse mode, because nobody knows how many steps to keep: use scan or forLoop, or give it { maxSteps }')
  },
  batch,
  eval: (args, p, _outs, t) => evaluate(args, p, t),
  lower: { kind: 'special' },
  domain: never(),
}
