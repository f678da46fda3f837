/** Tensors for tests below the tensor floor. */
import { leaf } from '../../lib/ir/node.js'
import type { Node } from '../../lib/ir/node.js'
import { b } from '../../lib/prim/index.js'

export const f32 = (data: readonly number[], shape: readonly number[] = [data.length]): Node => leaf(Float32Array.from(data), shape, 'f32')
export const f64 = (data: readonly number[], shape: readonly number[] = [data.length]): Node => leaf(Float64Array.from(data), shape, 'f64')
export const scalar = (x: number): Node => f32([x], [])
export const total = (x: Node): Node => b.sum([x], { axes: x.shape.map((_, i) => i) })
