/**
 * What a jitted function has traced: one entry for each tree of argument types, the least recently used ones forgotten beyond
 * a number of entries and of nodes. It also remembers what each entry was made for, so that it can say which argument made
 * jit trace again, and which dim when many traces differ in one.
 */
import type { Graph } from '../ir/graph.js'
import { Node, SLOT, sameShape, typeName } from '../ir/node.js'
import { leavesLike } from '../type/tree.js'
import type { TreeDef } from '../type/tree.js'

export interface Params { readonly body: Graph; readonly kind: 'jit'; readonly name: string; readonly math?: 'fast' }
export type Given = TreeDef | { readonly kind: 'static'; readonly value: unknown }
export interface Entry {
  readonly graph: Graph
  readonly captures: readonly Node[]
  readonly def: TreeDef
  readonly params: Params
  /** The trees of its arguments, whose leaves are the graph's first inputs. */
  readonly given: readonly Given[]
  /** One line a leaf or static argument: where it is, and what. */
  readonly made: ReadonlyMap<string, string>
}
interface Kept extends Entry { readonly number: number; calls: number; used: number }
export interface JitStats { readonly entries: number; readonly hits: number; readonly misses: number; readonly evicted: number; readonly bytes: number }

const MOST_ENTRIES = 256
const MOST_BYTES = 256 * 2 ** 20
/** A node of two operands takes 217 bytes, its params aside (100,000 sums). */
export const NODE_BYTES = 300
const MANY = 32
const bytesOf = (e: Entry): number => NODE_BYTES * (e.graph.nodes.length + e.graph.inputs.length)

/** Where two entries differ, as words. */
const differences = (before: Entry, now: Entry): string[] => {
  const places = new Set([...before.made.keys(), ...now.made.keys()])
  return [...places].flatMap((at) => {
    const [x, y] = [before.made.get(at), now.made.get(at)]
    return x === y ? [] : [`${at} was ${x ?? 'absent'}, now ${y ?? 'absent'}`]
  })
}
/** The one dim in which types written as text differ from the first, or null. */
export const varyingDim = (types: readonly string[]): number | null => {
  const of = types.map((t) => /^(\w+)\[([\d,]*)\](.*)$/.exec(t))
  const first = of[0]
  if (first == null || of.some((m) => m == null || m[1] !== first[1] || m[3] !== first[3])) return null
  const dims = of.map((m) => (m?.[2] ?? '').split(','))
  if (dims.some((d) => d.length !== dims[0]?.length)) return null
  const varying = (dims[0] as string[]).flatMap((n, i) => (dims.every((d) => d[i] === n) ? [] : [i]))
  return varying.length === 1 ? (varying[0] as number) : null
}

const sameStatic = (x: unknown, y: unknown): boolean => typeof x !== 'object' && typeof x !== 'function' && Object.is(x, y)
const isLike = (x: unknown, v: Node): boolean => x instanceof Node && x.dtype === v.dtype && x.device === v.device && sameShape(x.shape, v.shape)
/** The tensors of arguments of just the trees, types and static values that an entry was made for; else null. */
const fitting = (e: Entry, args: readonly unknown[]): readonly Node[] | null => {
  if (args.length !== e.given.length) return null
  const found: unknown[] = []
  for (let i = 0; i < args.length; i++) {
    const g = e.given[i] as Given
    if (g.kind === 'static' ? !sameStatic(g.value, args[i]) : !leavesLike(g, args[i], found)) return null
  }
  for (let i = 0; i < found.length; i++) if (!isLike(found[i], e.graph.inputs[i] as Node)) return null
  return found as Node[]
}

