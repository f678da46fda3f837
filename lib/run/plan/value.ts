/** How the planner sees a value before it has an address: read through a view, made on the spot, or kept in a register. */
import { sameShape } from '../../ir/node.js'
import type { Node } from '../../ir/node.js'
import type { Sink, View } from '../../ir/program.js'
import type { Operand } from '../../prim/index.js'
import { isBig } from '../../type/dtype.js'
import type { DType } from '../../type/dtype.js'

/** Bytes before they have an address. Each device of a gang has its own of those that are `own`. */
export interface Storage { readonly id: number; readonly bytes: number; readonly kind: 'input' | 'output' | 'slot' | 'temporary' | 'own'; readonly at: number }
/** How a value can be read: through a view, or made on the spot. */
export type Value =
  | { readonly kind: 'view'; readonly operand: Operand; readonly ready: number; readonly row?: Row }
  | { readonly kind: 'immediate'; readonly shape: readonly number[]; readonly dtype: DType; readonly value: number }
  | { readonly kind: 'index'; readonly shape: readonly number[]; readonly dtype: DType; readonly axis: number }
  | { readonly kind: 'register'; readonly loop: Loop; readonly node: Node }
  /** Reads only what was there from the start: waits for its first reader, to be computed in that reader's loop. */
  | { readonly kind: 'deferred'; readonly node: Node; readonly ops: number }

/** What can be read without computing anything. */
export type Placed = Exclude<Value, { readonly kind: 'register' | 'deferred' }>

/** Where a view's values come from when a loop gives one a row: by a reduction, or by a member that reads reductions. */
export interface Row { readonly loop: Loop; readonly node: Node; readonly to: Operand }

/** An exchange that was begun: what it sends, and where its result comes. */
export interface UnderWay { readonly x: Node; readonly sent: Operand; readonly to: Operand }

export interface Loop {
  readonly at: number
  readonly shape: readonly number[]
  axes: readonly number[] | null
  readonly members: Node[]
  readonly sinks: { node: Node; kind: Sink['kind']; of: Node | Value; to: Operand }[]
}
/** Whether two views show the same elements in the same order. */
export const sameView = (v: View, w: View): boolean => v === w || (v.buffer === w.buffer && v.offset === w.offset && v.dtype === w.dtype
  && v.steps === undefined && w.steps === undefined && sameShape(v.strides, w.strides))
/** Whether x is its operand under another name; u64 is the bits of i64 in programs. */
export const isSame = (x: Node): boolean => {
  const from = x.args[0] as Node
  return x.op === 'bitcast' ? isBig(x.dtype) && isBig(from.dtype) : sameShape(from.shape, x.shape) && (x.op === 'stop' || x.op === 'peek' || x.op === 'mark' || x.op === 'reshape')
}
type Index = Extract<Value, { readonly kind: 'index' }>
/** An index as if it lay in memory, where place n holds n. */
export const viewOf = (v: Index): View => ({ buffer: -1, dtype: v.dtype, offset: 0, strides: v.shape.map((_, a) => (a === v.axis ? 1 : 0)) })
/** What such a view shows, if that is an index again, of whichever axis, or zero everywhere. */
export const indexSeen = (v: Index, seen: View | null, shape: readonly number[]): Placed | null => {
  if (seen === null || seen.offset !== 0) return null
  const along = [...shape.keys()].filter((a) => shape[a] !== 1 && seen.strides[a] !== 0)
  const [axis] = along
  if (axis === undefined) return { kind: 'immediate', shape, dtype: v.dtype, value: 0 }
  return along.length === 1 && seen.strides[axis] === 1 ? { kind: 'index', shape, dtype: v.dtype, axis } : null
}
