/**
 * A tree as its structure and its leaves: the form in which trees of anything are a lawful Functor, Foldable and Traversable
 * (a plain tree may only hold tensors, so a map to strings would leave it). `leavesOf` and `treeOf` go there and back.
 * Zipping trees of unlike structure is a Left with the first place at which they differ, so it is no Apply.
 */
import type { either, foldable, foldableWithIndex, functor, functorWithIndex, traversable } from 'fp-ts'
import type { Applicative } from 'fp-ts/lib/Applicative.js'
import type { HKT } from 'fp-ts/HKT'
import { left, right } from '../run/effect.js'
import type { AnyTensor } from '../type/tensor.js'
import { flatten, pathsOf, treeMismatch, unflatten } from '../type/tree.js'
import type { TreeDef } from '../type/tree.js'

export const URI = 'cotangent/Leaves'
export type URI = typeof URI
/** A structure, and an A for each of its leaves, in the order of paths. */
export interface Leaves<A> { readonly def: TreeDef; readonly leaves: readonly A[] }
declare module 'fp-ts/HKT' {
  interface URItoKind<A> { readonly 'cotangent/Leaves': Leaves<A> }
}

/**
 * A tree of tensors taken apart.
 * @law treeOf(leavesOf(t)) = t
 * @example leavesOf({ b: ones([1]), a: [ones([2])] }).leaves.length // 2
 */
export const leavesOf = (tree: unknown): Leaves<AnyTensor> => flatten(tree) as Leaves<AnyTensor>
/**
 * A tree put together; what stands at its leaves is up to the caller.
 * @law leavesOf(treeOf(x)) = x when the leaves are tensors
 * @example treeOf({ def: leavesOf([ones([1]), ones([2])]).def, leaves: ['x', 'y'] }) // ['x', 'y']
 */
export const treeOf = <A>({ def, leaves }: Leaves<A>): unknown => unflatten(def, leaves)
/**
 * The paths of the leaves, as a tree's checkpoint names them.
 * @example pathsIn(leavesOf({ fc: { weight: ones([1]) } })) // ['fc.weight']
 */
export const pathsIn = <A>({ def }: Leaves<A>): readonly string[] => pathsOf(def, '')

const mapped = <A, B>(x: Leaves<A>, f: (a: A, path: string) => B): Leaves<B> => {
  const paths = pathsIn(x)
  return { def: x.def, leaves: x.leaves.map((a, i) => f(a, paths[i] as string)) }
}
/**
 * f at every leaf.
 * @example map((n: number) => n + 1)({ def: { kind: 'leaf' }, leaves: [1] }).leaves // [2]
 */
export const map = <A, B>(f: (a: A) => B) => (x: Leaves<A>): Leaves<B> => mapped(x, (a) => f(a))
/**
 * f at every leaf and its path.
 * @example mapWithPath((path: string) => path)(leavesOf({ w: ones([1]) })).leaves // ['w']
 */
export const mapWithPath = <A, B>(f: (path: string, a: A) => B) => (x: Leaves<A>): Leaves<B> => mapped(x, (a, path) => f(path, a))
/**
 * Pairs of leaves of two trees of one structure; else the first place where the structures differ.
 * @example zip(leavesOf([ones([1])]), leavesOf({ a: ones([1]) }))._tag // 'Left'
 */
export const zip = <A, B>(x: Leaves<A>, y: Leaves<B>): either.Either<string, Leaves<readonly [A, B]>> => {
  const wrong = treeMismatch(x.def, y.def)
  return wrong === undefined ? right({ def: x.def, leaves: x.leaves.map((a, i) => [a, y.leaves[i] as B] as const) }) : left(wrong)
}

export const Functor: functor.Functor1<URI> = { URI, map: (x, f) => mapped(x, (a) => f(a)) }
export const FunctorWithIndex: functorWithIndex.FunctorWithIndex1<URI, string> = { ...Functor, mapWithIndex: (x, f) => mapped(x, (a, path) => f(path, a)) }
export const Foldable: foldable.Foldable1<URI> = {
  URI,
  reduce: (x, start, f) => x.leaves.reduce((all, a) => f(all, a), start),
  reduceRight: (x, start, f) => x.leaves.reduceRight((all, a) => f(a, all), start),
  foldMap: (M) => (x, f) => x.leaves.reduce((all, a) => M.concat(all, f(a)), M.empty),
}
export const FoldableWithIndex: foldableWithIndex.FoldableWithIndex1<URI, string> = {
  ...Foldable,
  reduceWithIndex: (x, start, f) => pathsIn(x).reduce((all, path, i) => f(path, all, x.leaves[i] as never), start),
  reduceRightWithIndex: (x, start, f) => pathsIn(x).reduceRight((all, path, i) => f(path, x.leaves[i] as never, all), start),
  foldMapWithIndex: (M) => (x, f) => pathsIn(x).reduce((all, path, i) => M.concat(all, f(path, x.leaves[i] as never)), M.empty),
}
/** Effects from left to right; the structure is the same behind them. */
const traverse = <F>(F: Applicative<F>) => <A, B>(x: Leaves<A>, f: (a: A) => HKT<F, B>): HKT<F, Leaves<B>> => {
  const grown = x.leaves.reduce<HKT<F, readonly B[]>>((all, a) => F.ap(F.map(all, (bs) => (b: B): readonly B[] => [...bs, b]), f(a)), F.of([]))
  return F.map(grown, (leaves) => ({ def: x.def, leaves }))
}
export const Traversable: traversable.Traversable1<URI> = {
  ...Functor, ...Foldable, traverse, sequence: <F>(F: Applicative<F>) => <A>(x: Leaves<HKT<F, A>>): HKT<F, Leaves<A>> => traverse(F)(x, (a) => a),
}
