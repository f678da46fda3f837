/**
 * Reading and adding at index tensors. With x: [b.., n, r..] and at: [b.., i..],
 *   gather(x, at)[b.., i.., r..] = x[b.., at[b.., i..], r..]           the index is clamped into the axis
 *   scatterAdd(x, at)[b.., at[b.., i..], r..] += x[b.., i.., r..]      an index outside is dropped
 * Each is the other's transpose (for indices in range). `batch` counts the leading axes b.
 */
import type { Aval, Host, Node } from '../ir/node.js'
import { numel, sameShape } from '../ir/node.js'
import type { AnyArray, IntDType } from '../type/dtype.js'
import { arrayOf } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { constant, permuteTo, stretch } from './build.js'
import type { Build } from './build.js'
import { ints, numbers } from './primitive.js'
import type { BatchSite, Operand, Primitive } from './primitive.js'
import type { Instruction } from '../ir/program.js'

type Gather = { readonly batch: number }
type Scatter = { readonly batch: number; readonly size: number }
const checkIndex = (op: string, x: Aval, at: Aval, batch: number): void => {
  if (!ints.includes(at.dtype as IntDType)) throw new Fault('DTypeMismatch', `${op}: the index must be an integer tensor, not ${at.dtype}`)
  if (!sameShape(x.shape.slice(0, batch), at.shape.slice(0, batch))) throw new Fault('ShapeMismatch', `${op}: the first ${batch} axes of [${x.shape}] and [${at.shape}] differ`)
}
const product = (shape: readonly number[], from: number, to?: number): number => numel(shape.slice(from, to))

const gatherHost = (x: Host, at: Host, batch: number, out: Aval): AnyArray => {
  const [n, rest, count] = [x.shape[batch] as number, product(x.shape, batch + 1), product(at.shape, batch)]
  const data = arrayOf(out.dtype, numel(out.shape))
  for (let i = 0; i < data.length; i++) {
    const [r, k, g] = [i % rest, Math.floor(i / rest), Math.floor(i / rest / count)]
    const index = Math.min(n - 1, Math.max(0, Number(at.data[k])))
    data[i] = x.data[(g * n + index) * rest + r] as never
  }
  return data
}
const scatterHost = (x: Host, at: Host, p: Scatter, out: Aval): AnyArray => {
  const [rest, count] = [product(out.shape, p.batch + 1), product(at.shape, p.batch)]
  const data = arrayOf(out.dtype, numel(out.shape))
  for (let i = 0; i < x.data.length; i++) {
    const [r, k, g] = [i % rest, Math.floor(i / rest), Math.floor(i / rest / count)]
    const index = Number(at.data[k])
    if (index < 0 || index >= p.size) continue
    const to = (g * p.size + index) * rest + r
    data[to] = ((data[to] as number) + (x.data[i] as number)) as never
  }
  return data
}
const both = (s: BatchSite<Gather | Scatter>): readonly [Node, Node] =>
  s.args.map((v, i) => (s.batched[i] === true ? v : stretch(v, [s.size, ...v.shape]))) as unknown as readonly [Node, Node]
const parts = (kind: 'gather' | 'scatterAdd', batch: number, size: number, x: Operand, at: Operand, out: Operand, rest: readonly number[]): Instruction => ({
  kind, batch: at.shape.slice(0, batch), size, index: at.shape.slice(batch), rest, x: x.view, at: at.view, out: out.view,
})

