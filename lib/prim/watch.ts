/**
 * What is looked at while a program runs: a peeked value is printed; a watched one is judged by a rule, and one that breaks it
 * is a fault. Both are a `peek` in the graph, so transforms, plans and bodies treat them alike.
 */
import type { Host } from '../ir/node.js'
import { numel, typeName } from '../ir/node.js'
import { Fault } from '../type/fault.js'
import { onDevice, openingRows } from './gang.js'
import type { Rows } from './gang.js'

/** within: an index in 0 … size - 1; regular: no zero on a diagonal; definite: a factor whose diagonal is not NaN. */
export type Rule = 'within' | 'regular' | 'definite'
/** `devices`: the axes whose devices share the value, which has an axis for each in front, that of the innermost first. */
export type Look = { readonly label: string; readonly rule?: Rule; readonly size?: number; readonly line?: string; readonly devices?: readonly Rows[] }

let print: (label: string, x: Host) => void = () => undefined
/** run/ says where peeked values go. */
export const peekWith = (f: (label: string, x: Host) => void): void => {
  print = f
}
let watching: (() => string | undefined) | null = null
/** While it is set, ops watch what they cannot know before they run; it gives the line of the user's program. */
export const watchWith = (line: (() => string | undefined) | null): (() => string | undefined) | null => {
  const outer = watching
  watching = line
  return outer
}
/** The rule as params of a `peek`, or null where nothing is watched. */
export const watched = (label: string, rule: Rule, size = 0): Look | null => {
  if (watching === null) return null
  const line = watching()
  return { label, rule, size, ...(line === undefined ? {} : { line }) }
}
export const isWatching = (): boolean => watching !== null

/** What is batched because all devices of an axis share one plan says so, and a fault can name the device. */
export const overDevices = (p: Look): Look => {
  const rows = openingRows()
  return rows === null || p.rule === undefined ? p : { ...p, devices: [rows, ...(p.devices ?? [])] }
}
const placeIn = (shape: readonly number[], at: number): number[] => {
  let rest = at
  return shape.map((_, i) => {
    const size = numel(shape.slice(i + 1)), k = Math.floor(rest / size)
    rest -= k * size
    return k
  })
}
const broken = (tag: 'IndexOutOfRange' | 'SingularMatrix' | 'NotPositiveDefinite', p: Look, what: string): never => {
  throw new Fault(tag, `${p.label}: ${what}${p.line === undefined ? '' : ` at ${p.line}`}`, p.line === undefined ? {} : { where: p.line })
}
const refuseOutside = (p: Look, x: Host): void => {
  const size = p.size as number
  const i = (x.data as Float64Array).findIndex((v: number) => v < 0 || v >= size)
  if (i >= 0) broken('IndexOutOfRange', p, `index ${x.data[i]}, element [${placeIn(x.shape, i)}] of ${typeName(x)}, is outside an axis of ${size}`)
}
/** The first matrix with a diagonal element that `is` so. */
const onDiagonal = (x: Host, is: (v: number) => boolean): { readonly matrix: string; readonly place: number } | null => {
  const [m, n] = x.shape.slice(-2) as [number, number]
  const lead = x.shape.slice(0, -2)
  const k = Math.min(m, n)
  for (let i = 0; m > 0 && n > 0 && i < x.data.length / (m * n); i++) {
    for (let j = 0; j < k; j++) if (is(x.data[i * m * n + j * n + j] as number)) return { matrix: lead.length === 0 ? 'the matrix' : `matrix [${placeIn(lead, i)}]`, place: j }
  }
  return null
}
const judge: { readonly [K in Rule]: (p: Look, x: Host) => void } = {
  within: refuseOutside,
  regular: (p, x) => {
    const found = onDiagonal(x, (v) => v === 0)
    if (found !== null) broken('SingularMatrix', p, `${found.matrix} is singular (pivot ${found.place} is 0)`)
  },
  definite: (p, x) => {
    const found = onDiagonal(x, (v) => v !== v)
    if (found !== null) broken('NotPositiveDefinite', p, `${found.matrix} is not positive definite`)
  },
}
/** The value of one device after the other; a fault names the device. */
const eachDevice = (p: Look, x: Host, judged: (x: Host) => void): void => {
  const axes = p.devices ?? []
  const sizes = x.shape.slice(0, axes.length), shape = x.shape.slice(axes.length)
  const [devices, each] = [numel(sizes), numel(shape)]
  for (let d = 0; d < devices; d++) {
    try {
      judged({ shape, dtype: x.dtype, data: x.data.subarray(d * each, (d + 1) * each) as Host['data'] })
    } catch (e) {
      throw onDevice(axes, placeIn(sizes, d), e as Fault)
    }
  }
}
/** Prints or judges a value that passed.  @throws what its rule throws */
export const look = (p: Look, x: Host): void => {
  const rule = p.rule
  if (rule === undefined) print(p.label, x)
  else eachDevice(p, x, (y) => judge[rule](p, y))
}
