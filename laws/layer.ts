/**
 * Laws for a layer or a whole model: apply on a batch is the stack of apply on its examples (in evaluation nothing passes
 * between examples), the shape is the one it promises, and its derivative along parameters and input is the difference
 * quotient. Parameters are taken to f64 for that, so a layer must not insist on f32.
 *
 *   layerIsLawful(nn.model([4], nn.linear(3)))
 */
import type { Aval, Host } from '../lib/ir/node.js'
import { key } from '../lib/tensor/index.js'
import { isFloat } from '../lib/type/dtype.js'
import { closed } from './calculus.js'
import type { Fn } from './calculus.js'
import { allClose, both, every } from './close.js'
import type { Verdict } from './close.js'
import { judged, judges } from './derivative.js'
import type { Draw, Gen } from './draw.js'
import { claimText, onMachines, refute } from './hold.js'
import { describe, hostOf, sliced, stacked } from './host.js'
import { oracle } from './machine.js'
import { effortOf } from './rule.js'
import type { Trial } from './rule.js'
import { lifted, nodesOf, precise, treeOf, valuesOfTree } from './tree.js'
import type { HostTree } from './tree.js'

/** What laws need of a model; `nn.model(input, layer)` is one. */
export interface ModelLike {
  readonly input: readonly number[]
  /** The shape of one example after the layer, when it is promised. */
  readonly output?: readonly number[]
  readonly init: (key: never) => { readonly params: unknown; readonly state: unknown }
  readonly apply: (params: never, state: never, x: never) => unknown
}
export interface LayerTrial extends Trial {
  /** What the input holds; f64 unless given, for an embedding an integer dtype. */
  readonly dtype?: Aval['dtype']
}
interface Sample { readonly weights: HostTree; readonly xs: readonly Host[] }

const weightsOf = (m: ModelLike, seed: number): HostTree => {
  const { params, state } = m.init(key(seed) as never)
  return precise(valuesOfTree({ params, state }))
}
/** (weights.., x) -> y */
const applied = (m: ModelLike, def: HostTree['def']): Fn => (...all) => {
  const { params, state } = treeOf(def, all.slice(0, -1)) as { params: never; state: never }
  return nodesOf(m.apply(params, state, all[all.length - 1] as never))
}
const run = (m: ModelLike, w: HostTree, x: Host): readonly Host[] => {
  const { fn, values } = lifted(applied(m, w.def), [...w.hosts, x])
  const inputs = [...w.hosts, x, ...values]
  return oracle.run(closed(fn, inputs), inputs)
}

/** @law apply(stack of xs) = stack of apply(x) */
export const batchIsStack = (m: ModelLike) => ({ weights, xs }: Sample): Verdict => {
  const like = { shape: m.input, dtype: (xs[0] as Host).dtype }
  const whole = run(m, weights, stacked(xs, like))
  const rows = xs.map((x) => run(m, weights, stacked([x], like)))
  const want = whole.map((y, k) => stacked(rows.map((r) => sliced((r[k] as Host), 0)), { shape: y.shape.slice(1), dtype: y.dtype }))
  return allClose(whole, want, { class: 'program' })
}
/** The result is [n, ...output]. */
export const shapeIsPromised = (m: ModelLike) => ({ weights, xs }: Sample): Verdict => {
  const [y] = run(m, weights, stacked(xs, { shape: m.input, dtype: (xs[0] as Host).dtype }))
  const want = [xs.length, ...(m.output ?? (y as Host).shape.slice(1))]
  return String((y as Host).shape) === String(want) ? true : `a batch of ${xs.length} gives [${(y as Host).shape}], promised is [${want}]`
}
const sampleOf = (m: ModelLike, t: LayerTrial): Gen<Sample> => (draw) => {
  const [lo, hi] = t.range ?? [-2, 2]
  const n = 1 + draw(3)
  const dtype = t.dtype ?? 'f64'
  const value = (): number => (isFloat(dtype) ? lo + ((hi - lo) * draw(17)) / 16 : Math.max(0, lo) + draw(Math.max(1, hi - Math.max(0, lo))))
  return { xs: Array.from({ length: n }, () => hostOf({ shape: m.input, dtype }, value)), weights: weightsOf(m, draw(1 << 16)) }
}
const text = (s: Sample): string => `a batch of ${s.xs.length}: ${s.xs.map(describe).join('; ')}${s.weights.hosts.length === 0 ? '' : `; weights ${s.weights.hosts.map(describe).join('; ')}`}`
const gradients = (m: ModelLike, t: LayerTrial): Verdict => {
  const claim = (law: keyof typeof judges) => (draw: Draw) => {
    const { weights, xs } = sampleOf(m, t)(draw)
    const x = stacked(xs, { shape: m.input, dtype: (xs[0] as Host).dtype })
    const { fn, values } = lifted(applied(m, weights.def), [...weights.hosts, x])
    const inputs = [...weights.hosts, x, ...values]
    return judged(draw, { name: 'apply', params: '', fn, inputs, free: weights.hosts.length + 1, work: { class: 'program' }, fresh: () => inputs }, (judges[law] as (typeof judges)[string]).judge)
  }
  return every(['jvpIsDifferenceQuotient', 'vjpIsAdjointOfJvp'], (law) => named(law, refute(claim(law), (c) => onMachines(c, [oracle]), effortOf({ runs: 8, ...t }), claimText)))
}
const named = (law: string, v: Verdict): Verdict => (v === true ? true : `${law} is refuted: ${v}`)

/**
 * All laws of layers; true, or a sentence with the smallest counter-example found.
 * @law apply(stack of xs) = stack of apply(x); type(apply(x)) = [n, ...output]; D apply = its difference quotient
 * @example layerIsLawful(nn.model([2], nn.linear(3))) // true
 */
export const layerIsLawful = (m: ModelLike, t: LayerTrial = {}): Verdict => {
  const gen = sampleOf(m, t)
  const of = (name: string, law: (s: Sample) => Verdict): Verdict => named(name, refute(gen, law, effortOf(t), text))
  return both(both(of('shapeIsPromised', shapeIsPromised(m)), () => of('batchIsStack', batchIsStack(m))), () => gradients(m, t))
}
