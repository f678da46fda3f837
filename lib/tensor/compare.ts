/**
 * Comparisons, logic, and choosing by a condition. Comparisons give bool; with NaN all but `ne` are false. `where` never
 * leaks a NaN from the branch not taken, in its value or its derivative.
 */
import type { Node } from '../ir/node.js'
import { b, castTo, constant } from '../prim/index.js'
import type { Comparison, Logical, LogicalUnary, Predicate, Where } from '../type/index.js'
import { floatOf, isInexact, realOf } from '../type/index.js'
import { asDType, asNode, commonDType, pair, together } from './operand.js'

type Make = (args: readonly Node[]) => Node
const isFraction = (x: unknown): boolean => typeof x === 'number' && !Number.isInteger(x)
/** Integers meet a fraction as floats: the bool that comes out does not depend on where they meet. */
const comparing = (op: string, make: Make): Comparison =>
  ((x: unknown, y: unknown) => make(pair(op, x, y, isFraction(x) || isFraction(y) ? floatOf : undefined))) as never
const logical = (op: string, make: Make): Logical => ((x: unknown, y: unknown) => make(pair(op, x, y, () => 'bool'))) as never

/**
 * x = y.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype any → bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(eq(tensor([1, 2, 3]), 2)), [false, true, false])
 */
export const eq: Comparison = comparing('eq', b.eq)
/**
 * x ≠ y.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype any → bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(ne(tensor([1, 2, 3]), 2)), [true, false, true])
 */
export const ne: Comparison = comparing('ne', b.ne)
/**
 * x < y.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype any → bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(lt(tensor([1, 2, 3]), 2)), [true, false, false])
 */
export const lt: Comparison = comparing('lt', b.lt)
/**
 * x ≤ y.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype any → bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(le(tensor([1, 2, 3]), 2)), [true, true, false])
 */
export const le: Comparison = comparing('le', b.le)
/**
 * x > y.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype any → bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(gt(tensor([1, 2, 3]), 2)), [false, false, true])
 */
export const gt: Comparison = comparing('gt', b.gt)
/**
 * x ≥ y.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype any → bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(ge(tensor([1, 2, 3]), 2)), [false, true, true])
 */
export const ge: Comparison = comparing('ge', b.ge)
/**
 * Both hold.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype bool → bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(logicalAnd(tensor([true, true, false]), tensor([true, false, false]))), [true, false, false])
 */
export const logicalAnd: Logical = logical('logicalAnd', b.and)
/**
 * At least one holds.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype bool → bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(logicalOr(tensor([true, true, false]), tensor([true, false, false]))), [true, true, false])
 */
export const logicalOr: Logical = logical('logicalOr', b.or)
/**
 * Exactly one holds.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype bool → bool
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(logicalXor(tensor([true, true, false]), tensor([true, false, false]))), [false, true, false])
 */
export const logicalXor: Logical = logical('logicalXor', b.xor)
/**
 * It does not hold.
 * @shape [...s] → [...s]
 * @dtype bool → bool
 * @example deepClose(await read(logicalNot(tensor([true, false]))), [false, true])
 */
export const logicalNot: LogicalUnary = ((x: unknown) => b.not([castTo(asNode('logicalNot', x), 'bool')])) as never

const infinite = (x: Node): Node => constant(Infinity, { shape: x.shape, dtype: realOf(x.dtype) })
const predicate = (op: string, ofFloat: (x: Node) => Node, ofOthers: 0 | 1): Predicate => ((x: unknown) => {
  const node = asNode(op, x)
  return isInexact(node.dtype) ? ofFloat(node) : constant(ofOthers, { shape: node.shape, dtype: 'bool' })
}) as never
/**
 * Is not a number; a complex one when a part is not.
 * @shape [...s] → [...s]
 * @dtype any → bool
 * @example deepClose(await read(isnan(tensor([1, NaN]))), [false, true])
 */
export const isnan: Predicate = predicate('isnan', (x) => b.ne([x, x]), 0)
/**
 * Is inf or -inf; a complex number when a part is.
 * @shape [...s] → [...s]
 * @dtype any → bool
 * @example deepClose(await read(isinf(tensor([1, -Infinity]))), [false, true])
 */
export const isinf: Predicate = predicate('isinf', (x) => b.eq([b.abs([x]), infinite(x)]), 0)
/**
 * Is neither infinite nor NaN.
 * @shape [...s] → [...s]
 * @dtype any → bool
 * @example deepClose(await read(isfinite(tensor([1, Infinity, NaN]))), [true, false, false])
 */
export const isfinite: Predicate = predicate('isfinite', (x) => b.not([b.or([b.eq([b.abs([x]), infinite(x)]), b.ne([x, x])])]), 1)

const isNumber = (x: unknown): boolean => typeof x === 'number' || typeof x === 'boolean'
/**
 * x where the condition holds, y elsewhere; two plain numbers give f32.
 * @shape [...c], [...x], [...y] → broadcast(c, x, y)
 * @dtype bool, then promoted
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(where(tensor([true, false]), tensor([1, 2]), 0)), [1, 0])
 */
export const where: Where = ((condition: unknown, x: unknown, y: unknown) => {
  const dtype = isNumber(x) && isNumber(y) ? 'f32' : commonDType('where', [x, y])
  return b.where(together('where', [castTo(asNode('where', condition), 'bool'), ...asDType('where', [x, y], dtype)]))
}) as never
