/**
 * Dtypes as literals, and the one promotion table. Complex beats floats, floats beat ints, wider beats narrower; f16 with
 * bf16 gives f32, a signed integer with an unsigned one that is not narrower takes the next wider signed one, and u64 with a
 * signed integer has no common dtype. Commutative, associative where it is defined, idempotent (tested).
 */
import { fail } from './fault.js'

export type HalfDType = 'f16' | 'bf16'
/** The floats that machines compute in. */
export type WideFloatDType = 'f32' | 'f64'
export type FloatDType = HalfDType | WideFloatDType
export type ComplexDType = 'c64' | 'c128'
/** What has derivatives: floats and complex numbers. */
export type InexactDType = FloatDType | ComplexDType
export type IntDType = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64'
/** What bigints hold. */
export type BigDType = 'i64' | 'u64'
export type DType = 'bool' | IntDType | InexactDType

interface Prom {
  bool: { bool: 'bool'; i8: 'i8'; u8: 'u8'; i16: 'i16'; u16: 'u16'; i32: 'i32'; u32: 'u32'; i64: 'i64'; u64: 'u64'; f16: 'f16'; bf16: 'bf16'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  i8: { bool: 'i8'; i8: 'i8'; u8: 'i16'; i16: 'i16'; u16: 'i32'; i32: 'i32'; u32: 'i64'; i64: 'i64'; u64: never; f16: 'f16'; bf16: 'bf16'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  u8: { bool: 'u8'; i8: 'i16'; u8: 'u8'; i16: 'i16'; u16: 'u16'; i32: 'i32'; u32: 'u32'; i64: 'i64'; u64: 'u64'; f16: 'f16'; bf16: 'bf16'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  i16: { bool: 'i16'; i8: 'i16'; u8: 'i16'; i16: 'i16'; u16: 'i32'; i32: 'i32'; u32: 'i64'; i64: 'i64'; u64: never; f16: 'f16'; bf16: 'bf16'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  u16: { bool: 'u16'; i8: 'i32'; u8: 'u16'; i16: 'i32'; u16: 'u16'; i32: 'i32'; u32: 'u32'; i64: 'i64'; u64: 'u64'; f16: 'f16'; bf16: 'bf16'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  i32: { bool: 'i32'; i8: 'i32'; u8: 'i32'; i16: 'i32'; u16: 'i32'; i32: 'i32'; u32: 'i64'; i64: 'i64'; u64: never; f16: 'f16'; bf16: 'bf16'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  u32: { bool: 'u32'; i8: 'i64'; u8: 'u32'; i16: 'i64'; u16: 'u32'; i32: 'i64'; u32: 'u32'; i64: 'i64'; u64: 'u64'; f16: 'f16'; bf16: 'bf16'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  i64: { bool: 'i64'; i8: 'i64'; u8: 'i64'; i16: 'i64'; u16: 'i64'; i32: 'i64'; u32: 'i64'; i64: 'i64'; u64: never; f16: 'f16'; bf16: 'bf16'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  u64: { bool: 'u64'; i8: never; u8: 'u64'; i16: never; u16: 'u64'; i32: never; u32: 'u64'; i64: never; u64: 'u64'; f16: 'f16'; bf16: 'bf16'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  f16: { bool: 'f16'; i8: 'f16'; u8: 'f16'; i16: 'f16'; u16: 'f16'; i32: 'f16'; u32: 'f16'; i64: 'f16'; u64: 'f16'; f16: 'f16'; bf16: 'f32'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  bf16: { bool: 'bf16'; i8: 'bf16'; u8: 'bf16'; i16: 'bf16'; u16: 'bf16'; i32: 'bf16'; u32: 'bf16'; i64: 'bf16'; u64: 'bf16'; f16: 'f32'; bf16: 'bf16'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  f32: { bool: 'f32'; i8: 'f32'; u8: 'f32'; i16: 'f32'; u16: 'f32'; i32: 'f32'; u32: 'f32'; i64: 'f32'; u64: 'f32'; f16: 'f32'; bf16: 'f32'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  f64: { bool: 'f64'; i8: 'f64'; u8: 'f64'; i16: 'f64'; u16: 'f64'; i32: 'f64'; u32: 'f64'; i64: 'f64'; u64: 'f64'; f16: 'f64'; bf16: 'f64'; f32: 'f64'; f64: 'f64'; c64: 'c128'; c128: 'c128' }
  c64: { bool: 'c64'; i8: 'c64'; u8: 'c64'; i16: 'c64'; u16: 'c64'; i32: 'c64'; u32: 'c64'; i64: 'c64'; u64: 'c64'; f16: 'c64'; bf16: 'c64'; f32: 'c64'; f64: 'c128'; c64: 'c64'; c128: 'c128' }
  c128: { bool: 'c128'; i8: 'c128'; u8: 'c128'; i16: 'c128'; u16: 'c128'; i32: 'c128'; u32: 'c128'; i64: 'c128'; u64: 'c128'; f16: 'c128'; bf16: 'c128'; f32: 'c128'; f64: 'c128'; c64: 'c128'; c128: 'c128' }
}
type Same<A, B> = A extends B ? true : false
/** The box resolves Promote<D, D> for a type parameter D. */
export type Promote<A extends DType, B extends DType> = Same<[A], [B]> extends true ? B : Prom[A][B]

/** R, or why the dtypes of two operands do not meet. */
export type Meeting<A extends DType, B extends DType, R> =
  Same<[A], [B]> extends true ? R : [Prom[A][B]] extends [never] ? `${A} and ${B} have no common dtype: cast one of them` : R

/** The run-time twin of `Promote`. @throws DTypeMismatch for u64 with a signed integer. */
export const promote = <A extends DType, B extends DType>(a: A, b: B): Promote<A, B> => promoteAny(a, b) as Promote<A, B>
const kinds = ['bool', 'int', 'float', 'complex'] as const
const signed = { 8: 'i16', 16: 'i32', 32: 'i64' } as const
const width = (d: DType): number => 8 * dtypeInfo[d].bytes
const wider = (a: DType, b: DType): DType => (width(a) > width(b) ? a : b)
const isSigned = (d: DType): boolean => dtypeInfo[d].min < 0
const mixed = (s: DType, u: DType): DType =>
  width(s) > width(u) ? s
  : u === 'u64' ? fail('DTypeMismatch', `${s} and ${u} have no common dtype: cast one of them`) : signed[width(u) as keyof typeof signed]
const sameKind = (a: DType, b: DType): DType => {
  if (dtypeInfo[a].kind === 'int' && isSigned(a) !== isSigned(b)) return isSigned(a) ? mixed(a, b) : mixed(b, a)
  return width(a) === width(b) ? 'f32' : wider(a, b)
}
const promoteAny = (a: DType, b: DType): DType => {
  if (a === b) return a
  const [x, y] = [a, b].map((d) => kinds.indexOf(dtypeInfo[d].kind)) as [number, number]
  if (x === y) return sameKind(a, b)
  const [high, low] = x > y ? [a, b] : [b, a]
  return high === 'c64' && low === 'f64' ? 'c128' : high
}

/** What division and the mean give: floats and complex numbers stay, integers and bools become f32. It stays open for a type
 *  parameter D; a function generic in its dtype says `FloatOf<D>` for such a result. */
export type FloatOf<D> = D extends InexactDType ? D : 'f32'
/** The dtype of a real part, or of an absolute value. */
export type RealOf<D> = D extends 'c64' ? 'f32' : D extends 'c128' ? 'f64' : D
/** The complex dtype whose parts are D; integers have f32 parts. */
export type ComplexOf<D> = D extends ComplexDType ? D : D extends 'f64' ? 'c128' : 'c64'
/** What a sum gives: counting bools takes an integer. Open for a type parameter, like `FloatOf`. */
export type SumOf<D> = D extends 'bool' ? 'i32' : D
/** A list of dtypes promoted from the left. */
export type PromoteAll<Ds, Acc extends DType = 'bool'> =
  Ds extends readonly [infer D extends DType, ...infer R] ? PromoteAll<R, Promote<Acc, D>>
  : Ds extends readonly [] ? Acc : Ds extends readonly (infer D)[] ? D : DType

export const floatOf = (d: DType): InexactDType => (isInexact(d) ? d : 'f32')
/** What sums and products of d are computed in: halves in f32, narrow integers in i32, u64 in the bits of i64. */
export const computedIn = (d: DType): DType =>
  isHalf(d) ? 'f32' : d === 'u64' ? 'i64' : d === 'i8' || d === 'i16' || d === 'u16' ? 'i32' : d
/** What distributions are drawn in. */
export const realFloatOf = (d: DType): WideFloatDType => (d === 'f64' ? d : 'f32')
export const realOf = <D extends DType>(d: D): RealOf<D> => (d === 'c64' ? 'f32' : d === 'c128' ? 'f64' : d) as RealOf<D>
export const complexOf = (d: DType): ComplexDType => (isComplex(d) ? d : d === 'f64' ? 'c128' : 'c64')
export const sumOf = (d: DType): DType => (d === 'bool' ? 'i32' : d)
export const promoteAll = (ds: readonly DType[]): DType => ds.reduce(promoteAny, 'bool')

export interface DTypeInfo {
  readonly bytes: number
  readonly kind: 'bool' | 'int' | 'float' | 'complex'
  /** Numbers an element in its typed array: a complex one is two, its real and its imaginary part. */
  readonly numbers: 1 | 2
  /** Of a complex dtype: of each part. */
  readonly min: number
  readonly max: number
}
const F32_MAX = 3.4028234663852886e38
const int = (bytes: number, min: number, max: number): DTypeInfo => ({ bytes, kind: 'int', numbers: 1, min, max })
const float = (bytes: number, max: number): DTypeInfo => ({ bytes, kind: 'float', numbers: 1, min: -max, max })
/**
 * What a dtype holds: its bytes an element, its kind, its least and largest finite number (of a complex one: of its parts).
 * @shape (none)
 * @example deepClose([dtypeInfo.i32.max, dtypeInfo.f64.bytes, dtypeInfo.u8.kind], [2147483647, 8, 'int'])
 */
export const dtypeInfo: Record<DType, DTypeInfo> = {
  bool: { bytes: 1, kind: 'bool', numbers: 1, min: 0, max: 1 },
  i8: int(1, -128, 127),
  u8: int(1, 0, 255),
  i16: int(2, -32768, 32767),
  u16: int(2, 0, 65535),
  i32: int(4, -2147483648, 2147483647),
  u32: int(4, 0, 4294967295),
  i64: int(8, -9223372036854775808, 9223372036854775807),
  u64: int(8, 0, 18446744073709551615),
  f16: float(2, 65504),
  bf16: float(2, 3.3895313892515355e38),
  f32: float(4, F32_MAX),
  f64: float(8, Number.MAX_VALUE),
  c64: { bytes: 8, kind: 'complex', numbers: 2, min: -F32_MAX, max: F32_MAX },
  c128: { bytes: 16, kind: 'complex', numbers: 2, min: -Number.MAX_VALUE, max: Number.MAX_VALUE },
}
export const dtypes = Object.keys(dtypeInfo) as readonly DType[]
export const isFloat = (d: DType): d is FloatDType => dtypeInfo[d].kind === 'float'
export const isComplex = (d: DType): d is ComplexDType => dtypeInfo[d].kind === 'complex'
export const isHalf = (d: DType): d is HalfDType => d === 'f16' || d === 'bf16'
export const isBig = (d: DType): d is BigDType => d === 'i64' || d === 'u64'
export const isInexact = (d: DType): d is InexactDType => isFloat(d) || isComplex(d)

/**
 * The typed array that holds one dtype: i64 is a BigInt64Array, u64 a BigUint64Array, bool one byte an element (0 or 1), a
 * complex number two neighbours, its real and its imaginary part. f16 and bf16 are numbers that one can read: a Float32Array
 * of values that the half type holds (half.ts rounds); two bytes an element are what files and backends keep.
 */
export interface Arrays {
  bool: Uint8Array
  i8: Int8Array
  u8: Uint8Array
  i16: Int16Array
  u16: Uint16Array
  i32: Int32Array
  u32: Uint32Array
  i64: BigInt64Array
  u64: BigUint64Array
  f16: Float32Array
  bf16: Float32Array
  f32: Float32Array
  f64: Float64Array
  c64: Float32Array
  c128: Float64Array
}
export type ArrayOf<D extends DType> = Arrays[D]
interface Tags {
  Int8Array: 'i8'; Uint8Array: 'u8'; Int16Array: 'i16'; Uint16Array: 'u16'; Int32Array: 'i32'; Uint32Array: 'u32'; BigInt64Array: 'i64'; BigUint64Array: 'u64'
  Float32Array: 'f32'; Float64Array: 'f64'
}
/** The dtype that a typed array holds; bytes are u8. Arrays are told apart by their tags: comparing their methods is dear. */
export type DTypeOfArray<A> = A extends { readonly [Symbol.toStringTag]: keyof Tags } ? Tags[A[typeof Symbol.toStringTag]] : DType
export type AnyArray = Arrays[DType]
const constructors = {
  bool: Uint8Array, i8: Int8Array, u8: Uint8Array, i16: Int16Array, u16: Uint16Array, i32: Int32Array, u32: Uint32Array, i64: BigInt64Array,
  u64: BigUint64Array, f16: Float32Array, bf16: Float32Array, f32: Float32Array, f64: Float64Array, c64: Float32Array, c128: Float64Array,
}
/** The dtype that a typed array holds by itself, or undefined. */
export const dtypeOfArray = (x: ArrayBufferView): DType | undefined =>
  x instanceof Uint8Array || x instanceof Uint8ClampedArray ? 'u8' : dtypes.find((d) => d !== 'bool' && !isHalf(d) && x instanceof constructors[d])
/** A typed array for `length` elements of `dtype`. */
export const arrayOf = <D extends DType>(dtype: D, length: number): ArrayOf<D> =>
  new constructors[dtype](length * dtypeInfo[dtype].numbers) as ArrayOf<D>
/** Does this array hold numbers of `dtype`? */
export const holds = (dtype: DType, data: AnyArray): boolean => data instanceof constructors[dtype]
/** The elements that an array holds. */
export const lengthOf = (dtype: DType, data: AnyArray): number => data.length / dtypeInfo[dtype].numbers
/** A typed array of `dtype` over part of a buffer (no copy). */
export const viewOf = <D extends DType>(dtype: D, buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayOf<D> =>
  new constructors[dtype](buffer as ArrayBuffer, byteOffset, length * dtypeInfo[dtype].numbers) as ArrayOf<D>
