/**
 * Ops that only say where an element is: reshape, permute, broadcast, slice, flip. Compiled backends run none of them:
 * each is the operand seen through other strides (a reshape of what no strides can express is copied first).
 */
import type { Aval, Host, Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { collect, rowMajor } from '../ir/strided.js'
import type { View } from '../ir/program.js'
import { Fault } from '../type/fault.js'
import { permuteTo, reshapeTo, zeros } from './build.js'
import { linearJvp } from './family.js'
import { allDTypes } from './primitive.js'
import type { Operand, Primitive } from './primitive.js'

type Shaped = { readonly shape: readonly number[] }
const of = (x: Host, out: Aval, offset: number, strides: readonly number[]): Host['data'] => collect(x, out.shape, offset, strides)

/**
 * Strides that show `x` in another shape, or null when only a copy can. Runs of old axes are matched with runs of new axes
 * of the same product; a run of old axes must lie evenly (stride = next stride times next size).
 */
export const restride = (x: Operand, shape: readonly number[]): number[] | null => {
  if (numel(shape) === 0) return rowMajor(shape)
  const old = x.shape.flatMap((n, i) => (n === 1 ? [] : [{ n, stride: x.view.strides[i] as number }]))
  const out = new Array<number>(shape.length).fill(0)
  for (let o = 0, i = 0; i < old.length; ) {
    let o1 = o + 1
    let i1 = i + 1
    let want = shape[o] as number
    let have = (old[i] as { n: number }).n
    while (want !== have) {
      if (want < have) want *= shape[o1++] as number
      else have *= (old[i1++] as { n: number }).n
    }
    for (let k = i; k + 1 < i1; k++) {
      const [one, next] = [old[k], old[k + 1]] as [{ n: number; stride: number }, { n: number; stride: number }]
      if (one.stride !== next.stride * next.n) return null
    }
    for (let k = o1 - 1, stride = (old[i1 - 1] as { stride: number }).stride; k >= o; k--) {
      out[k] = stride
      stride *= shape[k] as number
    }
    o = o1
    i = i1
  }
  return out
}

export const reshapeP: Primitive<'reshape', Shaped> = {
  name: 'reshape',
  complex: 'each',
  aval: ([x], p) => {
    const a = x as Aval
    if (numel(a.shape) !== numel(p.shape)) throw new Fault('ShapeMismatch', `reshape: [${a.shape}] does not hold as many elements as [${p.shape}]`)
    return { shape: p.shape, dtype: a.dtype }
  },
  jvp: linearJvp((b, x, p) => b.reshape([x], p)),
  transpose: (_b, s) => [s.cts[0] == null ? null : reshapeTo(s.cts[0], (s.args[0] as Node).shape)],
  batch: (b, s) => b.reshape(s.args, { shape: [s.size, ...s.params.shape] }),
  eval: ([x]) => (x as Host).data,
  lower: {
    kind: 'view',
    view: (x, p) => {
      const strides = restride(x, p.shape)
      return strides === null ? null : { ...x.view, strides }
    },
  },
  domain: {
    dtypes: allDTypes, range: [-3, 3], kinks: [],
    sample: (draw) => [
      { shapes: [[2, 6]], params: { shape: [3, 4] } }, { shapes: [[4, 1, 3]], params: { shape: [12] } },
      { shapes: [[0, 3]], params: { shape: [3, 0, 2] } }, { shapes: [[1]], params: { shape: [] } }, { shapes: [[2, 3, 4]], params: { shape: [6, 2, 1, 2] } },
    ][draw(5)] as { shapes: number[][]; params: Shaped },
  },
}

type Axes = { readonly axes: readonly number[] }
const inverse = (axes: readonly number[]): number[] => axes.map((_, i) => axes.indexOf(i))
const permutedView = (x: Operand, axes: readonly number[]): View => ({ ...x.view, strides: axes.map((a) => x.view.strides[a] as number) })
/** out[i...] has axis k of the operand at place axes⁻¹(k). */
export const permuteP: Primitive<'permute', Axes> = {
  name: 'permute',
  complex: 'each',
  aval: ([x], p) => ({ shape: p.axes.map((a) => (x as Aval).shape[a] as number), dtype: (x as Aval).dtype }),
  jvp: linearJvp((b, x, p) => b.permute([x], p)),
  transpose: (_b, s) => [s.cts[0] == null ? null : permuteTo(s.cts[0], inverse(s.params.axes))],
  batch: (b, s) => b.permute(s.args, { axes: [0, ...s.params.axes.map((a) => a + 1)] }),
  eval: ([x], p, outs) => {
    const from = rowMajor((x as Host).shape)
    return of(x as Host, outs[0] as Aval, 0, p.axes.map((a) => from[a] as number))
  },
  lower: { kind: 'view', view: (x, p) => permutedView(x, p.axes) },
  domain: {
    dtypes: allDTypes, range: [-3, 3], kinks: [],
    sample: (draw) => [
      { shapes: [[2, 3]], params: { axes: [1, 0] } }, { shapes: [[2, 3, 4]], params: { axes: [2, 0, 1] } }, { shapes: [[]], params: { axes: [] } },
      { shapes: [[2, 0, 3]], params: { axes: [1, 2, 0] } },
    ][draw(4)] as { shapes: number[][]; params: Axes },
  },
}

export type Broadcast = { readonly shape: readonly number[]; readonly axes: readonly number[] }
const stretchedStrides = (shape: readonly number[], strides: readonly number[], p: Broadcast): number[] => {
  const out = new Array<number>(p.shape.length).fill(0)
  p.axes.forEach((to, i) => {
    if (shape[i] !== 1) out[to] = strides[i] as number
  })
  return out
}
/** Axis i of the operand becomes axis axes[i] of `shape`, size-1 axes are stretched, the others are new. */
export const broadcastP: Primitive<'broadcast', Broadcast> = {
  name: 'broadcast',
  complex: 'each',
  aval: ([x], p) => {
    const a = x as Aval
    for (let i = 0; i < p.axes.length; i++)
      if (a.shape[i] !== 1 && a.shape[i] !== p.shape[p.axes[i] as number]) throw new Fault('ShapeMismatch', `broadcast: [${a.shape}] does not stretch to [${p.shape}]`)
    return { shape: p.shape, dtype: a.dtype }
  },
  jvp: linearJvp((b, x, p) => b.broadcast([x], p)),
  /** Sum over the new axes and over the stretched ones. */
  transpose: (b, s) => {
    const ct = s.cts[0]
    if (ct == null) return [null]
    const x = s.args[0] as Node
    const kept = s.params.axes.filter((to, i) => x.shape[i] === s.params.shape[to])
    const axes = ct.shape.map((_, i) => i).filter((i) => !kept.includes(i))
    return [reshapeTo(axes.length === 0 ? ct : b.sum([ct], { axes }), x.shape)]
  },
  batch: (b, s) => b.broadcast(s.args, { shape: [s.size, ...s.params.shape], axes: [0, ...s.params.axes.map((a) => a + 1)] }),
  eval: ([x], p, outs) => of(x as Host, outs[0] as Aval, 0, stretchedStrides((x as Host).shape, rowMajor((x as Host).shape), p)),
  lower: { kind: 'view', view: (x, p) => ({ ...x.view, strides: stretchedStrides(x.shape, x.view.strides, p) }) },
  domain: {
    dtypes: allDTypes, range: [-3, 3], kinks: [],
    sample: (draw) => [
      { shapes: [[]], params: { shape: [2, 3], axes: [] } }, { shapes: [[3]], params: { shape: [2, 3], axes: [1] } },
      { shapes: [[2, 1]], params: { shape: [2, 4], axes: [0, 1] } }, { shapes: [[3]], params: { shape: [3, 0], axes: [0] } },
      { shapes: [[1, 2]], params: { shape: [3, 2, 2], axes: [0, 2] } },
    ][draw(5)] as { shapes: number[][]; params: Broadcast },
  },
}

export type Slice = { readonly start: readonly number[]; readonly limit: readonly number[]; readonly step: readonly number[] }
export const sliceShape = (p: Slice): number[] => p.start.map((s, i) => Math.max(0, Math.ceil(((p.limit[i] as number) - s) / (p.step[i] as number))))
const cut = (strides: readonly number[], p: Slice): { offset: number; strides: number[] } => ({
  offset: strides.reduce((o, s, i) => o + s * (p.start[i] as number), 0),
  strides: strides.map((s, i) => s * (p.step[i] as number)),
})
/** start, start + step, … below limit, along each axis. */
export const sliceP: Primitive<'slice', Slice> = {
  name: 'slice',
  complex: 'each',
  aval: ([x], p) => {
    const a = x as Aval
    a.shape.forEach((n, i) => {
      if ((p.start[i] as number) < 0 || (p.limit[i] as number) > n) throw new Fault('IndexOutOfRange', `slice: ${p.start[i]}:${p.limit[i]} runs outside axis ${i} of [${a.shape}]`)
    })
    return { shape: sliceShape(p), dtype: a.dtype }
  },
  jvp: linearJvp((b, x, p) => b.slice([x], p)),
  transpose: (b, s) => {
    const ct = s.cts[0]
    if (ct == null) return [null]
    const x = s.args[0] as Node
    if (numel(ct.shape) === 0) return [zeros(x)]
    const { start, step } = s.params
    const high = x.shape.map((n, i) => n - ((start[i] as number) + ((ct.shape[i] as number) - 1) * (step[i] as number) + 1))
    return [b.pad([ct, zeros({ shape: [], dtype: ct.dtype })], { low: start, high, interior: step.map((k) => k - 1) })]
  },
  batch: (b, s) => b.slice(s.args, { start: [0, ...s.params.start], limit: [s.size, ...s.params.limit], step: [1, ...s.params.step] }),
  eval: ([x], p, outs) => {
    const c = cut(rowMajor((x as Host).shape), p)
    return of(x as Host, outs[0] as Aval, c.offset, c.strides)
  },
  lower: {
    kind: 'view',
    view: (x, p) => {
      const c = cut(x.view.strides, p)
      return { ...x.view, offset: x.view.offset + c.offset, strides: c.strides }
    },
  },
  domain: {
    dtypes: allDTypes, range: [-3, 3], kinks: [],
    sample: (draw) => [
      { shapes: [[5]], params: { start: [1], limit: [4], step: [1] } }, { shapes: [[3, 7]], params: { start: [0, 1], limit: [3, 6], step: [2, 3] } },
      { shapes: [[3, 4]], params: { start: [1, 2], limit: [1, 4], step: [1, 1] } }, { shapes: [[]], params: { start: [], limit: [], step: [] } },
    ][draw(4)] as { shapes: number[][]; params: Slice },
  },
}

const reversed = (shape: readonly number[], strides: readonly number[], axes: readonly number[]): { offset: number; strides: number[] } => ({
  offset: axes.reduce((o, a) => o + Math.max(0, (shape[a] as number) - 1) * (strides[a] as number), 0),
  strides: strides.map((s, i) => (axes.includes(i) ? -s : s)),
})
/** Runs the given axes backwards. */
export const flipP: Primitive<'flip', Axes> = {
  name: 'flip',
  complex: 'each',
  aval: ([x]) => ({ shape: (x as Aval).shape, dtype: (x as Aval).dtype }),
  jvp: linearJvp((b, x, p) => b.flip([x], p)),
  transpose: (b, s) => [s.cts[0] == null ? null : b.flip([s.cts[0]], s.params)],
  batch: (b, s) => b.flip(s.args, { axes: s.params.axes.map((a) => a + 1) }),
  eval: ([x], p, outs) => {
    const r = reversed((x as Host).shape, rowMajor((x as Host).shape), p.axes)
    return of(x as Host, outs[0] as Aval, r.offset, r.strides)
  },
  lower: {
    kind: 'view',
    view: (x, p) => {
      const r = reversed(x.shape, x.view.strides, p.axes)
      return { ...x.view, offset: x.view.offset + r.offset, strides: r.strides }
    },
  },
  domain: {
    dtypes: allDTypes, range: [-3, 3], kinks: [],
    sample: (draw) => [{ shapes: [[4]], params: { axes: [0] } }, { shapes: [[2, 3]], params: { axes: [0, 1] } }, { shapes: [[2, 0]], params: { axes: [1] } }][draw(3)] as { shapes: number[][]; params: Axes },
  },
}
