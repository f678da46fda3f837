/** What the higher-order forms share: lists of absent and present tangents, and the types of a body's outputs. */
import type { Aval, Node } from '../ir/node.js'
import { zeros } from './build.js'
import type { Domain, Tangent } from './primitive.js'

export const avals = (xs: readonly Aval[]): Aval[] => xs.map((x) => ({ shape: x.shape, dtype: x.dtype }))
export const given = (ts: readonly Tangent[]): boolean[] => ts.map((t) => t != null)
export const some = (ts: readonly Tangent[]): Node[] => ts.filter((t): t is Node => t != null)
/** Puts the outputs of a tangent body back among absent ones. */
export const scatter = (has: readonly boolean[], xs: readonly Node[]): Tangent[] => {
  let at = 0
  return has.map((h) => (h ? (xs[at++] as Node) : null))
}
/** A cotangent, or the zero it stands for. */
export const filled = (ct: Tangent, like: Aval): Node => ct ?? zeros(like)
/** Higher-order forms are sampled by random programs, not from a record. */
export const never = (): Domain<never> => ({ dtypes: [], range: [0, 1], kinks: [], sample: () => ({ shapes: [], params: {} as never }) })
