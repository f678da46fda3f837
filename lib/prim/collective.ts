/**
 * Collectives: what the devices along a named axis give each other. Each has the axis as an operand, the device's index (an
 * i32 scalar), so that captures, open graphs and errors cover them like everything else. Where that index is batched, the
 * batch *is* the axis, and a collective becomes ordinary operations over it; along any other batch it is one op for all.
 *
 * All but the extremes are linear. Cotangents are of the sum over the devices, so psum is its own transpose, allGather and
 * reduceScatter are each other's, allToAll is its own, and a permutation's is its inverse.
 */
import type { Aval, Host, Node } from '../ir/node.js'
import { numel, typeName } from '../ir/node.js'
import { arrayOf, lengthOf } from '../type/dtype.js'
import type { DType } from '../type/dtype.js'
import { atHome } from '../type/collective.js'
import type { Spans } from '../type/collective.js'
import { fail, Fault } from '../type/fault.js'
import { never } from './body.js'
import { castTo, cut, moveAxis, reshapeTo, stretch, zeros } from './build.js'
import type { Build } from './build.js'
import { meet } from './gang.js'
import { wireOf } from './exchange.js'
import type { Wire } from './exchange.js'
import { allDTypes, numbers, reals } from './primitive.js'
import type { Batched, Primitive, Tangent } from './primitive.js'
import { reduceHost } from './reduce.js'

/** The axis and all its devices, those of other processes included. */
export type Along = { readonly axis: string; readonly size: number; readonly spans?: Spans }
type Pairs = readonly (readonly [from: number, to: number])[]
export type Permutation = Along & { readonly pairs: Pairs }

interface Note<N extends string, P extends Along> {
  readonly name: N
  readonly dtypes: readonly DType[]
  readonly shape: (x: Aval, p: P) => readonly number[]
  /** What every device gets, from what all bring. */
  readonly outcome: (xs: readonly Host[], out: Aval, p: P) => readonly Host['data'][]
  /** 'linear', or the tangent of y. */
  readonly jvp: 'linear' | ((b: Build, x: Node, dx: Node, y: Node, index: Node, p: P) => Node)
  readonly transpose: 'none' | ((b: Build, ct: Node, index: Node, p: P) => Node)
  /** Along the axis itself: x has the devices that are here in front, or is the same for all; `wire` goes to the others. */
  readonly bound: (b: Build, x: Node, mapped: boolean, p: P, wire: Wire) => Node | Batched
  /** Along another batch, which x has in front. */
  readonly beside: (apply: (x: Node) => Node, x: Node) => Node
}
const collective = <N extends string, P extends Along>(note: Note<N, P>): Primitive<N, P> => {
  const apply = (b: Build, x: Node, index: Node, p: P): Node => (b as unknown as Record<string, (a: readonly Node[], q: P) => Node>)[note.name]!([x, index], p)
  const { jvp, transpose } = note
  const aval = (x: Aval, p: P): Aval => ({ shape: note.shape(x, p), dtype: x.dtype })
  return {
    name: note.name,
    aval: ([x, index], p) => {
      if (!note.dtypes.includes((x as Aval).dtype)) throw new Fault('DTypeMismatch', `${note.name} takes ${note.dtypes.join(', ')}, not ${typeName(x as Aval)}`)
      if (index?.dtype !== 'i32' || index.shape.length !== 0) throw new Fault('InvalidArgument', `${note.name}: axis '${p.axis}' is no axis`)
      return aval(x as Aval, p)
    },
    jvp: (b, s) => {
      const [x, index] = s.args as readonly [Node, Node]
      const dx = s.tangents[0]
      return dx == null ? null : jvp === 'linear' ? apply(b, dx, index, s.params) : jvp(b, x, dx, s.out, index, s.params)
    },
    transpose: transpose === 'none' ? 'none' : (b, s): readonly Tangent[] => [s.cts[0] == null ? null : transpose(b, s.cts[0], s.args[1] as Node, s.params), null],
    batch: (b, s) => {
      const [x, index] = s.args as readonly [Node, Node]
      const mapped = s.batched[0] === true, brought = { shape: mapped ? x.shape.slice(1) : x.shape, dtype: x.dtype }
      return s.batched[1] === true ? note.bound(b, x, mapped, s.params, wireOf(b, note.name, brought, s.params)) : note.beside((y) => apply(b, y, index, s.params), x)
    },
    eval: ([x], p) => [meet(p.axis, {
      op: note.name, x: x as Host,
      outcome: (xs) => {
        const out = aval(x as Host, p)
        return note.outcome(xs, out, p).map((data) => ({ ...out, data }))
      },
    })],
    lower: { kind: 'special' },
    domain: never(),
    ...(note.dtypes.includes('c64') ? { complex: 'each' as const } : {}),
  }
}

