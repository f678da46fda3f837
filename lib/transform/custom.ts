/**
 * Calls with rules of their own. `remat` computes a function again in the backward pass instead of keeping what it needs;
 * `customJvp` and `customVjp` replace a derivative by the user's. A rule is a function of the same trees, traced once for
 * each call and closed like every body; what it captures must be a value, not an argument of an open transform.
 */
import { graphOf, inline, reach, withArgs } from '../ir/graph.js'
import type { Closed, Graph } from '../ir/graph.js'
import { isPlace, VARIABLE, typeName, variable } from '../ir/node.js'
import type { Aval, Node } from '../ir/node.js'
import { b, outputs, zeros } from '../prim/index.js'
import type { Policy, Rule } from '../prim/call.js'
import { isInexact } from '../type/dtype.js'
import { fail } from '../type/fault.js'
import { treeMismatch, unflatten } from '../type/tree.js'
import type { TreeDef } from '../type/tree.js'
import type { CustomJvp, CustomVjp, RematPolicy, Transparent } from '../type/transform.js'
import { closeTrace, flattenNodes, misfit, trace } from './trace.js'
import type { FlatNodes, Traced } from './trace.js'

type Fn = (...args: never[]) => unknown
const flatAll = (args: readonly unknown[], where: string): FlatNodes[] => args.map((a, i) => flattenNodes(a, `${where}: argument ${i}`))
const types = (a: FlatNodes): { avals: readonly Node[]; def: TreeDef } => ({ avals: a.nodes, def: a.def })

/** Jitted calls inside opened, so that a policy sees what they compute. */
const opened = (g: Graph): Graph => {
  const several = new Map<Node, readonly Node[]>()
  const env = new Map<Node, Node>()
  for (const x of g.nodes) {
    const args = x.args.map((a) => env.get(a) ?? a)
    if (x.op === 'call' && x.params['kind'] === 'jit') several.set(x, inline(opened(x.params['body'] as unknown as Graph), args))
    else if (x.op === 'get' && several.has(x.args[0] as Node)) env.set(x, several.get(x.args[0] as Node)?.[x.params['index'] as number] as Node)
    else if (args.some((a, i) => a !== x.args[i])) env.set(x, withArgs(x, args))
  }
  return graphOf(g.inputs, g.outputs.map((o) => env.get(o) ?? o))
}
interface RematSettings { readonly policy?: RematPolicy }
const policyOf = (p: RematPolicy): Policy => {
  if (p === 'dots') return p
  if (typeof p === 'object' && Array.isArray(p.names)) return p.names
  return fail('InvalidArgument', `remat: a policy is 'nothing', 'dots' or { names: [...] }, not ${JSON.stringify(p)}`)
}
/**
 * The same function, computed again where its derivative needs it: memory for time. `policy` says what is kept after all:
 * 'nothing' (the default), 'dots' (the results of products and convolutions), or { names } of values marked by
 * `checkpointName`. It looks into jitted functions, not into loops and branches.
 * @shape (f) => f
 * @throws InvalidArgument for another policy.
 * @example deepClose(await read(grad((x: Scalar<'f32'>) => remat((y: Scalar<'f32'>) => mul(y, y))(x))(tensor(3))), 6)
 */
export const remat: Transparent = ((f: Fn, { policy = 'nothing' }: RematSettings = {}) => (...args: unknown[]) => {
  const flat = flatAll(args, 'remat')
  const t = trace(f, flat.map(types), 'remat')
  const { graph, captures } = closeTrace(t)
  const kept = policy === 'nothing' ? { body: graph } : { body: opened(graph), policy: policyOf(policy) }
  return unflatten(t.def, outputs(b.call([...flat.flatMap((a) => a.nodes), ...captures], { ...kept, kind: 'remat', name: f.name || 'remat' })))
}) as never
/**
 * The same tensors under a name, by which a policy of `remat` keeps them.
 * @shape [...s] → [...s]
 * @example deepClose(await read(grad((x: Scalar<'f32'>) => remat((y: Scalar<'f32'>) => mul(checkpointName(mul(y, y), 'square'), y), { policy: { names: ['square'] } })(x))(tensor(2))), 12)
 */
export const checkpointName = <T>(tree: T, name: string): T => {
  const { nodes, def } = flattenNodes(tree, 'checkpointName')
  return unflatten(def, nodes.map((x) => b.mark([x], { label: name }))) as T
}

