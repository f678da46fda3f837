/**
 * Optics on parameters. Parameters are plain readonly records, so monocle-ts's lenses and optionals work on them as they are
 * (`L.prop`, `Lens.fromPath`); what it cannot know is what a leaf is: that is this traversal. Its only member is monocle-ts's
 * `modifyF`, so the functions of `monocle-ts/Traversal` take it, without an import of that package here.
 */
import type { Applicative, Applicative1, Applicative2, Applicative2C, Applicative3 } from 'fp-ts/lib/Applicative.js'
import type { HKT, Kind, Kind2, Kind3, URIS, URIS2, URIS3 } from 'fp-ts/HKT'
import type { AnyTensor } from '../type/tensor.js'
import { leavesOf, pathsIn, Traversable, treeOf } from './leaves.js'

interface ModifyF<S, A> {
  <F extends URIS3>(F: Applicative3<F>): <R, E>(f: (a: A) => Kind3<F, R, E, A>) => (s: S) => Kind3<F, R, E, S>
  <F extends URIS2>(F: Applicative2<F>): <E>(f: (a: A) => Kind2<F, E, A>) => (s: S) => Kind2<F, E, S>
  <F extends URIS2, E>(F: Applicative2C<F, E>): (f: (a: A) => Kind2<F, E, A>) => (s: S) => Kind2<F, E, S>
  <F extends URIS>(F: Applicative1<F>): (f: (a: A) => Kind<F, A>) => (s: S) => Kind<F, S>
  <F>(F: Applicative<F>): (f: (a: A) => HKT<F, A>) => (s: S) => HKT<F, S>
}
/** monocle-ts's Traversal. */
export interface Traversal<S, A> { readonly modifyF: ModifyF<S, A> }
/**
 * The leaves of a tree of tensors whose path is wanted; all of them unless said. What f gives must have the leaf's type.
 * @law modifyF(of) = of; modify is a functor; leaves that are not wanted are the very same tensors
 * @example deepClose(typeof leaves<{ readonly w: Tensor<[2], 'f32'> }>((path) => path === 'w').modifyF, 'function')
 */
export const leaves = <S>(wanted: (path: string) => boolean = () => true): Traversal<S, AnyTensor> => ({
  modifyF: <F>(F: Applicative<F>) => (f: (a: AnyTensor) => HKT<F, AnyTensor>) => (s: S): HKT<F, S> => {
    const tree = leavesOf(s), paths = pathsIn(tree)
    const named = { def: tree.def, leaves: tree.leaves.map((a, i) => [paths[i] as string, a] as const) }
    return F.map(Traversable.traverse(F)(named, ([path, a]) => (wanted(path) ? f(a) : F.of(a))), (x) => treeOf(x) as S)
  },
})
