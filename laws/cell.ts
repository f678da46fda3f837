/**
 * The cells of the coverage: a primitive at one dtype under one transform. Each says what must be true there; a runner
 * lets every machine try it and learns from what was executed whether the machine itself did the work.
 */
import type { AnyPrimitive } from '../lib/prim/index.js'
import { isInexact } from '../lib/type/dtype.js'
import type { DType } from '../lib/type/dtype.js'
import { instanceOf } from './arbitrary.js'
import type { Instance, Values } from './arbitrary.js'
import { batchClaim } from './batch.js'
import { derivative, pullback } from './calculus.js'
import { both, every } from './close.js'
import type { Verdict } from './close.js'
import { directed, isSharp, jvpIsDifferenceQuotient, passes, precisionsAgree, vjpIsAdjointOfJvp } from './derivative.js'
import type { Draw, Gen } from './draw.js'
import type { Machine } from './machine.js'
import { agreesWithReference, promiseIsKept } from './primitive.js'
import type { Claim } from './primitive.js'

export const cellTransforms = ['value', 'jvp', 'vjp', 'vmap'] as const
export type CellTransform = (typeof cellTransforms)[number]
export interface Cell { readonly dtype: DType; readonly transform: CellTransform; readonly claim: Claim }

/** A sample with something in it: of an empty one every law is true. */
const filled = (p: AnyPrimitive, values: Values, dtype: DType, draw: Draw): Instance => {
  for (let tries = 0; tries < 24; tries++) {
    const x = instanceOf(p, values, [dtype])(draw)
    if (x.inputs.every((v) => v.data.length > 0)) return x
  }
  throw new Error(`no sample of ${p.name} at ${dtype} has elements`)
}
/** The derivative of f at x: by quotients and adjoints where numbers are sharp, elsewhere by the same in sharper numbers. */
const derivatives = (x: Instance, draw: Draw): readonly (readonly [CellTransform, (on: Machine) => Verdict])[] => {
  const { active, ts, cts } = directed(draw, x)
  const { fn, inputs } = x
  return isSharp(x)
    ? [['jvp', (on) => jvpIsDifferenceQuotient(fn, inputs, active, ts, on)], ['vjp', (on) => vjpIsAdjointOfJvp(fn, inputs, active, ts, cts, on)]]
    : [['jvp', (on) => precisionsAgree(derivative(fn, active), inputs, ts, on)], ['vjp', (on) => precisionsAgree(pullback(fn, active), inputs, cts, on)]]
}
/** What must be true of a primitive at every dtype that it claims: its values, both derivatives, and its batches. */
export const cellsOf = (p: AnyPrimitive): Gen<readonly Cell[]> => (draw) => p.domain.dtypes.flatMap((dtype): Cell[] => {
  const [x, corners] = [filled(p, 'smooth', dtype, draw), filled(p, 'corner', dtype, draw)]
  const batch = batchClaim(draw, x, 3)
  const all: readonly (readonly [CellTransform, (on: Machine) => Verdict])[] = [
    ['value', (on) => both(promiseIsKept(x, on), () => every([x, corners], (y) => agreesWithReference(y, on)))],
    ...(isInexact(dtype) && passes(p) ? derivatives(x, draw) : []),
    ['vmap', batch.holds],
  ]
  return all.map(([transform, holds]) => ({ dtype, transform, claim: { text: batch.text, holds } }))
})