/** A rule must not see an argument of an open transform: its derivative there would silently be zero. */
const onlyValues = (where: string, captures: readonly Node[]): void => {
  const open = reach(captures, () => false).find((x) => x.op === VARIABLE && !isPlace(x))
  if (open !== undefined) fail('OpenGraph', `${where}: the rule captures ${typeName(open)}, an argument of ${String(open.host)}; pass it as an argument of the function`)
}
/** The graph over its own inputs and then the captures of all bodies together. */
const over = (c: Closed, own: number, all: readonly Node[]): Graph => {
  const stands = new Map(c.captures.map((x, i) => [x, c.graph.inputs[own + i] as Node]))
  return graphOf([...c.graph.inputs.slice(0, own), ...all.map((x) => stands.get(x) ?? variable(x, 'capture'))], c.graph.outputs)
}
const union = (where: string, bodies: readonly Closed[]): Node[] => {
  const all = [...new Set(bodies.flatMap((c) => c.captures))]
  onlyValues(where, all)
  return all
}
const count = (flat: readonly FlatNodes[]): number => flat.reduce((n, a) => n + a.nodes.length, 0)
const apply = (name: string, def: TreeDef, body: Graph, operands: readonly Node[], all: readonly Node[], rule: Rule): unknown =>
  unflatten(def, outputs(b.call([...operands, ...all.map((x) => b.stop([x]))], { body, kind: 'custom', name, rule })))

/** What a rule gives must have the tree and the types of what it stands for; of integers the derivative is not looked at. */
const sameTree = (said: string, want: TreeDef, got: TreeDef): void => {
  const wrong = treeMismatch(want, got)
  if (wrong !== undefined) fail('InvalidArgument', `${said}: ${wrong}`)
}
const inexact = (like: readonly Node[], got: readonly Node[]): readonly Aval[] => got.map((y, i) => (isInexact((like[i] as Node).dtype) ? y : (like[i] as Node)))
const sameValue = (where: string, t: Traced, got: readonly Node[]): void => {
  const other = misfit(t.def, t.outputs, got)
  if (other !== undefined) fail('ShapeMismatch', `${where}: the rule's value${other.at} is ${other.got}, the function's is ${other.want}`)
}
const sameTangent = (where: string, t: Traced, got: readonly Node[]): void => {
  const other = misfit(t.def, t.outputs, inexact(t.outputs, got))
  if (other !== undefined) fail('ShapeMismatch', `${where}: the rule's tangent${other.at} is ${other.got}, but the value there is ${other.want}: give a tangent of its type`)
}
const sameCotangents = (where: string, args: TreeDef, operands: readonly Node[], got: readonly Node[]): void => {
  const other = misfit(args, operands, inexact(operands, got))
  if (other === undefined) return
  const [, argument, at = ''] = /^ at (\d+)(?:\.(.*))?$/.exec(other.at) as RegExpExecArray
  fail('ShapeMismatch', `${where}: backward gives ${other.got} for argument ${argument}${at === '' ? '' : ` at ${at}`}, which is ${other.want}: give a cotangent of its type`)
}
const isRule = (where: string, name: string, f: unknown): void => {
  if (typeof f !== 'function') fail('InvalidArgument', `${where}: ${name} is ${f === null ? 'null' : typeof f}, not a function`)
}

/**
 * f with a derivative of its own: `rule(primals, tangents)` gives the value and its tangent, linear in the tangents.
 * Tangents of integer arguments are zeros. The rule is traced at each call, so it must not call the function it belongs to.
 * @shape (f, rule) => f
 * @throws OpenGraph when the rule captures an argument of an open transform, ShapeMismatch naming the leaf when it gives other
 * types than f: at the first call, derivative or not.
 * @example deepClose(await read(grad(customJvp((x: Scalar<'f32'>) => mul(x, x), ([x], [dx]) => [mul(x, x), mul(dx, 7)]))(tensor(3))), 7)
 */
export const customJvp: CustomJvp = ((f: Fn, rule: Fn) => {
  const where = `customJvp of ${f.name || 'a function'}`
  isRule(where, 'the rule', rule)
  return (...args: unknown[]) => jvpCall(where, f, rule, args)
}) as never
const jvpCall = (where: string, f: Fn, rule: Fn, args: readonly unknown[]): unknown => {
  const flat = flatAll(args, where)
  const operands = flat.flatMap((a) => a.nodes)
  const n = operands.length
  const t = trace(f, flat.map(types), where)
  const closed = closeTrace(t)
  const tuple: TreeDef = { kind: 'array', items: flat.map((a) => a.def) }
  const tangentTypes = operands.map((x) => (isInexact(x.dtype) ? x : { shape: x.shape, dtype: 'f32' as const }))
  const r = trace(rule, [{ avals: operands, def: tuple }, { avals: tangentTypes, def: tuple }], where)
  const ruled = closeTrace(r)
  const m = t.outputs.length
  sameTree(`${where}: the rule must return [value, tangent], each like the function's value`, { kind: 'array', items: [t.def, t.def] }, r.def)
  sameValue(where, t, r.outputs.slice(0, m))
  sameTangent(where, t, r.outputs.slice(m))
  const all = union(where, [closed, ruled])
  const g = over(ruled, 2 * n, all)
  const float = operands.map((x) => isInexact(x.dtype))
  const own = g.inputs.slice(n, 2 * n)
  const nothing = new Map(own.filter((_, i) => float[i] !== true).map((v) => [v, zeros(v)]))
  const inputs = [...g.inputs.slice(0, n), ...g.inputs.slice(2 * n), ...own.filter((_, i) => float[i] === true), ...all.filter((x) => isInexact(x.dtype)).map((x) => variable(x, 'capture'))]
  const outs = [...g.outputs.slice(0, m), ...g.outputs.slice(m).filter((_, i) => isInexact((t.outputs[i] as Node).dtype))]
  const jvp = graphOf(inputs, replaced(g, nothing, outs))
  return apply(f.name || 'custom', t.def, over(closed, n, all), operands, all, { kind: 'jvp', jvp })
}
const replaced = (g: Graph, env: ReadonlyMap<Node, Node>, outs: readonly Node[]): readonly Node[] => {
  if (env.size === 0) return outs
  const call = b.call(g.inputs.map((v) => env.get(v) ?? v), { body: graphOf(g.inputs, outs), kind: 'jit', name: 'rule' })
  return outputs(call)
}

