/**
 * f16 and bf16 on the host: values are rounded to the nearest that the type holds (ties to even, once, from double), and
 * lie in a Float32Array; their two bytes are made and read here. Law: fromBits(toBits(x)) = x, and round is idempotent.
 */
import { isHalf } from './dtype.js'
import type { AnyArray, DType, HalfDType } from './dtype.js'

/** Bits of the significand, the exponent of the smallest normal number, the largest number. */
const formats = { f16: { digits: 11, least: -14, max: 65504 }, bf16: { digits: 8, least: -126, max: 3.3895313892515355e38 } } as const
const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)
const exponentOf = (x: number): number => {
  double[0] = x
  return (((words[1] as number) >>> 20) & 2047) - 1023
}
const nearestEven = (x: number): number => {
  const r = Math.round(x)
  return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r
}
/** The nearest number that the half type holds. */
export const roundHalf = (x: number, d: HalfDType): number => {
  if (!Number.isFinite(x) || x === 0) return x
  const { digits, least, max } = formats[d]
  const unit = 2 ** (Math.max(exponentOf(x), least) - digits + 1)
  const size = nearestEven(Math.abs(x) / unit) * unit
  const y = size > max ? Infinity : size
  return x < 0 ? -y : y
}
/** The array itself when d is no half type or holds all its numbers, else a rounded copy. */
export const rounded = (data: AnyArray, d: DType): AnyArray => {
  if (!isHalf(d)) return data
  const y = (data as Float32Array).map((v) => roundHalf(v, d))
  return y.every((v, i) => Object.is(v, data[i])) ? data : y
}

/** The sixteen bits of each number, which the type holds; a NaN keeps its own. */
export const toBits = (data: Float32Array, d: HalfDType): Uint16Array => {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length)
  const halves = new Uint16Array(data.length)
  const of = d === 'f16' ? f16Of : bf16Of
  for (let i = 0; i < halves.length; i++) halves[i] = of(bits[i] as number)
  return halves
}
const bf16Of = (u: number): number => (u >>> 16) | (isNaNHere(u) && (u & 0x7f0000) === 0 ? 64 : 0)
const isNaNHere = (u: number): boolean => (u & 0x7fffffff) > 0x7f800000
/** What is smaller than the smallest normal number counts units of 2⁻²⁴. */
const f16Of = (u: number): number => {
  const [sign, size] = [(u >>> 16) & 0x8000, u & 0x7fffffff]
  if (size > 0x7f800000) return sign | 0x7c00 | ((size >>> 13) & 1023 || 512)
  if (size === 0x7f800000) return sign | 0x7c00
  return sign | (size >= 0x38800000 ? (size - 0x38000000) >>> 13 : ((size & 0x7fffff) | 0x800000) >>> (126 - (size >>> 23)))
}
/** Numbers by their sixteen bits. */
export const fromBits = (bits: Uint16Array, d: HalfDType): Float32Array => {
  const words = new Uint32Array(bits.length)
  const of = d === 'f16' ? ofF16 : ofBf16
  for (let i = 0; i < words.length; i++) words[i] = of(bits[i] as number)
  return new Float32Array(words.buffer)
}
const ofBf16 = (h: number): number => h << 16
const ofF16 = (h: number): number => {
  const [sign, exponent, rest] = [(h & 0x8000) << 16, (h >>> 10) & 31, h & 1023]
  if (exponent === 31) return sign | 0x7f800000 | (rest << 13)
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (rest << 13)
  const zeros = Math.clz32(rest) - 8
  return rest === 0 ? sign : sign | ((126 - zeros) << 23) | ((rest << zeros) & 0x7fffff)
}
