/**
 * Operands: the one place where what a user hands to an op becomes nodes of one dtype and one shape, which is what the
 * primitives want. Tensors are promoted by the one table and broadcast by explicit nodes that cost nothing.
 *
 * A JavaScript number is weak: it takes the dtype of its company, as the types say; one that this dtype cannot hold (0.5
 * beside i32, 300 beside u8) is refused. It becomes a *slot*, an input of the plan that no rewrite may look at, so a learning
 * rate that changes every step never recompiles.
 */
import { Node, slot } from '../ir/node.js'
import { castTo, stretch } from '../prim/index.js'
import type { DType, HostScalar } from '../type/index.js'
import { broadcastAll, computedIn, dtypeInfo, fail, Fault, isBig, isFault, isFloat, isHalf, isInexact, isTensor, promote, realOf, roundHalf } from '../type/index.js'
import { fit } from './fit.js'

const kindOf = (x: unknown): string => (Array.isArray(x) ? 'an array' : x === null ? 'null' : typeof x === 'object' ? 'an object' : typeof x)
/** The node behind a tensor; anything else is refused by name. */
export const asNode = (op: string, x: unknown): Node => {
  if (x instanceof Node) return x
  if (isTensor(x)) return fail('ForeignTensor', `${op}: this tensor was made by another copy of cotangent`)
  return fail('InvalidArgument', `${op} takes tensors, not ${kindOf(x)}: wrap it with tensor()`)
}
const isScalar = (x: unknown): x is HostScalar => typeof x === 'number' || typeof x === 'bigint' || typeof x === 'boolean'

const refuse = (op: string, value: HostScalar, dtype: DType, hint: string): never =>
  fail('DTypeMismatch', `${op}: ${value} is not a number that ${dtype} holds; ${hint}`)
const wide = (op: string, value: bigint, dtype: DType): bigint =>
  (dtype === 'u64' ? BigInt.asUintN : BigInt.asIntN)(64, value) === value ? value
  : refuse(op, value, dtype, dtype === 'u64' && value < 0n ? 'it is negative' : 'it needs more than 64 bits')
const whole = (op: string, value: number, dtype: DType): number => {
  const { min, max } = dtypeInfo[dtype]
  return value >= min && value <= max ? value : refuse(op, value, dtype, `it runs from ${min} to ${max}`)
}
const real = (op: string, value: number, dtype: DType): number =>
  Number.isFinite(value) && Math.abs(value) > dtypeInfo[dtype].max ? refuse(op, value, dtype, isHalf(dtype) ? 'use f32' : 'use f64') : isHalf(dtype) ? roundHalf(value, dtype) : value
/** A host number as an element of `dtype`, or DTypeMismatch when the dtype does not hold it. */
export const element = (op: string, value: HostScalar, dtype: DType): number | bigint => {
  if (isFloat(dtype)) return real(op, Number(value), dtype)
  if (typeof value === 'number' && !Number.isInteger(value)) return refuse(op, value, dtype, 'round it, or use a float dtype')
  return isBig(dtype) ? wide(op, BigInt(value), dtype) : whole(op, Number(value), dtype)
}
/** A user's number as an input of the plan. */
export const weak = (op: string, value: HostScalar, dtype: DType): Node => {
  const [x, as] = [element(op, value, realOf(dtype)), computedIn(realOf(dtype))]
  return castTo(slot(typeof x === 'bigint' ? BigInt.asIntN(64, x) : x, as), dtype)
}
/** The same, repeated to the shape of its company. */
export const weakLike = (op: string, value: HostScalar, x: Node): Node => stretch(weak(op, value, x.dtype), x.shape)

/** Promotion, its refusal with the name of the op. */
const met = (op: string, a: DType, c: DType): DType => {
  try {
    return promote(a, c)
  } catch (e) {
    throw isFault(e) ? new Fault(e._tag, `${op}: ${e.message}`) : e
  }
}
/** The dtype in which operands meet. */
export const commonDType = (op: string, xs: readonly unknown[]): DType => {
  let dtype: DType | null = null
  for (const x of xs) {
    if (isScalar(x)) continue
    const own = asNode(op, x).dtype
    dtype = dtype === null ? own : met(op, dtype, own)
  }
  if (dtype === null) return fail('InvalidArgument', `${op}: plain numbers make no tensor: wrap one with tensor()`)
  return dtype
}
/** Operands in one dtype, numbers as slots. */
export const asDType = (op: string, xs: readonly unknown[], dtype: DType): Node[] => {
  const nodes: Node[] = []
  for (const x of xs) nodes.push(isScalar(x) ? weak(op, x, dtype) : castTo(asNode(op, x), dtype))
  return nodes
}
/** Nodes repeated to the shape they have together. */
export const together = (op: string, xs: readonly Node[]): Node[] => {
  const shapes: (readonly number[])[] = [], nodes: Node[] = []
  for (const x of xs) shapes.push(x.shape)
  const shape = fit(op, broadcastAll(shapes), 'axes are lined up from the end and must be equal or 1; reshape or unsqueeze one of them')
  for (const x of xs) nodes.push(stretch(x, shape))
  return nodes
}
/** Promotion, then broadcasting. `as` changes the dtype that all get. */
export const lift = (op: string, xs: readonly unknown[], as: (d: DType) => DType = (d) => d): Node[] =>
  together(op, asDType(op, xs, as(commonDType(op, xs))))
export const pair = (op: string, x: unknown, y: unknown, as?: (d: DType) => DType): [Node, Node] => lift(op, [x, y], as) as [Node, Node]
/** A single operand, real or complex; integers and bools become f32. */
export const asFloat = (op: string, x: unknown): Node => {
  const node = asNode(op, x)
  return isInexact(node.dtype) ? node : castTo(node, 'f32')
}
