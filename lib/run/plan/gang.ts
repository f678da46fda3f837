/**
 * A pmap is cut at the meetings of its devices. Between two of them each device computes on its own, in a gang; a meeting is
 * operations over what all have brought, stacked; and what is the same on all devices is computed once. All of it is graph
 * for graph: the parts are pmaps without meetings, and what lies between them is what the batch rules make of the collectives.
 *
 * A part that only has loops is one loop over all devices, which the threads share out just as well, and which joins the
 * loops before and behind it. Where devices meet inside a body (of a scan, a cond, a remat), or processes do, the whole pmap
 * is the batch of its body.
 */
import { bodiesOf, graphOf, inline, withArgs } from '../../ir/graph.js'
import type { Graph } from '../../ir/graph.js'
import { variable } from '../../ir/node.js'
import type { Node } from '../../ir/node.js'
import { meetingIn, meets } from '../../prim/gang.js'
import { b, outputs, primitiveOf, stretch } from '../../prim/index.js'
import { asBatch } from '../../prim/pmap.js'
import type { Pmap } from '../../prim/pmap.js'
import { transforms } from '../../transform/index.js'
import { peeked, peeksInside } from './peek.js'

/** Each device costs a little, and the addon takes no more than 256. */
const MOST_DEVICES = 64

/** Where a value of the body is computed. Of those that vary, by each device, in this stage; else once for all, before it. */
interface Place { readonly stage: number; readonly varies: boolean }
/** A meeting, as a graph from what is brought (stacked, if it varies) to what all get, and whether that is stacked. */
interface Meeting { readonly graph: Graph; readonly varies: boolean }

const light = new Set(['element', 'view'])
/** What is made of nothing is made wherever it is needed. */
const isFree = (x: Node, free: ReadonlySet<Node>): boolean =>
  x.op === 'constant' || x.op === 'iota' || (x.args.length > 0 && light.has(primitiveOf(x.op).lower.kind) && x.args.every((a) => free.has(a)))
const isHeavy = (x: Node): boolean => primitiveOf(x.op).lower.kind === 'instruction' || bodiesOf(x).length > 0
const looked = (g: Graph): boolean => peeked(g).length > 0 || peeksInside(g)
const meetsInside = (g: Graph, axis: string): boolean => g.nodes.some((x) => bodiesOf(x).some((body) => meetingIn(body, axis) !== undefined))

