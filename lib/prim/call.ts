/**
 * call holds one closed body; jit, remat and custom rules are calls that differ in kind.
 *   jit     the derivative is a call with residuals and a call of the tangent part
 *   remat   the tangent part computes the primal again instead of keeping residuals, but for what its policy keeps
 *   custom  the derivative is what the user's rule says: a jvp body, or a forward and a backward body
 */
import { graphOf, inline, substitute } from '../ir/graph.js'
import type { Graph } from '../ir/graph.js'
import { variable } from '../ir/node.js'
import type { Aval, Node } from '../ir/node.js'
import { isInexact } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { avals, filled, given, never, scatter, some } from './body.js'
import { outputs } from './build.js'
import type { Build } from './build.js'
import type { Primitive, Pushed, Tangent, Transforms } from './primitive.js'

/** jvp: (inputs, tangents of float inputs) -> (outputs, tangents of float outputs).
 *  vjp: forward (inputs) -> (outputs, residuals); backward (residuals, cotangents of float outputs) -> cotangents of float inputs. */
export type Rule =
  | { readonly kind: 'jvp'; readonly jvp: Graph }
  | { readonly kind: 'vjp'; readonly forward: Graph; readonly backward: Graph }
/** `again`: the random words that it reads are another call's too; `math`: backends may compute functions with a few bits less. */
export type Call = { readonly body: Graph; readonly kind: 'jit' | 'remat' | 'custom'; readonly name: string; readonly rule?: Rule; readonly policy?: Policy; readonly again?: true; readonly math?: 'fast' }
/** What remat keeps of a function: the results of products and convolutions, or the values marked with these names. */
export type Policy = 'dots' | readonly string[]

const likeIt = ({ kind, name, math }: Call) => ({ kind, name, ...(math === undefined ? {} : { math }) })
const split = (b: Build, p: Call, args: readonly Node[], tangents: readonly Tangent[], t: Transforms): Pushed => {
  const lin = t.linearize(p.body, given(tangents))
  const primal = outputs(b.call(args, { ...likeIt(p), body: lin.primal }))
  const n = p.body.outputs.length
  const operands = [...primal.slice(n), ...some(tangents)]
  const tangent = lin.tangent.outputs.length === 0 ? [] : outputs(b.call(operands, { ...likeIt(p), body: lin.tangent }))
  return { primals: primal.slice(0, n), tangents: scatter(lin.out, tangent) }
}
const products: ReadonlySet<string> = new Set(['dot', 'conv', 'convInput', 'convWeight'])
/** Attention is products too; it gives several results. */
const isProduct = (x: Node): boolean => products.has(x.op) || (x.op === 'get' && x.args[0]?.op === 'attention')
/** The nodes of a body that a policy keeps; of a marked value it is the value itself, which derivatives may read below the mark. */
const keptOf = (policy: Policy, body: Graph): ReadonlySet<Node> =>
  new Set(policy === 'dots' ? body.nodes.filter(isProduct) : body.nodes.flatMap((x) => (x.op === 'mark' && policy.includes(x.params['label'] as string) ? [x.args[0] as Node] : [])))
