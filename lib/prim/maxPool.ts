/**
 * The maximum over windows of the last axes, and its derivative. Where several elements of a window are largest the first
 * in row-major order takes all (as PyTorch and JAX's reduce_window do); padding never wins; NaN wins.
 *   maxPool(x)          the maxima
 *   maxPoolPick(x, v)   v at the winners' places: linear in v, the derivative of maxPool along v
 *   maxPoolGrad(x, ct)  ct added at the winners' places: the transpose of pick
 */
import type { Aval, Host, Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { rowMajor, walk } from '../ir/strided.js'
import type { AnyArray } from '../type/dtype.js'
import { arrayOf } from '../type/dtype.js'
import { constant, stretch } from './build.js'
import type { Build } from './build.js'
import { outSpatial } from './conv.js'
import { floats } from './primitive.js'
import type { BatchSite, Domain, Operand, Primitive } from './primitive.js'
import type { Instruction } from '../ir/program.js'

export type Pool = {
  readonly kernel: readonly number[]
  readonly stride: readonly number[]
  readonly padding: readonly (readonly [low: number, high: number])[]
  readonly dilation: readonly number[]
}
const pooled = (x: readonly number[], p: Pool): number[] => {
  const lead = x.length - p.kernel.length
  return [...x.slice(0, lead), ...outSpatial(x.slice(lead), p.kernel, p)]
}
/** The flat position of each window's winner, -1 where a window lies in the padding. */
const winners = (x: Host, p: Pool): Int32Array => {
  const lead = x.shape.length - p.kernel.length
  const spatial = x.shape.slice(lead)
  const strides = rowMajor(x.shape)
  const out = pooled(x.shape, p)
  const at = new Int32Array(numel(out))
  walk(out, 0, rowMajor(out), (o) => {
    at[o] = winner(x, p, out, o, lead, spatial, strides)
  })
  return at
}
const winner = (x: Host, p: Pool, out: readonly number[], o: number, lead: number, spatial: readonly number[], strides: readonly number[]): number => {
  const index = rowMajor(out).map((s, d) => Math.floor(o / s) % (out[d] as number))
  const base = index.slice(0, lead).reduce((t, i, d) => t + i * (strides[d] as number), 0)
  let best = -1
  walk(p.kernel, 0, rowMajor(p.kernel), (k) => {
    let flat = base
    rowMajor(p.kernel).forEach((s, d) => {
      const i = (index[lead + d] as number) * (p.stride[d] as number) - (p.padding[d] as readonly [number, number])[0] + (Math.floor(k / s) % (p.kernel[d] as number)) * (p.dilation[d] as number)
      flat = i < 0 || i >= (spatial[d] as number) ? NaN : flat + i * (strides[lead + d] as number)
    })
    if (Number.isNaN(flat)) return
    const [v, m] = [x.data[flat] as number, best < 0 ? -Infinity : (x.data[best] as number)]
    if (best < 0 || v > m || (v !== v && m === m)) best = flat
  })
  return best
}
const strip = (b: Build, x: Node, p: Pool, fill: number): Node => {
  const lead = x.shape.length - p.kernel.length
  const edge = (side: 0 | 1): number[] => [...new Array<number>(lead).fill(0), ...p.padding.map((q) => q[side])]
  return b.pad([x, constant(fill, { shape: [], dtype: x.dtype })], { low: edge(0), high: edge(1), interior: x.shape.map(() => 0) })
}
/** The window's elements as one strided slice for each place in the kernel. */
const slices = (b: Build, padded: Node, p: Pool, out: readonly number[]): Node[] => {
  const lead = out.length - p.kernel.length
  const list: Node[] = []
  walk(p.kernel, 0, rowMajor(p.kernel), (k) => {
    const offset = rowMajor(p.kernel).map((s, d) => (Math.floor(k / s) % (p.kernel[d] as number)) * (p.dilation[d] as number))
    const start = [...new Array<number>(lead).fill(0), ...offset]
    const step = [...new Array<number>(lead).fill(1), ...p.stride]
    list.push(b.slice([padded], { start, step, limit: start.map((s, d) => s + ((out[d] as number) - 1) * (step[d] as number) + 1) }))
  })
  return list
}
/** pick by plain ops: walk the window, keep the best so far and what belongs to it. */
const pick = (b: Build, x: Node, v: Node, p: Pool): Node => {
  const out = pooled(x.shape, p)
  const [xs, vs] = [slices(b, strip(b, x, p, -Infinity), p, out), slices(b, strip(b, v, p, 0), p, out)]
  let [best, value] = [xs[0] as Node, vs[0] as Node]
  for (let k = 1; k < xs.length; k++) {
    const [y, nan] = [xs[k] as Node, b.ne([xs[k] as Node, xs[k] as Node])]
    const better = b.or([b.gt([y, best]), b.and([nan, b.eq([best, best])])])
    best = b.where([better, y, best])
    value = b.where([better, vs[k] as Node, value])
  }
  return value
}
const wide = (s: BatchSite<Pool>): Node[] => s.args.map((v, i) => (s.batched[i] === true ? v : stretch(v, [s.size, ...v.shape])))
const instruction = (which: 0 | 1, p: Pool, x: Operand, y: Operand, dx: Operand | null): Instruction => {
  const lead = x.shape.length - p.kernel.length
  return {
    kind: 'pool', which, lead: x.shape.slice(0, lead), spatial: x.shape.slice(lead), kernel: p.kernel, outSpatial: y.shape.slice(lead),
    stride: p.stride, padLo: p.padding.map(([low]) => low), dilation: p.dilation, x: x.view, y: y.view, dx: dx === null ? null : dx.view,
  }
}
const cases = (pairs: boolean): Domain<Pool> => ({
  dtypes: floats, range: [-3, 3], kinks: [],
  sample: (draw) => {
    const [shape, params] = ([
      [[2, 4, 6], { kernel: [2, 2], stride: [2, 2], padding: [[0, 0], [0, 0]], dilation: [1, 1] }],
      [[1, 2, 5, 5], { kernel: [3, 2], stride: [1, 2], padding: [[1, 1], [0, 1]], dilation: [1, 2] }],
      [[7], { kernel: [3], stride: [2], padding: [[1, 0]], dilation: [1] }],
    ] as [number[], Pool][])[draw(3)] as [number[], Pool]
    return { shapes: pairs ? [shape, shape] : [shape], params }
  },
})

export const maxPoolP: Primitive<'maxPool', Pool> = {
  name: 'maxPool',
  aval: ([x], p) => ({ shape: pooled((x as Aval).shape, p), dtype: (x as Aval).dtype }),
  jvp: (b, s) => (s.tangents[0] == null ? null : b.maxPoolPick([s.args[0] as Node, s.tangents[0]], s.params)),
  transpose: 'none',
  batch: (b, s) => b.maxPool(s.args, s.params),
  eval: ([x], p, outs) => {
    const out = arrayOf((outs[0] as Aval).dtype, numel((outs[0] as Aval).shape))
    winners(x as Host, p).forEach((at, i) => {
      out[i] = (at < 0 ? -Infinity : (x as Host).data[at]) as never
    })
    return out
  },
  lower: { kind: 'instruction', make: ([x], p, out) => [instruction(0, p, x as Operand, out, null)] },
  domain: cases(false),
}
export const maxPoolPickP: Primitive<'maxPoolPick', Pool> = {
  name: 'maxPoolPick',
  aval: ([x], p) => ({ shape: pooled((x as Aval).shape, p), dtype: (x as Aval).dtype }),
  jvp: (b, s) => (s.tangents[1] == null ? null : b.maxPoolPick([s.args[0] as Node, s.tangents[1]], s.params)),
  transpose: (b, s) => [null, s.cts[0] == null ? null : b.maxPoolGrad([s.args[0] as Node, s.cts[0]], s.params)],
  batch: (b, s) => b.maxPoolPick(wide(s), s.params),
  eval: ([x, v], p, outs) => {
    const out = arrayOf((outs[0] as Aval).dtype, numel((outs[0] as Aval).shape))
    winners(x as Host, p).forEach((at, i) => {
      out[i] = (at < 0 ? 0 : (v as Host).data[at]) as never
    })
    return out
  },
  lower: { kind: 'definition', define: (b, s) => pick(b, s.args[0] as Node, s.args[1] as Node, s.params) },
  domain: cases(true),
}
export const maxPoolGradP: Primitive<'maxPoolGrad', Pool> = {
  name: 'maxPoolGrad',
  aval: ([x]) => ({ shape: (x as Aval).shape, dtype: (x as Aval).dtype }),
  jvp: (b, s) => (s.tangents[1] == null ? null : b.maxPoolGrad([s.args[0] as Node, s.tangents[1]], s.params)),
  transpose: (b, s) => [null, s.cts[0] == null ? null : b.maxPoolPick([s.args[0] as Node, s.cts[0]], s.params)],
  batch: (b, s) => b.maxPoolGrad(wide(s), s.params),
  eval: ([x, ct], p, outs) => {
    const out: AnyArray = arrayOf((outs[0] as Aval).dtype, numel((outs[0] as Aval).shape))
    winners(x as Host, p).forEach((at, i) => {
      if (at >= 0) out[at] = ((out[at] as number) + ((ct as Host).data[i] as number)) as never
    })
    return out
  },
  lower: { kind: 'instruction', make: ([x, ct], p, out) => [instruction(1, p, x as Operand, ct as Operand, out)] },
  domain: {
    ...cases(true),
    sample: (draw) => {
      const one = cases(false).sample(draw)
      return { shapes: [one.shapes[0] as number[], pooled(one.shapes[0] as number[], one.params)], params: one.params }
    },
  },
}
