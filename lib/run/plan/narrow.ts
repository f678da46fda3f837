/**
 * Programs compute in bool, u8, u32, i32, i64, f32 and f64. Any other dtype is stored as what it is and computed in one of
 * these: narrow integers in i32 and halves in f32, cut back after every node (so integers wrap and halves round where the
 * reference does), u64 in the bits of i64. What only moves elements is left alone.
 * @source u64 by signed words: Henry S. Warren, Hacker's Delight, 2nd edition, 2-12 (comparison), 9-3 (division).
 */
import type { Node } from '../../ir/node.js'
import { numel } from '../../ir/node.js'
import { movesOnly } from '../../prim/exchange.js'
import { isCollective } from '../../prim/gang.js'
import { b, castTo, constant, make, primitiveOf } from '../../prim/index.js'
import { computedIn, dtypeInfo, isFloat, isHalf } from '../../type/dtype.js'
import type { DType } from '../../type/dtype.js'
import { roundHalf } from '../../type/half.js'

const isNarrow = (d: DType): boolean => computedIn(d) !== d
const moving = new Set(['concat', 'pad', 'where', 'get', 'complex', 'bitcast'])
const moves = (x: Node): boolean => moving.has(x.op) || (x.op === 'exchange' && movesOnly(x.params['how'])) || primitiveOf(x.op).lower.kind === 'view'
/** Casts that the backend has: a narrow dtype from and to the one that it is computed in, and f64 to a half. */
const isOwnCast = (from: DType, to: DType): boolean =>
  from !== 'u64' && to !== 'u64' && (computedIn(from) === to || computedIn(to) === from || (from === 'f64' && isHalf(to)))
/** Must this node be rewritten? What devices do together is, as the operations that it becomes when they meet. */
export const narrows = (x: Node): boolean => {
  if (isCollective(x)) return false
  if (!isNarrow(x.dtype) && !x.args.some((a) => isNarrow(a.dtype))) return false
  if (x.op === 'gather') return isNarrow((x.args[1] as Node).dtype)
  return x.op === 'cast' ? !isOwnCast((x.args[0] as Node).dtype, x.dtype) : !moves(x)
}

const bits = (x: Node, dtype: DType): Node => b.bitcast([x], { dtype })
/** What repeats a number repeats it as it is computed. */
const widened = (x: Node): Node => {
  if (x.dtype === 'u64') return bits(x, 'i64')
  const from = x.args[0]
  return isNarrow(x.dtype) && x.op === 'broadcast' && from !== undefined && numel(from.shape) === 1 ? b.broadcast([widened(from)], x.params as never) : castTo(x, computedIn(x.dtype))
}
const cutBack = (x: Node, dtype: DType): Node => (x.dtype === dtype ? x : dtype === 'u64' ? bits(x, dtype) : castTo(x, dtype))

// ---- u64 ---------------------------------------------------------------------------------------------------------
const TOP = -(2 ** 63)
/** Order of the bits of u64 = order of i64 with the top bit turned over. */
const turned = (x: Node): Node => b.xor([x, constant(TOP, x)])
const ordered = new Set(['lt', 'le', 'gt', 'ge', 'max', 'min', 'reduceMax', 'reduceMin', 'argmax', 'argmin', 'argsort', 'sort'])
const below = (x: Node, y: Node): Node => b.lt([turned(x), turned(y)])
const isTop = (x: Node): Node => b.lt([x, constant(0, x)])
/** x / 2ⁿ without a sign; 0 from n = 64 on. */
const shifted = (x: Node, n: Node): Node => {
  const mask = b.not([b.shl([constant(-1, x), b.sub([constant(64, n), n])])])
  return b.where([below(n, constant(64, n)), b.and([b.shr([x, n]), mask]), constant(0, x)])
}
/** Half of x is divided first; a divisor past 2⁶³ goes in once or not at all. */
const quotient = (x: Node, y: Node): Node => {
  const one = constant(1, x)
  const q = b.shl([b.floorDiv([shifted(x, one), y]), one])
  const rest = b.sub([x, b.mul([q, y])])
  const near = b.add([q, castTo(b.not([below(rest, y)]), 'i64')])
  const large = castTo(b.not([below(x, y)]), 'i64')
  return b.where([b.eq([y, constant(0, y)]), constant(0, y), b.where([isTop(y), large, near])])
}
const remainder = (x: Node, y: Node): Node =>
  b.where([b.eq([y, constant(0, y)]), constant(0, y), b.sub([x, b.mul([quotient(x, y), y])])])
