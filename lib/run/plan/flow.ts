/**
 * Bodies as instructions: a scan is a repeat over views that move, a pmap one that all devices make at once, a cond runs one of
 * two lists into one place, and what remat computes again is a list of its own, so that none of it starts before it is needed.
 */
import type { Graph } from '../../ir/graph.js'
import type { Instruction, View } from '../../ir/program.js'
import type { Node } from '../../ir/node.js'
import { numel } from '../../ir/node.js'
import { rowMajor } from '../../ir/strided.js'
import type { Exchange } from '../../prim/exchange.js'
import type { Operand } from '../../prim/index.js'
import type { Pmap } from '../../prim/pmap.js'
import { copyTo } from './copy.js'
import type { Lowering } from './lower.js'

/** The element of x at the loop counter. */
const moving = (x: Operand, level: number, n: number, reverse: boolean): Operand => {
  const step = x.view.strides[0] as number
  const steps = [...(x.view.steps ?? []), [level, reverse ? -step : step] as const]
  const view: View = { ...x.view, offset: x.view.offset + (reverse ? (n - 1) * step : 0), strides: x.view.strides.slice(1), steps }
  return { shape: x.shape.slice(1), view }
}
/** The `get` nodes of x read these operands; a node with several outputs has one value an output. */
export const finish = (l: Lowering, x: Node, outs: readonly Operand[], at: number): void => {
  l.several.set(x, outs.map((operand) => ({ kind: 'view', operand, ready: at })))
}
const isDense = ({ shape, view }: Operand): boolean => view.steps === undefined && rowMajor(shape).every((s, i) => shape[i] === 1 || view.strides[i] === s)
/** The addon follows no more than 4096 at once, those of enclosing bodies included. */
const MOST_UNDER_WAY = 256
/** Between processes: what is sent lies in a row, and what comes does. It begins here; whoever reads the result waits for it. */
export const emitExchange = (l: Lowering, x: Node): void => {
  const { how, processes, label } = x.params as unknown as Exchange
  const from = x.args[0] as Node, given = l.operand(from)
  const place = l.place(x)
  const sent = isDense(given) ? given : l.dense(from), to = isDense(place) ? place : l.dense(x)
  const packed = sent === given ? [] : [copyTo(given, sent)]
  const at = l.emit([...packed, { kind: 'exchange', how, processes, label, dims: from.shape, x: sent.view, out: to.view }])
  l.values.set(x, { kind: 'view', operand: to, ready: at })
  l.underWay.push({ x, sent, to })
  if (l.underWay.length > MOST_UNDER_WAY) awaitExchange(l, l.underWay[0]?.x)
}
/** Ends what x waits for, when it is an exchange under way: they end in the order in which they began. */
export const awaitExchange = (l: Lowering, x: Node | undefined): void => {
  const ended = l.underWay.splice(0, 1 + l.underWay.findIndex((e) => e.x === x))
  if (ended.length === 0) return
  const at = l.emit([{ kind: 'wait', left: l.underWay.length, views: ended.flatMap(({ sent, to }) => [sent.view, to.view]) }])
  for (const { x: done, to } of ended) l.values.set(done, { kind: 'view', operand: to, ready: at })
}
const bodyOf = (l: Lowering, g: Graph, operands: readonly Operand[], level: number): Lowering => {
  const inner = l.nested(level)
  g.inputs.forEach((v, i) => inner.values.set(v, { kind: 'view', operand: operands[i] as Operand, ready: -1 }))
  inner.run(g)
  return inner
}

/** What an iteration leaves, put aside first and then into the carries, so that carries may swap. */
const carriedOn = (l: Lowering, inner: Lowering, body: Graph, carry: readonly Operand[]): Instruction[] =>
  carry.map((c, i) => {
    const to = l.dense({ shape: c.shape, dtype: c.view.dtype })
    inner.deliver(body.outputs[i] as Node, to)
    return copyTo(to, c)
  })