class Cut {
  private readonly p: Pmap
  private readonly body: Graph
  private readonly places = new Map<Node, Place>()
  private readonly free = new Set<Node>()
  private readonly meetings = new Map<Node, Meeting>()
  /** Values outside: of what varies, stacked. */
  private readonly outer = new Map<Node, Node>()
  constructor(p: Pmap, body: Graph) {
    this.p = p
    this.body = body
  }
  private at(x: Node): Place {
    return this.places.get(x) as Place
  }
  private outside(x: Node): Node {
    return this.outer.get(x) ?? x
  }
  private stacked(x: Node): { readonly shape: readonly number[]; readonly dtype: Node['dtype'] } {
    return { shape: [this.p.size, ...x.shape], dtype: x.dtype }
  }
  private meeting(x: Node): Meeting {
    const [from, index] = x.args as readonly [Node, Node]
    const { varies } = this.at(from)
    const brought = variable(varies ? this.stacked(from) : from, 'brought')
    const site = { args: [brought, index], params: x.params as never, batched: [varies, true], size: this.p.size, transforms }
    const got = (primitiveOf(x.op).batch as (build: typeof b, s: typeof site) => Node | { readonly nodes: readonly Node[]; readonly batched: readonly boolean[] })(b, site)
    const [nodes, batched] = 'nodes' in got ? [got.nodes, got.batched] : [[got], [true]]
    return { graph: graphOf([brought], nodes), varies: batched[0] === true }
  }
  private placeAll(): void {
    this.body.inputs.forEach((v, i) => this.places.set(v, { stage: 0, varies: this.p.mapped[i] === true }))
    for (const x of this.body.nodes) {
      if (isFree(x, this.free)) this.free.add(x)
      this.places.set(x, meets(x, this.p.axis) ? this.afterMeeting(x) : this.amongOthers(x))
    }
  }
  private afterMeeting(x: Node): Place {
    const m = this.meeting(x), from = this.at(x.args[0] as Node)
    this.meetings.set(x, m)
    return { stage: from.stage + (from.varies ? 1 : 0), varies: m.varies }
  }
  private amongOthers(x: Node): Place {
    const from = x.args.map((a) => this.at(a))
    return { stage: Math.max(0, ...from.map((q) => q.stage)), varies: from.some((q) => q.varies) }
  }
  /** What a device computes and somebody outside of its stage reads. */
  private leaving(): ReadonlySet<Node> {
    const found = new Set(this.body.outputs)
    for (const x of this.body.nodes) {
      const m = this.meetings.has(x)
      for (const a of m ? x.args.slice(0, 1) : x.args) if (m || this.at(x).stage > this.at(a).stage) found.add(a)
    }
    return found
  }
  private common(x: Node): Node {
    const m = this.meetings.get(x)
    return m === undefined ? withArgs(x, x.args.map((a) => this.outside(a))) : (inline(m.graph, [this.outside(x.args[0] as Node)])[0] as Node)
  }
  /** One stage of all devices. */
  private apart(own: readonly Node[], leaving: ReadonlySet<Node>): void {
    const inside = new Map<Node, Node>(), inputs = new Map<Node, Node>(), mine = new Set(own)
    const input = (a: Node): Node => {
      const v = inputs.get(a) ?? variable(a, 'brought')
      inputs.set(a, v)
      return v
    }
    for (const x of own) inside.set(x, withArgs(x, x.args.map((a) => (mine.has(a) ? (inside.get(a) as Node) : this.free.has(a) ? a : input(a)))))
    const outs = own.filter((x) => leaving.has(x))
    if (outs.length === 0) return
    const body = graphOf([...inputs.values()], outs.map((x) => inside.get(x) as Node))
    const operands = [...inputs.keys()].map((a) => this.outside(a)), mapped = [...inputs.keys()].map((a) => this.at(a).varies)
    const { size, axis } = this.p
    const got = body.nodes.some(isHeavy)
      ? outputs(b.pmap(operands, { body, axis, size, mapped, apart: true }))
      : inline(transforms.batch(body, mapped, size, outs.map(() => true)).graph, operands)
    outs.forEach((x, i) => this.outer.set(x, got[i] as Node))
  }
  graph(): Graph {
    this.placeAll()
    const { inputs, nodes, outputs: results } = this.body, leaving = this.leaving()
    const given = inputs.map((v) => variable(this.at(v).varies ? this.stacked(v) : v, 'given'))
    inputs.forEach((v, i) => this.outer.set(v, given[i] as Node))
    const stages = 1 + Math.max(0, ...nodes.map((x) => this.at(x).stage))
    for (let s = 0; s < stages; s++) {
      const now = nodes.filter((x) => this.at(x).stage === s && !this.free.has(x))
      const alone = now.filter((x) => this.at(x).varies && !this.meetings.has(x))
      const computed = new Set(alone)
      for (const x of now) if (!computed.has(x)) this.outer.set(x, this.common(x))
      if (alone.length > 0) this.apart(alone, leaving)
    }
    return graphOf(given, results.map((o) => (this.at(o).varies ? this.outside(o) : stretch(this.outside(o), [this.p.size, ...o.shape]))))
  }
}

/** A pmap as what its devices compute apart and what they do together; `expanded` opens its body. */
export const opened = (p: Pmap, expanded: (body: Graph) => Graph): Graph => {
  if (p.spans !== undefined || p.size === 1 || p.size > MOST_DEVICES) return asBatch(p, transforms)
  const body = expanded(p.body)
  return looked(body) || meetsInside(body, p.axis) ? asBatch(p, transforms) : new Cut(p, body).graph()
}