const unsigned: Readonly<Record<string, (...xs: Node[]) => Node>> = {
  abs: (x) => x, sign: (x) => castTo(b.ne([x, constant(0, x)]), 'i64'), shr: shifted, floorDiv: quotient, remainder,
}
/** Both halves are exact in f64, so their sum rounds once. */
const toDouble = (x: Node): Node => {
  const low = b.and([x, constant(2 ** 32 - 1, x)])
  const high = castTo(shifted(x, constant(32, x)), 'f64')
  return b.add([b.mul([high, constant(2 ** 32, high)]), castTo(low, 'f64')])
}
const fromFloat = (x: Node): Node => {
  const half = constant(2 ** 63, x)
  const upper = b.ge([x, half])
  const low = castTo(b.where([upper, b.sub([x, half]), b.max([x, constant(0, x)])]), 'i64')
  return b.where([b.ge([x, constant(2 ** 64, x)]), constant(-1, low), b.where([upper, turned(low), low])])
}

// ---- casts -------------------------------------------------------------------------------------------------------
const clamped = (x: Node, to: DType): Node => b.min([b.max([x, constant(dtypeInfo[to].min, x)]), constant(dtypeInfo[to].max, x)])
const converted = (x: Node, from: DType, to: DType): Node => {
  if (from === 'u64' && isFloat(to)) return castTo(toDouble(x), to)
  if (to === 'u64') return bits(isFloat(x.dtype) ? fromFloat(x) : castTo(x, 'i64'), to)
  if (isHalf(to)) return castTo(isFloat(x.dtype) || x.dtype === 'bool' ? castTo(x, x.dtype === 'f64' ? 'f64' : 'f32') : castTo(x, 'f64'), to)
  return isNarrow(to) ? castTo(castTo(isFloat(x.dtype) ? clamped(x, to) : x, 'i32'), to) : castTo(x, to)
}

/** The extremum of no integers is the end of their own dtype, not of the one they are computed in. */
const ofNothing = (x: Node): boolean =>
  (x.op === 'reduceMax' || x.op === 'reduceMin') && dtypeInfo[x.dtype].kind === 'int' && x.dtype !== 'u64' && numel((x.args[0] as Node).shape) === 0
/** Only the index is computed with; past 2⁶³ it is past the end. */
const indexed = (x: Node, [from, at]: readonly Node[]): Node => {
  const index = widened(at as Node)
  return make('gather', [from as Node, at?.dtype === 'u64' ? b.where([isTop(index), constant(2 ** 53, index), index]) : index], x.params)
}
/** A number is rounded once, to the half. */
const rounding = (x: Node): object => (x.op === 'constant' && isHalf(x.dtype) ? { value: roundHalf(x.params['value'] as number, x.dtype) } : {})
/** The same node over dtypes that programs compute in. */
export const narrowed = (x: Node, args: readonly Node[]): Node => {
  if (x.op === 'gather') return indexed(x, args)
  const from = (x.args.at(-1) as Node | undefined)?.dtype ?? x.dtype
  const wide = args.map(widened)
  if (x.op === 'cast') return converted(wide[0] as Node, from, x.dtype)
  if (ofNothing(x)) return castTo(constant(dtypeInfo[x.dtype][x.op === 'reduceMax' ? 'min' : 'max'], { shape: x.shape, dtype: 'i32' }), x.dtype)
  const big = from === 'u64'
  const special = big ? unsigned[x.op] : undefined
  if (special !== undefined) return bits(special(...wide), 'u64')
  const turn = big && (ordered.has(x.op) || x.params['how'] === 'max' || x.params['how'] === 'min')
  const params = 'dtype' in x.params ? { ...x.params, dtype: computedIn(x.dtype), ...rounding(x) } : x.params
  const made = make(x.op, turn ? wide.map(turned) : wide, params)
  return cutBack(turn && x.dtype === 'u64' ? turned(made) : made, x.dtype)
}
