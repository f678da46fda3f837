/**
 * jit saves tracing: the function is traced once for each tree of argument types, and each call makes one `call` node over
 * the closed body. Captures are operands too, so a tensor that the function closes over is an input of the plan and not
 * baked into it. What is not a tensor must be named in `static`, and is then part of the cache key by value.
 */
import { graphKey } from '../ir/key.js'
import { SLOT, typeName } from '../ir/node.js'
import type { Node } from '../ir/node.js'
import { b, outputs } from '../prim/index.js'
import { isWatching } from '../prim/watch.js'
import { fail } from '../type/fault.js'
import { paths, unflatten } from '../type/tree.js'
import type { TreeDef } from '../type/tree.js'
import type { Jit } from '../type/transform.js'
import { closeTrace, flattenNodes, trace } from './trace.js'
import type { FlatNodes } from './trace.js'
import { Traces } from './traces.js'
import type { Entry, Given, JitStats } from './traces.js'

interface Settings { readonly static?: readonly number[]; readonly name?: string; readonly math?: 'fast' }
type Fn = (...args: never[]) => unknown

let strict = process.env['COTANGENT_STRICT'] === '1'
/** Under strict (or COTANGENT_STRICT=1) jit retraces each call and refuses a function that did not give the same graph. */
export const strictJit = (on: boolean): void => {
  strict = on
}
/** Under `checked` a function has traces of its own, which watch. */
const caches = new WeakMap<object, () => Traces>()
const tracesOf = (f: object, where: string): Traces => caches.get(f)?.() ?? fail('InvalidArgument', `${where}: give it what jit returned`)
/**
 * How often a jitted function was traced (misses) and how often a trace was used again (hits), and what is kept.
 * @throws InvalidArgument when f is not what jit returned.
 * @example const f = jit((x: Scalar<'f32'>) => mul(x, x)); f(tensor(1)); f(tensor(2)); deepClose([jitStats(f).misses, jitStats(f).hits], [1, 1])
 */
export const jitStats = (f: object): JitStats => tracesOf(f, 'jitStats').stats()
/**
 * What a jitted function has traced, as text: each trace with its argument types and calls, what it captured, and why it
 * was traced again, naming the argument that differed. Print it.
 * @shape (f) => text
 * @throws InvalidArgument when f is not what jit returned.
 * @example const f = jit((x: Tensor<[number], 'f32'>) => sum(x)); f(ones([2])); f(ones([3])); deepClose(explain(f).includes('argument 0 was f32[2], now f32[3]'), true)
 */
export const explain = (f: object): string => tracesOf(f, 'explain').text()
const typeKey = (x: Node): string => x.typeKey + (x.device ?? '')
const defKey = (d: TreeDef): string =>
  d.kind === 'leaf' ? '*' : d.kind === 'array' ? `[${d.items.map(defKey).join()}]` : `{${d.items.map((i, k) => `${d.keys[k]}:${defKey(i)}`).join()}}`
const argKey = (a: FlatNodes): string => `${a.nodes.length === 1 && a.def.kind === 'leaf' ? '' : defKey(a.def)}(${a.nodes.map(typeKey).join()})`
const staticKey = (x: unknown): string =>
  typeof x === 'object' && x !== null ? JSON.stringify(x) : typeof x === 'function' ? fail('InvalidArgument', 'jit: a static argument must be a value, not a function') : `${typeof x}:${String(x)}`

const build = (f: Fn, args: readonly unknown[], flat: readonly (FlatNodes | null)[], name: string, math?: 'fast'): Entry => {
  const dynamic = flat.flatMap((a) => (a === null ? [] : [{ avals: a.nodes, def: a.def }]))
  const t = trace((...given: never[]) => {
    let at = 0
    return f(...(flat.map((a, i) => (a === null ? args[i] : given[at++])) as never[]))
  }, dynamic, name)
  const closed = closeTrace(t)
  const given = flat.map((a, i): Given => (a === null ? { kind: 'static', value: args[i] } : a.def))
  return { graph: closed.graph, captures: closed.captures, def: t.def, given, params: { body: closed.graph, kind: 'jit', name, ...(math === undefined ? {} : { math }) }, made: madeFor(args, flat) }
}
/** Every leaf and static argument, with where it is: what explain compares. */
const madeFor = (args: readonly unknown[], flat: readonly (FlatNodes | null)[]): ReadonlyMap<string, string> =>
  new Map(flat.flatMap((a, i): [string, string][] => {
    if (a === null) return [[`argument ${i}`, String(args[i])]]
    const at = paths(args[i])
    return a.nodes.map((x, k) => [`argument ${i}${at[k] === '' ? '' : `.${at[k]}`}`, x.device === undefined ? typeName(x) : `${typeName(x)} on ${x.device}`])
  }))
/** The same graph over the same captured numbers. */
const same = (x: Entry, y: Entry): boolean =>
  graphKey(x.graph) === graphKey(y.graph) && x.captures.every((c, i) => c.op !== SLOT || c.host === (y.captures[i] as Node).host)

/**
 * The same function, traced once for each tree of argument types and then called as one node.
 * With `math: 'fast'` the native backend computes sin, cos, tan, atan, pow, exp2, log2, log10, log1p, expm1, sinh and cosh of f32, and
 * what is made of them, by a few operations, also in derivatives: two to forty times as fast, with errors as docs/precision.md says.
 * @shape (f) => f
 * @throws InvalidArgument for an argument that is not a tree of tensors and is not named in `static`, and for another word than 'fast'.
 * @example deepClose(await read(jit((x: Tensor<[2], 'f32'>) => add(mul(x, x), 1))(tensor([1, 2]))), [2, 5])
 */
export const jit: Jit = ((f: Fn, settings: Settings = {}) => {
  const name = settings.name ?? (f.name === '' ? 'jit' : f.name)
  const { math } = settings
  if (math !== undefined && math !== 'fast') fail('InvalidArgument', `jit: math must be 'fast' or left out, not '${String(math)}'`)
  const plain = new Traces(name), watching = new Traces(name)
  const current = (): Traces => (isWatching() ? watching : plain)
  const fixed = new Set(settings.static ?? [])
  const found = (args: readonly unknown[]): { readonly entry: Entry; readonly operands: readonly Node[] } => {
    const traces = current()
    const again = strict ? null : traces.again(args)
    if (again !== null) return again
    const flat = args.map((a, i) => (fixed.has(i) ? null : flattenNodes(a, `jit: argument ${i}`)))
    const key = flat.map((a, i) => (a === null ? `=${staticKey(args[i])};` : `${argKey(a)};`)).join('')
    let entry = traces.find(key)
    if (entry === undefined) entry = traces.add(key, build(f, args, flat, name, math))
    else if (strict && !same(entry, build(f, args, flat, name, math))) {
      fail('InvalidArgument', `jit: ${name} gave another graph for the same argument types; it depends on something outside its arguments (a number or a tensor that changed): pass it as an argument`)
    }
    return { entry, operands: flat.flatMap((a) => (a === null ? [] : a.nodes)) }
  }
  const jitted = (...args: unknown[]): unknown => {
    const { entry, operands } = found(args)
    const node = b.call([...operands, ...entry.captures], entry.params)
    return unflatten(entry.def, outputs(node))
  }
  caches.set(jitted, current)
  return jitted
}) as never
