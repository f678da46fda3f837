/**
 * From the host: literals and typed arrays to leaves. Values are checked one by one (ragged nesting and numbers that the
 * dtype does not hold are named with their place), then lie in one dense row-major array that the tensor owns: a typed
 * array is copied, or moved (detached) on request.
 */
import type { Host } from '../ir/node.js'
import { leaf, numel, sameShape } from '../ir/node.js'
import type { Node } from '../ir/node.js'
import { castScalar } from '../prim/cast.js'
import type { AnyArray, AssertShape, Complex, DType, HostScalar, Nested, Shape, Tensor, TensorOf } from '../type/index.js'
import { arrayOf, dtypeOfArray, fail, holds, isComplex, lengthOf, realOf, rounded, show, sizeOf, viewOf } from '../type/index.js'
import { sizes } from './fit.js'
import { asNode, element } from './operand.js'

type Values = Nested | AnyArray
const isArray = (x: unknown): x is readonly Nested[] => Array.isArray(x)
const at = (path: readonly number[]): string => (path.length === 0 ? 'the top' : `[${path.join('][')}]`)
const ragged = (path: readonly number[], what: string): never =>
  fail('RaggedArray', `tensor: at ${at(path)} ${what}; all rows of one level must have the same length`)

/** The lengths along the first entry of each level: what every other entry is held to. */
const outline = (x: Nested): number[] => (isArray(x) ? [x.length, ...(x.length === 0 ? [] : outline(x[0] as Nested))] : [])
type Entry = HostScalar | Complex
const isPair = (x: unknown): x is Complex => typeof x === 'object' && x !== null && 're' in x && 'im' in x && typeof x.re === 'number' && typeof x.im === 'number'
const scalar = (x: unknown, path: readonly number[], depth: number): Entry =>
  typeof x === 'number' || typeof x === 'bigint' || typeof x === 'boolean' || isPair(x) ? x
  : fail('InvalidArgument', `tensor: at ${at(path.slice(0, depth))} stands ${x === null ? 'null' : typeof x}, not a number, bigint, boolean or { re, im }`)

/** Appends the scalars below x in order; `path` says where x stands, and is written on the way down. */
const collect = (x: Nested, shape: Shape, path: number[], out: Entry[], depth = 0): void => {
  const n = shape[depth]
  const here = (): number[] => path.slice(0, depth)
  if (n === undefined) return void (isArray(x) ? ragged(here(), 'stands an array beside numbers') : out.push(scalar(x, path, depth)))
  if (!isArray(x)) return ragged(here(), 'stands a number beside arrays')
  if (x.length !== n) return ragged(here(), `the length is ${x.length}, elsewhere ${n}`)
  for (let i = 0; i < n; i++) {
    path[depth] = i
    collect(x[i] as Nested, shape, path, out, depth + 1)
  }
}
const literalDType = (xs: readonly Entry[]): DType =>
  xs.some(isPair) ? 'c64' :
  xs.length > 0 && xs.every((x) => typeof x === 'boolean') ? 'bool' : xs.length > 0 && xs.every((x) => typeof x === 'bigint') ? 'i64' : 'f32'

/** A typed array of the dtype filled with checked host numbers. */
export const fromScalars = (op: string, xs: readonly Entry[], dtype: DType): AnyArray => {
  const data = arrayOf(dtype, xs.length)
  if (isComplex(dtype)) xs.forEach((x, i) => data.set(pairOf(op, x, realOf(dtype)) as never, 2 * i))
  else for (let i = 0; i < xs.length; i++) data[i] = element(op, real(op, xs[i] as Entry, dtype), dtype) as never
  return data
}
const pairOf = (op: string, x: Entry, dtype: DType): (number | bigint)[] =>
  isPair(x) ? [element(op, x.re, dtype), element(op, x.im, dtype)] : [element(op, x, dtype), 0]
const real = (op: string, x: Entry, dtype: DType): HostScalar =>
  isPair(x) ? fail('DTypeMismatch', `${op}: ${x.re} + ${x.im}i is not a number that ${dtype} holds; ask for c64 or c128`) : x

const arrayDType = (x: ArrayBufferView): DType =>
  dtypeOfArray(x) ?? fail('DTypeMismatch', `tensor: no dtype is held by a ${x.constructor.name}; copy it into a Float32Array, Int32Array or another that has one`)
