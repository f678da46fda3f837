/** Loops of elementwise series and samplers: each element stops by itself, the loop when all have. */
import type { Node } from '../../ir/node.js'
import { b } from '../../prim/index.js'
import { whileLoop } from '../../transform/index.js'
import { choose } from './real.js'

export type State = readonly Node[]
const somewhere = (c: Node): Node => b.reduceOr([c], { axes: c.shape.map((_, i) => i) })
/**
 * Repeats a step where `on` (the first of the state) holds, until it holds nowhere. What is u32 is a random key, which goes on
 * for all: it may have another shape, and where nothing is drawn any more it does not matter. `again` says that the loop draws
 * from the key of another one, each for elements of its own.
 */
export const settle = (step: (s: State) => State, init: State, settings: { readonly again?: true } = {}): State =>
  (whileLoop as never as (t: (s: State) => Node, f: (s: State) => State, s: State, settings: object) => State)(
    (s) => somewhere(s[0] as Node),
    (s) => step(s).map((x, i) => (x.dtype === 'u32' ? x : choose(s[0] as Node, x, s[i] as Node))),
    init,
    settings,
  )
