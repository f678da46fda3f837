/**
 * Integers bit by bit, and their divisors. On bools the bitwise functions are the logical ones. A shift by the width of the
 * dtype or more gives 0 (or -1 for a negative number shifted right): the same on every backend.
 */
import type { Node } from '../ir/node.js'
import { b, constant } from '../prim/index.js'
import type { Cast, Device, DType, IntBinary, IntDType, Shape, Tensor } from '../type/index.js'
import { dtypeInfo, fail, isFloat } from '../type/index.js'
import { asNode, pair } from './operand.js'

type Make = (args: readonly Node[]) => Node
const whole = (op: string, d: DType): DType => (isFloat(d) ? fail('DTypeMismatch', `${op} takes integers and bools, not ${d}; cast it first`) : d)
const onBits = (op: string, make: Make): IntBinary => ((x: unknown, y: unknown) => make(pair(op, x, y, (d) => whole(op, d)))) as never
const onInts = (op: string, make: Make): IntBinary =>
  ((x: unknown, y: unknown) => make(pair(op, x, y, (d) => (d === 'bool' ? 'i32' : whole(op, d))))) as never
type Bitwise = <S extends Shape, D extends IntDType | 'bool', V extends Device>(x: Tensor<S, D, V>) => Tensor<S, D, V>

/**
 * The bits that x and y both have.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype integer or bool, promoted
 * @throws DTypeMismatch for floats, ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(bitwiseAnd(tensor([6, 5], { dtype: 'i32' }), 3)), [2, 1])
 */
export const bitwiseAnd: IntBinary = onBits('bitwiseAnd', b.and)
/**
 * The bits that x or y has.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype integer or bool, promoted
 * @throws DTypeMismatch for floats, ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(bitwiseOr(tensor([6, 5], { dtype: 'i32' }), 3)), [7, 7])
 */
export const bitwiseOr: IntBinary = onBits('bitwiseOr', b.or)
/**
 * The bits that just one of x and y has.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype integer or bool, promoted
 * @throws DTypeMismatch for floats, ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(bitwiseXor(tensor([6, 5], { dtype: 'i32' }), 3)), [5, 6])
 */
export const bitwiseXor: IntBinary = onBits('bitwiseXor', b.xor)
/**
 * Every bit turned over: -x - 1 for signed integers.
 * @shape [...s] → [...s]
 * @dtype integer or bool → same
 * @throws DTypeMismatch for floats.
 * @example deepClose(await read(bitwiseNot(tensor([0, 5], { dtype: 'i32' }))), [-1, -6])
 */
export const bitwiseNot: Bitwise = ((x: unknown) => {
  const node = asNode('bitwiseNot', x)
  whole('bitwiseNot', node.dtype)
  return b.not([node])
}) as never
/**
 * x · 2ʸ within the width of the dtype.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype integer, promoted; bools in i32
 * @throws DTypeMismatch for floats, ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(leftShift(tensor([1, 3], { dtype: 'i32' }), 2)), [4, 12])
 */
export const leftShift: IntBinary = onInts('leftShift', b.shl)
/**
 * ⌊x / 2ʸ⌋: the sign stays.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype integer, promoted; bools in i32
 * @throws DTypeMismatch for floats, ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(rightShift(tensor([12, -3], { dtype: 'i32' }), 1)), [6, -2])
 */
export const rightShift: IntBinary = onInts('rightShift', b.shr)
/**
 * How many bits are one.
 * @shape [...s] → [...s]
 * @dtype integer or bool → same
 * @throws DTypeMismatch for floats.
 * @example deepClose(await read(bitCount(tensor([0, 7, -1], { dtype: 'i32' }))), [0, 3, 32])
 */
export const bitCount: Bitwise = ((x: unknown) => {
  const node = asNode('bitCount', x)
  if (whole('bitCount', node.dtype) === 'bool') return node
  const bit = (i: number): Node => b.and([b.shr([node, constant(i, node)]), constant(1, node)])
  return Array.from({ length: 8 * dtypeInfo[node.dtype].bytes }, (_, i) => bit(i)).reduce((x, y) => b.add([x, y]))
}) as never

/** Euclid's steps; the longest chain that 2ⁿ admits is the Fibonacci one, n / log₂ φ steps. */
const divisor = (x: Node, y: Node): Node => {
  const steps = Math.ceil((8 * dtypeInfo[x.dtype].bytes) / Math.log2((1 + Math.sqrt(5)) / 2))
  let [p, q] = [b.abs([x]), b.abs([y])]
  for (let i = 0; i < steps; i++) [p, q] = [b.where([b.eq([q, constant(0, q)]), p, q]), b.remainder([p, q])]
  return p
}
/**
 * The greatest common divisor, not negative; gcd(0, 0) = 0.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype integer, promoted; bools in i32
 * @throws DTypeMismatch for floats, ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(gcd(tensor([12, -18, 0], { dtype: 'i32' }), 8)), [4, 2, 8])
 */
export const gcd: IntBinary = onInts('gcd', ([x, y]) => divisor(x as Node, y as Node))
/**
 * The least common multiple, not negative; 0 when either is 0.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype integer, promoted; bools in i32
 * @throws DTypeMismatch for floats, ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(lcm(tensor([4, -6, 0], { dtype: 'i32' }), 10)), [20, 30, 0])
 */
export const lcm: IntBinary = onInts('lcm', (args) => {
  const [x, y] = args as readonly [Node, Node]
  return b.mul([b.floorDiv([b.abs([x]), divisor(x, y)]), b.abs([y])])
})
/**
 * The same bits read as another dtype of as many bytes, as `u32` shows those of an f32. It has no derivative.
 * @shape [...s] → [...s]
 * @dtype any but bool and complex → the one given, of as many bytes
 * @throws DTypeMismatch when the dtypes differ in size, or one is bool or complex.
 * @example deepClose(await read(bitcast(tensor([1, -2]), 'u32')), [0x3f800000, 0xc0000000])
 */
export const bitcast: Cast = ((x: unknown, dtype: DType) => {
  const node = asNode('bitcast', x)
  return node.dtype === dtype ? node : b.bitcast([node], { dtype })
}) as never
