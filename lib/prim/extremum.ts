/** The larger and the smaller of two; NaN wins. Where both are equal each takes half the derivative (JAX). */
import type { Node } from '../ir/node.js'
import { binary } from './family.js'
import { constant } from './build.js'
import type { Build } from './build.js'
import { realDTypes } from './primitive.js'
import type { None, Primitive } from './primitive.js'

/** d where x wins, d/2 where x ties, else 0 (also beside NaN); `better` compares. */
const share = (better: 'lt' | 'gt') => (b: Build, x: Node, y: Node, d: Node): Node => {
  const part = b.where([b.eq([x, y]), constant(0.5, d), constant(0, d)])
  return b.mul([b.where([b[better]([x, y]), constant(1, d), part]), d])
}
export const maxP: Primitive<'max', None> = binary({
  name: 'max', dtypes: realDTypes, scalar: Math.max, big: (x, y) => (x > y ? x : y),
  jvp: [share('gt'), (b, x, y, d) => share('gt')(b, y, x, d)],
})
export const minP: Primitive<'min', None> = binary({
  name: 'min', dtypes: realDTypes, scalar: Math.min, big: (x, y) => (x < y ? x : y),
  jvp: [share('lt'), (b, x, y, d) => share('lt')(b, y, x, d)],
})
