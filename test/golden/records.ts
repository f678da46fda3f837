/** The records of this folder (record.py says how they are written), their tensors as leaves, and the function each calls. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { leaf } from '../../lib/ir/node.js'
import type { Host, Node } from '../../lib/ir/node.js'
import * as ct from '../../lib/tensor/index.js'
import type { DType } from '../../lib/type/index.js'
import { arrayOf, dtypeInfo, isBig } from '../../lib/type/index.js'

type Number = number | 'NaN' | 'Infinity' | '-Infinity' | '-0' | string
export type Stored = readonly [dtype: DType, shape: readonly number[], values: readonly Number[]]
type Arg = Stored | readonly Stored[] | { readonly x: unknown } | { readonly r: Readonly<Record<string, Stored>> }
export interface Recorded { readonly fn: string; readonly args: readonly Arg[]; readonly out: readonly Stored[]; readonly grads?: readonly (readonly Number[] | null)[]; readonly from: string }

const parse = (v: Number): number => (typeof v === 'string' ? Number(v) : v)
export const hostOf = ([dtype, shape, values]: Stored): Host => {
  const data = arrayOf(dtype, values.length / dtypeInfo[dtype].numbers)
  values.forEach((v, i) => {
    data[i] = (isBig(dtype) ? BigInt(v) : parse(v)) as never
  })
  return { dtype, shape, data }
}
const isStored = (a: Arg | Stored): a is Stored => Array.isArray(a) && typeof a[0] === 'string'
const plain = (x: unknown): unknown => {
  if (typeof x !== 'object' || x === null || Array.isArray(x)) return x
  if ('number' in x) return Number(x.number)
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, plain(v)]))
}
type Fn = (...args: readonly unknown[]) => unknown
const functionNamed = (name: string): Fn => {
  type Scope = Readonly<Record<string, unknown>>
  return name.split('.').reduce((scope: unknown, part) => (scope as Scope | undefined)?.[part], ct) as Fn
}
const isRecord = (a: Arg): a is { readonly r: Readonly<Record<string, Stored>> } => !Array.isArray(a) && 'r' in a
export const tensors = (r: Recorded): Stored[] => r.args.flatMap((a) => (isStored(a) ? [a] : Array.isArray(a) ? (a as Stored[]) : isRecord(a) ? Object.values(a.r) : []))
/** The function of its tensors alone, the list of results. */
export const closed = (r: Recorded) => (...nodes: readonly Node[]): readonly Node[] => {
  let next = 0
  const args = r.args.map((a) => (isStored(a) ? nodes[next++] : Array.isArray(a) ? a.map(() => nodes[next++]) : isRecord(a) ? Object.fromEntries(Object.keys(a.r).map((k) => [k, nodes[next++]])) : plain((a as { x: unknown }).x)))
  return [functionNamed(r.fn)(...args)].flat() as Node[]
}
export const leafOf = (s: Stored): Node => {
  const h = hostOf(s)
  return leaf(h.data, h.shape, h.dtype)
}
export const files = readdirSync(import.meta.dirname).filter((f) => f.endsWith('.json'))
export const recordsOf = (file: string): readonly Recorded[] => (JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as { records: readonly Recorded[] }).records
