/**
 * Reductions over axes, which disappear. `sum` is linear (its transpose is a broadcast); max and min pass the derivative
 * to the winners, shared equally where several win (JAX); the others have none. Over nothing: 0, -inf, inf, true, false.
 */
import type { Aval, Host, Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { permuted } from '../ir/strided.js'
import type { SinkKind } from '../ir/program.js'
import type { AnyArray, DType } from '../type/dtype.js'
import { arrayOf, dtypeInfo, isBig, isFloat } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { castTo } from './build.js'
import type { Build } from './build.js'
import { numbers, realDTypes } from './primitive.js'
import type { Domain, JvpSite, Primitive, Tangent } from './primitive.js'

type Axes = { readonly axes: readonly number[] }
const without = (shape: readonly number[], axes: readonly number[]): number[] => shape.filter((_, i) => !axes.includes(i))
const kept = (rank: number, axes: readonly number[]): number[] => Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i))
/** Puts the reduced axes back by repeating. */
const widen = (b: Build, y: Node, like: Node, axes: readonly number[]): Node =>
  b.broadcast([y], { shape: like.shape, axes: kept(like.shape.length, axes) })
const raised = (axes: readonly number[]): readonly number[] => axes.map((a) => a + 1)

type Fold = (row: { readonly data: AnyArray; readonly from: number; readonly n: number; readonly dtype: DType }) => number | bigint
/** Rows of the reduced axes, in row-major order, each folded to one element. */
const foldHost = (x: Host, axes: readonly number[], out: Aval, fold: Fold): AnyArray => {
  const rows = permuted(x, [...kept(x.shape.length, axes), ...axes])
  const n = numel(axes.map((a) => x.shape[a] as number))
  const data = arrayOf(out.dtype, numel(out.shape))
  for (let i = 0; i < data.length; i++) data[i] = fold({ data: rows.data, from: i * n, n, dtype: x.dtype }) as never
  return data
}
/** Halves are summed by themselves: the error grows as log n, not as n. */
const halved = (data: AnyArray, from: number, n: number): number => {
  if (n > 8) return halved(data, from, n >> 1) + halved(data, from + (n >> 1), n - (n >> 1))
  let s = 0
  for (let i = 0; i < n; i++) s += data[from + i] as number
  return s
}
const total: Fold = ({ data, from, n, dtype }) => {
  if (isBig(dtype)) {
    let s = 0n
    for (let i = 0; i < n; i++) s += data[from + i] as bigint
    return s
  }
  return halved(data, from, n)
}
const best = (better: (x: number | bigint, y: number | bigint) => boolean, empty: (d: DType) => number | bigint): Fold => ({ data, from, n, dtype }) => {
  if (n === 0) return empty(dtype)
  let m = data[from] as number | bigint
  for (let i = 1; i < n && !Number.isNaN(m as number); i++) {
    const x = data[from + i] as number | bigint
    if (better(x, m) || x !== x) m = x
  }
  return m
}
const bottom = (d: DType, sign: 1 | -1): number | bigint =>
  d === 'i64' ? (sign < 0 ? -(2n ** 63n) : 2n ** 63n - 1n) : d === 'u64' ? (sign < 0 ? 0n : 2n ** 64n - 1n) : isFloat(d) ? sign * Infinity : sign < 0 ? dtypeInfo[d].min : dtypeInfo[d].max
const more = (x: number | bigint, y: number | bigint): boolean => x > y
const less = (x: number | bigint, y: number | bigint): boolean => x < y
/** Of two zeros the larger is +0, the smaller -0 (IEEE 754-2019, maximum and minimum); for positions they are equal. */
const larger = (x: number | bigint, y: number | bigint): boolean => x > y || (x === 0 && Object.is(y, -0))
const smaller = (x: number | bigint, y: number | bigint): boolean => x < y || (y === 0 && Object.is(x, -0))
const position = (better: (x: number | bigint, y: number | bigint) => boolean): Fold => ({ data, from, n }) => {
  let at = 0
  for (let i = 1; i < n; i++) {
    const [x, m] = [data[from + i], data[from + at]] as [number, number]
    if (m !== m) break
    if (better(x, m) || x !== x) at = i
  }
  return at
}

const folds = { reduceMax: best(larger, (d) => bottom(d, -1)), reduceMin: best(smaller, (d) => bottom(d, 1)) } as const
/** The extreme along axes, on the host. */
export const reduceHost = (by: keyof typeof folds, x: Host, axes: readonly number[], out: Aval): AnyArray => foldHost(x, axes, out, folds[by])

