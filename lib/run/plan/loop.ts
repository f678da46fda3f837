/**
 * A gathered loop as one instruction: the reduced axes last, registers numbered sources first, then one for each member
 * that some sink needs. What a member reads from elsewhere is a source: a view, a number, or the loop's own index.
 */
import type { Node } from '../../ir/node.js'
import type { Instruction, Op, Source, View } from '../../ir/program.js'
import { primitiveOf } from '../../prim/index.js'
import type { Lower } from '../../prim/index.js'
import { Fault } from '../../type/fault.js'
import type { Loop, Placed, Value } from './value.js'

type Values = ReadonlyMap<Node, Value>
/** A register that is numbered once all sources are known: a member, or a source's number. */
type Register = { readonly member: Node } | number

/** Members that some sink needs, operands first. */
const neededMembers = (l: Loop, values: Values): Set<Node> => {
  const own = new Set(l.members)
  const needed = new Set<Node>()
  const work = l.sinks.flatMap((s) => ('op' in s.of ? [s.of as Node] : []))
  while (work.length > 0) {
    const v = values.get(work.pop() as Node) as Value
    if (v.kind !== 'register' || !own.has(v.node) || needed.has(v.node)) continue
    needed.add(v.node)
    work.push(...v.node.args)
  }
  return new Set(l.members.filter((m) => needed.has(m)))
}
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

/** The sources of one loop: equal ones are one. */
class Sources {
  readonly list: Source[] = []
  private readonly known = new Map<string, number>()
  private readonly order: readonly number[]
  constructor(order: readonly number[]) {
    this.order = order
  }
  through(v: View): View {
    return { ...v, strides: this.order.map((a) => v.strides[a] as number) }
  }
  private number(key: string, make: () => Source): number {
    const at = this.known.get(key)
    if (at !== undefined) return at
    this.known.set(key, this.list.length)
    return this.list.push(make()) - 1
  }
  of(v: Placed): number {
    if (v.kind === 'immediate') return this.number(`c${v.dtype}${Object.is(v.value, -0) ? '-0' : v.value}`, () => ({ dtype: v.dtype, value: v.dtype === 'i64' ? BigInt(v.value) : v.value }))
    if (v.kind === 'index') return this.number(`i${v.dtype}${v.axis}`, () => ({ dtype: v.dtype, axis: this.order.indexOf(v.axis) }))
    const { view } = v.operand
    return this.number(`v${view.buffer},${view.offset},${view.strides},${JSON.stringify(view.steps ?? [])}`, () => this.through(view))
  }
}

export const loopInstruction = (l: Loop, values: Values, codes: ReadonlyMap<string, number>): Instruction => {
  const reduced = l.axes ?? []
  const order = [...l.shape.keys()].filter((a) => !reduced.includes(a)).concat(reduced)
  const sources = new Sources(order)
  const used = neededMembers(l, values)
  const read = (a: Node): Register => {
    const v = values.get(a) as Value
    if (v.kind !== 'register') return sources.of(v as Placed)
    return used.has(v.node) ? { member: v.node } : sources.of(storedAt(v))
  }
  const members = [...used].map((m) => ({ m, args: m.args.map(read) }))
  const sinks = l.sinks.map((s) => ({ s, from: 'op' in s.of ? read(s.of as Node) : sources.of(s.of as Placed) }))
  const number = new Map(members.map(({ m }, i) => [m, sources.list.length + i]))
  const at = (r: Register): number => (typeof r === 'number' ? r : (number.get(r.member) as number))
  return {
    kind: 'loop', dims: order.map((a) => l.shape[a] as number), reduced: reduced.length, sources: sources.list,
    ops: members.map(({ m, args }) => opOf(m, args.map(at), codes)),
    sinks: sinks.map(({ s, from }) => ({ kind: s.kind, register: at(from), view: s.kind === 'store' ? sources.through(s.to.view) : s.to.view })),
  }
}
