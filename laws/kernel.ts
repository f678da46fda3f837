/**
 * Laws of single facts: which kernels a backend has, how integers wrap and how casts saturate. The last two are stated
 * against BigInt arithmetic and a written table, not against the reference: both could be wrong together.
 */
import type { Host, Params } from '../lib/ir/node.js'
import { make } from '../lib/prim/index.js'
import { ints } from '../lib/prim/primitive.js'
import type { AnyPrimitive } from '../lib/prim/index.js'
import { closed } from './calculus.js'
import { every } from './close.js'
import type { Verdict } from './close.js'
import { fromSeed, oneOf } from './draw.js'
import type { Draw } from './draw.js'
import { hostOf } from './host.js'
import type { Machine } from './machine.js'
import { isBig } from '../lib/type/dtype.js'
import type { DType, IntDType } from '../lib/type/dtype.js'

/** The names of elementwise kernels that a record claims, over the params of its domain. */
const claims = (p: AnyPrimitive): string[] => {
  const { lower } = p
  if (lower.kind !== 'element') return []
  if (typeof lower.name === 'string') return [lower.name]
  const name = lower.name
  return Array.from({ length: 64 }, (_, seed) => name(p.domain.sample(fromSeed(seed)).params))
}
/** A backend's elementwise kernels = the names that records claim. */
export const kernelsAreClaimed = (records: readonly AnyPrimitive[], on: Machine): Verdict => {
  const [have, want] = [new Set(on.backend.kernels()), new Set(records.flatMap(claims))]
  const [missing, extra] = [[...want].filter((n) => !have.has(n)), [...have].filter((n) => !want.has(n))]
  return missing.length + extra.length === 0 ? true : `kernels missing: ${missing.join(', ') || 'none'}; claimed by no record: ${extra.join(', ') || 'none'}`
}

const wrap: Record<IntDType, (x: bigint) => bigint> = {
  u8: (x) => BigInt.asUintN(8, x), u16: (x) => BigInt.asUintN(16, x), u32: (x) => BigInt.asUintN(32, x), u64: (x) => BigInt.asUintN(64, x),
  i8: (x) => BigInt.asIntN(8, x), i16: (x) => BigInt.asIntN(16, x), i32: (x) => BigInt.asIntN(32, x), i64: (x) => BigInt.asIntN(64, x),
}
/** Ops that commute with reduction modulo 2ⁿ, as functions of rows of BigInts. */
const ring: Readonly<Record<string, { readonly shapes: readonly (readonly number[])[]; readonly params: Params; readonly exact: (x: readonly bigint[], y: readonly bigint[]) => readonly bigint[] }>> = {
  add: { shapes: [[4], [4]], params: {}, exact: (x, y) => x.map((v, i) => v + (y[i] as bigint)) },
  sub: { shapes: [[4], [4]], params: {}, exact: (x, y) => x.map((v, i) => v - (y[i] as bigint)) },
  mul: { shapes: [[4], [4]], params: {}, exact: (x, y) => x.map((v, i) => v * (y[i] as bigint)) },
  neg: { shapes: [[4]], params: {}, exact: (x) => x.map((v) => -v) },
  sum: { shapes: [[5]], params: { axes: [0] }, exact: (x) => [x.reduce((s, v) => s + v, 0n)] },
  cumsum: { shapes: [[5]], params: { axis: 0, reverse: false }, exact: (x) => x.map((_, i) => x.slice(0, i + 1).reduce((s, v) => s + v, 0n)) },
  dot: { shapes: [[2, 3], [3, 2]], params: {}, exact: (x, y) => [0, 1, 2, 3].map((o) => [0, 1, 2].reduce((s, k) => s + (x[(o >> 1) * 3 + k] as bigint) * (y[k * 2 + (o & 1)] as bigint), 0n)) },
}
export const ringNames = Object.keys(ring)
export interface Ring { readonly name: string; readonly inputs: readonly Host[] }
export const ringSample = (name: string) => (draw: Draw): Ring => {
  const dtype = oneOf(draw, ints)
  const word = (): bigint => wrap[dtype]((BigInt(draw(2 ** 30)) << 34n) ^ (BigInt(draw(2 ** 30)) << 8n) ^ BigInt(draw(256)))
  return { name, inputs: (ring[name] as (typeof ring)[string]).shapes.map((shape) => hostOf({ shape, dtype }, () => (isBig(dtype) ? word() : Number(word())))) }
}
const bigs = (x: Host | undefined): bigint[] => (x === undefined ? [] : Array.from(x.data as ArrayLike<number | bigint>, (v) => BigInt(v)))
/** op(x) = the exact result mod 2ⁿ. */
export const integersWrap = ({ name, inputs }: Ring, on: Machine): Verdict => {
  const law = ring[name] as (typeof ring)[string]
  const [got] = on.run(closed((...xs) => [make(name, xs, law.params)], inputs), inputs)
  const dtype = inputs[0]?.dtype as IntDType
  const want = law.exact(bigs(inputs[0]), bigs(inputs[1])).map(wrap[dtype])
  return every(bigs(got), (g, i) => (g === want[i] ? true : `element ${i} of ${dtype}: got ${g}, want ${String(want[i])}`))
}

