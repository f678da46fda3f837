/** Ops that lay pieces into a larger whole: pad (with gaps between elements, so that it transposes slice) and concat. */
import type { Aval, Host, Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { rowMajor, spread } from '../ir/strided.js'
import type { Instruction, View } from '../ir/program.js'
import { arrayOf } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { stretch, zeros } from './build.js'
import { allDTypes } from './primitive.js'
import type { Operand, Primitive } from './primitive.js'

/** out = x, elementwise, through any strides. */
export const copyOf = (dims: readonly number[], from: View, to: View): Instruction => ({
  kind: 'loop', dims, reduced: 0, sources: [from], ops: [], sinks: [{ kind: 'store', register: 0, view: to }],
})
const at = (v: View, offset: number, strides: readonly number[]): View => ({ ...v, offset: v.offset + offset, strides })

type Pad = { readonly low: readonly number[]; readonly high: readonly number[]; readonly interior: readonly number[] }
const padded = (x: Aval, p: Pad): number[] =>
  x.shape.map((n, i) => (p.low[i] as number) + n + Math.max(0, n - 1) * (p.interior[i] as number) + (p.high[i] as number))
const placed = (strides: readonly number[], p: Pad): { offset: number; strides: number[] } => ({
  offset: strides.reduce((o, s, i) => o + s * (p.low[i] as number), 0),
  strides: strides.map((s, i) => s * ((p.interior[i] as number) + 1)),
})
const unpad = (x: Node, p: Pad): { start: readonly number[]; limit: number[]; step: number[] } => ({
  start: p.low,
  limit: x.shape.map((n, i) => (n === 0 ? (p.low[i] as number) : (p.low[i] as number) + (n - 1) * ((p.interior[i] as number) + 1) + 1)),
  step: p.interior.map((k) => k + 1),
})
/** The second operand's value around and between the elements of the first. */
export const padP: Primitive<'pad', Pad> = {
  name: 'pad',
  complex: 'each',
  aval: ([x, v], p) => {
    const a = x as Aval
    if (v?.dtype !== a.dtype || v.shape.length !== 0) throw new Fault('DTypeMismatch', `pad: the value must be a ${a.dtype} scalar`)
    if ([...p.low, ...p.high, ...p.interior].some((k) => k < 0)) throw new Fault('InvalidArgument', 'pad: widths must not be negative; use slice to cut')
    return { shape: padded(a, p), dtype: a.dtype }
  },
  jvp: (b, s) => {
    const [dx, dv] = s.tangents
    if (dx == null && dv == null) return null
    return b.pad([dx ?? zeros(s.args[0] as Node), dv ?? zeros(s.args[1] as Node)], s.params)
  },
  /** x̄ = the elements, v̄ = the sum of everything else. */
  transpose: (b, s) => {
    const ct = s.cts[0]
    if (ct == null) return [null, null]
    const inner = b.slice([ct], unpad(s.args[0] as Node, s.params))
    const total = (y: Node): Node => b.sum([y], { axes: y.shape.map((_, i) => i) })
    return [s.linear[0] === true ? inner : null, s.linear[1] === true ? b.sub([total(ct), total(inner)]) : null]
  },
  batch: (b, s) => {
    const [x, v] = s.args as readonly [Node, Node]
    const p: Pad = { low: [0, ...s.params.low], high: [0, ...s.params.high], interior: [0, ...s.params.interior] }
    const wide = s.batched[0] === true ? x : stretch(x, [s.size, ...x.shape])
    if (s.batched[1] !== true) return b.pad([wide, v], p)
    const hole = b.pad([zeros({ shape: wide.shape, dtype: 'bool' }), b.constant([], { value: 1, dtype: 'bool' })], p)
    const fill = b.broadcast([v], { shape: hole.shape, axes: [0] })
    return b.where([hole, fill, b.pad([wide, zeros({ shape: [], dtype: x.dtype })], p)])
  },
  eval: ([x, v], p, outs) => {
    const out = outs[0] as Aval
    const to = placed(rowMajor(out.shape), p)
    return spread(x as Host, arrayOf(out.dtype, numel(out.shape)).fill((v as Host).data[0] as never) as never, to.offset, to.strides)
  },
  lower: {
    kind: 'instruction',
    make: ([x, v], p, out) => {
      const to = placed(out.view.strides, p)
      const value = (v as Operand).view
      return [copyOf(out.shape, at(value, 0, out.shape.map(() => 0)), out.view), copyOf((x as Operand).shape, (x as Operand).view, at(out.view, to.offset, to.strides))]
    },
  },
  domain: {
    dtypes: allDTypes, range: [-3, 3], kinks: [],
    sample: (draw) => [
      { shapes: [[3], []], params: { low: [1], high: [2], interior: [0] } }, { shapes: [[2, 3], []], params: { low: [0, 1], high: [1, 0], interior: [2, 1] } },
      { shapes: [[0], []], params: { low: [1], high: [1], interior: [1] } }, { shapes: [[], []], params: { low: [], high: [], interior: [] } },
    ][draw(4)] as { shapes: number[][]; params: Pad },
  },
}

type Axis = { readonly axis: number }
const starts = (xs: readonly { readonly shape: readonly number[] }[], axis: number): number[] => {
  let at = 0
  return xs.map((x) => (at += x.shape[axis] as number) - (x.shape[axis] as number))
}
/** Operands one after the other along an axis. */
export const concatP: Primitive<'concat', Axis> = {
  name: 'concat',
  complex: 'each',
  aval: (xs, p) => {
    const first = xs[0] as Aval
    for (const x of xs) {
      const fits = x.shape.length === first.shape.length && x.shape.every((n, i) => i === p.axis || n === first.shape[i])
      if (!fits) throw new Fault('ShapeMismatch', `concat: [${first.shape}] and [${x.shape}] differ off axis ${p.axis}`)
      if (x.dtype !== first.dtype) throw new Fault('DTypeMismatch', `concat: ${first.dtype} and ${x.dtype}; cast one of them`)
    }
    return { shape: first.shape.map((n, i) => (i === p.axis ? xs.reduce((t, x) => t + (x.shape[i] as number), 0) : n)), dtype: first.dtype }
  },
  jvp: (b, s) => (s.tangents.every((t) => t == null) ? null : b.concat(s.tangents.map((t, i) => t ?? zeros(s.args[i] as Node)), s.params)),
  transpose: (b, s) => {
    const ct = s.cts[0]
    const { axis } = s.params
    const from = starts(s.args, axis)
    return s.args.map((x, i) => {
      if (ct == null || s.linear[i] !== true) return null
      const start = ct.shape.map((_, d) => (d === axis ? (from[i] as number) : 0))
      return b.slice([ct], { start, limit: start.map((k, d) => k + (x.shape[d] as number)), step: start.map(() => 1) })
    })
  },
  batch: (b, s) => b.concat(s.args.map((x, i) => (s.batched[i] === true ? x : stretch(x, [s.size, ...x.shape]))), { axis: s.params.axis + 1 }),
  eval: (xs, p, outs) => {
    const out = outs[0] as Aval
    const data = arrayOf(out.dtype, numel(out.shape))
    const strides = rowMajor(out.shape)
    const from = starts(xs, p.axis)
    xs.forEach((x, i) => spread(x, data, (from[i] as number) * (strides[p.axis] as number), strides))
    return data
  },
  lower: {
    kind: 'instruction',
    make: (xs, p, out) => {
      const from = starts(xs, p.axis)
      return xs.map((x, i) => copyOf(x.shape, x.view, at(out.view, (from[i] as number) * (out.view.strides[p.axis] as number), out.view.strides)))
    },
  },
  domain: {
    dtypes: allDTypes, range: [-3, 3], kinks: [],
    sample: (draw) => [
      { shapes: [[2], [3]], params: { axis: 0 } }, { shapes: [[2, 3], [2, 1], [2, 0]], params: { axis: 1 } }, { shapes: [[1, 2]], params: { axis: 0 } },
    ][draw(3)] as { shapes: number[][]; params: Axis },
  },
}
