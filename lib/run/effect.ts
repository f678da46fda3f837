/**
 * Effects as types. A `Program<V, A>` needs the devices V, may fail with a `Fault`, and gives an A: structurally fp-ts's
 * ReaderTaskEither, so it goes through fp-ts's pipe unchanged, but nothing of fp-ts is imported here. Needs of a union of
 * devices is a record with a key for each: that is what composing programs builds.
 */
import { Fault, isFault } from '../type/fault.js'
import type { Device } from '../type/device.js'
import type { Runtime } from './runtime.js'

export interface Left<E> { readonly _tag: 'Left'; readonly left: E }
export interface Right<A> { readonly _tag: 'Right'; readonly right: A }
export type Either<E, A> = Left<E> | Right<A>
export const left = <E>(e: E): Either<E, never> => ({ _tag: 'Left', left: e })
export const right = <A>(a: A): Either<never, A> => ({ _tag: 'Right', right: a })

/** What a device gives to a program: the runtime that holds its values. */
export interface Capability<V extends Device> {
  readonly device: V
  readonly runtime: Runtime
}
export type Needs<V extends Device> = { readonly [K in V]: Capability<K> }
export interface Program<V extends Device, A> {
  (needs: Needs<V>): () => Promise<Either<Fault, A>>
}
/** Faults become the left side; everything else is a bug and stays an exception. */
const caught = (e: unknown): Either<Fault, never> => {
  if (isFault(e)) return left(e)
  throw e
}
/** A program from a function of the needs that may throw a Fault. */
export const program = <V extends Device, A>(f: (needs: Needs<V>) => Promise<A> | A): Program<V, A> => (needs) => async () => {
  try {
    return right(await f(needs))
  } catch (e) {
    return caught(e)
  }
}
/**
 * The way into Either for what pure code throws: a Fault becomes Left, a value Right.
 * @example deepClose(attempt(() => add(ones([2]), 1))._tag === 'Right', true)
 */
export const attempt = <A>(f: () => A): Either<Fault, A> => {
  try {
    return right(f())
  } catch (e) {
    return caught(e)
  }
}
