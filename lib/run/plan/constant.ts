/**
 * What a program computes of numbers alone is the same in every run: positions, masks, windows, matrices of a transform. Where
 * it is stored on the way, or takes kernels of its own, it is cut off as a graph by itself; who runs the plan computes it once
 * and gives it with the inputs. What a loop makes on the spot for itself stays there, for reading it would cost as much.
 * In bodies of control flow such values are first made operands, so that no turn computes them.
 */
import { bodiesOf, graphOf, inline, substitute, withArgs } from '../../ir/graph.js'
import type { Graph } from '../../ir/graph.js'
import { numel, variable } from '../../ir/node.js'
import type { Node, Params } from '../../ir/node.js'
import { primitiveOf } from '../../prim/index.js'
import { bytesOf } from '../holders.js'
import { isSame } from './value.js'

/** Fewer operations on elements are done sooner than anyone could look for what they gave. */
const FEW = 1024
const MOST_BYTES = 16 * 2 ** 20
/** Who would read more than these waits for what they make, instead. */
const MOST_BELOW = 16

const together = (x: Node): number => [...x.args, ...(x.outs ?? [x])].reduce((n, y) => n + numel(y.shape), 0)
const turns = (x: Node): number => (x.op === 'scan' ? (x.params['length'] as number) : 1)
/** Operations on elements, at least. */
const work = (x: Node): number => {
  const { kind } = primitiveOf(x.op).lower
  if (kind === 'view' || x.op === 'get' || x.args.length === 0) return 0
  return kind === 'element' ? numel(x.shape) : turns(x) * bodiesOf(x).reduce((n, g) => n + g.nodes.reduce((m, y) => m + work(y), 0), together(x))
}
/** What gives the same whenever it is computed, and tells nobody. */
const isPure = (x: Node): boolean => x.op !== 'peek' && x.op !== 'exchange' && x.op !== 'pmap' && bodiesOf(x).every((g) => g.nodes.every(isPure))
const exchanges = (g: Graph): boolean => g.nodes.some((x) => x.op === 'exchange' || bodiesOf(x).some(exchanges))

/** Of a value that reads numbers alone: the steps behind it, on the longest way, and what of it would be cut for one who
 *  reads it in a loop of the same shape, or from memory. */
interface Fixed { readonly work: number; readonly near: readonly Node[]; readonly stored: readonly Node[] }
const NOTHING: Fixed = { work: 0, near: [], stored: [] }
const few = (xs: readonly Node[]): readonly Node[] => {
  const different = [...new Set(xs)]
  return different.length > MOST_BELOW ? [] : different
}
const fixed = (x: Node, args: readonly Fixed[], least: number): Fixed => {
  const done = work(x) + args.reduce((n, a) => Math.max(n, a.work), 0), { kind } = primitiveOf(x.op).lower
  const [from] = args as readonly [Fixed]
  if (kind === 'view') return isSame(x) ? from : { ...from, near: from.stored }
  const fits = x.outs === null && done >= least && bytesOf(x) <= MOST_BYTES
  if (kind !== 'element') {
    const stored = fits ? [x] : few(args.flatMap((a) => a.stored))
    return { work: done, near: stored, stored }
  }
  const below = few(args.flatMap((a) => a.near))
  const near = fits && below.length > 0 && bytesOf(x) <= below.reduce((n, y) => n + bytesOf(y), 0) ? [x] : below
  return { work: done, near, stored: fits ? [x] : near }
}
/** The nodes that read numbers alone, those that are given included. */
const fixedIn = (g: Graph, given: readonly Node[], least: number): ReadonlyMap<Node, Fixed> => {
  const found = new Map(given.map((x) => [x, NOTHING]))
  for (const x of g.nodes) if (isPure(x) && x.args.every((a) => found.has(a))) found.set(x, fixed(x, x.args.map((a) => found.get(a) as Fixed), least))
  return found
}
/** What to cut off: what others read of the nodes that read numbers alone. A result is computed where it goes. */
const cutsOf = (g: Graph, found: ReadonlyMap<Node, Fixed>): readonly Node[] => {
  const cuts = new Set<Node>()
  for (const x of g.nodes) {
    if (found.has(x)) continue
    const near = primitiveOf(x.op).lower.kind === 'element'
    for (const a of x.args) for (const c of found.get(a)?.[near ? 'near' : 'stored'] ?? []) cuts.add(c)
  }
  return [...cuts]
}
/** The graph with more inputs, in front or behind, that stand for nodes of it. */
const reading = (g: Graph, cuts: readonly Node[], order: (given: readonly Node[]) => readonly Node[]): Graph => {
  const given = cuts.map((x) => variable(x, 'constant')), at = substitute(g.nodes, new Map(cuts.map((x, i) => [x, given[i] as Node])))
  return graphOf(order(given), g.outputs.map(at))
}

