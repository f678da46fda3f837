/** The larger, the smaller, and limits. NaN wins; where both are equal each takes half the derivative (JAX). */
import type { Node } from '../ir/node.js'
import { b } from '../prim/index.js'
import type { Binary, Clip } from '../type/index.js'
import { asNode, pair } from './operand.js'

/**
 * The larger of x and y; NaN when either is.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(maximum(tensor([1, 5]), 3)), [3, 5])
 */
export const maximum: Binary = ((x: unknown, y: unknown) => b.max(pair('maximum', x, y))) as never
/**
 * The smaller of x and y; NaN when either is.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(minimum(tensor([1, 5]), 3)), [1, 3])
 */
export const minimum: Binary = ((x: unknown, y: unknown) => b.min(pair('minimum', x, y))) as never
/**
 * x held between two limits, of which either may be left out; where they cross, `max` wins.
 * @shape [...s] → [...s]
 * @dtype any → same
 * @throws DTypeMismatch for a limit that the dtype does not hold.
 * @example deepClose(await read(clip(tensor([-1, 3, 9]), { min: 0, max: 6 })), [0, 3, 6])
 */
export const clip: Clip = ((x: unknown, { min, max }: { readonly min?: number; readonly max?: number }) => {
  const node: Node = asNode('clip', x)
  const raised = min === undefined ? node : b.max(pair('clip', node, min))
  return max === undefined ? raised : b.min(pair('clip', raised, max))
}) as never
