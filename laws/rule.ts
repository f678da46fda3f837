/**
 * Laws for a function of your own: a composition, a `customVjp`, a `customJvp`. One call samples operands of the given
 * types and checks that forward mode is the difference quotient, that reverse mode is its adjoint, that second derivatives
 * commute, that vmap is a stack and jit the identity.
 *
 *   functionIsLawful((x) => mul(x, x), [{ shape: [3], dtype: 'f64' }])     true, or a sentence with a counter-example
 */
import { variable } from '../lib/ir/node.js'
import type { Aval, Host } from '../lib/ir/node.js'
import { toGraph } from '../lib/transform/index.js'
import { Fault } from '../lib/type/fault.js'
import { smooth } from './arbitrary.js'
import type { Instance } from './arbitrary.js'
import { batchClaim } from './batch.js'
import { closed, jitted } from './calculus.js'
import type { Fn } from './calculus.js'
import { allClose, every } from './close.js'
import type { Verdict } from './close.js'
import { judged, judges } from './derivative.js'
import type { Draw } from './draw.js'
import { claimText, onMachines, refute } from './hold.js'
import { isFloating } from './host.js'
import { oracle } from './machine.js'
import { claimOf, promiseIsKept } from './primitive.js'
import type { Claim } from './primitive.js'
import { lifted, nodesOf, precise, valuesOfTree } from './tree.js'

export interface Trial {
  /** Repeats a failure: the sentence of a counter-example names it. */
  readonly seed?: number
  /** Samples for each law; 20 unless given. */
  readonly runs?: number
  /** Where operands are sampled; [-2, 2] unless given. */
  readonly range?: readonly [number, number]
  /** Points without a derivative, which samples avoid. */
  readonly kinks?: readonly number[]
}
const first = 20260101
export const effortOf = (t: Trial): { seed: number; runs: number } => ({ seed: t.seed ?? first, runs: t.runs ?? 20 })

/** Any function of tensors with a tree of tensors as its result. */
export const asFn = (f: (...xs: never[]) => unknown): Fn => (...xs) => nodesOf(f(...(xs as never[])))
/** f at sampled operands of these types. */
export const instanceOfFunction = (name: string, fn: Fn, types: readonly Aval[], t: Trial) => (draw: Draw): Instance => {
  const { fn: open, values } = lifted(fn, types)
  const fresh = (d: Draw): readonly Host[] => [...smooth(d, types.map((aval) => ({ aval, range: t.range ?? [-2, 2] })), (t.kinks ?? []).map((at) => ({ at }))), ...values]
  return { name, params: '', fn: open, inputs: fresh(draw), free: types.length, work: { class: 'program' }, fresh }
}
const jitIsIdentity = (x: Instance): Claim => claimOf(x, (y, on) => allClose(on.run(closed(jitted(y.fn), y.inputs), y.inputs), on.run(closed(y.fn, y.inputs), y.inputs), y.work))

type Law = readonly [name: string, claim: (draw: Draw, x: Instance) => Claim]
const valueLaws: readonly Law[] = [
  ['promiseIsKept', (_, x) => claimOf(x, promiseIsKept)], ['vmapIsStack', (draw, x) => batchClaim(draw, x)], ['jitIsIdentity', (_, x) => jitIsIdentity(x)],
]
const derivativeLaws: readonly Law[] = Object.entries(judges).map(([name, { judge }]): Law => [name, (draw, x) => judged(draw, x, judge)])
const differentiable = (fn: Fn, types: readonly Aval[]): boolean => types.some(isFloating) && toGraph(fn)(...types.map((t) => variable(t, 'law'))).graph.outputs.some(isFloating)

const ordersOf: readonly (readonly (keyof typeof judges)[])[] = [['jvpIsDifferenceQuotient', 'vjpIsAdjointOfJvp'], ['secondIsQuotientOfFirst', 'secondDerivativesCommute', 'reverseOverForward']]
/**
 * Derivatives of f at these operands, of first and second `order` (2), in forward and reverse mode, against difference
 * quotients along `runs` (10) random directions; f32 operands are made f64. True, or a sentence with the direction.
 * @shape ((...xs) => y, [...xs]) => true or a sentence
 * @law D f = its difference quotient; ⟨J t, c⟩ = ⟨t, Jᵀ c⟩; D²f[u, v] = D²f[v, u]
 * @throws NotDifferentiable when nothing of f can be differentiated.
 * @example checkGrads((x: Tensor<[2], 'f64', 'cpu'>) => sin(x), [tensor([0.5, 2], { dtype: 'f64' })]) // true
 */
export const checkGrads = (f: (...xs: never[]) => unknown, operands: readonly unknown[], t: { readonly order?: 1 | 2; readonly runs?: number; readonly seed?: number } = {}): Verdict => {
  const values = precise(valuesOfTree(operands)).hosts
  const { fn, values: captured } = lifted(asFn(f), values)
  const inputs = [...values, ...captured]
  if (!differentiable(asFn(f), values)) throw new Fault('NotDifferentiable', 'checkGrads: neither an operand nor a result of this function is a float')
  const x: Instance = { name: f.name === '' ? 'f' : f.name, params: '', fn, inputs, free: values.length, work: { class: 'program' }, fresh: () => inputs }
  return every(ordersOf.slice(0, t.order ?? 2).flat(), (law) => {
    const v = refute((draw) => judged(draw, x, (judges[law] as (typeof judges)[string]).judge), (c) => onMachines(c, [oracle]), effortOf({ runs: 10, ...t }), claimText)
    return v === true ? true : `${String(law)} is refuted: ${v}`
  })
}

/** Every law of functions, in turn; the first refutation as a sentence. */
export const lawsOfFunction = (name: string, fn: Fn, types: readonly Aval[], t: Trial): Verdict => {
  const gen = instanceOfFunction(name, fn, types, t)
  const laws = [...valueLaws, ...(differentiable(fn, types) ? derivativeLaws : [])]
  return every(laws, ([law, claim]) => {
    const v = refute((draw) => claim(draw, gen(draw)), (c) => onMachines(c, [oracle]), effortOf(t), claimText)
    return v === true ? true : `${law} is refuted: ${v}`
  })
}
/**
 * All laws of functions; true, or a sentence with a counter-example. Derivatives are judged sharply at 'f64' operands.
 * @law D f = its difference quotient; ⟨J t, c⟩ = ⟨t, Jᵀ c⟩; D²f[u, v] = D²f[v, u]; vmap f = stack of f; jit f = f
 * @example functionIsLawful((x: Tensor<[3], 'f64', never>) => sin(x), [{ shape: [3], dtype: 'f64' }]) // true
 */
export const functionIsLawful = (f: (...xs: never[]) => unknown, types: readonly Aval[], t: Trial = {}): Verdict => lawsOfFunction(f.name === '' ? 'f' : f.name, asFn(f), types, t)