interface Pair { readonly forward: Fn; readonly backward: Fn }
/**
 * f with a pull-back of its own. Forward mode and second derivatives in forward mode use f itself. The rule is traced at
 * each call, so it must not call the function it belongs to.
 * @shape (f, { forward, backward }) => f
 * @throws OpenGraph when the rule captures an argument of an open transform, ShapeMismatch naming the leaf when the rule's types
 * are not f's: at the first call, derivative or not.
 * @example deepClose(await read(grad(customVjp((x: Scalar<'f32'>) => mul(x, x), { forward: (x) => [mul(x, x), x], backward: (x, ct) => [mul(ct, 7)] }))(tensor(3))), 7)
 */
export const customVjp: CustomVjp = ((f: Fn, rule: Pair | undefined) => {
  const where = `customVjp of ${f.name || 'a function'}`
  isRule(where, 'forward', rule?.forward)
  isRule(where, 'backward', rule?.backward)
  return (...args: unknown[]) => vjpCall(where, f, rule as Pair, args)
}) as never
const vjpCall = (where: string, f: Fn, rule: Pair, args: readonly unknown[]): unknown => {
  const flat = flatAll(args, where)
  const operands = flat.flatMap((a) => a.nodes)
  const n = count(flat)
  const t = trace(f, flat.map(types), where)
  const w = trace(rule.forward, flat.map(types), where)
  if (w.def.kind !== 'array' || w.def.items.length !== 2) return fail('InvalidArgument', `${where}: forward must return [value, residuals]`)
  const m = t.outputs.length
  const [valueDef, residualDef] = w.def.items as readonly [TreeDef, TreeDef]
  sameTree(`${where}: forward must return a value like the function's`, t.def, valueDef)
  sameValue(where, t, w.outputs.slice(0, m))
  const ctTypes = t.outputs.map((x) => (isInexact(x.dtype) ? x : { shape: x.shape, dtype: 'f32' as const }))
  const v = trace(rule.backward, [{ avals: w.outputs.slice(m), def: residualDef }, { avals: ctTypes, def: t.def }], where)
  const tuple: TreeDef = { kind: 'array', items: flat.map((a) => a.def) }
  sameTree(`${where}: backward must return one cotangent tree for each argument`, tuple, v.def)
  sameCotangents(where, tuple, operands, v.outputs)
  const [closed, forward, backward] = [closeTrace(t), closeTrace(w), closeTrace(v)]
  const all = union(where, [closed, forward, backward])
  const keep = w.outputs.length - m
  const fw = over(forward, n, all)
  const bw = over(backward, keep + m, all)
  const backOuts = bw.outputs.flatMap((o, i) => (isInexact((operands[i] as Node).dtype) ? [o] : []))
  const nothing = all.filter((x) => isInexact(x.dtype)).map((x) => zeros(x))
  const cts = bw.inputs.slice(keep, keep + m)
  const unused = new Map(cts.filter((_, i) => !isInexact((t.outputs[i] as Node).dtype)).map((c) => [c, zeros(c)]))
  // the captures travel as residuals, so that the backward body is closed over residuals and cotangents alone
  const inputs = [...bw.inputs.slice(0, keep), ...bw.inputs.slice(keep + m), ...cts.filter((c) => !unused.has(c))]
  return apply(f.name || 'custom', t.def, over(closed, n, all), operands, all, {
    kind: 'vjp',
    forward: graphOf(fw.inputs, [...fw.outputs, ...fw.inputs.slice(n)]),
    backward: graphOf(inputs, replaced(bw, unused, [...backOuts, ...nothing])),
  })
}
