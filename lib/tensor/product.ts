/** The product as a balanced tree: halves are multiplied until one element is left; ones fill up to a power of two. */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, constant, ones, permuteTo, reshapeTo } from '../prim/index.js'

/** The last `size` elements of a vector's axis from `start`. */
const part = (x: Node, start: number, size: number): Node => {
  const lead = x.shape.slice(0, -1)
  return b.slice([x], { start: [...lead.map(() => 0), start], limit: [...lead, start + size], step: x.shape.map(() => 1) })
}
const filled = (x: Node, to: number): Node => {
  const n = x.shape.at(-1) as number
  const none = x.shape.map(() => 0)
  return n === to ? x : b.pad([x, constant(1, { shape: [], dtype: x.dtype })], { low: none, high: [...none.slice(1), to - n], interior: none })
}
/** The product over axes counted from the front. */
export const product = (x: Node, axes: readonly number[]): Node => {
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i))
  const out = rest.map((i) => x.shape[i] as number)
  const n = numel(axes.map((a) => x.shape[a] as number))
  if (n === 0) return ones({ shape: out, dtype: x.dtype })
  let rows = filled(reshapeTo(permuteTo(x, [...rest, ...axes]), [...out, n]), 2 ** Math.ceil(Math.log2(n)))
  for (let size = (rows.shape.at(-1) as number) / 2; size >= 1; size /= 2) rows = b.mul([part(rows, 0, size), part(rows, size, size)])
  return reshapeTo(rows, out)
}