const same = (x: Aval): readonly number[] => x.shape
const aside = (apply: (x: Node) => Node, x: Node): Node => apply(x)
/** The same for all devices: no batch. */
const common = (x: Node): Batched => ({ nodes: [x], batched: [false] })
/** Of all devices, stacked. */
export const joined = (xs: readonly Host[]): Host => {
  const x = xs[0] as Host
  const data = arrayOf(x.dtype, xs.length * lengthOf(x.dtype, x.data))
  xs.forEach((y, d) => data.set(y.data as never, d * x.data.length))
  return { shape: [xs.length, ...x.shape], dtype: x.dtype, data }
}
const rows = (x: Host, each: number): Host['data'][] => Array.from({ length: x.shape[0] as number }, (_, d) => x.data.slice(d * each, (d + 1) * each) as Host['data'])
const handed = (op: string, x: Aval, p: Along): readonly number[] =>
  x.shape[0] === p.size ? x.shape : fail('ShapeMismatch', `${op}: axis '${p.axis}' has ${p.size} devices, so what it hands out must have size ${p.size} there, not ${x.shape[0] ?? 'rank 0'}`)
/** A row for each device that is here. */
const wide = (x: Node, mapped: boolean, p: Along): Node => (mapped ? x : stretch(x, [atHome(p), ...x.shape]))
/** One axis of parts as two: processes, and the devices of each. */
const grouped = (x: Node, at: number, p: Along): Node => (p.spans === undefined ? x : reshapeTo(x, [...x.shape.slice(0, at), p.spans.processes, p.spans.local, ...x.shape.slice(at + 1)]))
const ungrouped = (x: Node, at: number, p: Along): Node => (p.spans === undefined ? x : reshapeTo(x, [...x.shape.slice(0, at), p.size, ...x.shape.slice(at + 2)]))
const FEW = 8
/** The sum over an axis in front. Of a few devices it is additions, which join the loops before and behind it. */
const total = (b: Build, x: Node): Node => {
  const [n = 0, ...rest] = x.shape
  if (n > FEW) return b.sum([x], { axes: [0] })
  return Array.from({ length: n }, (_, d) => reshapeTo(cut(x, 0, d, 1), rest)).reduce((s, y) => b.add([s, y]))
}

/** From the first device on, so that one device gets what it has, -0 included. */
const added = (xs: readonly Host[]): Host['data'] => {
  const sum = (xs[0] as Host).data.slice() as Float64Array
  for (const x of xs.slice(1)) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + ((x.data as Float64Array)[i] as number)
  return sum
}
/** y = Σ x over the devices. */
export const psumP: Primitive<'psum', Along> = collective({
  name: 'psum', dtypes: numbers, shape: same,
  outcome: (xs) => alike(xs, added(xs)),
  jvp: 'linear', transpose: (b, ct, index, p) => b.psum([ct, index], p),
  bound: (b, x, mapped, p, wire) => common(wire('sum', total(b, wide(x, mapped, p)))), beside: aside,
})
const alike = (xs: readonly Host[], data: Host['data']): Host['data'][] => xs.map(() => data.slice() as Host['data'])
/** The mean of the tangents of the winners. */
const won = (b: Build, x: Node, dx: Node, y: Node, index: Node, p: Along): Node => {
  const wins = castTo(b.eq([x, y]), x.dtype)
  return b.div([b.psum([b.mul([dx, wins]), index], p), b.psum([wins, index], p)])
}
const extreme = <N extends 'pmax' | 'pmin'>(name: N, by: 'reduceMax' | 'reduceMin'): Primitive<N, Along> => collective({
  name, dtypes: ['bool', ...reals], shape: same,
  outcome: (xs, out) => alike(xs, reduceHost(by, joined(xs), [0], out)),
  jvp: won, transpose: 'none',
  bound: (b, x, mapped, _p, wire) => common(wire(name === 'pmax' ? 'max' : 'min', mapped ? b[by]([x], { axes: [0] }) : x)), beside: aside,
})
export const pmaxP: Primitive<'pmax', Along> = extreme('pmax', 'reduceMax')
export const pminP: Primitive<'pmin', Along> = extreme('pmin', 'reduceMin')

