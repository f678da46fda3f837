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
type Loose<K extends string> = Readonly<Record<K, Fn>>
const { add, mul, neg, square, tensor, tril, triu } = ct as unknown as Loose<'add' | 'mul' | 'neg' | 'square' | 'tensor' | 'tril' | 'triu'>
const formulas: Loose<string> = { sum: (...at) => at.reduce((s, i) => add(s, i), 7), product: (...at) => add(at.reduce((s, i) => mul(s, i)), 7) }
const masks: Loose<string> = { tril: (x, diagonal) => tril(x, { diagonal }), triu: (x, diagonal) => triu(x, { diagonal }) }
/** What takes functions, gives methods or no tensor: margins.py names them by words. */
const adapted: Loose<string> = {
  at: (x, index, value, verb) => {
    const place = ct.at(x as never, index as never) as unknown as Loose<string>
    return verb === undefined ? place['get']?.() : place[verb as string]?.(value)
  },
  fromFunction: (name, shape) => ct.fromFunction((...at) => (at.length === 0 ? tensor(7, { dtype: 'i32' }) : formulas[name as string]?.(...at)), shape as number[]),
  piecewise: (x, conditions) => ct.piecewise(x as never, conditions as never, [(v: never) => neg(v), (v: never) => square(v), (v: never) => add(v, 1)] as never),
  maskIndices: (n, name, k, size) => ct.maskIndices(n as number, masks[name as string] as never, { k: k as number, size: size as number }),
  broadcastShapes: (shapes) => tensor(ct.broadcastShapes(...(shapes as number[][])), { dtype: 'i32' }),
}
const functionNamed = (name: string): Fn => {
  const own = adapted[name]
  if (own !== undefined) return own
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
