/**
 * Wrong rules, made from the right ones: every record is copied with one rule changed, in every way that applies to it.
 * A mutant says which law must refute it and whether its change was ever carried out (a change that no sample reaches, or
 * that changes nothing because there is nothing, is no mutant).
 */
import type { Aval, Host, Node } from '../../lib/ir/node.js'
import { sameShape } from '../../lib/ir/node.js'
import { b, stretch } from '../../lib/prim/index.js'
import type { AnyPrimitive, Batched, Pushed, Tangent } from '../../lib/prim/index.js'
import type { Params } from '../../lib/ir/node.js'
import { isFloat } from '../../lib/type/dtype.js'
import type { AnyArray } from '../../lib/type/dtype.js'

export interface Mutant {
  readonly op: string
  readonly rule: 'jvp' | 'transpose' | 'batch' | 'eval' | 'lower' | 'aval'
  readonly change: string
  readonly record: AnyPrimitive
  readonly fired: () => boolean
}
type Change<A> = readonly [name: string, f: (x: A) => A]
class Trigger {
  fired = false
  pull<A>(x: A): A {
    this.fired = true
    return x
  }
}
const mutant = (p: AnyPrimitive, rule: Mutant['rule'], change: string, make: (t: Trigger) => AnyPrimitive): Mutant => {
  const trigger = new Trigger()
  return { op: p.name, rule, change, record: make(trigger), fired: () => trigger.fired }
}

// ---- changes of nodes, params and data ---------------------------------------------------------------------------
const filled = (x: Node): Node => b.add([x, stretch(b.constant([], { value: 1, dtype: x.dtype }), x.shape)])
const nodes: readonly Change<Node>[] = [
  ['sign flipped', (x) => b.neg([x])], ['factor 2', (x) => b.add([x, x])], ['wrong fill', filled],
  ['reversed', (x) => (x.shape.length === 0 ? b.add([x, x]) : b.flip([x], { axes: [x.shape.length - 1] }))],
]
const bump = (v: unknown): unknown => (typeof v === 'number' ? v + 1 : Array.isArray(v) ? v.map((x, i) => (i === 0 ? bump(x) : x)) : typeof v === 'boolean' ? !v : v)
/** Each numeric, list or flag param changed: a number (in a list the first) by one, a flag inverted. */
const params = (keys: readonly string[]): readonly Change<Params>[] =>
  keys.map((k): Change<Params> => [`${k} off by one`, (p) => ({ ...p, [k]: bump(p[k]) as never })])
const keysOf = (p: AnyPrimitive): string[] => {
  const s = sample(p)
  return Object.keys(s.params).filter((k) => ['number', 'boolean'].includes(typeof s.params[k]) || Array.isArray(s.params[k]))
}
const sample = (p: AnyPrimitive): ReturnType<AnyPrimitive['domain']['sample']> => p.domain.sample(() => 0)
const mapped = (x: AnyArray, f: (v: number | bigint, i: number) => number | bigint): AnyArray => {
  const y = x.slice() as AnyArray
  x.forEach((v: number | bigint, i: number) => {
    y[i] = f(v, i) as never
  })
  return y
}
const data: readonly Change<AnyArray>[] = [
  ['rolled', (x) => mapped(x, (_, i) => x[(i + 1) % x.length] as number)],
  ['first element changed', (x) => mapped(x, (v, i) => (i > 0 ? v : typeof v === 'bigint' ? v + 1n : v === 0 ? 1 : 0))],
  ['last element lost', (x) => x.slice(0, -1) as AnyArray],
]
const same = (x: AnyArray, y: AnyArray): boolean => x.length === y.length && x.every((v, i) => Object.is(v, y[i]))

// ---- rules ---------------------------------------------------------------------------------------------------------
type Jvp = AnyPrimitive['jvp']
const pushed = (r: Tangent | Pushed): r is Pushed => r !== null && 'primals' in r
const eachTangent = (r: Tangent | Pushed, f: (t: Node) => Node | null): Tangent | Pushed =>
  pushed(r) ? { ...r, tangents: r.tangents.map((t) => (t === null ? null : f(t))) } : r === null ? null : f(r)