/** y[d] = x of device d. */
export const allGatherP: Primitive<'allGather', Along> = collective({
  name: 'allGather', dtypes: allDTypes, shape: (x, p) => [p.size, ...x.shape],
  outcome: (xs) => alike(xs, joined(xs).data),
  jvp: 'linear', transpose: (b, ct, index, p) => b.reduceScatter([ct, index], p),
  bound: (_b, x, mapped, p, wire) => common(ungrouped(wire('gather', wide(x, mapped, p)), 0, p)), beside: (apply, x) => moveAxis(apply(x), 1, 0),
})
/** y of device d = Σ x[d] over the devices. */
export const reduceScatterP: Primitive<'reduceScatter', Along> = collective({
  name: 'reduceScatter', dtypes: numbers, shape: (x, p) => handed('reduceScatter', x, p).slice(1),
  outcome: (xs, out) => rows({ ...(xs[0] as Host), data: added(xs) }, numel(out.shape)),
  jvp: 'linear', transpose: (b, ct, index, p) => b.allGather([ct, index], p),
  bound: (b, x, mapped, p, wire) => wire('scatter', grouped(total(b, wide(x, mapped, p)), 0, p)), beside: (apply, x) => apply(moveAxis(x, 0, 1)),
})
/** y[e] of device d = x[d] of device e. */
export const allToAllP: Primitive<'allToAll', Along> = collective({
  name: 'allToAll', dtypes: allDTypes, shape: (x, p) => handed('allToAll', x, p),
  outcome: (xs) => {
    const each = (xs[0] as Host).data.length / xs.length
    return xs.map((_, d) => joined(xs.map((x) => ({ ...x, data: rows(x, each)[d] as Host['data'] }))).data)
  },
  jvp: 'linear', transpose: (b, ct, index, p) => b.allToAll([ct, index], p),
  bound: (_b, x, mapped, p, wire) => (p.spans === undefined ? moveAxis(wide(x, mapped, p), 0, 1) : ungrouped(moveAxis(wire('swap', moveAxis(grouped(wide(x, mapped, p), 1, p), 1, 0)), 2, 0), 1, p)), beside: (apply, x) => moveAxis(apply(moveAxis(x, 0, 1)), 1, 0),
})

const inverse = (p: Permutation): Permutation => ({ ...p, pairs: p.pairs.map(([from, to]) => [to, from]) })
const senderTo = (p: Permutation, to: number): number | undefined => p.pairs.find((r) => r[1] === to)?.[0]
/** y of device `to` = x of device `from`, for each pair; zero where nobody sends. */
export const permuteAxisP: Primitive<'permuteAxis', Permutation> = collective({
  name: 'permuteAxis', dtypes: allDTypes,
  shape: (x, p) => {
    for (const side of [0, 1] as const) {
      const ends = p.pairs.map((r) => r[side])
      const bad = ends.find((d, i) => !Number.isInteger(d) || d < 0 || d >= p.size || ends.indexOf(d) !== i)
      if (bad !== undefined) throw new Fault('InvalidArgument', `permuteAxis: each of the ${p.size} devices of axis '${p.axis}' may ${side === 0 ? 'send' : 'receive'} once; ${bad} ${ends.indexOf(bad) === ends.lastIndexOf(bad) ? 'is none of them' : 'does so twice'}`)
    }
    return x.shape
  },
  outcome: (xs, out, p) => xs.map((_, d) => {
    const from = senderTo(p, d)
    return from === undefined ? arrayOf(out.dtype, numel(out.shape)) : ((xs[from] as Host).data.slice() as Host['data'])
  }),
  jvp: 'linear', transpose: (b, ct, index, p) => b.permuteAxis([ct, index], inverse(p)),
  bound: (b, x, mapped, p, wire) => {
    const home = atHome(p), rows = ungrouped(wire('gather', wide(x, mapped, p)), 0, p)
    const nothing = zeros({ shape: [1, ...rows.shape.slice(1)], dtype: rows.dtype })
    const own = Array.from({ length: home }, (_, d) => {
      const from = senderTo(p, (p.spans?.rank ?? 0) * home + d)
      return from === undefined ? nothing : cut(rows, 0, from, 1)
    })
    // also a process that is sent nothing meets the others
    return p.spans === undefined ? b.concat(own, { axis: 0 }) : cut(b.concat([...own, cut(rows, 0, 0, 1)], { axis: 0 }), 0, 0, home)
  },
  beside: aside,
})
