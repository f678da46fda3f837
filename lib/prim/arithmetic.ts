/** Addition, subtraction, multiplication, division, negation: the field's operations. Integers wrap. */
import * as analytic from './analytic.js'
import { binary, unary } from './family.js'
import { inexact, numbers } from './primitive.js'
import type { None, Primitive, TransposeSite } from './primitive.js'
import type { Node } from '../ir/node.js'

const side = (s: TransposeSite<None>, i: number, ct: Node): Node | null => (s.linear[i] === true ? ct : null)

/** d(x + y) = dx + dy */
export const addP: Primitive<'add', None> = binary({
  name: 'add', complex: 'each', dtypes: numbers, scalar: (x, y) => x + y, big: (x, y) => x + y,
  jvp: [(_b, _x, _y, d) => d, (_b, _x, _y, d) => d],
  transpose: (_b, s, ct) => [side(s, 0, ct), side(s, 1, ct)],
})
/** d(x - y) = dx - dy */
export const subP: Primitive<'sub', None> = binary({
  name: 'sub', complex: 'each', dtypes: numbers, scalar: (x, y) => x - y, big: (x, y) => x - y,
  jvp: [(_b, _x, _y, d) => d, (b, _x, _y, d) => b.neg([d])],
  transpose: (b, s, ct) => [side(s, 0, ct), s.linear[1] === true ? b.neg([ct]) : null],
})
/** d(xy) = dx y + x dy */
export const mulP: Primitive<'mul', None> = binary({
  name: 'mul', complex: 'product', dtypes: numbers, scalar: (x, y) => x * y, int: Math.imul, big: (x, y) => x * y,
  jvp: [(b, _x, y, d) => b.mul([d, y]), (b, x, _y, d) => b.mul([x, d])],
  transpose: (b, s, ct) => [
    s.linear[0] === true ? b.mul([ct, s.args[1] as Node]) : null,
    s.linear[1] === true ? b.mul([s.args[0] as Node, ct]) : null,
  ],
})
/** d(x/y) = dx/y - (x/y) dy/y */
export const divP: Primitive<'div', None> = binary({
  name: 'div', complex: analytic.div, dtypes: inexact, scalar: (x, y) => x / y, range: [0.5, 3],
  jvp: [(b, _x, y, d) => b.div([d, y]), (b, _x, y, d, out) => b.neg([b.div([b.mul([out, d]), y])])],
  transpose: (b, s, ct) => [s.linear[0] === true ? b.div([ct, s.args[1] as Node]) : null, null],
})
/** d(-x) = -dx */
export const negP: Primitive<'neg', None> = unary({
  name: 'neg', complex: 'each', dtypes: numbers, scalar: (x) => -x, big: (x) => -x,
  jvp: (b, _x, dx) => b.neg([dx]), transpose: (b, ct) => b.neg([ct]),
})
