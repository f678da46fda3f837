/**
 * A named axis is a value. Its index is a variable older than every trace that uses it, so inside jit, scan or grad it is a
 * capture like any other, and what binds it, vmap or pmap, substitutes it.
 */
import { placeAlong } from '../ir/node.js'
import type { Axis, Spans } from '../type/collective.js'
import { fail } from '../type/fault.js'

/**
 * An axis of `size` devices, for vmap, pmap and collectives. Two axes of one name are two axes, but a pmap takes only one of a name.
 * @shape name, n → axis
 * @throws InvalidArgument for a size that is no positive integer.
 * @example const dp = axis('dp', 2); deepClose(await read(vmap((x: Scalar<'f32'>) => psum(x, dp), { axis: dp })(tensor([1, 2]))), [3, 3])
 */
export const axis = <const Name extends string, const N extends number>(name: Name, size: N): Axis<Name, N> => {
  if (!Number.isInteger(size) || size < 1) return fail('InvalidArgument', `axis '${name}': the size must be a positive integer, not ${size}`)
  return Object.freeze({ name, size, index: placeAlong(name) as never })
}
/** An axis whose devices are spread over processes, the same number in each; of one process, an axis like any other. */
export const spanning = <const Name extends string>(name: Name, spans: Spans): Axis<Name, number> => {
  const whole = axis(name, spans.local * spans.processes)
  return spans.processes === 1 ? whole : Object.freeze({ ...whole, spans })
}
