/**
 * Laws of values: what a primitive gives, on every machine. Each law is a predicate of an instance and a machine; the
 * list at the end pairs it with the generator that a record provides, and runners fold over that list.
 */
import { numel } from '../lib/ir/node.js'
import type { Aval, Host, Node } from '../lib/ir/node.js'
import { b } from '../lib/prim/index.js'
import type { AnyPrimitive } from '../lib/prim/index.js'
import { arrayOf, dtypeInfo, isInexact } from '../lib/type/dtype.js'
import { instanceOf, instanceText, isApplied } from './arbitrary.js'
import type { Instance } from './arbitrary.js'
import { closed } from './calculus.js'
import type { Fn } from './calculus.js'
import { allClose, allSameBits, every } from './close.js'
import type { Verdict } from './close.js'
import type { Draw, Gen } from './draw.js'
import { oneOf, shuffled } from './draw.js'
import { copied, hostOf, numbersIn } from './host.js'
import { oracle } from './machine.js'
import { avalIsFormula, typedOf } from './shape.js'
import type { Machine } from './machine.js'

/** The shape and dtype that the record promises are what comes out. */
export const promiseIsKept = (x: Instance, on: Machine): Verdict => {
  const g = closed(x.fn, x.inputs)
  return every(on.run(g, x.inputs), (y, i) => fits(y, g.outputs[i] as Aval))
}
const fits = (y: Host, promised: Aval): Verdict => {
  if (y.dtype !== promised.dtype || String(y.shape) !== String(promised.shape)) return `promised ${promised.dtype}[${promised.shape}], gave ${y.dtype}[${y.shape}]`
  if (y.data.length !== numbersIn(promised)) return `${y.data.length} numbers for shape [${promised.shape}]`
  return y.data.constructor === arrayOf(y.dtype, 0).constructor ? true : `${y.dtype} in a ${y.data.constructor.name}`
}
/** machine(x) = reference(x), unfused and fused. */
export const agreesWithReference = (x: Instance, on: Machine): Verdict => {
  const g = closed(x.fn, x.inputs)
  const want = oracle.run(g, x.inputs)
  return every([0, 1] as const, (tier) => allClose(on.run(g, x.inputs, tier), want, x.work))
}
/** Arguments are as they were after a run. */
export const argumentsStay = (x: Instance, on: Machine): Verdict => {
  const before = x.inputs.map(copied)
  on.run(closed(x.fn, x.inputs), x.inputs)
  return allSameBits(x.inputs, before)
}

const same = (x: Node): Node => (x.dtype === 'bool' ? b.not([b.not([x])]) : b.neg([b.neg([x])]))
const total = (x: Node): Node => (x.dtype === 'bool' ? b.reduceOr([x], { axes: [...x.shape.keys()] }) : b.sum([x], { axes: [...x.shape.keys()] }))
/** The op among neighbours that a planner may fuse it with: before it, after it, and a reduction over it. */
export const surrounded = (f: Fn): Fn => (...xs) => {
  const ys = f(...xs.map(same))
  return [...ys.map(same), ...ys.map(total), ...ys]
}
/** fused = unfused, bit for bit. */
export const fusionChangesNoBit = (x: Instance, on: Machine): Verdict => {
  const g = closed(surrounded(x.fn), x.inputs)
  return allSameBits(on.run(g, x.inputs, 1), on.run(g, x.inputs, 0))
}

