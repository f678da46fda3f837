/**
 * Laws for an optimizer { init, update }: it treats the leaves of a tree one by one, keeps the types of its state (so that
 * scan can carry it), rests at zero gradients if it claims to, and finds the minimum of a quadratic.
 *
 *   optimizerIsLawful(optim.sgd(0.1), { rests: true })
 */
import { leaf, typeName } from '../lib/ir/node.js'
import type { Host, Node } from '../lib/ir/node.js'
import { treeMismatch, unflatten } from '../lib/type/tree.js'
import { allClose, both, every } from './close.js'
import type { Verdict } from './close.js'
import type { Gen } from './draw.js'
import { refute } from './hold.js'
import { combined, copied, describe, hostOf, inner } from './host.js'
import { effortOf } from './rule.js'
import type { Trial } from './rule.js'
import { valuesOfTree } from './tree.js'

export interface OptimizerLike {
  readonly init: (params: never) => unknown
  /** The next parameters and the next state. */
  readonly update: (grads: never, state: never, params: never) => readonly [params: unknown, state: unknown]
}
export interface OptimizerTrial extends Trial {
  /** Zero gradients leave the parameters alone (no weight decay, no momentum at the start). */
  readonly rests?: boolean
  /** Each leaf is updated by its own gradient alone; false for clipping by the global norm. Default true. */
  readonly leafwise?: boolean
  /** Steps within which it must bring ½|p - t|² below a hundredth of where it began; 300 unless given. */
  readonly steps?: number
}
interface Sample { readonly p: readonly [Host, Host]; readonly g: readonly [Host, Host] }
const sample: Gen<Sample> = (draw) => {
  const of = (shape: readonly number[]): Host => hostOf({ shape, dtype: 'f32' }, () => draw(17) / 4 - 2)
  return { p: [of([3]), of([2, 2])], g: [of([3]), of([2, 2])] }
}
const tensor = (x: Host): Node => leaf(copied(x).data, x.shape, x.dtype)
type Record2 = { readonly [k in 'a' | 'b']?: Node }
const step = (o: OptimizerLike, p: Record2, g: Record2): unknown => o.update(g as never, o.init(p as never) as never, p as never)[0]

/** update of a tree = the tree of updates */
export const updateIsLeafwise = (o: OptimizerLike) => ({ p, g }: Sample): Verdict => {
  const [a, c] = [{ a: tensor(p[0]) }, { b: tensor(p[1]) }]
  const whole = valuesOfTree(step(o, { ...a, ...c }, { a: tensor(g[0]), b: tensor(g[1]) })).hosts
  const parts = [valuesOfTree(step(o, a, { a: tensor(g[0]) })).hosts[0] as Host, valuesOfTree(step(o, c, { b: tensor(g[1]) })).hosts[0] as Host]
  return allClose(whole, parts, { class: 'program' })
}
/** State and parameters keep their trees and types. */
export const typesAreKept = (o: OptimizerLike) => ({ p, g }: Sample): Verdict => {
  const params = { a: tensor(p[0]), b: tensor(p[1]) }
  const state = o.init(params as never)
  const [next, later] = o.update({ a: tensor(g[0]), b: tensor(g[1]) } as never, state as never, params as never)
  return every([[params, next], [state, later]] as const, ([before, after]) => sameTypes(before, after))
}
const sameTypes = (before: unknown, after: unknown): Verdict => {
  const [x, y] = [valuesOfTree(before), valuesOfTree(after)]
  const wrong = treeMismatch(x.def, y.def)
  if (wrong !== undefined) return wrong
  return every(x.hosts, (v, i) => (typeName(v) === typeName(y.hosts[i] as Host) ? true : `leaf ${i} was ${typeName(v)} and is ${typeName(y.hosts[i] as Host)}`))
}
/** update(0, init(p), p) = p */
export const restsAtZero = (o: OptimizerLike) => ({ p }: Sample): Verdict =>
  allClose(valuesOfTree(step(o, { a: tensor(p[0]) }, { a: tensor(hostOf(p[0], () => 0)) })).hosts, [p[0]], { class: 'program' })

/** ½|p - t|² goes down by a factor of a hundred. */
export const findsMinimum = (o: OptimizerLike, steps: number) => ({ p, g: [target] }: Sample): Verdict => {
  const distance = (x: Host): number => {
    const d = combined(1, x, -1, target)
    return inner(d, d)
  }
  let x = p[0]
  let state = valuesAsTensors(o.init({ a: tensor(x) } as never))
  for (let i = 0; i < steps; i++) {
    const [next, later] = o.update({ a: tensor(combined(1, x, -1, target)) } as never, state as never, { a: tensor(x) } as never)
    x = valuesOfTree(next).hosts[0] as Host
    state = valuesAsTensors(later)
  }
  return distance(x) <= distance(p[0]) / 100 ? true : `after ${steps} steps the distance went from ${distance(p[0])} to ${distance(x)}`
}
const valuesAsTensors = (tree: unknown): unknown => {
  const { hosts, def } = valuesOfTree(tree)
  return unflatten(def, hosts.map(tensor))
}

const text = (s: Sample): string => `parameters ${s.p.map(describe).join('; ')}, gradients ${s.g.map(describe).join('; ')}`
/**
 * All laws of optimizers; true, or a sentence with a counter-example.
 * @law update(tree) = tree of updates; update(0) = id (if it rests); ½|p - t|² goes to its minimum
 * @example optimizerIsLawful(optim.sgd(0.1), { rests: true }) // true
 */
export const optimizerIsLawful = (o: OptimizerLike, t: OptimizerTrial = {}): Verdict => {
  const of = (name: string, law: (s: Sample) => Verdict, runs = t.runs ?? 10): Verdict => {
    const v = refute(sample, law, effortOf({ ...t, runs }), text)
    return v === true ? true : `${name} is refuted: ${v}`
  }
  const rests = (): Verdict => (t.rests === true ? of('restsAtZero', restsAtZero(o)) : true)
  const leafwise = (): Verdict => (t.leafwise === false ? true : of('updateIsLeafwise', updateIsLeafwise(o)))
  return both(both(both(of('typesAreKept', typesAreKept(o)), leafwise), rests), () => of('findsMinimum', findsMinimum(o, t.steps ?? 300), 1))
}
