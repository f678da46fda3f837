/**
 * What an op cannot know before it runs: whether an index lies inside its axis, whether a matrix has an inverse or a Cholesky
 * factor. Under `checked` these values are watched on their way; elsewhere they pass as they are, and cost nothing.
 */
import type { Node } from '../ir/node.js'
import { b } from '../prim/index.js'
import { watched } from '../prim/watch.js'
import type { Rule } from '../prim/watch.js'

const watch = (op: string, x: Node, rule: Rule, size?: number): Node => {
  const params = watched(op, rule, size)
  return params === null ? x : b.peek([x], params)
}
/** An index into an axis of this size. */
export const within = (op: string, at: Node, size: number): Node => watch(op, at, 'within', size)
/** A triangular factor that is divided by: no zero on its diagonal. */
export const regular = (op: string, factor: Node): Node => watch(op, factor, 'regular')
/** A Cholesky factor: NaN where the matrix has none. */
export const definite = (op: string, factor: Node): Node => watch(op, factor, 'definite')
