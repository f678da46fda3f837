/**
 * The key of a graph: equal keys mean equal programs. Nodes are numbered in the order in which a walk meets them, so
 * identity of operands (which leaves are the same tensor) is part of the key; values are not. The number of a slot is
 * never in a key, and two slots are two inputs of a run even when they hold the same number (a closed body, whose numbers
 * are fixed, has them once). A lookup that hits has compared the
 * structure. A closed body computes its key, a string, once, and stands in others as a short name that only bodies of the
 * same structure share; what is run has a list of parts as its key, which costs a few comparisons a node and no text.
 */
import { sortedKeys } from '../type/tree.js'
import type { Graph } from './graph.js'
import { isGraph } from './graph.js'
import { LEAF, Node, SLOT, VARIABLE, sameShape } from './node.js'
import type { Param, Params } from './node.js'

const bodies = new WeakMap<Graph, string>()
const names = new Map<string, string>()
const params = new WeakMap<Params, string>()

const paramKey = (p: Param): string => {
  if (isGraph(p)) return graphKey(p)
  if (Array.isArray(p)) return `[${p.map(paramKey).join(',')}]`
  if (typeof p === 'object' && p !== null) return paramsKey(p as Params)
  return typeof p === 'bigint' ? `${p}n` : typeof p === 'string' ? JSON.stringify(p) : Object.is(p, -0) ? '-0' : String(p)
}
export const paramsKey = (p: Params): string => {
  const known = params.get(p)
  if (known !== undefined) return known
  const key = sortedKeys(p).map((k) => `${k}:${paramKey(p[k])}`).join(';')
  params.set(p, key)
  return key
}

/** The key of a closed body: equal for bodies of the same structure and only for them. */
export const graphKey = (g: Graph): string => {
  const known = bodies.get(g)
  if (known !== undefined) return known
  const structure = structureOf(g)
  const name = names.get(structure) ?? `#${names.size}`
  names.set(structure, name)
  bodies.set(g, name)
  return name
}
/** Its inputs' types, then its nodes, then its outputs. */
const structureOf = (g: Graph): string => {
  const number = new Map<Node, number>()
  for (const x of g.inputs) number.set(x, number.size)
  let key = `{${g.inputs.map(avalKey).join(' ')}|`
  for (const x of g.nodes) {
    if (number.has(x)) continue
    number.set(x, number.size)
    key += nodeKey(x, number)
  }
  return key + `>${g.outputs.map((o) => number.get(o)).join(',')}}`
}
const avalKey = (x: Node): string => x.typeKey
const nodeKey = (x: Node, number: Map<Node, number>): string => {
  let args = ''
  for (const a of x.args) args += number.get(a) + ','
  return x.op + '(' + args + paramsKey(x.params) + (x.args.length === 0 ? avalKey(x) : '') + ')'
}

/** Of an input its op, dtype and shape, of another node its op, its operands' numbers and its params; at the end the outputs' numbers. */
export type Part = string | number | Params | readonly number[]
/** Nodes that a walk has numbered, and those among them that are kept. */
export interface Walked { readonly reached: readonly Node[]; readonly outputs: readonly Node[] }
const holdsGraph = (p: Param): boolean => typeof p === 'object' && p !== null && (isGraph(p) || Object.values(p as Params).some(holdsGraph))
/** A body stands as its key, so that no node is kept alive. */
const keptParams = (p: Params): Params | string => (holdsGraph(p) ? paramsKey(p) : p)
export const partsOf = ({ reached, outputs }: Walked): readonly Part[] => [
  ...reached.flatMap((x): Part[] => (isInput(x) ? [x.op, x.dtype, x.shape] : [x.op, ...x.args.map((a) => a.number), keptParams(x.params)])),
  ...outputs.map((o) => o.number),
]
/** Parts as text, for counting. */
export const textOf = (parts: readonly Part[]): string => parts.map((p) => paramKey(p as Param)).join(' ')
const sameParam = (x: Param, y: Param): boolean => {
  if (Object.is(x, y)) return true
  if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null) return false
  if (Array.isArray(x)) return Array.isArray(y) && sameList(x as readonly Param[], y as readonly Param[])
  if (isGraph(x)) return isGraph(y) && graphKey(x) === graphKey(y)
  return !Array.isArray(y) && sameRecord(x as Params, y as Params)
}
const sameList = (x: readonly Param[], y: readonly Param[]): boolean => {
  if (x.length !== y.length) return false
  for (let i = 0; i < x.length; i++) if (!sameParam(x[i], y[i])) return false
  return true
}
/** Do two nodes' params say the same? */
export const sameRecord = (x: Params, y: Params): boolean => {
  let n = 0
  for (const k in x) {
    if (!sameParam(x[k], y[k])) return false
    n++
  }
  for (const _ in y) n--
  return n === 0
}
const mixed = (hash: number, n: unknown): number => (Math.imul(hash, 31) + (typeof n === 'number' ? n * 65599 : 0)) | 0
/** Of operands, and of numbers among the params (in any order): of ten thousand slices of one tensor each has its own. */
const hashOf = (x: Node): number => {
  let hash = x.args.length
  for (const a of x.args) hash = mixed(hash, a.id)
  for (const k in x.params) {
    const p = x.params[k]
    hash += Array.isArray(p) ? p.reduce(mixed, k.length) : mixed(k.length, p)
  }
  return hash | 0
}
/** Equal nodes of operands that are the same: the nodes found so far, by a number that equal ones share. */
export class Merged<T> {
  private readonly found = new Map<number, { readonly x: Node; readonly value: T }[]>()
  /** What was kept for an equal node, or undefined and from now on `value`. */
  get(x: Node, value: T): T | undefined {
    const hash = hashOf(x)
    const bucket = this.found.get(hash)
    if (bucket === undefined) this.found.set(hash, [{ x, value }])
    else {
      for (const other of bucket) if (sameNode(other.x, x)) return other.value
      bucket.push({ x, value })
    }
    return undefined
  }
}
const sameNode = (x: Node, y: Node): boolean => {
  if (x.op !== y.op || x.args.length !== y.args.length || (x.args.length === 0 && avalKey(x) !== avalKey(y))) return false
  for (let i = 0; i < x.args.length; i++) if (x.args[i] !== y.args[i]) return false
  return sameRecord(x.params, y.params)
}
const sameParams = (kept: Part, p: Params): boolean => kept === p || (typeof kept === 'string' ? paramsKey(p) === kept : sameParam(kept as Param, p))
/** Whether kept parts say what a walk has found. */
export const saysSame = (kept: readonly Part[], { reached, outputs }: Walked): boolean => {
  let at = 0
  for (const x of reached) {
    if (kept[at++] !== x.op) return false
    if (isInput(x)) {
      if (kept[at++] !== x.dtype || !sameShape(kept[at++] as readonly number[], x.shape)) return false
      continue
    }
    for (const a of x.args) if (kept[at++] !== a.number) return false
    if (at >= kept.length || !sameParams(kept[at++] as Part, x.params)) return false
  }
  for (const o of outputs) if (kept[at++] !== o.number) return false
  return at === kept.length
}
export const isInput = (x: Node): boolean => x.op === LEAF || x.op === SLOT || x.op === VARIABLE
