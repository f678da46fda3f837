/**
 * A tensor is an immutable expression. A `Node` says which primitive made it, from which nodes, with which params, and
 * what comes out (shape, dtype, device). Nothing is computed here.
 *
 * Three kinds have no operands: a *leaf* holds a value, a *slot* holds a number that the user gave to an elementwise op
 * (an input of every plan, never inspected), a *variable* stands for an argument while a transform traces a function.
 *
 * Ids grow, and operands are older than their users; so sorting reached nodes by id is a topological order, and a node
 * older than the start of a trace cannot depend on that trace's variables. Both facts carry the whole of `graph.ts`.
 *
 * The only mutable part is invisible to semantics: a node that has been run holds its value and lets go of its history.
 */
import type { Axis } from '../type/collective.js'
import type { AnyArray, DType } from '../type/dtype.js'
import { fail } from '../type/fault.js'
import { tensorBrand } from '../type/tensor.js'
import type { Graph } from './graph.js'

export interface Aval { readonly shape: readonly number[]; readonly dtype: DType }
export type Param = string | number | boolean | bigint | null | undefined | Graph | readonly Param[] | { readonly [k: string]: Param }
export type Params = { readonly [k: string]: Param }

/** A value on the host: dense, row-major. */
export interface Host extends Aval { readonly data: AnyArray }
/** What run/ keeps for a node that has been run; opaque to this floor. */
export interface Held { readonly owner: object }

export const LEAF = 'leaf', SLOT = 'slot', VARIABLE = 'variable'
const nothing: readonly Node[] = Object.freeze([])
const noParams: Params = Object.freeze({})
let counter = 0

export class Node implements Aval {
  readonly id: number = counter++
  op: string
  args: readonly Node[]
  params: Params
  readonly shape: readonly number[]
  readonly dtype: DType
  /** All outputs of a node that has several; its users go through `get` nodes. */
  readonly outs: readonly Aval[] | null
  /** undefined: no leaf below it, it lives everywhere; a run gives it the device that it ran on. */
  device: string | undefined
  /** The host value of a leaf, the number of a slot, the name of a variable. */
  host: AnyArray | number | bigint | string | null = null
  held: Held | null = null
  /** Why this node cannot be used any more (consumed), else null. */
  gone: { readonly sentence: string } | null = null
  /** How often a run has computed this node as an interior one. */
  computed = 0
  /** The user's source line, when nodes record it. */
  line: string | undefined = undefined
  private typeText: string | null = null
  /** Scratch of the walks: the walk that met this node last, and its number in that walk. */
  mark = 0
  number = 0

  constructor(op: string, args: readonly Node[], params: Params, aval: Aval | readonly Aval[], device: string | undefined) {
    const first = Array.isArray(aval) ? ((aval as readonly Aval[])[0] ?? empty) : (aval as Aval)
    this.op = op
    this.args = args
    this.params = params
    this.shape = first.shape
    this.dtype = first.dtype
    this.outs = Array.isArray(aval) ? aval : null
    this.device = device
  }
  /** dtype and shape as a part of keys, made once. */
  get typeKey(): string {
    return (this.typeText ??= `${this.dtype}[${this.shape}]`)
  }
  get [tensorBrand](): true {
    return true
  }
  /** Becomes a leaf: keeps the value, lets go of the expression. */
  settle(held: Held, device: string): void {
    this.held = held
    this.device = device
    this.op = LEAF
    this.args = nothing
    this.params = noParams
  }
  /** As text it shows itself; as a number it is a mistake. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return show(this)
    return fail('InvalidArgument', 'a tensor is not a number: write add(x, 1) for x + 1, and read it with item() or read() after a run')
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return show(this)
  }
  toString(): string {
    return show(this)
  }
  toJSON(): unknown {
    return { dtype: this.dtype, shape: this.shape }
  }
}
const empty: Aval = { shape: [], dtype: 'f32' }

/** How a tensor prints; run/ replaces it by one that can show numbers. */
let show = (x: Node): string => `${typeName(x)} (not run yet)`
export const showWith = (f: (x: Node) => string): void => {
  show = f
}
export const typeName = (x: Aval): string => `${x.dtype}[${x.shape.join(',')}]`

export const counterNow = (): number => counter
export const numel = (shape: readonly number[]): number => {
  let n = 1
  for (const d of shape) n *= d
  return n
}
export const sameShape = (a: readonly number[], b: readonly number[]): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** A leaf from a dense row-major host array; the array is the tensor's own from now on. */
export const leaf = (data: AnyArray, shape: readonly number[], dtype: DType, device?: string): Node => {
  const x = new Node(LEAF, nothing, noParams, { shape, dtype }, device)
  x.host = data
  return x
}
/** A number given by the user: an input of every plan, in no key. */
export const slot = (value: number | bigint, dtype: DType): Node => {
  const x = new Node(SLOT, nothing, noParams, { shape: [], dtype }, undefined)
  x.host = value
  return x
}
/** A stand-in for an argument while a function is traced; `owner` names the transform in messages. */
export const variable = (aval: Aval, owner: string, device?: string): Node => {
  const x = new Node(VARIABLE, nothing, noParams, { shape: aval.shape, dtype: aval.dtype }, device)
  x.host = owner
  return x
}
/** A stand-in for a device's place along a named axis, until vmap or pmap binds it. */
export const placeAlong = (axis: string): Node => {
  const x = new Node(VARIABLE, nothing, { axis }, { shape: [], dtype: 'i32' }, undefined)
  x.host = `axis '${axis}'`
  return x
}
/** The variable of a named axis. */
export const placeOf = (a: Axis): Node => a.index as unknown as Node // boundary: a tensor is a node
export const isPlace = (x: Node): boolean => x.op === VARIABLE && 'axis' in x.params
/** A leaf whose value a backend already holds. */
export const settled = (aval: Aval, held: Held, device: string | undefined): Node => {
  const x = new Node(LEAF, nothing, noParams, { shape: aval.shape, dtype: aval.dtype }, device)
  x.held = held
  return x
}

/** The one device of the operands; a leafless operand (undefined) sits anywhere. */
export const joinDevices = (op: string, args: readonly Node[]): string | undefined => {
  let device: string | undefined
  for (const a of args) {
    if (a.device === undefined || a.device === device) continue
    if (device !== undefined) return fail('DeviceMismatch', `${op}: operands are on different devices (${device} and ${a.device}): transfer one of them`)
    device = a.device
  }
  return device
}
