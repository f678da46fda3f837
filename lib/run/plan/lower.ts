/**
 * Second step of planning: instructions. Elementwise nodes of one shape are gathered into loops; each is computed once, so
 * fusing changes no bit. A loop may also reduce what it computes. Movement is the operand seen through other strides. What
 * someone outside its loop reads is stored, everything else stays in registers.
 *
 * A node joins an earlier loop of its shape if everything else it reads was finished before that loop, or is what that loop
 * reduces for the node's own row (row.ts). In tier 0 no node joins anything: that is the oracle of tier 1.
 */
import type { Graph } from '../../ir/graph.js'
import { numel, sameShape } from '../../ir/node.js'
import type { Aval, Node } from '../../ir/node.js'
import { rowMajor } from '../../ir/strided.js'
import type { Instruction, Sink, View } from '../../ir/program.js'
import { planeOf, primitiveOf } from '../../prim/index.js'
import type { Lower, Operand } from '../../prim/index.js'
import { dtypeInfo } from '../../type/dtype.js'
import { Fault } from '../../type/fault.js'
import type { Tier } from './expand.js'
import { copyTo } from './copy.js'
import { early } from './early.js'
import { epilogues } from './epilogue.js'
import { First } from './first.js'
import { channelStrides, channelwise } from './layout.js'
import { loopInstruction } from './loop.js'
import { joinable, readable, rowLoop, trailing } from './row.js'
import { Targets } from './target.js'
import { turned } from './turned.js'
import { indexSeen, isSame, sameView, viewOf } from './value.js'
import type { Loop, Storage, UnderWay, Value } from './value.js'
import { awaitExchange, emitCall, emitCond, emitExchange, emitGang, emitScan, emitWhile, finish } from './flow.js'
type Step = { readonly kind: 'loop'; readonly loop: Loop } | { readonly kind: 'fixed'; readonly list: readonly Instruction[] }
const MOST_DEFERRED = 16
/** One straight-line list of steps; bodies of scan and cond get one of their own over the same storages. */
export class Lowering {
  readonly values = new Map<Node, Value>()
  readonly steps: Step[] = []
  private readonly lastOfShape = new Map<string, Loop>()
  private readonly first = new First()
  /** Whether exchanges decide the order, so that nothing comes before all. */
  private exchanges = false
  /** Numbers and indices that something reads through memory. */
  private readonly copies = new Map<Node, { readonly operand: Operand; readonly ready: number }>()
  /** One value an output, for nodes that have several. */
  readonly several = new Map<Node, readonly Value[]>()
  /** The order in which a node's result is stored, where it is not row-major. */
  private strides: ReadonlyMap<Node, readonly number[]> = new Map()
  /** Exchanges that were begun and that nobody has read yet, the oldest first. */
  readonly underWay: UnderWay[] = []
  readonly targets = new Targets()
  readonly tier: Tier
  readonly codes: ReadonlyMap<string, number>
  readonly storages: Storage[]
  /** Of those, fresh bytes of this list. */
  private readonly own = new Set<number>()
  /** How many repeats enclose this list. */
  readonly level: number
  /** What fresh bytes are: a device's own in the body of a gang. */
  readonly fresh: 'temporary' | 'own'
  constructor(tier: Tier, codes: ReadonlyMap<string, number>, storages: Storage[], level: number, fresh: 'temporary' | 'own' = 'temporary') {
    this.tier = tier
    this.codes = codes
    this.storages = storages
    this.level = level
    this.fresh = fresh
  }
  /** A list of its own over the same storages: the body of a scan, a cond, a while, a gang. */
  nested(level: number, fresh = this.fresh): Lowering {
    return new Lowering(this.tier, this.codes, this.storages, level, fresh)
  }
  storage(bytes: number, kind: Storage['kind'] = this.fresh, at = 0): Storage {
    const s: Storage = { id: this.storages.length, bytes, kind, at }
    this.storages.push(s)
    if (kind === this.fresh) this.own.add(s.id)
    return s
  }
  dense(x: Aval, s?: Storage, strides: readonly number[] = rowMajor(x.shape)): Operand {
    const to = s ?? this.storage(Math.max(1, numel(x.shape) * dtypeInfo[x.dtype].bytes))
    return { shape: x.shape, view: { buffer: to.id, dtype: x.dtype, offset: 0, strides } }
  }
  /** Where a node's result goes: its output buffer when it is one, else fresh bytes. */
  place(x: Node): Operand {
    return this.targets.of(x) ?? this.dense(x, undefined, this.strides.get(x))
  }
  /** The same for a node that has several. */
  places(x: Node): Operand[] {
    return (x.outs ?? []).map((o, i) => this.targets.part(x, i) ?? this.dense(o))
  }
  emit(list: readonly Instruction[]): number {
    return this.steps.push({ kind: 'fixed', list }) - 1
  }
  /** Reads a value through memory, storing it first if it lives in registers only. */
  operand(x: Node): Operand {
    const v = this.settled(x)
    if (v.kind === 'view') return this.kept(v).operand
    if (v.kind === 'register') return this.store(v.loop, v.node)
    return this.copy(x, v).operand
  }
  /**
   * A number or an index in memory. It stays what it is for loops: one that was opened before the copy was written would
   * otherwise read it too early.
   */
  private copy(x: Node, of: Value): { readonly operand: Operand; readonly ready: number } {
    const known = this.copies.get(x)
    if (known !== undefined) return known
    const loop = this.openLoop(x.shape)
    const made = { operand: this.dense(x), ready: loop.at }
    loop.sinks.push({ node: x, kind: 'store', of, to: made.operand })
    this.copies.set(x, made)
    return made
  }
  private store(loop: Loop, x: Node): Operand {
    const known = loop.sinks.find((s) => s.node === x && s.kind === 'store')
    if (known !== undefined) return known.to
    const to = this.place(x)
    loop.sinks.push({ node: x, kind: 'store', of: x, to })
    return to
  }
  /** A view that something outside its loop reads: what a member gives its row is then written for it. */
  private kept<V extends Value>(v: V, by?: Loop): V {
    if (v.kind !== 'view' || v.row === undefined || v.row.loop === by) return v
    const { loop, node, to } = v.row
    if (!loop.sinks.some((s) => s.node === node)) loop.sinks.push({ node, kind: 'row', of: node, to })
    return v
  }
  private openLoop(shape: readonly number[]): Loop {
    const loop: Loop = { at: this.steps.length, shape, axes: null, members: [], sinks: [] }
    this.steps.push({ kind: 'loop', loop })
    this.lastOfShape.set(String(shape), loop)
    return loop
  }
  /** The step after which a value can be read from memory; -1: from the start. */
  private readyAt(v: Value): number {
    return v.kind === 'view' ? v.ready : v.kind === 'register' ? v.loop.at : -1
  }
  /** What joins when x does is deferred no longer: these values it then reads. One that was deferred too may have joined a
   *  loop since. */
  private reads(x: Node, found: Value[] = []): Value[] {
    for (const a of x.args) {
      const v = this.values.get(a) as Value
      if (v.kind === 'deferred') this.reads(v.node, found)
      else found.push(v)
    }
    return found
  }
  /** The loop this node may join: all it reads from elsewhere must be finished before that loop. */
  private loopFor(x: Node): Loop {
    if (this.tier === 0) return this.openLoop(x.shape)
    const reads = this.reads(x), readyAt = (v: Value): number => this.readyAt(v)
    const first = this.exchanges ? undefined : this.first.loopFor(x, reads, readyAt)
    return first ?? joinable(x, reads, this.lastOfShape.get(String(x.shape)), readyAt) ?? this.openLoop(x.shape)
  }
  private element(x: Node): void {
    const args = x.args.map((a) => this.values.get(a) as Value)
    const ops = args.reduce((n, v) => n + (v.kind === 'deferred' ? v.ops : 0), 1)
    const waits = this.tier === 1 && ops <= MOST_DEFERRED && args.every((v) => v.kind === 'deferred' || this.readyAt(v) < 0)
    const rows = this.tier === 1 ? rowLoop(x, args, (v) => this.readyAt(v)) : undefined
    if (rows !== undefined) {
      rows.members.push(x)
      args.forEach((v) => this.kept(v, rows))
      const to = this.targets.of(x) ?? this.dense(x)
      this.values.set(x, { kind: 'view', operand: to, ready: rows.at, row: { loop: rows, node: x, to } })
    } else if (waits) this.values.set(x, { kind: 'deferred', node: x, ops })
    else this.join(x, this.loopFor(x))
  }
  /** Makes x a member of a loop; what it reads from other loops is stored there, what was deferred joins with it. */
  private join(x: Node, loop: Loop): void {
    const work = [x]
    const found: Node[] = []
    while (work.length > 0) {
      const y = work.pop() as Node
      if (found.includes(y)) continue
      found.push(y)
      for (const a of y.args) {
        const v = this.values.get(a) as Value
        if (v.kind === 'deferred') work.push(v.node)
        else if (v.kind === 'register' && v.loop !== loop) this.store(v.loop, v.node)
        else this.kept(v, loop)
      }
    }
    for (const y of found.sort((p, q) => p.id - q.id)) {
      loop.members.push(y)
      this.values.set(y, { kind: 'register', loop, node: y })
    }
  }
  /** The value of a node that someone wants to read now: no longer deferred. */
  private settled(x: Node): Exclude<Value, { kind: 'deferred' }> {
    const v = this.values.get(x) as Value
    if (v.kind !== 'deferred') return v
    this.join(v.node, this.loopFor(v.node))
    const placed = this.values.get(v.node) as Exclude<Value, { kind: 'deferred' }>
    this.values.set(x, placed)
    return placed
  }
  private reduce(x: Node, kind: Sink['kind']): void {
    const axes = x.params['axes'] as readonly number[]
    const from = x.args[0] as Node
    let v: Value = this.settled(from)
    const joins = this.tier === 1 && v.kind === 'register' && (v.loop.axes === null ? trailing(from.shape, axes) || channelwise(from.shape, axes) : sameShape(v.loop.axes, axes))
    this.kept(v)
    if (v.kind === 'register' && !joins) v = { kind: 'view', operand: this.store(v.loop, v.node), ready: v.loop.at }
    const loop = v.kind === 'register' ? v.loop : this.openLoop(from.shape)
    const to = this.place(x)
    loop.axes = axes
    loop.sinks.push({ node: x, kind, of: v.kind === 'register' ? v.node : v, to })
    const row = this.tier === 1 && readable(loop) ? { row: { loop, node: x, to } } : {}
    this.values.set(x, { kind: 'view', operand: to, ready: loop.at, ...row })
  }
  private view(x: Node, lower: Extract<Lower<never>, { kind: 'view' }>): void {
    const from = x.args[0] as Node
    const v = this.settled(from)
    if (v.kind === 'immediate' && x.dtype === from.dtype) return void this.values.set(x, { ...v, shape: x.shape })
    if (isSame(x)) return void this.values.set(x, v)
    const index = v.kind === 'index' && x.dtype === from.dtype ? indexSeen(v, lower.view({ shape: v.shape, view: viewOf(v) }, x.params as never, x), x.shape) : null
    if (index !== null) return void this.values.set(x, index)
    const own = v.kind === 'view' && x.op !== 'bitcast' ? v : undefined // what a loop gives a row, and a number of the caller, are read with one dtype only
    const operand = own?.operand ?? this.operand(from)
    const seen = x.op === 'bitcast' && this.storages[operand.view.buffer]?.kind === 'slot' ? null : lower.view(operand, x.params as never, x)
    if (seen !== null) return void this.values.set(x, { ...own, kind: 'view', operand: { shape: x.shape, view: seen }, ready: this.copies.get(from)?.ready ?? this.readyAt(v) })
    this.kept(v)
    const copy = this.dense(from)
    const at = this.emit([copyTo(operand, copy)])
    this.values.set(x, { kind: 'view', operand: { shape: x.shape, view: lower.view(copy, x.params as never, x) as View }, ready: at })
  }
  private instruction(x: Node, lower: Extract<Lower<never>, { kind: 'instruction' }>): void {
    const args = x.args.map((a) => this.operand(a))
    const outs = x.outs === null ? [this.place(x)] : this.places(x)
    const at = this.emit(lower.make(args, x.params as never, ...(outs as [Operand])))
    if (x.outs !== null) finish(this, x, outs, at)
    else this.values.set(x, { kind: 'view', operand: outs[0] as Operand, ready: at })
  }
  /** Both parts, into memory where they are neighbours. */
  private pair(x: Node): void {
    const to = this.place(x)
    x.args.forEach((part, i) => this.deliver(part, { shape: x.shape, view: planeOf(to.view, i as 0 | 1) }))
    this.values.set(x, { kind: 'view', operand: to, ready: Math.max(this.first.at, this.steps.length - 1) })
  }
  private special(x: Node): void {
    if (x.op === 'constant') return void this.values.set(x, { kind: 'immediate', shape: [], dtype: x.dtype, value: x.params['value'] as number })
    if (x.op === 'iota') return void this.values.set(x, { kind: 'index', shape: x.shape, dtype: x.dtype, axis: x.params['axis'] as number })
    if (x.op === 'complex') return this.pair(x)
    if (x.op === 'scan') return emitScan(this, x)
    if (x.op === 'cond') return emitCond(this, x)
    if (x.op === 'call') return emitCall(this, x)
    if (x.op === 'while') return emitWhile(this, x)
    if (x.op === 'exchange') return emitExchange(this, x)
    if (x.op === 'pmap') return emitGang(this, x)
    if (x.op !== 'get') throw new Fault('BackendFailure', `${x.op} cannot be planned`)
    this.values.set(x, (this.several.get(x.args[0] as Node) as readonly Value[])[x.params['index'] as number] as Value)
  }
  node(x: Node): void {
    if (this.values.has(x)) return
    if (this.underWay.length > 0) for (const a of x.args) awaitExchange(this, a)
    const { lower } = primitiveOf(x.op)
    if (lower.kind === 'element') this.element(x)
    else if (lower.kind === 'reduce') this.reduce(x, lower.sink)
    else if (lower.kind === 'view') this.view(x, lower as never)
    else if (lower.kind === 'instruction') this.instruction(x, lower as never)
    else this.special(x)
  }
  /** The order in which nodes of a body are stored, where it is not row-major. */
  stridesIn(g: Graph): ReadonlyMap<Node, readonly number[]> {
    return this.tier === 1 ? new Map([...turned(g), ...channelStrides(g)]) : new Map()
  }
  /** Lowers a body whose inputs already have values; gives operands of its outputs. */
  run(g: Graph): void {
    this.strides = this.stridesIn(g)
    const order = early(g.nodes)
    this.exchanges = order !== g.nodes
    for (const x of order) this.node(x)
    awaitExchange(this, this.underWay.at(-1)?.x)
  }
  /** Copies a value to where it must end up, unless it was made there. */
  deliver(x: Node, to: Operand): void {
    const v = this.kept(this.settled(x))
    if (v.kind === 'register') {
      if (!v.loop.sinks.some((s) => s.to === to)) v.loop.sinks.push({ node: v.node, kind: 'store', of: v.node, to })
      return
    }
    if (v.kind === 'view' && sameView(v.operand.view, to.view)) return
    if (v.kind === 'view') return void this.emit([copyTo(v.operand, to)])
    this.openLoop(x.shape).sinks.push({ node: x, kind: 'store', of: v, to })
  }
  instructions(): Instruction[] {
    const first = this.first.loops.map((loop): Step => ({ kind: 'loop', loop }))
    const list = [...first, ...this.steps].flatMap((s) => (s.kind === 'fixed' ? s.list : s.loop.sinks.length === 0 ? [] : [loopInstruction(s.loop, this.values, this.codes)]))
    return this.tier === 0 ? list : epilogues(list, this.storages, this.own)
  }
}
