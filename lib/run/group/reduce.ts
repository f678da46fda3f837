/** What a program asks of all processes between its runs. */
import type { Node } from '../../ir/node.js'
import { typeName } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'
import { isComplex, isInexact } from '../../type/dtype.js'
import { fail } from '../../type/fault.js'
import type { Ran } from '../../type/tensor.js'
import { flatten, unflatten } from '../../type/tree.js'
import { session } from '../session.js'
import type { World } from './world.js'

export type ReduceOp = 'sum' | 'mean' | 'max' | 'min'
const takes = (op: ReduceOp, x: Node): void => {
  const bad = op === 'mean' ? !isInexact(x.dtype) : op === 'sum' ? x.dtype === 'bool' : isComplex(x.dtype)
  if (bad) fail('DTypeMismatch', `allReduce: there is no ${op} of ${typeName(x)}: cast it first`)
}
const reduced = (x: Node, op: ReduceOp, processes: number): Node => {
  takes(op, x)
  if (processes === 1) return x
  const y = b.exchange([x], { how: op === 'mean' ? 'sum' : op, processes, label: `allReduce ${op} of ${typeName(x)}` })
  return op === 'mean' ? b.div([y, constant(processes, y)]) : y
}
/**
 * The sum (or mean, max, min) over the processes of what each has, on all of them. The tree that is given stays as it is.
 * @shape [...s] → [...s], or a tree of them
 * @dtype any number → same
 * @throws DTypeMismatch for a sum of bools, a mean of integers, an order of complex numbers; BackendFailure, on all processes,
 *   when they do not make the same call.
 * @example const world = await initialize(); deepClose(await read(await allReduce(tensor([1, 2]), world)), [1, 2])
 */
export const allReduce = async <T>(tree: T, world: World, settings: { readonly op?: ReduceOp } = {}): Promise<Ran<T, 'cpu'>> => {
  const { leaves, def } = flatten(tree)
  const op = settings.op ?? 'sum'
  return session().run(unflatten(def, (leaves as Node[]).map((x) => reduced(x, op, world.size))) as T)
}
/**
 * Waits until all processes have come here.
 * @shape world → nothing
 * @throws BackendFailure, on all processes, when one of them does something else.
 * @example await barrier(await initialize())
 */
export const barrier = async (world: World): Promise<void> => void (await world.gather(new Uint8Array(0), 'barrier'))
