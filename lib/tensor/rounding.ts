/** Rounding to whole numbers, which stay in their dtype; integers are returned as they are. Derivatives are zero. */
import type { Node } from '../ir/node.js'
import { b } from '../prim/index.js'
import type { UnaryAny } from '../type/index.js'
import { isFloat } from '../type/index.js'
import { asNode } from './operand.js'

type Make = (args: readonly Node[]) => Node
const whole = (op: string, make: Make): UnaryAny => ((x: unknown) => {
  const node = asNode(op, x)
  return isFloat(node.dtype) ? make([node]) : node
}) as never

/**
 * The next whole number below.
 * @shape [...s] → [...s]
 * @dtype any → same; integers and bools are whole already
 * @example deepClose(await read(floor(tensor([1.5, -1.5]))), [1, -2])
 */
export const floor: UnaryAny = whole('floor', b.floor)
/**
 * The next whole number above.
 * @shape [...s] → [...s]
 * @dtype any → same; integers and bools are whole already
 * @example deepClose(await read(ceil(tensor([1.5, -1.5]))), [2, -1])
 */
export const ceil: UnaryAny = whole('ceil', b.ceil)
/**
 * The nearest whole number, halves to the even one.
 * @shape [...s] → [...s]
 * @dtype any → same; integers and bools are whole already
 * @example deepClose(await read(round(tensor([0.5, 1.5, 2.4]))), [0, 2, 2])
 */
export const round: UnaryAny = whole('round', b.round)
/**
 * The whole part, towards zero.
 * @shape [...s] → [...s]
 * @dtype any → same; integers and bools are whole already
 * @example deepClose(await read(trunc(tensor([1.5, -1.5]))), [1, -1])
 */
export const trunc: UnaryAny = whole('trunc', b.trunc)