export const emitScan = (l: Lowering, x: Node): void => {
  const { body, length, consts, carries, reverse } = x.params as unknown as { body: Graph; length: number; consts: number; carries: number; reverse: boolean }
  const operands = x.args.map((a) => l.operand(a))
  const outs = l.places(x)
  const carry = outs.slice(0, carries)
  const start = carry.map((c, i) => copyTo(operands[consts + i] as Operand, c))
  // without steps there is no element of xs to look at
  if (length === 0) return finish(l, x, outs, l.emit(start))
  const xs = operands.slice(consts + carries).map((o) => moving(o, l.level, length, reverse))
  const inner = bodyOf(l, body, [...operands.slice(0, consts), ...carry, ...xs], l.level + 1)
  outs.slice(carries).forEach((y, i) => inner.deliver(body.outputs[carries + i] as Node, moving(y, l.level, length, reverse)))
  const next = carriedOn(l, inner, body, carry)
  const repeat: Instruction = { kind: 'repeat', level: l.level, count: length, body: [...inner.instructions(), ...next] }
  finish(l, x, outs, l.emit([...start, repeat]))
}

/** A body that each device runs on its own: what it maps over and what it gives lie with the devices in front. */
export const emitGang = (l: Lowering, x: Node): void => {
  const { body, size, mapped } = x.params as Pmap
  const operands = x.args.map((a, i) => (mapped[i] === true ? moving(l.operand(a), l.level, size, false) : l.operand(a)))
  const inner = l.nested(l.level + 1, 'own')
  const strides = inner.stridesIn(body)
  const outs = body.outputs.map((o, i) => {
    const stacked = (x.outs as readonly Node[])[i] as Node
    return l.targets.part(x, i) ?? l.dense(stacked, undefined, [numel(o.shape), ...(strides.get(o) ?? rowMajor(o.shape))])
  })
  const places = outs.map((o) => moving(o, l.level, size, false))
  body.inputs.forEach((v, i) => inner.values.set(v, { kind: 'view', operand: operands[i] as Operand, ready: -1 }))
  body.outputs.forEach((o, i) => inner.targets.aim(o, places[i] as Operand))
  inner.run(body)
  body.outputs.forEach((o, i) => inner.deliver(o, places[i] as Operand))
  finish(l, x, outs, l.emit([{ kind: 'gang', level: l.level, count: size, body: inner.instructions() }]))
}

export const emitCond = (l: Lowering, x: Node): void => {
  const { then, otherwise } = x.params as unknown as { then: Graph; otherwise: Graph }
  const [which, ...operands] = x.args.map((a) => l.operand(a)) as [Operand, ...Operand[]]
  const outs = l.places(x)
  const branch = (g: Graph): Instruction[] => {
    const inner = bodyOf(l, g, operands, l.level)
    outs.forEach((o, i) => inner.deliver(g.outputs[i] as Node, o))
    return inner.instructions()
  }
  finish(l, x, outs, l.emit([{ kind: 'cond', which: which.view, then: branch(then), otherwise: branch(otherwise) }]))
}

export const emitCall = (l: Lowering, x: Node): void => {
  const body = x.params['body'] as unknown as Graph
  const operands = x.args.map((a) => l.operand(a))
  const inner = bodyOf(l, body, operands, l.level)
  const outs = l.places(x)
  outs.forEach((o, i) => inner.deliver(body.outputs[i] as Node, o))
  finish(l, x, outs, l.emit(inner.instructions()))
}

export const emitWhile = (l: Lowering, x: Node): void => {
  const { test, body, testConsts, bodyConsts } = x.params as unknown as { test: Graph; body: Graph; testConsts: number; bodyConsts: number }
  const operands = x.args.map((a) => l.operand(a))
  const carry = l.places(x)
  const start = carry.map((c, i) => copyTo(operands[testConsts + bodyConsts + i] as Operand, c))
  const going = l.dense({ shape: [], dtype: 'bool' })
  const asking = bodyOf(l, test, [...operands.slice(0, testConsts), ...carry], l.level)
  asking.deliver(test.outputs[0] as Node, going)
  const inner = bodyOf(l, body, [...operands.slice(testConsts, testConsts + bodyConsts), ...carry], l.level)
  const next = carriedOn(l, inner, body, carry)
  finish(l, x, carry, l.emit([...start, { kind: 'while', which: going.view, test: asking.instructions(), body: [...inner.instructions(), ...next] }]))
}
