/** Functions of prepared inputs as cases: jitted, run again and again; peers get the same inputs and their results are held to ours. */
import { jit, slice } from '../../lib/index.js'
import type { Device, Tensor } from '../../lib/index.js'
import { stored } from './peer.js'
import type { PeerName } from './peer.js'
import type { Bound, Case, Ready, Small } from './row.js'
import { session } from './session.js'
import { expectClose, perCall, sampled, warmed } from './training.js'

type Any = Tensor<readonly number[], 'f32' | 'f64' | 'f16' | 'bf16' | 'i32', Device>
export type Corner = readonly [last: number, others: number]
export interface Kernel<I> {
  readonly name: string
  readonly unit?: 'ms' | 'µs'
  readonly inputs: () => I
  readonly f: (inputs: I) => Any | readonly Any[]
  /** Calls a round. */
  readonly count: number
  readonly rounds?: number
  readonly bound: Bound | null
  readonly names: readonly PeerName[]
  readonly beside?: readonly PeerName[]
  /** The largest difference that is rounding, against 1 or the element. */
  readonly tolerance?: number
  readonly flops?: number
  readonly bytes?: number
  readonly double?: boolean
  /** Ours is called as it is, traced anew each time. */
  readonly untraced?: boolean
  /** How long the last axis, and others, are at most when backends are compared. */
  readonly corner?: Corner
}
const listed = (out: Any | readonly Any[]): readonly Any[] => (Array.isArray(out) ? out : [out]) as readonly Any[]
/** The arrays of the inputs, by name, for the peers. */
const files = (inputs: Readonly<Record<string, Any>>) =>
  Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, stored(session.read.sync(x) as Float32Array | Int32Array, x.shape)]))

const per = { ms: 1, µs: 1e3 } as const
const prepared = <I extends Readonly<Record<string, Any>>>(k: Kernel<I>, as: string): Ready => {
  const inputs = session.run.sync(k.inputs()), g = k.untraced === true ? k.f : jit(k.f)
  const call = () => session.run.sync(g(inputs as never))
  const own = listed(call()).flatMap((x) => sampled(session.read.sync(x) as Float32Array))
  const measure = (): number => perCall(k.count, call) * per[k.unit ?? 'ms']
  warmed(measure)
  const peers = { names: k.names, beside: k.beside ?? [], as, payload: { inputs: files(inputs), count: k.count }, expect: expectClose('sample', own, k.tolerance ?? 1e-4) }
  return { measure, peers, ...(k.flops === undefined ? {} : { flops: k.flops }), ...(k.bytes === undefined ? {} : { bytes: k.bytes }), double: k.double === true }
}
/** The first rows, columns, channels of all inputs. */
export const corners = (inputs: Readonly<Record<string, Any>>, [last, others]: Corner): unknown =>
  Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, slice(x, x.shape.map((d, i) => [0, Math.min(d, i === x.shape.length - 1 ? last : others)] as const) as never)]))
/** What rounding makes of a long sum is not there. */
const smallOf = <I extends Readonly<Record<string, Any>>>(k: Kernel<I>): Small =>
  ({ inputs: () => corners(k.inputs(), k.corner ?? [128, 128]), f: k.f, tolerance: Math.min(k.tolerance ?? 1e-4, k.name.endsWith('f16') ? 1 : 1e-4) })
const caseOf = <I extends Readonly<Record<string, Any>>>(k: Kernel<I>, name: string): Case =>
  ({ name, unit: k.unit ?? 'ms', bound: k.bound, rounds: k.rounds ?? 7, prepare: () => prepared(k, k.name), small: smallOf(k) })
/** Beside the Python peers; and, where `js` says how fast it must be, a row of its own beside those in JavaScript. */
export const kernelCases = <I extends Readonly<Record<string, Any>>>(k: Kernel<I>, js?: { readonly most: number; readonly names: readonly PeerName[] }): readonly Case[] => [
  caseOf(k, k.name),
  ...(js === undefined ? [] : [caseOf({ ...k, bound: { of: 'ratio', most: js.most }, names: js.names }, `js_${k.name}`)]),
]