/** The tangent part with its residuals computed inside, from the inputs and from what the policy keeps. */
const recomputed = (b: Build, p: Call, args: readonly Node[], tangents: readonly Tangent[], out: Node, t: Transforms): Pushed => {
  const { policy } = p
  const lin = t.linearize(p.body, given(tangents))
  const again = graphOf(lin.primal.inputs, lin.residuals)
  const chosen = policy === undefined ? new Set<Node>() : keptOf(policy, lin.primal)
  const kept = again.nodes.filter((x) => chosen.has(x))
  const stands = kept.map((x) => variable(x, 'remat'))
  const at = substitute(again.nodes, new Map(kept.map((x, i) => [x, stands[i] as Node])))
  const dx = lin.tangent.inputs.slice(lin.residuals.length)
  const body = graphOf([...lin.primal.inputs, ...stands, ...dx], inline(lin.tangent, [...lin.residuals.map(at), ...dx]))
  const n = p.body.outputs.length
  const primals = kept.length === 0 ? outputs(out) : outputs(b.call(args, { ...p, body: graphOf(lin.primal.inputs, [...lin.primal.outputs.slice(0, n), ...kept]) }))
  const tangent = body.outputs.length === 0 ? [] : outputs(b.call([...args, ...primals.slice(n), ...some(tangents)], { body, kind: 'remat', name: p.name, again: true }))
  return { primals: primals.slice(0, n), tangents: scatter(lin.out, tangent) }
}
const floatsOf = <T extends Aval>(xs: readonly T[]): T[] => xs.filter((x) => isInexact(x.dtype))
const among = (outs: readonly Aval[], ts: readonly Node[]): Tangent[] => scatter(outs.map((o) => isInexact(o.dtype)), ts)
/** The user's rule. Forward mode through a vjp pair uses the definition. */
const ruled = (b: Build, p: Call, rule: Rule, args: readonly Node[], tangents: readonly Tangent[]): Pushed => {
  const dense = args.flatMap((a, i) => (isInexact(a.dtype) ? [filled(tangents[i] ?? null, a)] : []))
  const n = p.body.outputs.length
  if (rule.kind === 'jvp') {
    const all = inline(rule.jvp, [...args, ...dense])
    return { primals: all.slice(0, n), tangents: among(p.body.outputs, all.slice(n)) }
  }
  const forward = outputs(b.call(args, { body: rule.forward, kind: 'jit', name: p.name }))
  const residuals = forward.slice(n)
  const tangent = outputs(b.pushforward([...residuals, ...args, ...dense], { body: p.body, backward: rule.backward, residuals: residuals.length, name: p.name }))
  return { primals: forward.slice(0, n), tangents: among(p.body.outputs, tangent) }
}
export const callP: Primitive<'call', Call> = {
  name: 'call',
  aval: (args, p) => {
    if (args.length !== p.body.inputs.length) throw new Fault('InvalidArgument', `call of ${p.name}: ${args.length} operands for ${p.body.inputs.length} inputs`)
    return avals(p.body.outputs)
  },
  jvp: (b, s) => {
    const { params: p, args, tangents, transforms } = s
    if (p.rule !== undefined) return ruled(b, p, p.rule, args, tangents)
    return p.kind === 'remat' ? recomputed(b, p, args, tangents, s.out, transforms) : split(b, p, args, tangents, transforms)
  },
  transpose: (b, s) => {
    const t = s.transforms.transpose(s.params.body, s.linear, given(s.cts))
    if (t.graph.outputs.length === 0) return s.args.map(() => null)
    const operands = [...s.args.filter((_, i) => s.linear[i] !== true), ...some(s.cts)]
    const back = scatter(t.got, outputs(b.call(operands, { ...s.params, body: t.graph })))
    let at = 0
    return s.args.map((_, i) => (s.linear[i] === true ? (back[at++] ?? null) : null))
  },
  /** A custom rule batches with its call: its bodies are batched as a whole. */
  batch: (b, s) => {
    const { params: p, transforms: t } = s
    if (p.rule === undefined) {
      const body = t.batch(p.body, s.batched, s.size)
      return { nodes: outputs(b.call(s.args, { ...p, body: body.graph })), batched: body.batched }
    }
    const all = p.body.outputs.map(() => true)
    const body = t.batch(p.body, s.batched, s.size, all).graph
    return { nodes: outputs(b.call(s.args, { ...p, body, rule: batchedRule(p, p.rule, s.batched, s.size, t) })), batched: all }
  },
  eval: (args, p, _outs, t) => t.evaluate(p.body, args),
  lower: { kind: 'special' },
  domain: never(),
}
/** Unbatched inputs stay so; their cotangents come back summed over the batch. */
const batchedRule = (p: Call, rule: Rule, batched: readonly boolean[], size: number, t: Transforms): Rule => {
  const inputs = p.body.inputs
  const floatBatched = inputs.flatMap((x, i) => (isInexact(x.dtype) ? [batched[i] === true] : []))
  const all = (n: number): boolean[] => new Array<boolean>(n).fill(true)
  if (rule.kind === 'jvp') return { kind: 'jvp', jvp: t.batch(rule.jvp, [...batched, ...floatBatched], size, all(rule.jvp.outputs.length)).graph }
  const forward = t.batch(rule.forward, batched, size, all(rule.forward.outputs.length)).graph
  const back = t.batch(rule.backward, all(rule.backward.inputs.length), size, all(rule.backward.outputs.length)).graph
  const summed = back.outputs.map((o, i) => (floatBatched[i] === true ? o : t.sumFront(o)))
  return { kind: 'vjp', forward, backward: graphOf(back.inputs, summed) }
}

/** The derivative of a call with a vjp pair: operands are residuals, the call's operands, tangents of the float ones. It is
 *  linear in the tangents; transposed it is the user's backward body, run forward it is the definition's derivative. */
export type Pushforward = { readonly body: Graph; readonly backward: Graph; readonly residuals: number; readonly name: string }
const definition = (p: Pushforward, t: Transforms): Graph => {
  const float = p.body.inputs.map((x) => isInexact(x.dtype))
  const lin = t.linearize(p.body, float, p.body.outputs.map((o) => isInexact(o.dtype)))
  const dx = lin.tangent.inputs.slice(lin.residuals.length)
  return graphOf([...p.body.inputs, ...dx], inline(lin.tangent, [...lin.residuals, ...dx]))
}
/** By plain nodes, for backends. */
export const expanded = (p: Pushforward, args: readonly Node[], t: Transforms): readonly Node[] => inline(definition(p, t), args.slice(p.residuals))
export const pushforwardP: Primitive<'pushforward', Pushforward> = {
  name: 'pushforward',
  aval: (_args, p) => avals(floatsOf(p.body.outputs)),
  jvp: (b, s) => {
    const body = definition(s.params, s.transforms)
    return split(b, { body, kind: 'jit', name: s.params.name }, s.args.slice(s.params.residuals), s.tangents.slice(s.params.residuals), s.transforms)
  },
  transpose: (_b, s) => {
    const outs = floatsOf(s.params.body.outputs)
    const cts = inline(s.params.backward, [...s.args.slice(0, s.params.residuals), ...outs.map((o, i) => filled(s.cts[i] ?? null, o))])
    const first = s.args.length - cts.length
    return s.args.map((_, i) => (i < first || s.linear[i] !== true ? null : (cts[i - first] as Node)))
  },
  batch: (b, s) => {
    const body = definition(s.params, s.transforms)
    const batch = s.transforms.batch(body, s.batched.slice(s.params.residuals), s.size)
    return { nodes: outputs(b.call(s.args.slice(s.params.residuals), { body: batch.graph, kind: 'jit', name: s.params.name })), batched: batch.batched }
  },
  eval: (args, p, _outs, t) => t.evaluate(definition(p, t), args.slice(p.residuals)),
  lower: { kind: 'special' },
  domain: never(),
}
