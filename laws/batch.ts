/** vmap f (stack of xs) = stack of (f x), for every choice of batched operands and sizes 1, 3 and 0. */
import type { Host } from '../lib/ir/node.js'
import type { AnyPrimitive } from '../lib/prim/index.js'
import { instanceOf, isApplied } from './arbitrary.js'
import type { Instance } from './arbitrary.js'
import { closed, mapped } from './calculus.js'
import { allClose } from './close.js'
import type { Verdict } from './close.js'
import { oneOf, subset } from './draw.js'
import type { Draw } from './draw.js'
import { sliced, stacked } from './host.js'
import { oracle } from './machine.js'
import type { Machine } from './machine.js'
import { claimOf } from './primitive.js'
import type { Claim, PrimitiveLaw } from './primitive.js'

/** vmap(f)(xs)[i] = f(xs[i]) */
export const vmapIsStack = (x: Instance, batched: readonly boolean[], size: number, operands: readonly Host[], on: Machine): Verdict => {
  const wide = on.run(closed(mapped(x.fn, batched, size), operands), operands)
  const g = closed(x.fn, x.inputs)
  const rows = Array.from({ length: size }, (_, i) => oracle.run(g, operands.map((v, k) => (batched[k] === true ? sliced(v, i) : v))))
  return allClose(wide, g.outputs.map((o, k) => stacked(rows.map((r) => r[k] as Host), o)), x.work)
}
const claim = (p: AnyPrimitive) => (draw: Draw): Claim => {
  const x = instanceOf(p)(draw)
  return batchClaim(draw, x)
}
export const batchClaim = (draw: Draw, x: Instance, size: number = oneOf(draw, [3, 1, 0])): Claim => {
  const places = [...x.inputs.keys()].slice(0, x.free)
  const batched = places.length === 0 ? x.inputs.map(() => false) : subset(draw, x.inputs.length, places)
  const rows = Array.from({ length: size }, () => x.fresh(draw))
  const operands = x.inputs.map((v, i) => (batched[i] === true ? stacked(rows.map((r) => r[i] as Host), v) : v))
  const c = claimOf(x, (y, on) => vmapIsStack(y, batched, size, operands, on))
  return { ...c, text: `${c.text} batched ${batched.map(Number).join('')} size ${size}` }
}
export const batchLaws: readonly PrimitiveLaw[] = [
  { name: 'vmapIsStack', formula: 'vmap(f)(xs)[i] = f(xs[i])', about: isApplied, on: 'every', claim },
]
