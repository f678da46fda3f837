/** Values of tensors for tests, by the reference unless told otherwise: a graph of leaves and slots, closed and evaluated. */
import { graphOf, reach } from '../../lib/ir/graph.js'
import { isInput } from '../../lib/ir/key.js'
import type { Host, Node } from '../../lib/ir/node.js'
import type { Backend } from '../../lib/run/index.js'
import { evaluate, findAddon, native, reference } from '../../lib/run/index.js'
import { arrayOf } from '../../lib/type/index.js'

const hostOf = (x: Node): Host => {
  const { shape, dtype, host } = x
  if (x.op !== 'slot') return { shape, dtype, data: host as Host['data'] }
  return { shape, dtype, data: arrayOf(dtype, 1).fill(host as never) as never }
}
const oracle = reference()
const addon = findAddon()
/** The backends of this machine, by name. */
export const backends: readonly (readonly [name: string, backend: Backend])[] =
  [['reference', oracle], ...('addon' in addon ? [['native', native(addon.addon)] as const] : [])]
/** The values of nodes that reach only leaves and slots. */
export const hosts = (outs: readonly unknown[], backend = oracle): readonly Host[] => {
  const nodes = outs as readonly Node[]
  const inputs = reach(nodes, () => false).filter(isInput)
  return evaluate(graphOf(inputs, nodes), inputs.map(hostOf), backend).outputs
}
export const host = (x: unknown): Host => hosts([x])[0] as Host
/** The elements in row-major order; i64 as bigints, bool as 0 and 1. */
export const flat = (x: unknown): (number | bigint)[] => Array.from(host(x).data as Iterable<number | bigint>)

type Nest = number | bigint | boolean | Nest[]
const nested = (data: readonly Nest[], shape: readonly number[]): Nest => {
  if (shape.length === 0) return data[0] as Nest
  const step = data.length / Math.max(1, shape[0] as number)
  return Array.from({ length: shape[0] as number }, (_, i) => nested(data.slice(i * step, (i + 1) * step), shape.slice(1)))
}
/** Nested arrays, booleans for bool. */
export const value = (x: unknown): Nest => {
  const h = host(x)
  const data = Array.from(h.data as Iterable<number | bigint>)
  return nested(h.dtype === 'bool' ? data.map((v) => v === 1) : data, h.shape)
}
