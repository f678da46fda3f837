/**
 * Finding a key that is used twice. A graph is interpreted with its values, bodies included, and every block of random words
 * that it reads is written down by key and index: two uses that read one block give the same numbers, whatever they are called
 * and however the key came there. A use is one draw, split or foldIn: the threefry nodes over the same two words of a key, in
 * one evaluation of one body; so a loop that draws from a key that it does not change uses it in every step.
 *
 * Looking twice at the same use, as a second run of the same nodes does, is no second use; nor is what remat, or the derivative
 * of a loop, computes again (an echo) at the same line. Only what leads to random words is computed.
 */
import { graphOf, isGraph } from '../ir/graph.js'
import type { Graph } from '../ir/graph.js'
import type { Host, Node, Param } from '../ir/node.js'
import type { Transforms } from '../prim/index.js'
import { transforms } from './body.js'
import { evaluateGraph } from './interpret.js'

/** Who read: the root of its key's words, in one evaluation of a body. */
interface Use { readonly line: string | undefined; readonly echo: number | null; readonly seen: WeakSet<Node> }
/** Blocks low … high of a key. */
interface Run { readonly key: string; readonly low: number; high: number }
interface Read extends Run { readonly use: Use; readonly node: number }
export interface Reuse { readonly key: string; readonly lines: readonly [string | undefined, string | undefined] }

const bodies = (p: Param): Graph[] =>
  isGraph(p) ? [p] : Array.isArray(p) ? p.flatMap(bodies) : typeof p === 'object' && p !== null ? Object.values(p).flatMap(bodies) : []
const known = new WeakMap<Graph, boolean>()
const isRandom = (g: Graph): boolean => {
  const found = known.get(g) ?? g.nodes.some(draws)
  known.set(g, found)
  return found
}
const repeats = (x: Node): boolean => x.op === 'pushforward' || x.params['again'] === true
const draws = (x: Node): boolean => x.op === 'threefry' || bodies(x.params).some(isRandom)
/** The words of a key before they were stretched to what is drawn: each node of a batch is stretched by itself. */
const root = (x: Node): Node => (x.op === 'broadcast' ? root(x.args[0] as Node) : x)
/** The blocks that a threefry node reads, neighbours of one key together. */
const runsOf = (args: readonly Host[]): Run[] => {
  const [k0, k1, high, low] = args.map((x) => x.data as Uint32Array) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]
  const runs: Run[] = []
  k0.forEach((k, i) => {
    const at = (high[i] as number) * 2 ** 32 + (low[i] as number)
    const [key, last] = [`${k}, ${k1[i] as number}`, runs.at(-1)]
    if (last?.key === key && last.high + 1 === at) last.high = at
    else runs.push({ key, low: at, high: at })
  })
  return runs
}
/** One evaluation of one body, by the node that it belongs to: the same one when the node is run again. */
class Frame {
  private readonly within = new WeakMap<Node, Frame[]>()
  private readonly uses = new WeakMap<Node, Use>()
  /** The node that computes again, where one does. */
  private readonly echo: number | null
  constructor(echo: number | null) {
    this.echo = echo
  }
  inside(x: Node, turn: number): Frame {
    const all = this.within.get(x) ?? []
    this.within.set(x, all)
    return (all[turn] ??= new Frame(repeats(x) ? this.echo ?? x.id : this.echo))
  }
  use(x: Node): Use {
    const key = root(x.args[0] as Node)
    const use = this.uses.get(key) ?? { line: x.line, echo: this.echo, seen: new WeakSet() }
    this.uses.set(key, use)
    return use
  }
}
/** The same block, read by others: not by the same use, nor by its echo. */
const collide = (x: Read, y: Read): boolean =>
  x.low <= y.high && y.low <= x.high && (x.use !== y.use || x.node === y.node) && !(x.use.line === y.use.line && x.use.echo !== y.use.echo)
/** What has been read in some runs. */
export class KeyUses {
  private readonly reads = new Map<string, Read[]>()
  private readonly top = new Frame(null)
  private found: Reuse | null = null

  /** Looks at one run; gives the first key that it uses twice, or that a run before it has used. */
  look(g: Graph, values: () => readonly Host[]): Reuse | null {
    const drawing = g.nodes.filter(draws)
    if (drawing.length === 0) return null
    this.found = null
    this.evaluate(graphOf(g.inputs, drawing), values(), this.top)
    return this.found
  }
  private evaluate(g: Graph, inputs: readonly Host[], frame: Frame): readonly Host[] {
    const observe = (x: Node, _outs: readonly Host[], args: readonly Host[]): void => {
      if (x.op === 'threefry') this.read(x, args, frame.use(x))
    }
    return evaluateGraph(g, inputs, transforms, observe, (x) => (draws(x) ? this.entering(x, frame) : transforms))
  }
  private entering(x: Node, frame: Frame): Transforms {
    let turn = 0
    // devices that wait for each other are evaluated again, in the same order
    const turns = x.op === 'pmap' ? (x.params['size'] as number) : Infinity
    return { ...transforms, evaluate: (body, operands) => this.evaluate(body, operands, frame.inside(x, turn++ % turns)) }
  }
  private read(node: Node, args: readonly Host[], use: Use): void {
    if (use.seen.has(node)) return
    use.seen.add(node)
    for (const run of runsOf(args)) {
      const now: Read = { ...run, use, node: node.id }
      const before = this.reads.get(run.key) ?? []
      this.reads.set(run.key, before)
      const other = before.find((r) => collide(r, now))
      if (other !== undefined) this.found ??= { key: run.key, lines: [other.use.line, use.line] }
      before.push(now)
    }
  }
}
