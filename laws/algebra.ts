/**
 * The laws of the instances in cotangent/fp, and of yours: each takes an instance and samples and answers true or a sentence.
 * Equality is given, because tensors must run before they can be compared. No fp-ts is imported: an instance is a record.
 */
import { every } from './close.js'
import type { Verdict } from './close.js'

type Equal<A> = (x: A, y: A) => boolean
const says = (law: string, holds: boolean): Verdict => holds || `${law} is refuted`

interface Semigroup<A> { readonly concat: (x: A, y: A) => A }
interface Monoid<A> extends Semigroup<A> { readonly empty: A }
/** (x y) z = x (y z) */
export const concatIsAssociative = <A>({ concat }: Semigroup<A>, equal: Equal<A>) => (x: A, y: A, z: A): Verdict =>
  says('concatIsAssociative', equal(concat(concat(x, y), z), concat(x, concat(y, z))))
/** e x = x = x e */
export const emptyIsIdentity = <A>({ concat, empty }: Monoid<A>, equal: Equal<A>) => (x: A): Verdict =>
  says('emptyIsIdentity', equal(concat(empty, x), x) && equal(concat(x, empty), x))

interface EqOf<A> { readonly equals: (x: A, y: A) => boolean }
/** x = x; x = y iff y = x; x = y and y = z give x = z */
export const equalsIsEquivalence = <A>({ equals }: EqOf<A>) => (x: A, y: A, z: A): Verdict =>
  says('equalsIsEquivalence', equals(x, x) && equals(x, y) === equals(y, x) && (!(equals(x, y) && equals(y, z)) || equals(x, z)))

interface Join<A> { readonly join: (x: A, y: A) => A; readonly zero: A }
/** Associative, commutative, idempotent, and zero is below all. */
export const joinIsSemilattice = <A>({ join, zero }: Join<A>, equal: Equal<A>) => (x: A, y: A, z: A): Verdict =>
  says('joinIsSemilattice', equal(join(join(x, y), z), join(x, join(y, z))) && equal(join(x, y), join(y, x)) && equal(join(x, x), x) && equal(join(zero, x), x))

interface Ring<A> { readonly add: (x: A, y: A) => A; readonly mul: (x: A, y: A) => A; readonly sub: (x: A, y: A) => A; readonly zero: A; readonly one: A }
/** A commutative ring: two monoids, x - x = 0, x (y + z) = x y + x z */
export const ringIsRing = <A>(r: Ring<A>, equal: Equal<A>) => (x: A, y: A, z: A): Verdict =>
  every<readonly [string, A, A]>([
    ['addition is associative', r.add(r.add(x, y), z), r.add(x, r.add(y, z))], ['addition commutes', r.add(x, y), r.add(y, x)], ['0 is neutral', r.add(x, r.zero), x],
    ['multiplication is associative', r.mul(r.mul(x, y), z), r.mul(x, r.mul(y, z))], ['multiplication commutes', r.mul(x, y), r.mul(y, x)], ['1 is neutral', r.mul(x, r.one), x],
    ['x - x = 0', r.sub(x, x), r.zero], ['distributivity', r.mul(x, r.add(y, z)), r.add(r.mul(x, y), r.mul(x, z))],
  ], ([law, a, b]) => says(law, equal(a, b)))

/** map of a container of numbers; F<A> is seen as unknown, for a record has no higher kind. */
type MapOf = (fa: unknown, f: (a: number) => number) => unknown
/** map id = id; map (g ∘ f) = map g ∘ map f */
export const mapKeepsComposition = (map: MapOf, equal: Equal<unknown>) => (fa: unknown, f: (a: number) => number, g: (a: number) => number): Verdict =>
  says('mapKeepsComposition', equal(map(fa, (a) => a), fa) && equal(map(fa, (a) => g(f(a))), map(map(fa, f), g)))

interface Filtering { readonly filter: (fa: unknown, keep: (a: number) => boolean) => unknown; readonly partition: (fa: unknown, keep: (a: number) => boolean) => { readonly left: unknown; readonly right: unknown } }
/** filter of both = filter ∘ filter; filter true = id; partition = both filters */
export const filterIsFilter = (F: Filtering, equal: Equal<unknown>) => (fa: unknown, p: (a: number) => boolean, q: (a: number) => boolean): Verdict => {
  const parts = F.partition(fa, p)
  return says('filterIsFilter', equal(F.filter(fa, (a) => p(a) && q(a)), F.filter(F.filter(fa, p), q)) && equal(F.filter(fa, () => true), fa)
    && equal(parts.right, F.filter(fa, p)) && equal(parts.left, F.filter(fa, (a) => !p(a))))
}

interface Folding { readonly reduce: <B>(fa: unknown, b: B, f: (b: B, a: number) => B) => B; readonly reduceRight: <B>(fa: unknown, b: B, f: (a: number, b: B) => B) => B; readonly foldMap: (M: Monoid<string>) => (fa: unknown, f: (a: number) => string) => string }
/** All three folds visit the same elements in one order. */
export const foldsAgree = (F: Folding) => (fa: unknown): Verdict => {
  const list = F.reduce<readonly number[]>(fa, [], (all, a) => [...all, a])
  const back = F.reduceRight<readonly number[]>(fa, [], (a, all) => [a, ...all])
  return says('foldsAgree', String(list) === String(back) && F.foldMap({ concat: (a, b) => a + b, empty: '' })(fa, (a) => `${a};`) === list.map((a) => `${a};`).join(''))
}

type Drawn<S, A> = (s: S) => readonly [A, S]
interface Binding { readonly of: <S, A>(a: A) => Drawn<S, A>; readonly chain: <S, A, B>(m: Drawn<S, A>, f: (a: A) => Drawn<S, B>) => Drawn<S, B> }
/** of a >>= f = f a; m >>= of = m; (m >>= f) >>= g = m >>= (a ↦ f a >>= g) */
export const drawsAreMonad = <S, A>(M: Binding, equal: Equal<readonly [A, S]>) => (s: S, a: A, m: Drawn<S, A>, f: (a: A) => Drawn<S, A>, g: (a: A) => Drawn<S, A>): Verdict =>
  every<readonly [string, Drawn<S, A>, Drawn<S, A>]>([
    ['left identity', M.chain(M.of<S, A>(a), f), f(a)], ['right identity', M.chain(m, (b) => M.of<S, A>(b)), m], ['associativity', M.chain(M.chain(m, f), g), M.chain(m, (b) => M.chain(f(b), g))],
  ], ([law, x, y]) => says(law, equal(x(s), y(s))))