/** The operands that bodies only read, `count` from `from` on: the first inputs of each. */
interface Reads { readonly bodies: readonly string[]; readonly from: number; readonly count: number; readonly counter?: string }
const readsOf = (x: Node): Reads | null => {
  const n = (k: string): number => x.params[k] as number
  switch (x.op) {
    case 'scan': return { bodies: ['body'], from: 0, count: n('consts'), counter: 'consts' }
    case 'while': return { bodies: ['body'], from: n('testConsts'), count: n('bodyConsts'), counter: 'bodyConsts' }
    case 'cond': return { bodies: ['then', 'otherwise'], from: 1, count: x.args.length - 1 }
    case 'call': return { bodies: ['body'], from: 0, count: x.args.length }
    default: return null
  }
}
/** The node with what its bodies compute of numbers alone as operands. */
const opened = (x: Node, known: ReadonlyMap<Node, Fixed>, least: number): Node => {
  const r = readsOf(x)
  if (r === null) return x
  const read = x.args.slice(r.from, r.from + r.count), lifted: Node[] = []
  const bodies = r.bodies.map((name) => {
    const body = x.params[name] as unknown as Graph
    const given = body.inputs.slice(0, r.count).filter((_, i) => known.has(read[i] as Node))
    const inner = hoisted(body, given, least), cuts = cutsOf(inner, fixedIn(inner, given, least))
    lifted.push(...inline(graphOf(given, cuts), read.filter((a) => known.has(a))))
    return { inner, cuts }
  })
  if (bodies.every(({ inner }, i) => inner === (x.params[r.bodies[i] as string] as unknown)) && lifted.length === 0) return x
  const own = bodies.map(({ inner, cuts }, i) => reading(inner, cuts, (given) => [...bodies.flatMap((other, k) => (k === i ? given : other.cuts.map((c) => variable(c, 'constant')))), ...inner.inputs]))
  const y = withArgs(x, [...x.args.slice(0, r.from), ...lifted, ...x.args.slice(r.from)])
  y.params = { ...x.params, ...Object.fromEntries(r.bodies.map((name, i) => [name, own[i]])), ...(r.counter === undefined ? {} : { [r.counter]: r.count + lifted.length }) } as unknown as Params
  return y
}
/** The graph with that done to each node of it that reads anything else. */
const hoisted = (g: Graph, given: readonly Node[], least: number): Graph => {
  if (!g.nodes.some((x) => readsOf(x) !== null)) return g
  const known = fixedIn(g, given, least), env = new Map<Node, Node>()
  for (const x of g.nodes) {
    if (known.has(x)) continue
    const at = (a: Node): Node => env.get(a) ?? a
    const moved = x.args.some((a) => env.has(a)) ? withArgs(x, x.args.map(at)) : x, y = opened(moved, known, least)
    if (y !== x) env.set(x, y)
  }
  return env.size === 0 ? g : graphOf(g.inputs, g.outputs.map((o) => env.get(o) ?? o))
}

export interface Split {
  /** The constants, of those inputs that are numbers. */
  readonly constants: Graph
  /** The same inputs, and after them the constants. */
  readonly rest: Graph
}
/** Cuts what is computed of numbers alone, in no fewer than `least` operations, from the rest; null where there is no such thing.
 *  What processes do together is left as it is. */
export const split = (g: Graph, slots: readonly boolean[], least = FEW): Split | null => {
  const numbers = g.inputs.filter((_, i) => slots[i] === true)
  if (exchanges(g)) return null
  const whole = hoisted(g, numbers, least), cuts = cutsOf(whole, fixedIn(whole, numbers, least))
  if (cuts.length === 0) return null
  const below = graphOf(numbers, cuts), read = new Set(below.nodes.flatMap((x) => x.args))
  return { constants: graphOf(numbers.filter((x) => read.has(x)), cuts), rest: reading(whole, cuts, (given) => [...whole.inputs, ...given]) }
}
