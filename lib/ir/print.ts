/**
 * Graphs as text, like JAX's jaxprs: one line a node, inputs first, bodies indented. Two graphs that print alike are the
 * same program up to the numbers in slots.
 *
 *   { lambda a:f32[3] b:f32[3] .
 *     c:f32[3] = mul a b
 *     d:f32[] = sum[axes=[0]] c
 *     in d }
 */
import { isGraph } from './graph.js'
import type { Graph } from './graph.js'
import { typeName } from './node.js'
import type { Node, Param, Params } from './node.js'

/** a, b, …, z, aa, ab, … */
const letters = (n: number): string => (n < 26 ? '' : letters(Math.floor(n / 26) - 1)) + String.fromCharCode(97 + (n % 26))

const paramText = (p: Param, indent: string): string => {
  if (isGraph(p)) return printGraph(p, `${indent}  `)
  if (Array.isArray(p)) return `[${p.map((x) => paramText(x, indent)).join(',')}]`
  return typeof p === 'string' ? p : String(p)
}
const paramsText = (p: Params, indent: string): string => {
  const keys = Object.keys(p).sort()
  return keys.length === 0 ? '' : `[${keys.map((k) => `${k}=${paramText(p[k], indent)}`).join(' ')}]`
}

/** A closed graph as text. */
export const printGraph = (g: Graph, indent = ''): string => {
  const names = new Map<Node, string>()
  const name = (x: Node): string => {
    const known = names.get(x) ?? letters(names.size)
    names.set(x, known)
    return known
  }
  const declared = (x: Node): string => (x.outs === null ? `${name(x)}:${typeName(x)}` : `${name(x)}:(${x.outs.map(typeName).join(' ')})`)
  const inputs = g.inputs.map(declared).join(' ')
  const lines = g.nodes.map((x) => `${indent}  ${declared(x)} = ${x.op}${paramsText(x.params, indent)}${x.args.map((a) => ` ${name(a)}`).join('')}`)
  return [`{ lambda ${inputs} .`, ...lines, `${indent}  in ${g.outputs.map(name).join(' ')} }`].join('\n')
}
