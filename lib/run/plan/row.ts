/**
 * Rows: what the reductions of a loop gave, as later members of the same loop see it. Such a value lies in memory like any
 * other, but a member that reads it at the index of its own row, or once for each row, need not wait for the loop to end.
 */
import { numel, sameShape } from '../../ir/node.js'
import type { Node } from '../../ir/node.js'
import { rowMajor } from '../../ir/strided.js'
import type { Operand } from '../../prim/index.js'
import type { Loop, Value } from './value.js'

const MOST_MEMBERS = 48
/** Longer rows do not stay in cache, and the addon refuses them. */
const LONGEST = 4096

const kept = (l: Loop): number[] => [...l.shape.keys()].filter((a) => !(l.axes ?? []).includes(a))
const rowsOf = (l: Loop): number => kept(l).reduce((n, a) => n * (l.shape[a] as number), 1)
/** Reducing the last axes keeps the loop's order; other axes, but for all of images' except the channel, are reduced in a loop of their own. */
export const trailing = (shape: readonly number[], axes: readonly number[]): boolean =>
  axes.every((a) => shape.every((n, i) => i < a || n === 1 || axes.includes(i)))
/** May what this loop reduces be read by its own members? */
export const readable = (l: Loop): boolean => {
  const [all, rows] = [numel(l.shape), rowsOf(l)]
  return trailing(l.shape, l.axes ?? []) && all > 0 && all / rows <= LONGEST
}
const strideIs = (x: Operand, strides: readonly number[]): boolean => x.view.strides.every((s, i) => x.shape[i] === 1 || s === strides[i])
/** v is a value of l's rows, which lie one after the other, seen in `shape` with these strides. */
const lies = (v: Value, l: Loop, shape: readonly number[], strides: readonly number[]): boolean =>
  v.kind === 'view' && v.row?.loop === l && sameShape(v.operand.shape, shape) && v.operand.view.offset === v.row.to.view.offset &&
  strideIs(v.operand, strides) && strideIs(v.row.to, rowMajor(v.row.to.shape))
/** At every index of the loop, v is the value of that index's row. */
const alongRows = (v: Value, l: Loop): boolean => {
  if (v.kind !== 'view' || v.row?.loop !== l) return false
  const axes = kept(l)
  const strides = l.shape.map(() => 0)
  rowMajor(axes.map((a) => l.shape[a] as number)).forEach((s, i) => {
    strides[axes[i] as number] = s
  })
  return lies(v, l, l.shape, strides)
}
/** v is one number, wherever it is read. */
const same = (v: Value): boolean =>
  v.kind === 'immediate' || (v.kind === 'view' && v.operand.view.strides.every((s, i) => s === 0 || v.operand.shape[i] === 1))
const long = (shape: readonly number[]): number[] => shape.filter((n) => n !== 1)
/** The strides along a loop of what has one value a row, in the order of its rows. */
export const stridesAlong = (x: Operand, l: Loop): number[] => {
  const strides = x.view.strides.filter((_, i) => x.shape[i] !== 1)
  let next = 0
  return l.shape.map((n, a) => (n === 1 || (l.axes ?? []).includes(a) ? 0 : (strides[next++] ?? 0)))
}
/** The last loop whose rows x gives one value each: it reads nothing but values of its rows, and numbers and one value a row ready before it. */
export const rowLoop = (x: Node, args: readonly Value[], readyAt: (v: Value) => number): Loop | undefined => {
  const l = args.map((v) => (v.kind === 'view' ? v.row?.loop : undefined)).reduce((p, q) => (p === undefined || (q !== undefined && q.at > p.at) ? q : p), undefined)
  if (l === undefined || numel(x.shape) !== rowsOf(l)) return undefined
  const alike = sameShape(long(x.shape), long(kept(l).map((a) => l.shape[a] as number)))
  return args.every((v) => lies(v, l, x.shape, rowMajor(x.shape)) || ((same(v) || (alike && v.kind === 'view')) && readyAt(v) < l.at)) ? l : undefined
}
/** The loop that x may join, of those that its operands are in (else the last of its shape): everything it reads from elsewhere
 *  was ready before that loop, or is what the loop gives x's own row. */
export const joinable = (x: Node, args: readonly Value[], last: Loop | undefined, readyAt: (v: Value) => number): Loop | undefined => {
  let best: Loop | undefined
  for (const v of args) {
    const loop = v.kind === 'register' ? v.loop : v.kind === 'view' ? v.row?.loop : undefined
    if (loop !== undefined && sameShape(loop.shape, x.shape) && (best === undefined || loop.at > best.at)) best = loop
  }
  const to = best ?? last
  if (to === undefined || to.members.length >= MOST_MEMBERS) return undefined
  return args.every((v) => (v.kind === 'register' && v.loop === to) || alongRows(v, to) || readyAt(v) < to.at) ? to : undefined
}