/** Takes the memory away from its owner, who is left with an array of length 0. */
const detach = (x: AnyArray, dtype: DType): AnyArray => {
  const { byteOffset, length } = x
  try {
    return viewOf(dtype, structuredClone(x.buffer, { transfer: [x.buffer as ArrayBuffer] }), byteOffset, length)
  } catch (cause) {
    return fail('InvalidArgument', `tensor: this memory cannot be moved (${String(cause)}); leave out { move: true } to copy it`)
  }
}
const converted = (x: AnyArray, from: DType, to: DType): AnyArray => {
  const data = arrayOf(to, x.length)
  if (from === to) data.set(x as never)
  else if (isComplex(to)) x.forEach((v: number | bigint, i: number) => (data[2 * i] = castScalar(v, from, realOf(to)) as never))
  else for (let i = 0; i < x.length; i++) data[i] = castScalar(x[i] as number, from, to) as never
  return data
}

interface Settings { readonly shape?: Shape; readonly dtype?: DType; readonly move?: boolean }
const fromArray = (x: AnyArray, s: Settings): Node => {
  const from = arrayDType(x)
  const dtype = s.dtype ?? from
  const n = x.length
  const data = s.move === true && dtype === from ? detach(x, dtype) : converted(x, from, dtype)
  return leaf(data, holding(n, s.shape ?? [n]), dtype)
}
const holding = (n: number, shape: Shape): Shape =>
  sizeOf(sizes('tensor', shape)) === n ? [...shape] : fail('ShapeMismatch', `tensor: ${n} values do not fill the shape ${show(shape)}, which holds ${sizeOf(shape)}`)
const fromNested = (x: Nested, s: Settings): Node => {
  const shape = outline(x)
  const flat: Entry[] = []
  collect(x, shape, [], flat)
  const dtype = s.dtype ?? literalDType(flat)
  return leaf(fromScalars('tensor', flat, dtype), s.shape === undefined ? shape : holding(flat.length, s.shape), dtype)
}

/**
 * A tensor from a number, nested arrays of numbers, or a typed array, which may be given a `shape`. Numbers make f32,
 * `{ re, im }` c64, bigints i64, booleans bool, typed arrays keep theirs; `dtype` overrules. A typed array is copied; `move` takes its memory.
 * @shape (values) → the literal's shape, or the one given
 * @dtype f32 | c64 | i64 | bool | the array's, or the one given
 * @throws RaggedArray when rows differ in length, DTypeMismatch for a number outside the dtype, ShapeMismatch when `shape`
 * holds another number of elements.
 * @example deepClose(await read(tensor([[1, 2], [3, 4]])), [[1, 2], [3, 4]])
 */
export const tensor: TensorOf = ((x: Values, settings: Settings = {}) =>
  ArrayBuffer.isView(x) ? fromArray(x, settings) : fromNested(x as Nested, settings)) as never

/**
 * A tensor over a host value (`{ data, shape, dtype }`, as data sets and files give it), without copying: nobody may
 * change the array afterwards. A complex number is two neighbours of its array, as `read` gives it; what a half type does not
 * hold is rounded, in a copy.
 * @shape (host) → host.shape
 * @dtype host.dtype
 * @throws ShapeMismatch when the array does not hold as many elements as the shape, DTypeMismatch when it is of another dtype.
 * @example deepClose(await read(fromHost({ data: new Float32Array([1, 2]), shape: [2], dtype: 'f32' })), [1, 2])
 */
export const fromHost = <const S extends Shape, D extends DType>(host: { readonly data: AnyArray; readonly shape: S; readonly dtype: D }): Tensor<S, D, never> => {
  const { data, shape, dtype }: Host = host
  if (!holds(dtype, data)) return fail('DTypeMismatch', `fromHost: a ${data.constructor.name} does not hold ${dtype}`)
  if (lengthOf(dtype, data) !== numel(shape)) return fail('ShapeMismatch', `fromHost: ${lengthOf(dtype, data)} values do not fill the shape ${show(shape)}`)
  return leaf(rounded(data, dtype), shape, dtype) as never
}
/**
 * The same tensor, with a shape that is known to the compiler from here on: the checked way back from `number`.
 * @shape [?...] → [...shape]
 * @dtype any → same
 * @throws ShapeMismatch when the tensor has another shape.
 * @example deepClose(await read(assertShape(tensor(new Float32Array([1, 2])), [2])), [1, 2])
 */
export const assertShape: AssertShape = ((x: unknown, shape: Shape) => {
  const node = asNode('assertShape', x)
  return sameShape(node.shape, shape) ? node : fail('ShapeMismatch', `assertShape: the tensor is ${show(node.shape)}, not ${show(shape)}`)
}) as never
