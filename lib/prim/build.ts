/**
 * Makes nodes. `make` runs the op's aval rule (shape and dtype are checked when the node is built) and joins the devices;
 * `b` is the same thing with one typed function an op. The registry is handed in once by `index.ts`, which keeps this file
 * and the rules free of an import ring.
 */
import { joinDevices, Node, numel, sameShape } from '../ir/node.js'
import type { Aval, Param, Params } from '../ir/node.js'
import type { DType } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import type { Registry } from './index.js'
import type { AnyPrimitive, Primitive } from './primitive.js'

type ParamsOf<R> = R extends Primitive<string, infer P> ? P : never
/** One function an op: operands as a list, then its params (left out when it has none). */
export type Build = {
  readonly [K in keyof Registry]: (
    args: readonly Node[],
    ...p: Readonly<Record<string, never>> extends ParamsOf<Registry[K]> ? [p?: ParamsOf<Registry[K]>] : [p: ParamsOf<Registry[K]>]
  ) => Node
}

let registry: Readonly<Record<string, AnyPrimitive>> = {}
const builder: Record<string, (args: readonly Node[], p?: Params) => Node> = {}
export const b = builder as unknown as Build
const none: Params = Object.freeze({})

/** Called once with all records. */
export const register = (all: Readonly<Record<string, AnyPrimitive>>): void => {
  registry = all
  for (const [name, p] of Object.entries(all)) builder[name] = (args, params) => made(p, name, args, params ?? none)
}
export const primitiveOf = (name: string): AnyPrimitive => {
  const p = registry[name]
  if (p === undefined) throw new Fault('BackendFailure', `no primitive is called '${name}'`)
  return p
}
let locator: (() => string | undefined) | null = null
let origin: Node | null = null
/** While a locator is set, nodes record the user's line. A stack costs microseconds, so nobody pays for it unasked. */
export const locateWith = (f: (() => string | undefined) | null): void => {
  locator = f
}
/** Nodes made by `f` inherit the line of the node they come from: what a transform makes points at user code. */
export const inheriting = <T>(x: Node, f: () => T): T => {
  if (x.line === undefined) return f()
  const outer = origin
  origin = x
  try {
    return f()
  } finally {
    origin = outer
  }
}
const lineNow = (): string | undefined => (origin !== null ? origin.line : locator === null ? undefined : locator())

/** Its record at hand: to look one up by its name costs as much as to make a node. */
const made = (p: AnyPrimitive, op: string, args: readonly Node[], params: Params): Node => {
  for (const a of args) if (a.gone !== null) throw new Fault('Consumed', a.gone.sentence)
  const x = new Node(op, args, params, p.aval(args, params as never), joinDevices(op, args))
  if (origin !== null || locator !== null) x.line = lineNow()
  return x
}

export const make = (op: string, args: readonly Node[], params: Params): Node => made(primitiveOf(op), op, args, params)

/** The i-th output of a node that has several. */
export const output = (x: Node, i: number): Node => (x.outs === null ? x : make('get', [x], { index: i }))
export const outputs = (x: Node): readonly Node[] => (x.outs === null ? [x] : x.outs.map((_, i) => output(x, i)))

/** A rule-made constant: part of the key, so rewrites may look at it. */
export const constant = (value: number, aval: Aval): Node =>
  stretch(b.constant([], { value, dtype: aval.dtype }), aval.shape)
export const zeros = (aval: Aval): Node => constant(0, aval)
export const ones = (aval: Aval): Node => constant(1, aval)

/** How numbers are repeated to the shape that they met last: in a loop the same params again, which the plan cache compares at a glance. */
let repeated: { readonly shape: readonly number[]; readonly axes: readonly number[] } = { shape: [], axes: [] }
/** Broadcasts as NumPy does: new axes in front, size-1 axes stretched. */
export const stretch = (x: Node, shape: readonly number[]): Node => {
  if (sameShape(x.shape, shape)) return x
  if (x.shape.length === 0) return b.broadcast([x], repeated.shape === shape ? repeated : (repeated = { shape, axes: [] }))
  const lead = shape.length - x.shape.length
  return b.broadcast([x], { shape, axes: x.shape.map((_, i) => i + lead) })
}
/** Sums what `stretch` repeated. */
export const reshapeTo = (x: Node, shape: readonly number[]): Node => (sameShape(x.shape, shape) ? x : b.reshape([x], { shape }))
export const castTo = (x: Node, dtype: DType): Node => (x.dtype === dtype ? x : b.cast([x], { dtype }))
export const permuteTo = (x: Node, axes: readonly number[]): Node =>
  axes.every((a, i) => a === i) ? x : b.permute([x], { axes })
/** `size` entries of an axis from `start`. */
export const cut = (x: Node, axis: number, start: number, size: number): Node => b.slice([x], {
  start: x.shape.map((_, i) => (i === axis ? start : 0)),
  limit: x.shape.map((n, i) => (i === axis ? start + size : n)),
  step: x.shape.map(() => 1),
})
/** Moves one axis to another place. */
export const moveAxis = (x: Node, from: number, to: number): Node => {
  const rest = x.shape.map((_, i) => i).filter((i) => i !== from)
  return permuteTo(x, [...rest.slice(0, to), from, ...rest.slice(to)])
}
/** The tangents of a linear op's operands, absent ones as zeros; null when all are absent. */
export const addAll = (xs: readonly (Node | null)[]): Node | null => {
  let sum: Node | null = null
  for (const x of xs) if (x !== null) sum = sum === null ? x : b.add([sum, x])
  return sum
}
export const size = numel
export type { Param }
