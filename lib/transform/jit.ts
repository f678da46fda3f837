/**
 * jit saves tracing: the function is traced once for each tree of argument types, and each call makes one `call` node over
 * the closed body. Captures are operands too, so a tensor that the function closes over is an input of the plan and not
 * baked into it. What is not a tensor must be named in `static`, and is then part of the cache key by value.
 */
import { graphKey } from '../ir/key.js'
import type { Graph } from '../ir/graph.js'
import { SLOT } from '../ir/node.js'
import type { Node } from '../ir/node.js'
import { b, outputs } from '../prim/index.js'
import { fail } from '../type/fault.js'
import { unflatten } from '../type/tree.js'
import type { TreeDef } from '../type/tree.js'
import type { Jit } from '../type/transform.js'
import { closeTrace, flattenNodes, trace } from './trace.js'
import type { FlatNodes } from './trace.js'

interface Entry { readonly graph: Graph; readonly captures: readonly Node[]; readonly def: TreeDef; readonly params: CallParams }
interface CallParams { readonly body: Graph; readonly kind: 'jit'; readonly name: string }
interface Settings { readonly static?: readonly number[]; readonly name?: string }
export interface JitStats { readonly entries: number; readonly hits: number; readonly misses: number }
interface Cache { readonly entries: Map<string, Entry>; hits: number; misses: number }
type Fn = (...args: never[]) => unknown

const MOST_TRACES = 256
const MANY_TRACES = 32
let strict = process.env['COTANGENT_STRICT'] === '1'
/** Under strict (or COTANGENT_STRICT=1) jit retraces each call and refuses a function that did not give the same graph. */
export const strictJit = (on: boolean): void => {
  strict = on
}
const caches = new WeakMap<object, Cache>()
/** How often a jitted function was traced and how often a trace was used again. */
export const jitStats = (f: object): JitStats => {
  const c = caches.get(f)
  return { entries: c?.entries.size ?? 0, hits: c?.hits ?? 0, misses: c?.misses ?? 0 }
}
const typeKey = (x: Node): string => x.typeKey + (x.device ?? '')
const defKey = (d: TreeDef): string =>
  d.kind === 'leaf' ? '*' : d.kind === 'array' ? `[${d.items.map(defKey).join()}]` : `{${d.items.map((i, k) => `${d.keys[k]}:${defKey(i)}`).join()}}`
const argKey = (a: FlatNodes): string => `${a.nodes.length === 1 && a.def.kind === 'leaf' ? '' : defKey(a.def)}(${a.nodes.map(typeKey).join()})`
const staticKey = (x: unknown): string =>
  typeof x === 'object' && x !== null ? JSON.stringify(x) : typeof x === 'function' ? fail('InvalidArgument', 'jit: a static argument must be a value, not a function') : `${typeof x}:${String(x)}`

const build = (f: Fn, args: readonly unknown[], flat: readonly (FlatNodes | null)[], name: string): Entry => {
  const dynamic = flat.flatMap((a) => (a === null ? [] : [{ avals: a.nodes, def: a.def }]))
  const t = trace((...given: never[]) => {
    let at = 0
    return f(...(flat.map((a, i) => (a === null ? args[i] : given[at++])) as never[]))
  }, dynamic, name)
  const closed = closeTrace(t)
  return { graph: closed.graph, captures: closed.captures, def: t.def, params: { body: closed.graph, kind: 'jit', name } }
}
/** Many traces mean that some dim changes with every call: said once, with the two newest keys, and the oldest trace goes. */
const crowded = (cache: Cache, name: string, key: string): void => {
  if (cache.entries.size === MANY_TRACES) {
    const before = [...cache.entries.keys()].at(-2) ?? ''
    process.stderr.write(`cotangent: jit traced ${name} for ${MANY_TRACES} different argument types, last ${before} and ${key}: pad to a few fixed sizes, or leave jit out\n`)
  }
  if (cache.entries.size > MOST_TRACES) cache.entries.delete(cache.entries.keys().next().value as string)
}
/** The same graph over the same captured numbers. */
const same = (x: Entry, y: Entry): boolean =>
  graphKey(x.graph) === graphKey(y.graph) && x.captures.every((c, i) => c.op !== SLOT || c.host === (y.captures[i] as Node).host)

/**
 * The same function, traced once for each tree of argument types and then called as one node.
 * @shape (f) => f
 * @throws InvalidArgument for an argument that is not a tree of tensors and is not named in `static`.
 * @example deepClose(await read(jit((x: Tensor<[2], 'f32'>) => add(mul(x, x), 1))(tensor([1, 2]))), [2, 5])
 */
export const jit: Jit = ((f: Fn, settings: Settings = {}) => {
  const cache: Cache = { entries: new Map(), hits: 0, misses: 0 }
  const name = settings.name ?? (f.name === '' ? 'jit' : f.name)
  const fixed = new Set(settings.static ?? [])
  const jitted = (...args: unknown[]): unknown => {
    const flat = args.map((a, i) => (fixed.has(i) ? null : flattenNodes(a, `jit: argument ${i}`)))
    let key = ''
    for (let i = 0; i < flat.length; i++) key += flat[i] == null ? `=${staticKey(args[i])};` : `${argKey(flat[i] as FlatNodes)};`
    let entry = cache.entries.get(key)
    if (entry === undefined) {
      cache.misses++
      cache.entries.set(key, (entry = build(f, args, flat, name)))
      crowded(cache, name, key)
    } else {
      cache.hits++
      if (strict && !same(entry, build(f, args, flat, name))) fail('InvalidArgument', `jit: ${name} gave another graph for the same argument types; it depends on something outside its arguments (a number or a tensor that changed): pass it as an argument`)
    }
    const operands = flat.flatMap((a) => (a === null ? [] : a.nodes))
    const node = b.call([...operands, ...entry.captures], entry.params)
    return unflatten(entry.def, outputs(node))
  }
  caches.set(jitted, cache)
  return jitted
}) as never
