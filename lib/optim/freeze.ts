/**
 * Parameters that stay as they are. The wrapped optimizer never sees the frozen ones, so it keeps no state for them; their
 * gradients are asked for by nobody and so never computed, which is why freezing is a fact about the optimizer and not a
 * flag on tensors. Laws: frozen leaves come out of `update` as the very same tensors; freezing nothing changes nothing but
 * the form of the state.
 */
import { zerosLike } from '../tensor/index.js'
import type { AnyTensor } from '../type/index.js'
import { fail, flatten, mapTree, paths, unflatten } from '../type/index.js'
import type { Leaf, Optimizer, Piece, StateFn, StatesOf } from './transform.js'
import { chained, moved } from './transform.js'

/** The paths to freeze: each with all that is below it, or a predicate of the whole path. */
export type Frozen = readonly string[] | ((path: string) => boolean)
/** The inner state is one for the parameters that are left, by path. */
export interface Freeze<Fs extends readonly StateFn[]> extends StateFn { readonly state: StatesOf<Fs, { readonly [path: string]: AnyTensor }> }

const below = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}.`)
const test = (which: Frozen): ((path: string) => boolean) =>
  typeof which === 'function' ? which : (path) => which.some((prefix) => below(path, prefix))
/** A prefix that meets nothing is a misspelling. */
const known = (which: Frozen, all: readonly string[]): void => {
  const lost = typeof which === 'function' ? undefined : which.find((prefix) => !all.some((path) => below(path, prefix)))
  const tops = [...new Set(all.map((path) => path.split('.')[0]))]
  if (lost !== undefined) fail('InvalidArgument', `freeze: there is nothing at '${lost}'; the tree has ${tops.join(', ')}`)
}
type Named = Readonly<Record<string, unknown>>
/** The leaves that are left, by path. */
const loose = (tree: unknown, frozen: (path: string) => boolean): Named => {
  const { leaves } = flatten(tree)
  return Object.fromEntries(paths(tree).flatMap((path, i) => (frozen(path) ? [] : [[path, leaves[i]]])))
}
/** A tree with new leaves at the paths named. */
const put = (tree: unknown, named: Named, otherwise: (x: Leaf) => unknown): unknown => {
  const { leaves, def } = flatten(tree)
  return unflatten(def, paths(tree).map((path, i) => (Object.hasOwn(named, path) ? named[path] : otherwise(leaves[i] as Leaf))))
}
const piece = (inner: Optimizer<readonly StateFn[]>, which: Frozen): Piece => {
  const frozen = test(which)
  return {
    init: (params) => {
      known(which, paths(params))
      return inner.init(loose(params, frozen))
    },
    transform: (g, state, params) => {
      const [updates, next] = inner.transform(loose(g, frozen), state, loose(params, frozen))
      return [put(g, updates, (x) => zerosLike(x)), next]
    },
    apply: (params, updates) => put(params, mapTree<Leaf>(moved, loose(params, frozen), loose(updates, frozen)) as Named, (x) => x),
  }
}

/**
 * An optimizer that leaves some parameters alone: freeze(sgd(0.1), ['conv1', 'conv2']), or by a predicate of the path.
 * @shape gradients and parameters of one tree; state: the inner one, for the rest, by path
 * @throws InvalidArgument from `init` when a path meets nothing.
 * @source optax.masked with optax.set_to_zero
 * @example deepClose(await read(freeze(sgd(1), ['a']).update({ a: tensor(1), b: tensor(1) }, [[{ step: tensor(0, { dtype: 'i32' }) }]], { a: tensor(5), b: tensor(5) })[0].a), 5)
 */
export const freeze = <Fs extends readonly StateFn[]>(optimizer: Optimizer<Fs>, which: Frozen): Optimizer<readonly [Freeze<Fs>]> =>
  chained([piece(optimizer as unknown as Optimizer<readonly StateFn[]>, which)])
