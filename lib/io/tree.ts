/**
 * Between trees of tensors and the named tensors of a file: each leaf's name is its dotted path,
 * `layers.0.weight`, as in PyTorch, so files exchange. Law: `fit(tree, name(tree)) = tree`. A tree that is itself
 * one tensor is named `tensor`. Keys that hold dots may make two paths meet; that is refused rather than one
 * tensor silently lost.
 */
import { fail } from '../type/fault.js'
import type { AnyTensor } from '../type/tensor.js'
import { flatten, paths, unflatten, type MapLeaves } from '../type/tree.js'
import { matchKeys, type Signature } from './checkpoint.js'

/**
 * The leaves of a tree by dotted path; throws InvalidArgument for what is no tree, or when two leaves share a path.
 * @example name({ layers: [] }) // {}
 */
export const name = (tree: unknown): Readonly<Record<string, AnyTensor>> => {
  const names = namesOf(tree)
  const { leaves } = flatten(tree)
  return Object.fromEntries(names.map((path, i) => [path, leaves[i] as AnyTensor]))
}

/**
 * A tree of the template's form made of named leaves; throws DecodeError naming every missing, unexpected or
 * unlike one.
 * @example fit({ layers: [] }, {}) // { layers: [] }
 */
export const fit = <T, L extends Signature>(template: T, found: Readonly<Record<string, L>>): MapLeaves<T, L> => {
  matchKeys(name(template) as Readonly<Record<string, Signature>>, found)
  return unflatten(
    flatten(template).def,
    namesOf(template).map((path) => found[path]),
  ) as MapLeaves<T, L>
}

const namesOf = (tree: unknown): readonly string[] => {
  const names = paths(tree).map((path) => path || 'tensor')
  const twice = names.find((path, i) => names.indexOf(path, i + 1) >= 0)
  return twice === undefined
    ? names
    : fail(
        'InvalidArgument',
        `Two tensors of the tree have the path ${twice}: a key of the tree holds a dot; rename it.`,
      )
}
