/**
 * The key of a graph: equal keys mean equal programs. Nodes are numbered in the order in which a walk meets them, so
 * identity of operands (which leaves are the same tensor) is part of the key; values are not. The number of a slot is
 * never in a key, and two slots are two inputs even when they hold the same number. Keys are whole strings, so a lookup
 * that hits has compared the structure; a closed body computes its key once, and stands in others as a short name that
 * only bodies of the same structure share.
 */
import type { Graph } from './graph.js'
import { isGraph } from './graph.js'
import { LEAF, Node, SLOT, VARIABLE } from './node.js'
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
  const key = Object.keys(p).sort().map((k) => `${k}:${paramKey(p[k])}`).join(';')
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
/** Leaves that are inputs: a slot is told from a tensor, because the plan takes it another way. */
export const inputKey = (x: Node): string => (x.op === SLOT ? 's' : x.op === LEAF ? 'l' : 'v') + avalKey(x)
export const isInput = (x: Node): boolean => x.op === LEAF || x.op === SLOT || x.op === VARIABLE
export const numberedKey = nodeKey