const sample = (draw: (n: number) => number): { shapes: readonly (readonly number[])[]; params: Axes } =>
  [
    { shapes: [[5]], params: { axes: [0] } }, { shapes: [[3, 4]], params: { axes: [1] } }, { shapes: [[3, 4]], params: { axes: [0] } },
    { shapes: [[2, 3, 4]], params: { axes: [0, 2] } }, { shapes: [[2, 3]], params: { axes: [] } }, { shapes: [[1, 1]], params: { axes: [0, 1] } },
  ][draw(6)] as { shapes: number[][]; params: Axes }
/** Places are i32. @throws InvalidArgument where they do not reach. */
export const indexable = (op: string, n: number): void => {
  if (n > dtypeInfo.i32.max) throw new Fault('InvalidArgument', `${op}: ${n} elements have places that i32 does not reach, at most ${dtypeInfo.i32.max}: take them in parts`)
}

interface Note<N extends string> {
  readonly name: N
  readonly sink: SinkKind
  readonly dtypes: readonly DType[]
  readonly out?: DType
  readonly fold: Fold
  readonly jvp: (b: Build, s: JvpSite<Axes>) => Tangent
  readonly transpose?: Primitive<N, Axes>['transpose']
  readonly nonEmpty?: boolean
  readonly complex?: 'each'
}
const reduction = <N extends string>(note: Note<N>): Primitive<N, Axes> => ({
  name: note.name,
  aval: ([a], p) => {
    const x = a as Aval
    if (!note.dtypes.includes(x.dtype)) throw new Fault('DTypeMismatch', `${note.name} takes ${note.dtypes.join(', ')}, not ${x.dtype}`)
    if (note.out === 'i32') indexable(note.name, p.axes.reduce((n, d) => n * (x.shape[d] as number), 1))
    if (note.nonEmpty === true && p.axes.some((d) => x.shape[d] === 0)) throw new Fault('InvalidArgument', `${note.name}: axis of size 0 in [${x.shape}] has no element to choose`)
    return { shape: without(x.shape, p.axes), dtype: note.out ?? x.dtype }
  },
  jvp: note.jvp,
  transpose: note.transpose ?? 'none',
  batch: (b, s) => (b as unknown as Record<string, (a: readonly Node[], p: Axes) => Node>)[note.name]!(s.args, { axes: raised(s.params.axes) }),
  eval: ([x], p, outs) => foldHost(x as Host, p.axes, outs[0] as Aval, note.fold),
  lower: { kind: 'reduce', sink: note.sink },
  domain: { dtypes: note.dtypes, range: [-3, 3], kinks: [], sample } satisfies Domain<Axes>,
  ...(note.complex === undefined ? {} : { complex: note.complex }),
})

export const sumP: Primitive<'sum', Axes> = reduction({
  name: 'sum', complex: 'each', sink: 'sum', dtypes: numbers, fold: total,
  jvp: (b, s) => (s.tangents[0] == null ? null : b.sum([s.tangents[0]], s.params)),
  transpose: (b, s) => [s.cts[0] == null ? null : widen(b, s.cts[0], s.args[0] as Node, s.params.axes)],
})
/** The mean of the tangents at the winners: Σ dx [x = y] / Σ [x = y] */
const winners = (b: Build, s: JvpSite<Axes>): Tangent => {
  const [x, dx] = [s.args[0] as Node, s.tangents[0]]
  if (dx == null) return null
  const won = castTo(b.eq([x, widen(b, s.out, x, s.params.axes)]), x.dtype)
  return b.div([b.sum([b.mul([dx, won])], s.params), b.sum([won], s.params)])
}
export const reduceMaxP: Primitive<'reduceMax', Axes> = reduction({
  name: 'reduceMax', sink: 'max', dtypes: realDTypes, fold: folds.reduceMax, jvp: winners,
})
export const reduceMinP: Primitive<'reduceMin', Axes> = reduction({
  name: 'reduceMin', sink: 'min', dtypes: realDTypes, fold: folds.reduceMin, jvp: winners,
})
export const reduceAndP: Primitive<'reduceAnd', Axes> = reduction({
  name: 'reduceAnd', sink: 'and', dtypes: ['bool'], fold: best(less, () => 1), jvp: () => null,
})
export const reduceOrP: Primitive<'reduceOr', Axes> = reduction({
  name: 'reduceOr', sink: 'or', dtypes: ['bool'], fold: best(more, () => 0), jvp: () => null,
})
/** The first index of the largest (NaN counts as largest), as i32, over the given axes in row-major order. */
export const argmaxP: Primitive<'argmax', Axes> = reduction({
  name: 'argmax', sink: 'argmax', dtypes: realDTypes, out: 'i32', fold: position(more), jvp: () => null, nonEmpty: true,
})
export const argminP: Primitive<'argmin', Axes> = reduction({
  name: 'argmin', sink: 'argmin', dtypes: realDTypes, out: 'i32', fold: position(less), jvp: () => null, nonEmpty: true,
})
