/** Logic on bool and, bit by bit, on integers; shifts by the width or more give 0 (or the sign). */
import type { Aval } from '../ir/node.js'
import { dtypeInfo } from '../type/dtype.js'
import type { DType } from '../type/dtype.js'
import { binary, mapHost, unary } from './family.js'
import { ints } from './primitive.js'
import type { None, Primitive } from './primitive.js'

const bits: readonly DType[] = ['bool', ...ints]

export const andP: Primitive<'and', None> = binary({ name: 'and', dtypes: bits, scalar: (x, y) => x & y, big: (x, y) => x & y, jvp: null })
export const orP: Primitive<'or', None> = binary({ name: 'or', dtypes: bits, scalar: (x, y) => x | y, big: (x, y) => x | y, jvp: null })
export const xorP: Primitive<'xor', None> = binary({ name: 'xor', dtypes: bits, scalar: (x, y) => x ^ y, big: (x, y) => x ^ y, jvp: null })
const complement = unary({ name: 'not', dtypes: bits, scalar: (x) => ~x, big: (x) => ~x, jvp: null })
export const notP: Primitive<'not', None> = {
  ...complement,
  eval: (xs, p, outs, t) =>
    outs[0]?.dtype === 'bool' ? mapHost(xs, 'bool', (x) => 1 - x) : complement.eval(xs, p, outs, t),
}
/** x · 2ʸ in the dtype; a count outside the width gives 0. */
export const shlP: Primitive<'shl', None> = shift('shl', (x, y, width) => (y < 0 || y >= width ? 0 : x << y), (x, y) => (y < 0n || y >= 64n ? 0n : x << y))
/** ⌊x / 2ʸ⌋: the sign stays for signed dtypes. */
export const shrP: Primitive<'shr', None> = shift(
  'shr', (x, y, width) => (y < 0 || y >= width ? (x < 0 ? -1 : 0) : Math.floor(x / 2 ** y)),
  (x, y) => (y < 0n || y >= 64n ? (x < 0n ? -1n : 0n) : x >> y),
)
function shift<N extends string>(name: N, f: (x: number, y: number, width: number) => number, big: (x: bigint, y: bigint) => bigint): Primitive<N, None> {
  const plain = binary({ name, dtypes: ints, scalar: (x, y) => f(x, y, 32), big, jvp: null, range: [0, 6] })
  return {
    ...plain,
    eval: (xs, _p, outs) => {
      const { dtype } = outs[0] as Aval
      return mapHost(xs, dtype, (x, y) => f(x, y, 8 * dtypeInfo[dtype].bytes), big)
    },
  }
}
