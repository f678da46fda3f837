/**
 * What each primitive gives, written a second time. A record's own promise cannot be checked against its own results (both
 * come from the same rule), so shapes and dtypes are stated here once more, in the plainest arithmetic. Elementwise ops need
 * no line: they keep their operands' shape.
 */
import type { Aval, Params } from '../lib/ir/node.js'
import { make, outputs } from '../lib/prim/index.js'
import type { AnyPrimitive } from '../lib/prim/index.js'
import { complexOf, realOf } from '../lib/type/dtype.js'
import type { DType } from '../lib/type/dtype.js'
import { variable } from '../lib/ir/node.js'
import type { Verdict } from './close.js'
import { oneOf } from './draw.js'
import type { Gen } from './draw.js'

type Shape = readonly number[]
type List = readonly number[]
type Formula = (shapes: readonly Shape[], p: never, arity: number) => Shape
const first: Formula = ([x]) => x as Shape
const reduced: Formula = ([x], p: { axes: List }) => (x as Shape).filter((_, i) => !p.axes.includes(i))
/** [..., m, n] -> [..., m, min(m, n)] */
const thin: Formula = ([x]) => [...(x as Shape).slice(0, -1), Math.min((x as Shape).at(-2) as number, (x as Shape).at(-1) as number)]
type Window = { stride: List; padding: readonly (readonly [number, number])[]; dilation: List }
const slid = (n: number, k: number, w: Window, i: number): number => {
  const [low, high] = w.padding[i] as readonly [number, number]
  let count = 0
  for (let at = 0; at + (k - 1) * (w.dilation[i] as number) < low + n + high; at += w.stride[i] as number) count++
  return count
}
const structured: Readonly<Record<string, Formula>> = {
  sum: reduced, reduceMax: reduced, reduceMin: reduced, reduceAnd: reduced, reduceOr: reduced, argmax: reduced, argmin: reduced,
  flip: first, fft: first, asReals: ([x]) => [...(x as Shape), 2], asComplex: ([x]) => (x as Shape).slice(0, -1), cumsum: first, argsort: first, sort: first, maxPoolGrad: first,
  reshape: (_, p: { shape: Shape }) => p.shape, broadcast: (_, p: { shape: Shape }) => p.shape, iota: (_, p: { shape: Shape }) => p.shape, constant: () => [],
  permute: ([x], p: { axes: List }) => p.axes.map((a) => (x as Shape)[a] as number),
  slice: ([x], p: { start: List; limit: List; step: List }) => (x as Shape).map((_, i) => {
    let n = 0
    for (let k = p.start[i] as number; k < (p.limit[i] as number); k += p.step[i] as number) n++
    return n
  }),
  pad: ([x], p: { low: List; high: List; interior: List }) => (x as Shape).map((n, i) => (p.low[i] as number) + (n === 0 ? 0 : n + (n - 1) * (p.interior[i] as number)) + (p.high[i] as number)),
  concat: (xs, p: { axis: number }) => (xs[0] as Shape).map((n, i) => (i === p.axis ? xs.map((x) => x[i] as number).reduce((s, k) => s + k, 0) : n)),
  dot: ([x, y]) => [...(x as Shape).slice(0, -1), (y as Shape).at(-1) as number],
  gather: ([x, i], p: { batch: number }) => [...(i as Shape), ...(x as Shape).slice(p.batch + 1)],
  scatterAdd: ([x, i], p: { batch: number; size: number }) => [...(i as Shape).slice(0, p.batch), p.size, ...(x as Shape).slice((i as Shape).length)],
  conv: ([x, w], p: Window) => [(x as Shape)[0] as number, (w as Shape)[0] as number, ...(x as Shape).slice(2).map((n, i) => slid(n, (w as Shape)[i + 2] as number, p, i))],
  convInput: ([y, w], p: { spatial: Shape; groups: number }) => [(y as Shape)[0] as number, ((w as Shape)[1] as number) * p.groups, ...p.spatial],
  convWeight: ([x, y], p: { kernel: Shape; groups: number }) => [(y as Shape)[1] as number, ((x as Shape)[1] as number) / p.groups, ...p.kernel],
  cholesky: first, lu: first, triangularSolve: ([, y]) => y as Shape, eig: ([x]) => (x as Shape).slice(0, -1), eigh: ([x]) => (x as Shape).slice(0, -1),
  qr: thin, svd: thin,
  attention: ([q, , v]) => [...(q as Shape).slice(0, -1), (v as Shape).at(-1) as number], attentionTangent: ([q, , v]) => [...(q as Shape).slice(0, -1), (v as Shape).at(-1) as number],
  maxPool: ([x], p: Window & { kernel: Shape }) => pooled(x as Shape, p), maxPoolPick: ([x], p: Window & { kernel: Shape }) => pooled(x as Shape, p),
}
const pooled = (x: Shape, p: Window & { kernel: Shape }): Shape => {
  const lead = x.length - p.kernel.length
  return [...x.slice(0, lead), ...p.kernel.map((k, i) => slid(x[lead + i] as number, k, p, i))]
}
const toBool = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge'])
const toReal = new Set(['real', 'asReals', 'imag', 'abs'])
const toIndex = new Set(['argmax', 'argmin', 'argsort'])
const dtypeOf = (name: string, xs: readonly Aval[], p: Params): DType => {
  if ('dtype' in p) return p['dtype'] as DType
  if (toBool.has(name)) return 'bool'
  if (name === 'complex' || name === 'asComplex') return complexOf((xs[0] as Aval).dtype)
  if (toReal.has(name)) return realOf((xs[0] as Aval).dtype)
  return toIndex.has(name) ? 'i32' : ((xs[name === 'where' ? 1 : 0] as Aval).dtype)
}
export interface Typed { readonly name: string; readonly args: readonly Aval[]; readonly params: Params }
export const typedOf = (p: AnyPrimitive): Gen<Typed> => (draw) => {
  const [dtype, s] = [oneOf(draw, p.domain.dtypes), p.domain.sample(draw)]
  return { name: p.name, args: s.shapes.map((shape, i) => ({ shape, dtype: s.dtypes?.[i] ?? dtype })), params: s.params }
}
/** aval(types) = the formula written here */
export const avalIsFormula = ({ name, args, params }: Typed): Verdict => {
  const [got] = outputs(make(name, args.map((a) => variable(a, 'law')), params))
  const shape = (structured[name] ?? first)(args.map((a) => a.shape), params as never, args.length)
  const dtype = dtypeOf(name, args, params)
  return got?.dtype === dtype && String(got.shape) === String(shape) ? true : `${name} promises ${got?.dtype}[${got?.shape}], the formula gives ${dtype}[${shape}]`
}
