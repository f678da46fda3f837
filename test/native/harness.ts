/** Runs programs on the addon and against the oracle. */
import { expect } from 'vitest'
import { findAddon, type Addon } from '../../lib/run/addon.js'
import { encode, type Buffer, type Instruction, type Program, type View } from '../../lib/run/program.js'
import { isHalf } from '../../lib/type/dtype.js'
import type { DType } from '../../lib/type/dtype.js'
import { roundHalf, toBits } from '../../lib/type/half.js'
import { arrayOf, execute, sizeOf, type Num, type Values } from './oracle.js'

const found = findAddon()
export const addon: Addon | null = 'addon' in found ? found.addon : null
export const names: readonly string[] = addon?.kernels().elementwise ?? []
export const code = (name: string): number => names.indexOf(name)

/** A linear congruence: the same numbers every time. */
export const random = (seed: number): (() => number) => {
  let s = seed >>> 0
  return () => ((s = (Math.imul(s, 1664525) + 1013904223) >>> 0) >>> 8) / 2 ** 24
}
export const dense = (dims: readonly number[]): number[] => {
  const s: number[] = []
  for (let d = dims.length - 1, n = 1; d >= 0; n *= dims[d--]!) s.unshift(n)
  return s
}
export const view = (buffer: number, dtype: DType, dims: readonly number[], offset = 0): View => ({ buffer, dtype, offset, strides: dense(dims) })
export const bytesOf = (dtype: DType, n: number): number => sizeOf(dtype) * n
export const input = (at: number, dtype: DType, n: number): Buffer => ({ kind: 'input', bytes: bytesOf(dtype, n), at })
export const output = (at: number, dtype: DType, n: number): Buffer => ({ kind: 'output', bytes: bytesOf(dtype, n), at })

export const filled = (dtype: DType, n: number, next: () => number): Values => {
  if (isHalf(dtype)) return toBits((filled('f32', n, next) as Float32Array).map((x) => roundHalf(x, dtype)), dtype)
  const a = arrayOf(dtype, n)
  for (let i = 0; i < n; i++) {
    const r = next()
    a[i] = (dtype === 'i64' ? BigInt(Math.round((r - 0.5) * 2 ** 40)) : dtype === 'bool' ? Number(r < 0.5) : dtype === 'u8' ? Math.floor(r * 256)
      : dtype === 'f32' || dtype === 'f64' ? (r - 0.5) * 8 : dtype === 'u32' ? Math.floor(r * 2 ** 32) : Math.floor((r - 0.5) * 2 ** 32)) as never
  }
  return a
}
const bufferOf = (v: Values): ArrayBuffer => v.buffer.slice(v.byteOffset, v.byteOffset + v.byteLength) as ArrayBuffer

/** Storages stay alive with their owners. */
export const keep: object[] = []
export const storage = (a: Addon, bytes: number): number => {
  const owner = {}
  keep.push(owner)
  return a.alloc(bytes, owner)
}
export interface Loaded { readonly command: Float64Array; readonly outputs: readonly { readonly id: number; readonly bytes: number }[] }
export const load = (a: Addon, p: Program, inputs: readonly Values[], slots: readonly number[] = []): Loaded => {
  const plan = a.load(encode(p))
  const ids = inputs.map((v) => {
    const id = storage(a, v.byteLength)
    a.upload(id, 0, v)
    return id
  })
  const outs: { id: number; bytes: number }[] = []
  for (const b of p.buffers) if (b.kind === 'output') outs[b.at] = { id: storage(a, b.bytes), bytes: b.bytes }
  return { command: Float64Array.from([plan, ...ids.flatMap((i) => [i, 0]), ...slots, ...outs.flatMap((o) => [o.id, 0])]), outputs: outs }
}
export const run = (a: Addon, l: Loaded): ArrayBuffer[] => {
  a.shared().set(l.command)
  const status = a.run()
  if (status !== 0) throw new Error(`status ${status}: ${a.failure()}`)
  return l.outputs.map((o) => {
    const out = new Uint8Array(o.bytes)
    a.download(o.id, 0, out)
    return out.buffer
  })
}
export const native = (p: Program, inputs: readonly Values[], slots: readonly number[] = []): ArrayBuffer[] => run(addon!, load(addon!, p, inputs, slots))
export const bits = (b: ArrayBuffer): string => Buffer_(b)
const Buffer_ = (b: ArrayBuffer): string => Array.from(new Uint8Array(b), (x) => x.toString(16).padStart(2, '0')).join('')

/** NaN equals NaN, zeros by sign; floats within `ulps` of the larger magnitude (0: the same bits), plus `absolute`. */
export const agree = (dtype: DType, got: ArrayBuffer, want: ArrayBuffer, what: string, tolerance = 0, absolute = 0): void => {
  const [g, w] = [arrayOf(dtype, 0), arrayOf(dtype, 0)].map((a, i) => new (a.constructor as new (b: ArrayBuffer) => Values)([got, want][i]!)) as [Values, Values]
  expect(g.length, what).toBe(w.length)
  for (let i = 0; i < g.length; i++) {
    const [x, y] = [g[i] as Num, w[i] as Num]
    const near = Object.is(x, y) || (typeof x === 'number' && typeof y === 'number' && Math.abs(x - y) <= tolerance * Math.max(Math.abs(x), Math.abs(y)) + absolute)
    if (!near) expect.fail(`${what}: element ${i} is ${x}, not ${y}`)
  }
}
/** Runs on both sides and compares every output as the dtype that `dtypes` says. */
export const check = (p: Program, inputs: readonly Values[], dtypes: readonly DType[], what: string, tolerance = 0, absolute = 0, slots: readonly Num[] = []): ArrayBuffer[] => {
  const words = slots.flatMap((s) => (typeof s === 'bigint' ? [Number(BigInt.asUintN(32, s)), Number(BigInt.asIntN(32, s >> 32n))] : [s]))
  const got = native(p, inputs, words)
  const want = execute(p, names, inputs.map(bufferOf), slots)
  got.forEach((g, i) => agree(dtypes[i]!, g, want[i]!, what, tolerance, absolute))
  return got
}
export const program = (buffers: readonly Buffer[], ...instructions: Instruction[]): Program => ({ buffers, instructions })