const exists = (r: Tangent | Pushed): boolean => (pushed(r) ? r.tangents.some((t) => t !== null && t.shape.every((n) => n > 0)) : r !== null && r.shape.every((n) => n > 0))
const jvps = (p: AnyPrimitive): Mutant[] => {
  const of = (change: string, wrong: (t: Trigger) => Jvp): Mutant => mutant(p, 'jvp', change, (t) => ({ ...p, jvp: wrong(t) }))
  const after = (change: string, f: (x: Node) => Node | null): Mutant => of(change, (t) => (builder, s) => {
    const r = p.jvp(builder, s)
    return exists(r) ? eachTangent(t.pull(r), f) : r
  })
  const swapped = of('operands swapped', (t) => (builder, s) => {
    const [x, y, ...rest] = s.args
    const able = x !== undefined && y !== undefined && sameShape(x.shape, y.shape) && x.dtype === y.dtype && x !== y
    return able && exists(p.jvp(builder, s)) ? p.jvp(builder, { ...t.pull(s), args: [y, x, ...rest] }) : p.jvp(builder, s)
  })
  const dropped = [0, 1, 2].map((i) => of(`term ${i} dropped`, (t) => (builder, s) => {
    if (s.tangents[i] == null || !exists(p.jvp(builder, s))) return p.jvp(builder, s)
    const rest = t.pull(s).tangents.map((d, k) => (k === i ? null : d))
    return rest.every((d) => d === null) ? null : p.jvp(builder, { ...s, tangents: rest })
  }))
  return [...nodes.map(([name, f]) => after(name, f)), after('absent', () => null), swapped, ...dropped]
}
const transposes = (p: AnyPrimitive): Mutant[] => {
  const rule = p.transpose
  if (rule === 'none') return []
  const of = (change: string, wrong: (t: Trigger) => typeof rule): Mutant => mutant(p, 'transpose', change, (t) => ({ ...p, transpose: wrong(t) }))
  const solid = (x: Tangent | undefined): x is Node => x != null && x.shape.every((n) => n > 0)
  const after = nodes.map(([name, f]) => of(name, (t) => (builder, s) => rule(builder, s).map((x) => (solid(x) ? t.pull(f(x)) : x))))
  const lost = [0, 1, 2].map((i) => of(`cotangent ${i} dropped`, (t) => (builder, s) => rule(builder, s).map((x, k) => (k === i && solid(x) ? t.pull(null) : x))))
  const crossed = of('cotangents swapped', (t) => (builder, s) => {
    const [x, y, ...rest] = rule(builder, s)
    return solid(x) && solid(y) && sameShape(x.shape, y.shape) ? t.pull([y, x, ...rest]) : [x ?? null, y ?? null, ...rest].slice(0, s.args.length)
  })
  const skewed = params(keysOf(p)).map(([name, f]) => of(name, (t) => (builder, s) => {
    const wrong = f(s.params)
    return JSON.stringify(wrong) === JSON.stringify(s.params) ? rule(builder, s) : rule(builder, { ...t.pull(s), params: wrong })
  }))
  return [...after, ...lost, crossed, ...skewed]
}
type BatchRule = Exclude<AnyPrimitive['batch'], 'pointwise'>
const ruleOf = (p: AnyPrimitive): BatchRule => (p.batch !== 'pointwise' ? p.batch : (builder, s) => {
  const wide = s.args.map((a, i) => (s.batched[i] === true ? a : stretch(a, [s.size, ...a.shape])))
  return (builder as unknown as Record<string, (xs: readonly Node[], q: Params) => Node>)[p.name]!(wide, s.params)
})
const batches = (p: AnyPrimitive): Mutant[] => {
  const rule = ruleOf(p)
  const of = (change: string, wrong: (t: Trigger) => BatchRule): Mutant => mutant(p, 'batch', change, (t) => ({ ...p, batch: wrong(t) }))
  const each = (r: Node | Batched, f: (x: Node) => Node): Node | Batched => ('nodes' in r ? { ...r, nodes: r.nodes.map((x, i) => (r.batched[i] === true ? f(x) : x)) } : f(r))
  const full = (x: Node): boolean => (x.shape[0] as number) > 1 && x.shape.every((n) => n > 0)
  const after = ([name, f]: Change<Node>): Mutant => of(name, (t) => (builder, s) => each(rule(builder, s), (x) => (full(x) ? t.pull(f(x)) : x)))
  const first: Change<Node> = ['first example for all', (x) => stretch(b.slice([x], { start: x.shape.map(() => 0), limit: [1, ...x.shape.slice(1)], step: x.shape.map(() => 1) }), x.shape)]
  const backward: Change<Node> = ['batch reversed', (x) => b.flip([x], { axes: [0] })]
  const skewed = params(keysOf(p)).map(([name, f]) => of(name, (t) => (builder, s) => {
    const wrong = f(s.params)
    return JSON.stringify(wrong) === JSON.stringify(s.params) ? rule(builder, s) : rule(builder, { ...t.pull(s), params: wrong })
  }))
  return [after(backward), after(first), ...(p.domain.dtypes.length > 0 ? skewed : [])]
}
const evals = (p: AnyPrimitive): Mutant[] => data.map(([name, f]) => mutant(p, 'eval', name, (t) => ({
  ...p,
  eval: (...args) => {
    const r = p.eval(...args)
    const change = (x: AnyArray): AnyArray => {
      const y = x.length === 0 ? x : f(x)
      return same(x, y) ? x : t.pull(y)
    }
    return Array.isArray(r) ? (r as readonly Host[]).map((x) => ({ ...x, data: change(x.data) })) : change(r as AnyArray)
  },
})))
/** Kernels that take the same number of operands of one dtype and give that dtype or bool. */
const families = [
  ['sin', 'cos', 'exp', 'tanh', 'sigmoid', 'floor', 'round', 'erf'], ['add', 'sub', 'mul', 'max', 'min', 'remainder'], ['eq', 'ne', 'lt', 'le', 'gt', 'ge'],
  ['and', 'or', 'xor'], ['shl', 'shr'], ['threefry0', 'threefry1', 'threefryXor'],
] as const
const sinks = ['sum', 'max', 'min', 'argmax', 'argmin', 'and', 'or'] as const
const lowers = (p: AnyPrimitive): Mutant[] => {
  const of = (change: string, wrong: (t: Trigger) => AnyPrimitive['lower']): Mutant => mutant(p, 'lower', change, (t) => ({ ...p, lower: wrong(t) }))
  const { lower } = p
  if (lower.kind === 'element' && typeof lower.name === 'string') {
    const name = lower.name
    const others = families.find((f) => (f as readonly string[]).includes(name)) ?? (sample(p).shapes.length === 1 ? ['neg', 'abs', 'exp'] : [])
    return others.filter((o) => o !== name).map((o) => of(`kernel ${o}`, (t) => (t.pull(null), { kind: 'element', name: o })))
  }
  if (lower.kind === 'reduce') return sinks.filter((k) => k !== lower.sink).map((k) => of(`sink ${k}`, (t) => (t.pull(null), { kind: 'reduce', sink: k })))
  if (lower.kind === 'view') return params(keysOf(p)).map(([name, f]) => of(`view with ${name}`, (t) => ({ kind: 'view', view: (x, q, out) => lower.view(x, JSON.stringify(f(q)) === JSON.stringify(q) ? q : t.pull(f(q)), out) })))
  if (lower.kind === 'instruction') {
    const flipped = of('operands reversed', (t) => ({ kind: 'instruction', make: (xs, q, out) => lower.make(xs.length === 2 ? t.pull([...xs].reverse()) : xs, q, out) }))
    return [flipped, ...params(keysOf(p)).map(([name, f]) => of(`instruction with ${name}`, (t) => ({ kind: 'instruction', make: (xs, q, out) => lower.make(xs, JSON.stringify(f(q)) === JSON.stringify(q) ? q : t.pull(f(q)), out) })))]
  }
  return []
}
const avals = (p: AnyPrimitive): Mutant[] => {
  const changes: readonly Change<Aval>[] = [
    ['an axis too many', (x) => ({ ...x, shape: [...x.shape, 1] })], ['another dtype', (x) => ({ ...x, dtype: isFloat(x.dtype) ? 'i32' : 'f32' })],
    ['a size off by one', (x) => ({ ...x, shape: x.shape.map((n, i) => (i === 0 ? n + 1 : n)) })],
  ]
  return changes.map(([name, f]) => mutant(p, 'aval', name, (t) => ({
    ...p,
    aval: (args, q) => {
      const r = p.aval(args, q)
      const change = (x: Aval): Aval => (name === 'a size off by one' && x.shape.length === 0 ? x : t.pull(f(x)))
      return Array.isArray(r) ? (r as readonly Aval[]).map(change) : change(r as Aval)
    },
  })))
}
/** Every mutant of a record. */
export const mutantsOf = (p: AnyPrimitive): readonly Mutant[] => [...jvps(p), ...transposes(p), ...batches(p), ...evals(p), ...lowers(p), ...avals(p)]
