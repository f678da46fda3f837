/**
 * How a tensor prints: its type, and the numbers when they are known or a short reference run gives them. It never throws
 * and never runs anything large.
 */
import { reach } from '../ir/graph.js'
import { LEAF, Node, SLOT, VARIABLE, numel, showWith, typeName } from '../ir/node.js'
import type { Host } from '../ir/node.js'
import { peekWith } from '../prim/watch.js'
import { transforms } from '../transform/index.js'
import type { AnyArray, DType } from '../type/dtype.js'
import { arrayOf, isComplex, isHalf, realOf } from '../type/dtype.js'
import type { Backend, Value } from './backend.js'

const MOST_NODES = 256
const MOST_ELEMENTS = 4096
const EDGE = 3

/** Row-major numbers as nested lists; long axes show three at each end. */
export const render = (x: Host): string => {
  const numbers = Array.from(x.data as ArrayLike<number | bigint>, (v) => numberText(v, realOf(x.dtype)))
  const strings = isComplex(x.dtype) ? paired(numbers) : numbers
  const width = Math.max(0, ...visible(x.shape, 0).map((i) => (strings[i] as string).length))
  const rows = (axis: number, at: number): string => {
    if (axis === x.shape.length) return (strings[at] as string).padStart(x.shape.length === 0 ? 0 : width)
    const n = x.shape[axis] as number
    const stride = numel(x.shape.slice(axis + 1))
    const inner = axis === x.shape.length - 1
    const parts = cutAxis(n).map((i) => (i < 0 ? '…' : rows(axis + 1, at + i * stride)))
    return `[${parts.join(inner ? ', ' : `,\n${' '.repeat(axis + 1)}`)}]`
  }
  return rows(0, 0)
}
/** 1 + 2i */
const paired = (parts: readonly string[]): string[] =>
  parts.flatMap((p, i) => (i % 2 === 1 ? [] : [`${p} ${parts[i + 1]?.startsWith('-') === true ? '-' : '+'} ${parts[i + 1]?.replace(/^-/, '')}i`]))
const cutAxis = (n: number): number[] =>
  n <= 2 * EDGE + 4 ? [...new Array(n).keys()] : [...new Array(EDGE).keys(), -1, ...[...new Array(EDGE).keys()].map((i) => n - EDGE + i)]
const visible = (shape: readonly number[], at: number): number[] => {
  if (shape.length === 0) return [at]
  const stride = numel(shape.slice(1))
  return cutAxis(shape[0] as number).filter((i) => i >= 0).flatMap((i) => visible(shape.slice(1), at + i * stride))
}
const numberText = (v: number | bigint, dtype: DType): string => {
  if (dtype === 'bool') return v === 0 ? 'false' : 'true'
  if (typeof v === 'bigint' || Number.isInteger(v)) return String(v)
  return Number.isFinite(v) ? String(Number(v.toPrecision(dtype === 'f32' ? 6 : isHalf(dtype) ? 4 : 10))) : String(v)
}

const known = (x: Node): Host | null => {
  if (x.held !== null) return ((x.held as Value).owner as Backend).download(x.held as Value)
  if (x.op === SLOT) return { shape: [], dtype: x.dtype, data: filled(x) }
  return x.op === LEAF && x.host !== null ? { shape: x.shape, dtype: x.dtype, data: x.host as AnyArray } : null
}
const filled = (x: Node): AnyArray => arrayOf(x.dtype, 1).fill((x.dtype === 'i64' ? BigInt(x.host as number) : Number(x.host)) as never) as AnyArray
/** A small closed expression by the reference; null when it is large, open, or long. */
const shortRun = (x: Node): Host | null => {
  let steps = 0
  const nodes = reach([x], (y) => y.op === LEAF || y.op === SLOT || ++steps > MOST_NODES)
  if (steps > MOST_NODES || nodes.some((y) => y.op === VARIABLE || y.op === 'call' || y.op === 'peek' || numel(y.shape) > MOST_ELEMENTS)) return null
  const inputs = [...new Set(nodes.flatMap((y) => y.args).filter((y) => y.op === LEAF || y.op === SLOT))]
  const hosts = inputs.map(known)
  if (hosts.some((h) => h === null || h.data.length > MOST_ELEMENTS)) return null
  return transforms.evaluate({ inputs, outputs: [x], nodes }, hosts as Host[])[0] ?? null
}
/** Rows that stand below each other begin on a line of their own, so that they stay aligned wherever they are printed. */
const titled = (title: string, x: Host): string => {
  const numbers = render(x)
  return `${title}${numbers.includes('\n') ? '\n' : ' '}${numbers}`
}
const text = (x: Node): string => {
  const type = `tensor ${typeName(x)}`
  if (x.gone !== null) return `${type} (consumed)`
  if (x.op === VARIABLE) return `${type} (the argument of ${String(x.host)})`
  try {
    const host = numel(x.shape) > MOST_ELEMENTS && x.held === null ? null : (known(x) ?? shortRun(x))
    return host === null ? `${type} (not run yet)` : titled(type, host)
  } catch {
    return `${type} (not run yet)`
  }
}
/** Makes console.log, String() and Show print numbers where they are cheap to have. */
export const installShow = (): void => {
  showWith(text)
  peekWith((label, x) => console.log(titled(`${label} ${typeName(x)}`, x)))
}
