/** Along one axis: the running sum (linear; its transpose runs backwards), the stable sorting permutation and what it gives. */
import type { Aval, Host, Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { permuted } from '../ir/strided.js'
import type { AnyArray } from '../type/dtype.js'
import { arrayOf } from '../type/dtype.js'
import { moveAxis } from './build.js'
import type { Build } from './build.js'
import { linearJvp } from './family.js'
import { numbers, realDTypes } from './primitive.js'
import { indexable } from './reduce.js'
import type { Domain, Lower, Operand, Primitive } from './primitive.js'
import type { View } from '../ir/program.js'

const axisLast = (rank: number, axis: number): number[] => [...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis), axis]
/** dims and strides with the axis moved to the end. */
const lastView = (x: Operand, axis: number): { dims: number[]; view: View } => {
  const order = axisLast(x.shape.length, axis)
  return { dims: order.map((a) => x.shape[a] as number), view: { ...x.view, strides: order.map((a) => x.view.strides[a] as number) } }
}
/** Applies `row` to each row along the axis and puts the results back in place. */
const alongAxis = (x: Host, axis: number, out: Aval, row: (data: AnyArray, result: AnyArray) => void): AnyArray => {
  const order = axisLast(x.shape.length, axis)
  const rows = permuted(x, order)
  const n = x.shape[axis] as number
  const data = arrayOf(out.dtype, numel(out.shape))
  for (let i = 0; i < data.length; i += n) row(rows.data.subarray(i, i + n) as AnyArray, data.subarray(i, i + n) as AnyArray)
  return permuted({ dtype: out.dtype, shape: rows.shape, data }, order.map((_, i) => order.indexOf(i))).data
}
type Along = { readonly axis: number; readonly reverse: boolean }
const runningSum = (reverse: boolean) => (x: AnyArray, y: AnyArray): void => {
  const n = x.length
  let s: number | bigint = typeof x[0] === 'bigint' ? 0n : 0
  for (let k = 0; k < n; k++) {
    const i = reverse ? n - 1 - k : k
    s = ((s as number) + (x[i] as number)) as number
    y[i] = s as never
  }
}
export const cumsumP: Primitive<'cumsum', Along> = {
  name: 'cumsum',
  complex: 'each',
  aval: ([x]) => ({ shape: (x as Aval).shape, dtype: (x as Aval).dtype }),
  jvp: linearJvp((b, x, p) => b.cumsum([x], p)),
  transpose: (b, s) => [s.cts[0] == null ? null : b.cumsum([s.cts[0]], { axis: s.params.axis, reverse: !s.params.reverse })],
  batch: (b, s) => b.cumsum(s.args, { axis: s.params.axis + 1, reverse: s.params.reverse }),
  eval: ([x], p, outs) => alongAxis(x as Host, p.axis, outs[0] as Aval, runningSum(p.reverse)),
  lower: {
    kind: 'instruction',
    make: ([x], p, out) => {
      const from = lastView(x as Operand, p.axis)
      return [{ kind: 'cumulative', op: 'sum', reverse: p.reverse, dims: from.dims, x: from.view, out: lastView(out, p.axis).view }]
    },
  },
  domain: {
    dtypes: numbers, range: [-3, 3], kinks: [],
    sample: (draw) => [
      { shapes: [[5]], params: { axis: 0, reverse: false } }, { shapes: [[3, 4]], params: { axis: 0, reverse: true } }, { shapes: [[2, 0]], params: { axis: 1, reverse: false } },
    ][draw(3)] as { shapes: number[][]; params: Along },
  },
}

type Sort = { readonly axis: number }
/** Ascending, NaN last, equal elements in their order. */
const order = (x: AnyArray, y: { [i: number]: unknown }): void => {
  const index = Array.from({ length: x.length }, (_, i) => i)
  const rank = (v: number): number => (v !== v ? 1 : 0)
  index.sort((i, j) => {
    const [p, q] = [x[i], x[j]] as [number, number]
    return p < q ? -1 : p > q ? 1 : p === q ? i - j : rank(p) - rank(q) || i - j
  })
  index.forEach((at, i) => {
    y[i] = at
  })
}
const inOrder = (x: AnyArray, y: AnyArray): void => {
  const at: number[] = []
  order(x, at)
  at.forEach((from, i) => {
    y[i] = x[from] as never
  })
}
const lowerTo = (kind: 'argsort' | 'sort'): Lower<Sort> => ({
  kind: 'instruction',
  make: ([x], p, out) => {
    const from = lastView(x as Operand, p.axis)
    return [{ kind, dims: from.dims, x: from.view, out: lastView(out, p.axis).view }]
  },
})
const sortDomain: Domain<Sort> = {
  dtypes: realDTypes, range: [-3, 3], kinks: [],
  sample: (draw) => [{ shapes: [[7]], params: { axis: 0 } }, { shapes: [[3, 4]], params: { axis: 0 } }, { shapes: [[0, 2]], params: { axis: 1 } }][draw(3)] as { shapes: number[][]; params: Sort },
}
const sortable = (op: string, x: Aval, p: Sort): Aval['shape'] => {
  indexable(op, x.shape[p.axis] as number)
  return x.shape
}
export const argsortP: Primitive<'argsort', Sort> = {
  name: 'argsort',
  aval: ([x], p) => ({ shape: sortable('argsort', x as Aval, p), dtype: 'i32' }),
  jvp: () => null,
  transpose: 'none',
  batch: (b, s) => b.argsort(s.args as readonly Node[], { axis: s.params.axis + 1 }),
  eval: ([x], p, outs) => alongAxis(x as Host, p.axis, outs[0] as Aval, order),
  lower: lowerTo('argsort'),
  domain: sortDomain,
}
/** x[..., at[...], ...] along an axis. */
const along = (b: Build, x: Node, at: Node, axis: number): Node => {
  const last = x.shape.length - 1
  return moveAxis(b.gather([moveAxis(x, axis, last), moveAxis(at, axis, last)], { batch: last }), last, axis)
}
/** Elements alone are sorted faster than places; places are worked out where a derivative asks for them. */
export const sortP: Primitive<'sort', Sort> = {
  name: 'sort',
  aval: ([x], p) => ({ shape: sortable('sort', x as Aval, p), dtype: (x as Aval).dtype }),
  jvp: (b, s) => (s.tangents[0] == null ? null : along(b, s.tangents[0], b.argsort(s.args, s.params), s.params.axis)),
  transpose: 'none',
  batch: (b, s) => b.sort(s.args, { axis: s.params.axis + 1 }),
  eval: ([x], p, outs) => alongAxis(x as Host, p.axis, outs[0] as Aval, inOrder),
  lower: lowerTo('sort'),
  domain: sortDomain,
}
