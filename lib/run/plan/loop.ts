/**
 * A gathered loop as one instruction: the reduced axes last, registers numbered sources first, then one for each member
 * that some sink needs. What a member reads from elsewhere is a source: a view, a number, the loop's own index, or what a
 * reduction of this loop gave for the row.
 */
import { sameShape } from '../../ir/node.js'
import type { Node } from '../../ir/node.js'
import { rowMajor } from '../../ir/strided.js'
import type { Instruction, Op, Source, View } from '../../ir/program.js'
import { primitiveOf } from '../../prim/index.js'
import type { Lower } from '../../prim/index.js'
import { Fault } from '../../type/fault.js'
import type { DType } from '../../type/dtype.js'
import { stridesAlong } from './row.js'
import type { Loop, Placed, Value } from './value.js'

type Values = ReadonlyMap<Node, Value>
/** A register that is numbered once all sources are known: a member, or a source's number. */
type Register = { readonly member: Node } | number

/** The member of l that v is, in a register or as one value a row; what a reduction gives a row is no member. */
const memberOf = (v: Value, l: Loop): Node | undefined => {
  if (v.kind === 'register') return v.loop === l ? v.node : undefined
  return v.kind === 'view' && v.row?.loop === l && primitiveOf(v.row.node.op).lower.kind === 'element' ? v.row.node : undefined
}
/** Members that some sink needs, operands first, as they joined. */
const neededMembers = (l: Loop, values: Values): Node[] => {
  const needed = new Set<Node>()
  const add = (x: Node): void => {
    const m = memberOf(values.get(x) as Value, l)
    if (m !== undefined) needed.add(m)
  }
  for (const s of l.sinks) if ('op' in s.of) add(s.of as Node)
  for (let i = l.members.length - 1; i >= 0; i--) {
    const m = l.members[i] as Node
    if (needed.has(m)) m.args.forEach(add)
  }
  return l.members.filter((m) => needed.has(m))
}
/** The reduction of l that gave v. */
const reductionOf = (v: Value, l: Loop): number => (v.kind === 'view' && v.row?.loop === l ? l.sinks.findIndex((s) => s.node === v.row?.node) : -1)
/** How many reductions of its row each member waits for. */
const stagesOf = (l: Loop, members: readonly Node[], values: Values): Map<Node, number> => {
  const stages = new Map<Node, number>()
  const of = (a: Node): number => {
    const v = values.get(a) as Value
    const m = memberOf(v, l)
    if (m !== undefined) return stages.get(m) as number
    const s = l.sinks[reductionOf(v, l)]?.of
    return s === undefined ? 0 : 1 + ('op' in s ? (stages.get(s as Node) as number) : 0)
  }
  for (const m of members) stages.set(m, Math.max(0, ...m.args.map(of)))
  return stages
}
/** What is computed once a row reads one number, or one a row, at every index of the loop. */
const everywhere = (v: Placed, l: Loop): Placed =>
  v.kind === 'view' ? { ...v, operand: { shape: l.shape, view: { ...v.operand.view, strides: stridesAlong(v.operand, l) } } } : v
const opOf = (m: Node, args: readonly number[], codes: ReadonlyMap<string, number>): Op => {
  const lower = primitiveOf(m.op).lower as Extract<Lower<never>, { kind: 'element' }>
  const name = typeof lower.name === 'string' ? lower.name : lower.name(m.params as never)
  const code = codes.get(name)
  if (code === undefined) throw new Fault('BackendFailure', `the backend has no kernel for ${name}`)
  return { code, dtype: (m.args[m.args.length - 1] as Node).dtype, out: m.dtype, args }
}
/** Where another loop stores a member: it was told to when this loop was gathered. */
const storedAt = (v: Extract<Value, { kind: 'register' }>): Placed => {
  const sink = v.loop.sinks.find((s) => s.node === v.node && s.kind === 'store')
  if (sink === undefined) throw new Fault('BackendFailure', `${v.node.op} is read by another loop but stored by none`)
  return { kind: 'view', operand: sink.to, ready: v.loop.at }
}