type Row = readonly [from: DType, to: DType, x: number | bigint, y: number | bigint]
/** Floats saturate and NaN is 0; integers wrap; bool is "not zero". */
export const castTable: readonly Row[] = [
  ['f32', 'u8', 300, 255], ['f32', 'u8', -5, 0], ['f32', 'u8', NaN, 0], ['f64', 'i32', 1e20, 2147483647], ['f64', 'i32', -1e20, -2147483648],
  ['f64', 'i32', -2.9, -2], ['f64', 'u32', 4294967295.5, 4294967295], ['f32', 'u32', -1, 0], ['f64', 'i64', 1e300, 2n ** 63n - 1n], ['f64', 'i64', -Infinity, -(2n ** 63n)],
  ['f32', 'i64', NaN, 0n], ['i32', 'u8', 257, 1], ['i32', 'u8', -1, 255], ['i32', 'u32', -1, 4294967295], ['u32', 'i32', 4294967295, -1], ['i64', 'i32', 2n ** 32n + 5n, 5],
  ['i64', 'u8', -1n, 255], ['u32', 'i64', 4294967295, 4294967295n], ['i32', 'i64', -7, -7n], ['f32', 'bool', NaN, 1], ['f32', 'bool', -0, 0], ['i32', 'bool', 256, 1],
  ['i64', 'bool', 2n ** 40n, 1], ['bool', 'f32', 1, 1], ['bool', 'i64', 1, 1n], ['f64', 'f32', 1e300, Infinity], ['i64', 'f64', 2n ** 53n + 1n, 2 ** 53], ['i32', 'f32', 16777217, 16777216],
  ['f64', 'u8', 254.999, 254], ['f64', 'u8', Infinity, 255], ['f64', 'u32', -Infinity, 0], ['f32', 'i32', 2147483648, 2147483647], ['u8', 'i32', 255, 255], ['u8', 'bool', 0, 0],
  ['f32', 'i8', 300, 127], ['f64', 'i8', -1e9, -128], ['f32', 'i16', NaN, 0], ['f64', 'u16', 65535.9, 65535], ['f32', 'u16', -1, 0], ['i32', 'i8', 200, -56], ['i64', 'i16', 2n ** 33n + 32768n, -32768],
  ['u16', 'i8', 511, -1], ['i8', 'u64', -1, 2n ** 64n - 1n], ['i8', 'u16', -1, 65535], ['u64', 'i8', 2n ** 64n - 2n, -2], ['f64', 'u64', 1e20, 2n ** 64n - 1n], ['f64', 'u64', -3, 0n], ['f32', 'u64', NaN, 0n],
  ['f64', 'u64', 2 ** 63, 2n ** 63n], ['u64', 'f64', 2n ** 64n - 1n, 2 ** 64], ['u64', 'f32', 2n ** 63n + 1n, 2 ** 63], ['u64', 'bool', 2n ** 63n, 1],
  ['f32', 'f16', 65519.99609375, 65504], ['f32', 'f16', 65520, Infinity], ['f64', 'f16', 1 + 2 ** -11, 1], ['f64', 'f16', 1 + 2 ** -11 + 2 ** -40, 1 + 2 ** -10], ['f64', 'f16', 2 ** -25, 0], ['f64', 'f16', 2 ** -25 + 2 ** -60, 2 ** -24],
  ['f64', 'bf16', 1 + 2 ** -8, 1], ['f64', 'bf16', 1 + 2 ** -8 + 2 ** -40, 1 + 2 ** -7], ['f32', 'bf16', 3.4028234663852886e38, Infinity], ['f64', 'bf16', -(2 ** -133), -(2 ** -133)], ['i32', 'bf16', 257, 256], ['i64', 'f16', 2n ** 40n, Infinity],
  ['f16', 'i8', -129, -128], ['bf16', 'f16', 65536, Infinity], ['f16', 'f32', 2 ** -24, 2 ** -24], ['bool', 'bf16', 1, 1], ['f32', 'f16', -0, -0], ['f32', 'bf16', NaN, NaN],
]
/** cast(x) = the table's y. */
export const castsSaturate = ([from, to, x, y]: Row, on: Machine): Verdict => {
  const input = hostOf({ shape: [3], dtype: from }, () => x)
  const [got] = on.run(closed((v) => [make('cast', [v as never], { dtype: to })], [input]), [input])
  return every(Array.from((got as Host).data as ArrayLike<number | bigint>), (g) => (Object.is(g, y) ? true : `cast ${from} -> ${to} of ${x}: got ${g}, want ${y}`))
}
