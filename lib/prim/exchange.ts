/**
 * What the processes of a group give each other: a collective along an axis that spans processes first does its share among
 * the devices at home, then this, then the rest. It appears only where a pmap over such an axis is opened into a plan, so a
 * program that somebody differentiates or maps never holds one; its rules are here because it is an op like any other.
 */
import type { Aval, Node } from '../ir/node.js'
import { typeName } from '../ir/node.js'
import type { Spans } from '../type/collective.js'
import { Fault, fail } from '../type/fault.js'
import { never } from './body.js'
import { moveAxis } from './build.js'
import type { Build } from './build.js'
import type { Primitive } from './primitive.js'

/** sum, max, min: over the processes. gather: of all, stacked. scatter: of the sum, the own part. swap: part r of each goes to r. */
export type How = 'sum' | 'max' | 'min' | 'gather' | 'scatter' | 'swap'
export type Exchange = { readonly how: How; readonly processes: number; readonly label: string }
const parts = (x: Aval, p: Exchange): readonly number[] =>
  x.shape[0] === p.processes ? x.shape : fail('ShapeMismatch', `${p.label}: ${typeName(x)} has no part for each of ${p.processes} processes`)
const shapeOf = (x: Aval, p: Exchange): readonly number[] =>
  p.how === 'gather' ? [p.processes, ...x.shape] : p.how === 'scatter' ? parts(x, p).slice(1) : p.how === 'swap' ? parts(x, p) : x.shape
const turned = { sum: 'sum', gather: 'scatter', scatter: 'gather', swap: 'swap' } as const
/** Parts lie in front, also of a batch. */
const beside = (b: Build, x: Node, p: Exchange): Node => {
  if (p.how === 'gather') return moveAxis(b.exchange([x], p), 1, 0)
  if (p.how === 'scatter') return b.exchange([moveAxis(x, 0, 1)], p)
  return p.how === 'swap' ? moveAxis(b.exchange([moveAxis(x, 0, 1)], p), 1, 0) : b.exchange([x], p)
}
export const exchangeP: Primitive<'exchange', Exchange> = {
  name: 'exchange',
  aval: ([x], p) => ({ shape: shapeOf(x as Aval, p), dtype: (x as Aval).dtype }),
  jvp: (b, s) => {
    const dx = s.tangents[0]
    if (dx == null) return null
    return s.params.how in turned ? b.exchange([dx], s.params) : fail('NotDifferentiable', `${s.params.label}: the extremes have no derivative between processes`)
  },
  transpose: (b, s) => [s.cts[0] == null ? null : b.exchange([s.cts[0]], { ...s.params, how: turned[s.params.how as keyof typeof turned] })],
  batch: (b, s) => beside(b, s.args[0] as Node, s.params),
  eval: (_xs, p) => {
    throw new Fault('BackendFailure', `${p.label}: processes meet in plans of the native backend, and this program is interpreted: peek at nothing inside a scan or cond, and unset COTANGENT_BACKEND`)
  },
  lower: { kind: 'special' },
  domain: never(),
  complex: 'each',
}
/** Between the processes of an axis; nothing where all its devices are at home. */
export type Wire = (how: How, x: Node) => Node
export const wireOf = (b: Build, op: string, brought: Aval, p: { readonly axis: string; readonly spans?: Spans }): Wire => {
  const { spans } = p
  if (spans === undefined) return (_how, x) => x
  return (how, x) => b.exchange([x], { how, processes: spans.processes, label: `${op} of ${typeName(brought)} over '${p.axis}'` })
}
export const movesOnly = (how: unknown): boolean => how === 'gather' || how === 'swap'