const sameSteps = (v: View['steps'] = [], w: View['steps'] = []): boolean => v.length === w.length && v.every((s, i) => sameShape(s, w[i] ?? []))
/** Whether two views of one buffer are the same. */
export const samePlace = (v: View, w: View): boolean => v === w || (v.offset === w.offset && v.dtype === w.dtype && sameShape(v.strides, w.strides) && sameSteps(v.steps, w.steps))
/** Whether two reads give the same: numbers bit for bit, views with their dtypes and steps; of rows it is the sink's number. */
const sameRead = (v: Placed | number, w: Placed | number): boolean => {
  if (typeof v === 'number' || typeof w === 'number') return v === w
  if (v.kind === 'view') return w.kind === 'view' && v.operand.view.buffer === w.operand.view.buffer && samePlace(v.operand.view, w.operand.view)
  if (v.kind === 'immediate') return w.kind === 'immediate' && v.dtype === w.dtype && Object.is(v.value, w.value)
  return w.kind === 'index' && v.dtype === w.dtype && v.axis === w.axis
}
/** The sources of one loop: equal ones are one. There are few: they are compared, which is cheaper than to write keys. */
class Sources {
  readonly list: Source[] = []
  private readonly reads: (Placed | number)[] = []
  private readonly order: readonly number[]
  private readonly asIs: boolean
  constructor(order: readonly number[]) {
    this.order = order
    this.asIs = order.every((a, i) => a === i)
  }
  through(v: View): View {
    return this.asIs ? v : { ...v, strides: this.order.map((a) => v.strides[a] as number) }
  }
  private number(read: Placed | number, make: () => Source): number {
    const at = this.reads.findIndex((known) => sameRead(known, read))
    if (at >= 0) return at
    this.reads.push(read)
    return this.list.push(make()) - 1
  }
  row(dtype: DType, sink: number): number {
    return this.number(sink, () => ({ dtype, sink }))
  }
  of(v: Placed): number {
    return this.number(v, () => {
      if (v.kind === 'immediate') return { dtype: v.dtype, value: v.dtype === 'i64' ? BigInt(v.value) : v.value }
      return v.kind === 'index' ? { dtype: v.dtype, axis: this.order.indexOf(v.axis) } : this.through(v.operand.view)
    })
  }
}

export const loopInstruction = (l: Loop, values: Values, codes: ReadonlyMap<string, number>): Instruction => {
  const reduced = l.axes ?? []
  const order = [...l.shape.keys()].filter((a) => !reduced.includes(a)).concat(reduced)
  const dims = order.map((a) => l.shape[a] as number)
  const sources = new Sources(order)
  const used = neededMembers(l, values)
  const read = (a: Node): Register => {
    const v = values.get(a) as Value
    const member = memberOf(v, l)
    if (member !== undefined) return { member }
    if (v.kind === 'register') return sources.of(storedAt(v))
    const sink = reductionOf(v, l)
    return sink < 0 ? sources.of(sameShape(a.shape, l.shape) ? (v as Placed) : everywhere(v as Placed, l)) : sources.row(a.dtype, sink)
  }
  const stages = stagesOf(l, used, values)
  const members = used.sort((p, q) => (stages.get(p) as number) - (stages.get(q) as number)).map((m) => ({ m, args: m.args.map(read) }))
  const sinks = l.sinks.map((s) => ({ s, from: 'op' in s.of ? read(s.of as Node) : sources.of(s.of as Placed) }))
  const number = new Map(members.map(({ m }, i) => [m, sources.list.length + i]))
  const at = (r: Register): number => (typeof r === 'number' ? r : (number.get(r.member) as number))
  return {
    kind: 'loop', dims, reduced: reduced.length, sources: sources.list,
    ops: members.map(({ m, args }) => opOf(m, args.map(at), codes)),
    sinks: sinks.map(({ s, from }) => ({ kind: s.kind, register: at(from), view: s.kind === 'store' ? sources.through(s.to.view) : s.kind === 'row' ? { ...s.to.view, strides: rowMajor(dims.slice(0, dims.length - reduced.length)) } : s.to.view })),
  }
}
