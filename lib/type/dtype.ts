/**
 * Dtypes as literals, and the one promotion table. Complex beats floats, floats beat ints, wider beats narrower, a signed
 * integer with an unsigned one of the same width takes the next wider signed one. Commutative, associative, idempotent
 * (tested).
 */
export type FloatDType = 'f32' | 'f64'
export type ComplexDType = 'c64' | 'c128'
/** What has derivatives: floats and complex numbers. */
export type InexactDType = FloatDType | ComplexDType
export type IntDType = 'u8' | 'u32' | 'i32' | 'i64'
export type DType = 'bool' | IntDType | InexactDType

interface Prom {
  bool: { bool: 'bool'; u8: 'u8'; u32: 'u32'; i32: 'i32'; i64: 'i64'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  u8: { bool: 'u8'; u8: 'u8'; u32: 'u32'; i32: 'i32'; i64: 'i64'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  u32: { bool: 'u32'; u8: 'u32'; u32: 'u32'; i32: 'i64'; i64: 'i64'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  i32: { bool: 'i32'; u8: 'i32'; u32: 'i64'; i32: 'i32'; i64: 'i64'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  i64: { bool: 'i64'; u8: 'i64'; u32: 'i64'; i32: 'i64'; i64: 'i64'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  f32: { bool: 'f32'; u8: 'f32'; u32: 'f32'; i32: 'f32'; i64: 'f32'; f32: 'f32'; f64: 'f64'; c64: 'c64'; c128: 'c128' }
  f64: { bool: 'f64'; u8: 'f64'; u32: 'f64'; i32: 'f64'; i64: 'f64'; f32: 'f64'; f64: 'f64'; c64: 'c128'; c128: 'c128' }
  c64: { bool: 'c64'; u8: 'c64'; u32: 'c64'; i32: 'c64'; i64: 'c64'; f32: 'c64'; f64: 'c128'; c64: 'c64'; c128: 'c128' }
  c128: { bool: 'c128'; u8: 'c128'; u32: 'c128'; i32: 'c128'; i64: 'c128'; f32: 'c128'; f64: 'c128'; c64: 'c128'; c128: 'c128' }
}
type Same<A, B> = A extends B ? true : false
/** The box resolves Promote<D, D> for a type parameter D. */
export type Promote<A extends DType, B extends DType> = Same<[A], [B]> extends true ? B : Prom[A][B]

const rank: Record<DType, number> = { bool: 0, u8: 1, i32: 2, u32: 2, i64: 3, f32: 4, f64: 5, c64: 5, c128: 6 }

/** The run-time twin of `Promote`. */
export const promote = <A extends DType, B extends DType>(a: A, b: B): Promote<A, B> => promoteAny(a, b) as Promote<A, B>
const promoteAny = (a: DType, b: DType): DType =>
  a === b ? a : rank[a] === rank[b] ? (rank[a] === rank.c64 ? 'c128' : 'i64') : rank[a] > rank[b] ? a : b

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
/** The same where only real numbers have a meaning: distributions. */
export const realFloatOf = (d: DType): FloatDType => (isFloat(d) ? d : 'f32')
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
/**
 * What a dtype holds: its bytes an element, its kind, its least and largest finite number (of a complex one: of its parts).
 * @shape (none)
 * @example deepClose([dtypeInfo.i32.max, dtypeInfo.f64.bytes, dtypeInfo.u8.kind], [2147483647, 8, 'int'])
 */
export const dtypeInfo: Record<DType, DTypeInfo> = {
  bool: { bytes: 1, kind: 'bool', numbers: 1, min: 0, max: 1 },
  u8: { bytes: 1, kind: 'int', numbers: 1, min: 0, max: 255 },
  u32: { bytes: 4, kind: 'int', numbers: 1, min: 0, max: 4294967295 },
  i32: { bytes: 4, kind: 'int', numbers: 1, min: -2147483648, max: 2147483647 },
  i64: { bytes: 8, kind: 'int', numbers: 1, min: -9223372036854775808, max: 9223372036854775807 },
  f32: { bytes: 4, kind: 'float', numbers: 1, min: -F32_MAX, max: F32_MAX },
  f64: { bytes: 8, kind: 'float', numbers: 1, min: -Number.MAX_VALUE, max: Number.MAX_VALUE },
  c64: { bytes: 8, kind: 'complex', numbers: 2, min: -F32_MAX, max: F32_MAX },
  c128: { bytes: 16, kind: 'complex', numbers: 2, min: -Number.MAX_VALUE, max: Number.MAX_VALUE },
}
export const dtypes = Object.keys(dtypeInfo) as readonly DType[]
export const isFloat = (d: DType): d is FloatDType => dtypeInfo[d].kind === 'float'
export const isComplex = (d: DType): d is ComplexDType => dtypeInfo[d].kind === 'complex'
export const isInexact = (d: DType): d is InexactDType => isFloat(d) || isComplex(d)

/** The typed array that holds one dtype: i64 is a BigInt64Array, bool one byte an element (0 or 1), a complex number two
 *  neighbours, its real and its imaginary part. */
export interface Arrays {
  bool: Uint8Array
  u8: Uint8Array
  u32: Uint32Array
  i32: Int32Array
  i64: BigInt64Array
  f32: Float32Array
  f64: Float64Array
  c64: Float32Array
  c128: Float64Array
}
export type ArrayOf<D extends DType> = Arrays[D]
/** The dtype that a typed array holds; bytes are u8. */
export type DTypeOfArray<A> =
  A extends Float32Array ? 'f32' : A extends Float64Array ? 'f64'
  : A extends Int32Array ? 'i32' : A extends Uint32Array ? 'u32'
  : A extends BigInt64Array ? 'i64' : A extends Uint8Array ? 'u8' : DType
export type AnyArray = Arrays[DType]
const constructors = {
  bool: Uint8Array, u8: Uint8Array, u32: Uint32Array, i32: Int32Array, i64: BigInt64Array, f32: Float32Array, f64: Float64Array,
  c64: Float32Array, c128: Float64Array,
}
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