export class Traces {
  private readonly entries = new Map<string, Kept>()
  private readonly reasons: string[] = []
  private recent: Kept | null = null
  private clock = 0
  private bytes = 0
  private hits = 0
  private misses = 0
  private evicted = 0
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  /** The entry of a key; asking counts as use. */
  find(key: string): Entry | undefined {
    const e = this.entries.get(key)
    return e === undefined ? undefined : this.met(e)
  }
  /** The entry used last and the tensors of these arguments, when they are such as it was made for. No key is made for that. */
  again(args: readonly unknown[]): { readonly entry: Entry; readonly operands: readonly Node[] } | null {
    if (this.recent === null) return null
    const operands = fitting(this.recent, args)
    return operands === null ? null : { entry: this.met(this.recent), operands }
  }
  private met(e: Kept): Entry {
    this.hits++
    e.calls++
    e.used = ++this.clock
    this.recent = e
    return e
  }
  add(key: string, e: Entry): Entry {
    this.explain(e)
    const kept: Kept = { ...e, number: this.misses++, calls: 1, used: ++this.clock }
    this.entries.set(key, kept)
    this.bytes += bytesOf(e)
    if (this.entries.size === MANY) this.warn()
    while (this.entries.size > 1 && (this.entries.size > MOST_ENTRIES || this.bytes > MOST_BYTES)) this.forget()
    return kept
  }
  private explain(e: Entry): void {
    const nearest = [...this.entries.values()].map((k) => ({ k, why: differences(k, e) })).sort((x, y) => x.why.length - y.why.length || y.k.used - x.k.used)[0]
    if (nearest === undefined) return
    this.reasons.push(`#${this.misses} was traced beside #${nearest.k.number}: ${nearest.why.slice(0, 3).join('; ') || 'it had been forgotten'}`)
    if (this.reasons.length > 8) this.reasons.shift()
  }
  private forget(): void {
    const [key, oldest] = [...this.entries].reduce((x, y) => (y[1].used < x[1].used ? y : x))
    this.entries.delete(key)
    if (this.recent === oldest) this.recent = null
    this.bytes -= bytesOf(oldest)
    this.evicted++
  }
  /** Said once: which dim it is that takes many sizes, or the two newest argument types. */
  private warn(): void {
    const all = [...this.entries.values()]
    const last = all[all.length - 1] as Entry
    const places = [...last.made.keys()].filter((at) => new Set(all.map((e) => e.made.get(at))).size > 1)
    const types = all.map((e) => e.made.get(places[0] ?? '') ?? '')
    const dim = places.length === 0 ? null : varyingDim(types)
    const what = dim !== null && places.every((at) => varyingDim(all.map((e) => e.made.get(at) ?? '')) !== null)
      ? `${MANY} sizes of axis ${dim} of ${places.join(' and ')} (${types[0]}, …, ${types[types.length - 1]})`
      : `${MANY} different argument types, last ${[...last.made].map(([at, t]) => `${at} ${t}`).join(', ')}`
    process.stderr.write(`cotangent: jit traced ${this.name} for ${what}: pad to a few fixed sizes, or leave jit out\n`)
  }
  stats(): JitStats {
    return { entries: this.entries.size, hits: this.hits, misses: this.misses, evicted: this.evicted, bytes: this.bytes }
  }
  /** The cache, the captures, and why it traced again, as text. */
  text(): string {
    const all = [...this.entries.values()]
    const rows = all.map((e) => `  #${e.number} (${[...e.made.values()].join(', ')}): ${e.graph.nodes.length} nodes, called ${e.calls} ${e.calls === 1 ? 'time' : 'times'}`)
    const captured = new Set(all.flatMap((e) => e.captures))
    const captures = [...captured].map((c) => (c.op === SLOT ? `  the number ${String(c.host)}` : `  ${typeName(c)}${c.line === undefined ? '' : ` made at ${c.line}`}`))
    const head = `jit ${this.name}: traced ${this.misses} times, ${this.hits} calls used a trace again, ${this.evicted} forgotten`
    return [head, ...rows, ...(captures.length === 0 ? [] : ['captures:', ...captures]), ...(this.reasons.length === 0 ? [] : ['traced again:', ...this.reasons.map((r) => `  ${r}`)])].join('\n')
  }
}