export const gatherP: Primitive<'gather', Gather> = {
  name: 'gather',
  complex: 'each',
  aval: ([x, at], p) => {
    const [a, i] = [x as Aval, at as Aval]
    checkIndex('gather', a, i, p.batch)
    if (a.shape[p.batch] === 0 && numel(i.shape) > 0) throw new Fault('IndexOutOfRange', `gather: axis ${p.batch} of [${a.shape}] is empty`)
    return { shape: [...i.shape, ...a.shape.slice(p.batch + 1)], dtype: a.dtype }
  },
  jvp: (b, s) => (s.tangents[0] == null ? null : b.gather([s.tangents[0], s.args[1] as Node], s.params)),
  transpose: (b, s) => {
    const [x, at] = s.args as readonly [Node, Node]
    if (s.cts[0] == null) return [null, null]
    const n = x.shape[s.params.batch] as number
    const clamped = b.min([b.max([at, constant(0, at)]), constant(n - 1, at)])
    return [b.scatterAdd([s.cts[0], clamped], { batch: s.params.batch, size: n }), null]
  },
  batch: (b, s) => {
    const [x, at] = s.args as readonly [Node, Node]
    if (s.params.batch === 0 && s.batched[0] !== true) return b.gather([x, at], s.params)
    return b.gather(both(s), { batch: s.params.batch + 1 })
  },
  eval: ([x, at], p, outs) => gatherHost(x as Host, at as Host, p.batch, outs[0] as Aval),
  lower: {
    kind: 'instruction',
    make: ([x, at], p, out) => [parts('gather', p.batch, (x as Operand).shape[p.batch] as number, x as Operand, at as Operand, out, (x as Operand).shape.slice(p.batch + 1))],
  },
  domain: {
    dtypes: numbers, range: [-3, 3], kinks: [],
    sample: (draw) => ({
      ...([
        { shapes: [[5], [3]], params: { batch: 0 } }, { shapes: [[4, 3], [2, 2]], params: { batch: 0 } }, { shapes: [[2, 4, 3], [2, 5]], params: { batch: 1 } },
        { shapes: [[3, 2], []], params: { batch: 0 } }, { shapes: [[3], [0]], params: { batch: 0 } },
      ][draw(5)] as { shapes: number[][]; params: Gather }),
      dtypes: [null, 'i32'], ranges: [null, [-1, 5]],
    }),
  },
}
export const scatterAddP: Primitive<'scatterAdd', Scatter> = {
  name: 'scatterAdd',
  complex: 'each',
  aval: ([x, at], p) => {
    const [a, i] = [x as Aval, at as Aval]
    checkIndex('scatterAdd', a, i, p.batch)
    if (!sameShape(a.shape.slice(0, i.shape.length), i.shape)) throw new Fault('ShapeMismatch', `scatterAdd: updates [${a.shape}] do not begin with the index's shape [${i.shape}]`)
    return { shape: [...i.shape.slice(0, p.batch), p.size, ...a.shape.slice(i.shape.length)], dtype: a.dtype }
  },
  jvp: (b, s) => (s.tangents[0] == null ? null : b.scatterAdd([s.tangents[0], s.args[1] as Node], s.params)),
  /** What was dropped gets nothing back. */
  transpose: (b, s) => {
    const [x, at] = s.args as readonly [Node, Node]
    if (s.cts[0] == null) return [null, null]
    const inside = b.and([b.ge([at, constant(0, at)]), b.lt([at, constant(s.params.size, at)])])
    const back = b.gather([s.cts[0], at], { batch: s.params.batch })
    const wide = b.broadcast([inside], { shape: x.shape, axes: [...at.shape.keys()] })
    return [b.where([wide, back, constant(0, x)]), null]
  },
  batch: (b, s) => b.scatterAdd(both(s), { batch: s.params.batch + 1, size: s.params.size }),
  eval: ([x, at], p, outs) => scatterHost(x as Host, at as Host, p, outs[0] as Aval),
  lower: {
    kind: 'instruction',
    make: ([x, at], p, out) => [parts('scatterAdd', p.batch, p.size, x as Operand, at as Operand, out, out.shape.slice(p.batch + 1))],
  },
  domain: {
    dtypes: numbers, range: [-3, 3], kinks: [],
    sample: (draw) => ({
      ...([
        { shapes: [[3], [3]], params: { batch: 0, size: 5 } }, { shapes: [[2, 2, 3], [2, 2]], params: { batch: 0, size: 4 } },
        { shapes: [[2, 5, 3], [2, 5]], params: { batch: 1, size: 4 } }, { shapes: [[2], []], params: { batch: 0, size: 3 } }, { shapes: [[0], [0]], params: { batch: 0, size: 2 } },
      ][draw(5)] as { shapes: number[][]; params: Scatter }),
      dtypes: [null, 'i32'], ranges: [null, [-1, 5]],
    }),
  },
}
/** Moves the axis to the front, so that `gather` along it has no batch. */
export const axisFirst = (_b: Build, x: Node, axis: number): Node => permuteTo(x, [axis, ...[...x.shape.keys()].filter((i) => i !== axis)])
