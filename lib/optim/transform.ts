/**
 * Gradient transforms and optimizers are one thing: a list of pieces, each a pair of pure functions. `init` makes the
 * state for a tree of parameters; `transform` turns gradients into updates; `update` adds the updates to the parameters.
 * Laws: `chain` is a monoid with `identity`, exactly, because a chain keeps its pieces flat and its state is the tuple of
 * theirs; update(g, s, p) = p + transform(g, s, p). State is a plain tree of tensors in sight of the caller, and counts
 * its steps in an i32 tensor, so that a learning rate that changes never makes a new program.
 */
import { add, cast } from '../tensor/index.js'
import type { Device, FloatDType, Shape, Tensor } from '../type/index.js'
import { mapTree } from '../type/index.js'

/** A tree of parameters to the state that a piece keeps for it, as a type function of `params`. */
export interface StateFn { readonly params: unknown; readonly state: unknown }
export interface Stateless extends StateFn { readonly state: {} }
export type StateOf<F, P> = (F & { readonly params: P }) extends { readonly state: infer S } ? S : never
/** The state of a chain: a tuple with one entry a piece. */
export type StatesOf<Fs extends readonly StateFn[], P> = { readonly [K in keyof Fs]: StateOf<Fs[K], P> }

/** A chain of gradient transforms; any of them is an optimizer. */
export interface Optimizer<Fs extends readonly StateFn[]> {
  /** The state before the first step. */
  readonly init: <P>(params: P) => StatesOf<Fs, P>
  /** Gradients to updates (to be added), and the next state. */
  readonly transform: <P>(grads: P, state: StatesOf<Fs, NoInfer<P>>, params: NoInfer<P>) => readonly [updates: P, state: StatesOf<Fs, P>]
  /** The next parameters and the next state. */
  readonly update: <P>(grads: P, state: StatesOf<Fs, NoInfer<P>>, params: NoInfer<P>) => readonly [params: P, state: StatesOf<Fs, P>]
  /** For `chain`: what is chained. */
  readonly pieces: readonly Piece[]
}

export type Leaf = Tensor<Shape, FloatDType, Device>
type Next = readonly [tree: unknown, state: unknown]
/** One transform without types: trees go in and out. */
export interface Piece {
  readonly init: (params: unknown) => unknown
  readonly transform: (updates: unknown, state: never, params: unknown) => Next
  /** How updates are applied when this piece stands last; addition unless given. */
  readonly apply?: (params: unknown, updates: unknown) => unknown
}

/** p + u, in p's dtype. */
export const moved = (p: Leaf, u: Leaf): Leaf => cast(add(p, u) as Leaf, p.dtype)
export const addTo = (params: unknown, updates: unknown): unknown => mapTree<Leaf>(moved, params, updates)

const through = (pieces: readonly Piece[], grads: unknown, states: readonly unknown[], params: unknown): Next => {
  let updates = grads
  const next = pieces.map((piece, i) => {
    const [u, state] = piece.transform(updates, states[i] as never, params)
    updates = u
    return state
  })
  return [updates, next]
}
/** An optimizer of pieces; its type is claimed by the caller. */
export const chained = <Fs extends readonly StateFn[]>(pieces: readonly Piece[]): Optimizer<Fs> => {
  const apply = pieces.at(-1)?.apply ?? addTo
  const of = {
    pieces,
    init: (params: unknown) => pieces.map((piece) => piece.init(params)),
    transform: (grads: unknown, states: readonly unknown[], params: unknown) => through(pieces, grads, states, params),
    update: (grads: unknown, states: readonly unknown[], params: unknown) => {
      const [updates, next] = through(pieces, grads, states, params)
      return [apply(params, updates), next]
    },
  }
  return Object.freeze(of) as never
}

type Joined<Os> = Os extends readonly [Optimizer<infer Fs>, ...infer R] ? readonly [...Fs, ...Joined<R>] : readonly []
/**
 * Transforms one after the other: chain(clipByGlobalNorm(1), adam(1e-3)).
 * @shape gradients through each in turn; the state is the tuple of theirs
 * @example deepClose(await read(chain(clipByValue(1), sgd(0.1)).update(tensor(5), [{}, { step: tensor(0, { dtype: 'i32' }) }], tensor(1))[0]), -0.1 + 1)
 */
export const chain = <const Os extends readonly { readonly pieces: readonly Piece[] }[]>(...transforms: Os): Optimizer<Joined<Os>> =>
  chained(transforms.flatMap((t) => t.pieces))
/**
 * The transform that changes nothing: the identity of `chain`.
 * @shape gradients → the same
 * @example deepClose(optim.identity.init({}), [])
 */
export const identity: Optimizer<readonly []> = chained([])