/** A tensor stored another way, and the graph that shows it as it was. */
export interface Layout { readonly name: string; readonly stored: Host; readonly show: (x: Node) => Node }
const eval1 = (x: Host, f: (x: Node) => Node): Host => oracle.run(closed((v) => [f(v as Node)], [x]), [x])[0] as Host
const permutedLayout = (draw: Draw, x: Host): Layout => {
  const axes = shuffled(draw, x.shape.length)
  const back = axes.map((_, i) => axes.indexOf(i))
  return { name: `permute ${axes}`, stored: eval1(x, (v) => b.permute([v], { axes })), show: (v) => b.permute([v], { axes: back }) }
}
const flippedLayout = (_draw: Draw, x: Host): Layout => {
  const axes = [...x.shape.keys()]
  return { name: 'flip', stored: eval1(x, (v) => b.flip([v], { axes })), show: (v) => b.flip([v], { axes }) }
}
const slicedLayout = (draw: Draw, x: Host): Layout => {
  const start = x.shape.map(() => draw(3))
  const limit = x.shape.map((n, i) => (start[i] as number) + 2 * n + 1)
  const stored = hostOf({ shape: limit, dtype: x.dtype }, () => 1)
  const at = { start, limit: x.shape.map((n, i) => (start[i] as number) + Math.max(0, 2 * n - 1)), step: start.map(() => 2) }
  return { name: 'slice', stored: laid(stored, x, at.start), show: (v) => b.slice([v], at) }
}
const laid = (into: Host, x: Host, start: readonly number[]): Host => {
  const strides = into.shape.map((_, d) => numel(into.shape.slice(d + 1)))
  const each = dtypeInfo[x.dtype].numbers
  for (let i = 0; i < numel(x.shape); i++) {
    let [rest, at] = [i, 0]
    for (let d = x.shape.length - 1; d >= 0; d--) {
      at += ((start[d] as number) + 2 * (rest % (x.shape[d] as number))) * (strides[d] as number)
      rest = Math.floor(rest / (x.shape[d] as number))
    }
    for (let k = 0; k < each; k++) into.data[at * each + k] = x.data[i * each + k] as never
  }
  return into
}
/** The first slice along an axis, repeated: stride zero. */
const repeatedLayout = (_draw: Draw, x: Host): Layout => {
  const [n, ...rest] = x.shape
  if (n === undefined || n === 0) return { name: 'dense', stored: x, show: (v) => v }
  const first = { shape: rest, dtype: x.dtype, data: x.data.slice(0, numbersIn({ shape: rest, dtype: x.dtype })) as Host['data'] }
  return { name: 'broadcast', stored: first, show: (v) => b.broadcast([v], { shape: x.shape, axes: rest.map((_, i) => i + 1) }) }
}
export const layoutOf = (draw: Draw, x: Host): Layout => oneOf(draw, [permutedLayout, flippedLayout, slicedLayout, repeatedLayout])(draw, x)
/** f(x seen through strides) = f(x dense). */
export const stridesDoNotMatter = (x: Instance, layouts: readonly Layout[], on: Machine): Verdict => {
  const strided: Fn = (...xs) => x.fn(...xs.map((v, i) => (layouts[i] as Layout).show(v)))
  const stored = layouts.map((l) => l.stored)
  const dense = layouts.map((l) => eval1(l.stored, l.show))
  const want = oracle.run(closed(x.fn, dense), dense)
  const v = every([0, 1] as const, (tier) => allClose(on.run(closed(strided, stored), stored, tier), want, x.work))
  return v === true ? true : `${v} with ${layouts.map((l) => l.name).join(', ')}`
}
/** Integer and bool results are the same bits everywhere; sums and products wrap, casts saturate. */
export const integersAgree = (x: Instance, on: Machine): Verdict => {
  const g = closed(x.fn, x.inputs)
  const pairs = (ys: readonly Host[]): Host[] => ys.filter((y) => !isInexact(y.dtype))
  return allSameBits(pairs(on.run(g, x.inputs)), pairs(oracle.run(g, x.inputs)))
}

/** A predicate that has been given its sample: what is left is the machine. */
export interface Claim {
  readonly text: string
  readonly holds: (on: Machine) => Verdict
}
export interface PrimitiveLaw {
  readonly name: string
  readonly formula: string
  readonly about: (p: AnyPrimitive) => boolean
  /** Machines on which it says something; the reference is what most laws compare with. */
  readonly on: 'every' | 'compiled' | 'reference'
  readonly claim: (p: AnyPrimitive) => Gen<Claim>
}
export const claimOf = (x: Instance, holds: (x: Instance, on: Machine) => Verdict): Claim => ({ text: instanceText(x), holds: (on) => holds(x, on) })
const about = (values: 'smooth' | 'corner', holds: (x: Instance, on: Machine) => Verdict) => (p: AnyPrimitive): Gen<Claim> => (draw) =>
  claimOf(instanceOf(p, values)(draw), holds)
const hasInts = (p: AnyPrimitive): boolean => p.domain.dtypes.some((d) => !isInexact(d))
const ints = (p: AnyPrimitive): Gen<Claim> => (draw) => claimOf(instanceOf(p, 'corner', p.domain.dtypes.filter((d) => !isInexact(d)))(draw), integersAgree)

const typed = (p: AnyPrimitive): Gen<Claim> => (draw) => {
  const t = typedOf(p)(draw)
  return { text: `${t.name}${JSON.stringify(t.params)} of ${t.args.map((a) => `${a.dtype}[${a.shape}]`).join(', ')}`, holds: () => avalIsFormula(t) }
}

export const valueLaws: readonly PrimitiveLaw[] = [
  { name: 'avalIsFormula', formula: 'aval(types) = a formula written a second time', about: isApplied, on: 'reference', claim: typed },
  { name: 'promiseIsKept', formula: 'type(eval(x)) = aval(type(x))', about: isApplied, on: 'every', claim: about('smooth', promiseIsKept) },
  { name: 'agreesWithReference', formula: 'machine(x) = reference(x), unfused and fused', about: isApplied, on: 'compiled', claim: about('smooth', agreesWithReference) },
  { name: 'agreesAtCorners', formula: 'machine(x) = reference(x) at NaN, ±inf, ±0, the ends of the dtype', about: isApplied, on: 'compiled', claim: about('corner', agreesWithReference) },
  { name: 'fusionChangesNoBit', formula: 'fused(x) = unfused(x), bit for bit', about: isApplied, on: 'compiled', claim: about('smooth', fusionChangesNoBit) },
  { name: 'argumentsStay', formula: 'x after run(f, x) is x', about: isApplied, on: 'every', claim: about('corner', argumentsStay) },
  { name: 'integersAgree', formula: 'machine(x) = reference(x), bit for bit, for integers', about: hasInts, on: 'compiled', claim: ints },
  {
    name: 'stridesDoNotMatter', formula: 'f(strided x) = f(dense x)', about: isApplied, on: 'every',
    claim: (p) => (draw) => {
      const x = instanceOf(p)(draw)
      const layouts = x.inputs.map((v) => layoutOf(draw, v))
      return claimOf(x, (y, on) => stridesDoNotMatter(y, layouts, on))
    },
  },
]
