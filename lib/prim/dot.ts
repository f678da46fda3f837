/**
 * out[b.., m, n] = Σₖ x[b.., m, k] y[b.., k, n]: the one contraction. matmul, einsum and dotGeneral are permutes (which
 * cost nothing) around it. Bilinear, and closed under transposition.
 */
import type { Aval, Host, Node } from '../ir/node.js'
import { numel, sameShape, typeName } from '../ir/node.js'
import type { AnyArray } from '../type/dtype.js'
import { arrayOf, dtypeInfo, isBig } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { bilinearJvp } from './family.js'
import { stretch } from './build.js'
import type { Build } from './build.js'
import { numbers } from './primitive.js'
import type { None, Operand, Primitive } from './primitive.js'

const flip = (b: Build, x: Node): Node => {
  const r = x.shape.length
  return b.permute([x], { axes: [...x.shape.keys()].map((i) => (i === r - 1 ? r - 2 : i === r - 2 ? r - 1 : i)) })
}
const multiply = (x: Host, y: Host, out: Aval): AnyArray => {
  const [m, n] = out.shape.slice(-2) as [number, number]
  const k = x.shape[x.shape.length - 1] as number
  const data = arrayOf(out.dtype, numel(out.shape))
  const big = isBig(out.dtype)
  const whole = !big && dtypeInfo[out.dtype].kind === 'int'
  for (let at = 0; at < data.length; at++) {
    const [batch, i, j] = [Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n]
    let s: number | bigint = big ? 0n : 0
    for (let l = 0; l < k; l++) {
      const [p, q] = [x.data[(batch * m + i) * k + l], y.data[(batch * k + l) * n + j]] as [number, number]
      s = whole ? ((s as number) + Math.imul(p, q)) | 0 : (s as number) + p * q
    }
    data[at] = s as never
  }
  return data
}
/** Columns that are worth turning into rows: of 64x64 and 256x256 matrices, two were faster so, four no longer. */
const MOST_COLUMNS = 2
export const dotP: Primitive<'dot', None> = {
  name: 'dot',
  complex: 'product',
  aval: ([x, y]) => {
    const [a, c] = [x as Aval, y as Aval]
    const r = a.shape.length
    const fits = r >= 2 && c.shape.length === r && sameShape(a.shape.slice(0, -2), c.shape.slice(0, -2)) && a.shape[r - 1] === c.shape[r - 2]
    if (!fits) throw new Fault('ShapeMismatch', `dot: [${a.shape}] x [${c.shape}]: batch axes must agree and the inner ones too`)
    if (a.dtype !== c.dtype || !numbers.includes(a.dtype)) throw new Fault('DTypeMismatch', `dot: ${typeName(a)} x ${typeName(c)}; cast one of them`)
    return { shape: [...a.shape.slice(0, -1), c.shape[r - 1] as number], dtype: a.dtype }
  },
  jvp: bilinearJvp((b, x, y) => b.dot([x, y])),
  transpose: (b, s) => {
    const ct = s.cts[0]
    const [x, y] = s.args as readonly [Node, Node]
    if (ct == null) return [null, null]
    return [s.linear[0] === true ? b.dot([ct, flip(b, y)]) : null, s.linear[1] === true ? b.dot([flip(b, x), ct]) : null]
  },
  /**
   * Only x batched, no batch axes of its own: the batch joins the rows. Only y, of one or two columns: they become rows, of
   * the transposed product. Else the other operand is repeated, for free.
   */
  batch: (b, s) => {
    const [x, y] = s.args as readonly [Node, Node]
    if (s.batched[1] !== true && y.shape.length === 2) {
      const [m, k] = x.shape.slice(1) as [number, number]
      const n = y.shape[1] as number
      return b.reshape([b.dot([b.reshape([x], { shape: [s.size * m, k] }), y])], { shape: [s.size, m, n] })
    }
    if (s.batched[0] !== true && x.shape.length === 2 && (y.shape[2] as number) <= MOST_COLUMNS) {
      const [k, n] = y.shape.slice(1) as [number, number]
      const rows = b.dot([b.reshape([flip(b, y)], { shape: [s.size * n, k] }), flip(b, x)])
      return flip(b, b.reshape([rows], { shape: [s.size, n, x.shape[0] as number] }))
    }
    const wide = (v: Node, i: number): Node => (s.batched[i] === true ? v : stretch(v, [s.size, ...v.shape]))
    return b.dot([wide(x, 0), wide(y, 1)])
  },
  eval: ([x, y], _p, outs) => multiply(x as Host, y as Host, outs[0] as Aval),
  lower: {
    kind: 'instruction',
    make: ([x, y], _p, out) => {
      const r = out.shape.length
      const [m, n] = out.shape.slice(-2) as [number, number]
      const k = (x as Operand).shape[r - 1] as number
      return [{ kind: 'dot', batch: out.shape.slice(0, -2), m, n, k, a: (x as Operand).view, b: (y as Operand).view, out: out.view }]
    },
  },
  domain: {
    dtypes: numbers, range: [-2, 2], kinks: [],
    sample: (draw) => ({ shapes: [[[3, 4], [4, 2]], [[1, 1], [1, 1]], [[2, 3, 4], [2, 4, 5]], [[2, 0], [0, 3]], [[0, 2], [2, 3]], [[7, 5], [5, 17]]][draw(6)] as number[][], params: {} }),
  },
}
