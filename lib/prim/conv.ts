/**
 * Convolution (cross-correlation, as in every deep-learning library) over any number of spatial axes, and its two
 * transposes. With x: [n, c, in..], w: [o, c/groups, kernel..], y: [n, o, out..] they are three views of one trilinear form
 *   Σ y[n, o, p] w[o, c, k] x[n, c, p·stride + k·dilation - low]
 * conv gives y, convInput gives x, convWeight gives w. Each is bilinear and transposes into the other two.
 */
import type { Aval, Host, Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { rowMajor, walk } from '../ir/strided.js'
import type { AnyArray } from '../type/dtype.js'
import { arrayOf, isInexact } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { bilinearJvp } from './family.js'
import { moveAxis, stretch } from './build.js'
import type { Build } from './build.js'
import { inexact } from './primitive.js'
import type { BatchSite, Operand, Primitive, Tangent, TransposeSite } from './primitive.js'
import type { Instruction, View } from '../ir/program.js'

export type Window = {
  readonly stride: readonly number[]
  readonly padding: readonly (readonly [low: number, high: number])[]
  readonly dilation: readonly number[]
  readonly groups: number
  /** No transform that trades last bits for speed. */
  readonly precision?: 'highest'
}
export type InputWindow = Window & { readonly spatial: readonly number[] }
export type WeightWindow = Window & { readonly kernel: readonly number[] }

/** ⌊(in + low + high - dilation (kernel - 1) - 1) / stride⌋ + 1 */
export const outSpatial = (spatial: readonly number[], kernel: readonly number[], p: Omit<Window, 'groups' | 'precision'>): number[] =>
  spatial.map((n, i) => {
    const [low, high] = p.padding[i] as readonly [number, number]
    const reach = (p.dilation[i] as number) * ((kernel[i] as number) - 1) + 1
    const room = n + low + high - reach
    if (room < 0) throw new Fault('ShapeMismatch', `conv: the window ${kernel[i]} is larger than the input [${spatial}]`)
    return Math.floor(room / (p.stride[i] as number)) + 1
  })

interface Sizes { readonly n: number; readonly c: number; readonly o: number; readonly spatial: readonly number[]; readonly kernel: readonly number[]; readonly out: readonly number[] }
const sizes = (x: readonly number[], w: readonly number[], y: readonly number[]): Sizes => ({
  n: x[0] as number, c: x[1] as number, o: w[0] as number, spatial: x.slice(2), kernel: w.slice(2), out: y.slice(2),
})
/** For each output position the pairs (input position, kernel position) that meet in it; the position of padding is -1. */
const meetings = (s: Sizes, p: Window): readonly (readonly number[])[] => {
  const list: number[][] = []
  const inStrides = rowMajor(s.spatial)
  walk(s.out, 0, rowMajor(s.out), (at) => {
    const pairs: number[] = []
    walk(s.kernel, 0, rowMajor(s.kernel), (k) => {
      pairs.push(position(at, k, s, p, inStrides), k)
    })
    list.push(pairs)
  })
  return list
}
const position = (at: number, k: number, s: Sizes, p: Window, strides: readonly number[]): number => {
  let flat = 0
  for (let d = s.out.length - 1; d >= 0; d--) {
    const [o, kd] = [at % (s.out[d] as number), k % (s.kernel[d] as number)]
    at = Math.floor(at / (s.out[d] as number))
    k = Math.floor(k / (s.kernel[d] as number))
    const i = o * (p.stride[d] as number) + kd * (p.dilation[d] as number) - (p.padding[d] as readonly [number, number])[0]
    if (i < 0 || i >= (s.spatial[d] as number)) return -1
    flat += i * (strides[d] as number)
  }
  return flat
}
type Term = (x: number, w: number, y: number) => void
/** Calls back with the flat positions of every term of the trilinear form; x is -1 at a zero of the padding. */
const terms = (s: Sizes, p: Window, visit: Term): void => {
  const meet = meetings(s, p)
  const [cg, og, S, K, Q] = [s.c / p.groups, s.o / p.groups, numel(s.spatial), numel(s.kernel), meet.length]
  for (let n = 0; n < s.n; n++)
    for (let o = 0; o < s.o; o++)
      for (let c = 0; c < cg; c++) {
        const [x0, w0, y0] = [(n * s.c + Math.floor(o / og) * cg + c) * S, (o * cg + c) * K, (n * s.o + o) * Q]
        for (let q = 0; q < Q; q++) {
          const pairs = meet[q] as readonly number[]
          for (let i = 0; i < pairs.length; i += 2) visit(pairs[i] === -1 ? -1 : x0 + (pairs[i] as number), w0 + (pairs[i + 1] as number), y0 + q)
        }
      }
}
/** Sums in double precision, rounds once. */
const summed = (out: Aval, run: (acc: Float64Array) => void): AnyArray => {
  const acc = new Float64Array(numel(out.shape))
  run(acc)
  return out.dtype === 'f64' ? acc : Float32Array.from(acc)
}
/** The input with the zeros around it: they are multiplied like any element, so that an infinity that meets one gives NaN. */
const padded = (x: ArrayLike<number>, i: number): number => (i < 0 ? 0 : (x[i] as number))
const data = (x: Host | undefined): ArrayLike<number> => (x as Host).data as ArrayLike<number>

const sameFloats = (op: string, x: Aval, y: Aval): void => {
  if (x.dtype !== y.dtype || !isInexact(x.dtype)) throw new Fault('DTypeMismatch', `${op}: operands are ${x.dtype} and ${y.dtype}; cast to one float or complex dtype`)
}
const instruction = (which: 0 | 1 | 2, s: Sizes, p: Window, x: View, w: View, y: View): Instruction => ({
  kind: 'conv', which, n: s.n, c: s.c, o: s.o, groups: p.groups, spatial: s.spatial, kernel: s.kernel, outSpatial: s.out,
  stride: p.stride, padLo: p.padding.map(([low]) => low), dilation: p.dilation, precise: p.precision === 'highest', x, w, y,
})

/** [s, n, ..] -> [s·n, ..] and back: a batch that only one operand has joins the images. */
const fold = (b: Build, x: Node): Node => b.reshape([x], { shape: [(x.shape[0] as number) * (x.shape[1] as number), ...x.shape.slice(2)] })
const unfold = (b: Build, y: Node, size: number): Node => b.reshape([y], { shape: [size, (y.shape[0] as number) / size, ...y.shape.slice(1)] })
/** [s, n, c, ..] -> [n, s·c, ..] and back: a batch that both have becomes groups. */
const channels = (b: Build, x: Node): Node => {
  const y = moveAxis(x, 0, 1)
  return b.reshape([y], { shape: [y.shape[0] as number, (y.shape[1] as number) * (y.shape[2] as number), ...y.shape.slice(3)] })
}
const unchannels = (b: Build, y: Node, size: number): Node =>
  moveAxis(b.reshape([y], { shape: [y.shape[0] as number, size, (y.shape[1] as number) / size, ...y.shape.slice(2)] }), 1, 0)
const wide = <P>(s: BatchSite<P>): readonly [Node, Node] =>
  s.args.map((v, i) => (s.batched[i] === true ? v : stretch(v, [s.size, ...v.shape]))) as unknown as readonly [Node, Node]
const grouped = <P extends Window>(p: P, size: number): P => ({ ...p, groups: p.groups * size })

const window = (p: Window): Window =>
  ({ stride: p.stride, padding: p.padding, dilation: p.dilation, groups: p.groups, ...(p.precision === undefined ? {} : { precision: p.precision }) })
const side = <P>(s: TransposeSite<P>, i: number, make: (ct: Node) => Node): Tangent =>
  s.cts[0] == null || s.linear[i] !== true ? null : make(s.cts[0])
const pad1 = [[1, 1]] as const

export const convP: Primitive<'conv', Window> = {
  name: 'conv',
  complex: 'product',
  aval: ([x, w], p) => {
    const [a, k] = [x as Aval, w as Aval]
    sameFloats('conv', a, k)
    if (a.shape.length < 2 || k.shape.length !== a.shape.length) throw new Fault('ShapeMismatch', `conv: input [${a.shape}] and kernel [${k.shape}] must both be [n, c, spatial..]`)
    if (a.shape[1] !== (k.shape[1] as number) * p.groups) throw new Fault('ShapeMismatch', `conv: input [${a.shape}] has ${a.shape[1]} channels, the kernel wants ${(k.shape[1] as number) * p.groups}`)
    if ((k.shape[0] as number) % p.groups !== 0) throw new Fault('ShapeMismatch', `conv: ${k.shape[0]} output channels do not split into ${p.groups} groups`)
    return { shape: [a.shape[0] as number, k.shape[0] as number, ...outSpatial(a.shape.slice(2), k.shape.slice(2), p)], dtype: a.dtype }
  },
  jvp: bilinearJvp((b, x, w, p) => b.conv([x, w], p)),
  transpose: (b, s) => {
    const [x, w] = s.args as readonly [Node, Node]
    return [
      side(s, 0, (ct) => b.convInput([ct, w], { ...window(s.params), spatial: x.shape.slice(2) })),
      side(s, 1, (ct) => b.convWeight([x, ct], { ...window(s.params), kernel: w.shape.slice(2) })),
    ]
  },
  batch: (b, s) => {
    if (s.batched[1] !== true) return unfold(b, b.conv([fold(b, s.args[0] as Node), s.args[1] as Node], s.params), s.size)
    const [x, w] = wide(s)
    return unchannels(b, b.conv([channels(b, x), fold(b, w)], grouped(s.params, s.size)), s.size)
  },
  eval: ([x, w], p, outs) => {
    const out = outs[0] as Aval
    const [a, k] = [data(x), data(w)]
    return summed(out, (acc) => terms(sizes((x as Host).shape, (w as Host).shape, out.shape), p, (i, j, q) => {
      acc[q] = (acc[q] as number) + padded(a, i) * (k[j] as number)
    }))
  },
  lower: {
    kind: 'instruction',
    make: ([x, w], p, y) => {
      const [a, k] = [x as Operand, w as Operand]
      return [instruction(0, sizes(a.shape, k.shape, y.shape), p, a.view, k.view, y.view)]
    },
  },
  domain: {
    dtypes: inexact, range: [-2, 2], kinks: [],
    sample: (draw) => [
      { shapes: [[2, 3, 5, 4], [4, 3, 3, 2]], params: { stride: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1 } },
      { shapes: [[1, 4, 6, 5], [6, 2, 3, 3]], params: { stride: [2, 1], padding: [[1, 0], [1, 2]], dilation: [1, 2], groups: 2 } },
      { shapes: [[2, 2, 7], [3, 2, 2]], params: { stride: [2], padding: pad1, dilation: [3], groups: 1 } },
      { shapes: [[1, 1, 3, 3, 2], [2, 1, 2, 1, 2]], params: { stride: [1, 1, 1], padding: [[0, 1], [0, 0], [0, 0]], dilation: [1, 1, 1], groups: 1 } },
    ][draw(4)] as { shapes: number[][]; params: Window },
  },
}

/** The transpose of conv in x: from y: [n, o, out..] and w to [n, c, spatial..]. */
export const convInputP: Primitive<'convInput', InputWindow> = {
  name: 'convInput',
  complex: 'product',
  aval: ([y, w], p) => {
    sameFloats('convInput', y as Aval, w as Aval)
    return { shape: [(y as Aval).shape[0] as number, ((w as Aval).shape[1] as number) * p.groups, ...p.spatial], dtype: (y as Aval).dtype }
  },
  jvp: bilinearJvp((b, y, w, p) => b.convInput([y, w], p)),
  transpose: (b, s) => {
    const [y, w] = s.args as readonly [Node, Node]
    return [
      side(s, 0, (ct) => b.conv([ct, w], window(s.params))),
      side(s, 1, (ct) => b.convWeight([ct, y], { ...window(s.params), kernel: w.shape.slice(2) })),
    ]
  },
  batch: (b, s) => {
    if (s.batched[1] !== true) return unfold(b, b.convInput([fold(b, s.args[0] as Node), s.args[1] as Node], s.params), s.size)
    const [y, w] = wide(s)
    return unchannels(b, b.convInput([channels(b, y), fold(b, w)], grouped(s.params, s.size)), s.size)
  },
  eval: ([y, w], p, outs) => {
    const out = outs[0] as Aval
    const [c, k] = [data(y), data(w)]
    return summed(out, (acc) => terms(sizes(out.shape, (w as Host).shape, (y as Host).shape), p, (i, j, q) => {
      if (i >= 0) acc[i] = (acc[i] as number) + (c[q] as number) * (k[j] as number)
    }))
  },
  lower: {
    kind: 'instruction',
    make: ([y, w], p, x) => {
      const [c, k] = [y as Operand, w as Operand]
      return [instruction(1, sizes(x.shape, k.shape, c.shape), p, x.view, k.view, c.view)]
    },
  },
  domain: {
    dtypes: inexact, range: [-2, 2], kinks: [],
    sample: (draw) => [
      { shapes: [[2, 4, 3, 3], [4, 3, 3, 2]], params: { stride: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1, spatial: [5, 4] } },
      { shapes: [[1, 4, 3], [4, 1, 3]], params: { stride: [2], padding: pad1, dilation: [1], groups: 2, spatial: [5] } },
    ][draw(2)] as { shapes: number[][]; params: InputWindow },
  },
}

/** The transpose of conv in w: from x and y to [o, c/groups, kernel..]. */
export const convWeightP: Primitive<'convWeight', WeightWindow> = {
  name: 'convWeight',
  complex: 'product',
  aval: ([x, y], p) => {
    sameFloats('convWeight', x as Aval, y as Aval)
    return { shape: [(y as Aval).shape[1] as number, ((x as Aval).shape[1] as number) / p.groups, ...p.kernel], dtype: (x as Aval).dtype }
  },
  jvp: bilinearJvp((b, x, y, p) => b.convWeight([x, y], p)),
  transpose: (b, s) => {
    const [x, y] = s.args as readonly [Node, Node]
    return [
      side(s, 0, (ct) => b.convInput([y, ct], { ...window(s.params), spatial: x.shape.slice(2) })),
      side(s, 1, (ct) => b.conv([x, ct], window(s.params))),
    ]
  },
  batch: (b, s) => {
    const [x, y] = wide(s)
    return unfold(b, b.convWeight([channels(b, x), channels(b, y)], grouped(s.params, s.size)), s.size)
  },
  eval: ([x, y], p, outs) => {
    const out = outs[0] as Aval
    const [a, c] = [data(x), data(y)]
    return summed(out, (acc) => terms(sizes((x as Host).shape, out.shape, (y as Host).shape), p, (i, j, q) => {
      acc[j] = (acc[j] as number) + padded(a, i) * (c[q] as number)
    }))
  },
  lower: {
    kind: 'instruction',
    make: ([x, y], p, w) => {
      const [a, c] = [x as Operand, y as Operand]
      return [instruction(2, sizes(a.shape, w.shape, c.shape), p, a.view, w.view, c.view)]
    },
  },
  domain: {
    dtypes: inexact, range: [-2, 2], kinks: [],
    sample: (draw) => [
      { shapes: [[2, 3, 5, 4], [2, 4, 3, 3]], params: { stride: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1, kernel: [3, 2] } },
      { shapes: [[2, 2, 5], [2, 4, 3]], params: { stride: [2], padding: pad1, dilation: [1], groups: 2, kernel: [3] } },
    ][draw(2)] as { shapes: number[][]; params: WeightWindow },
  },
}
