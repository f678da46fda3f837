/**
 * What transforms cost: a gradient beside its forward pass, in time and in planned arithmetic; tracing, transforming and
 * planning whole training steps; vmap beside what one would write by hand; a hessian.
 */
import { reach } from '../../../lib/ir/graph.js'
import { isInput } from '../../../lib/ir/key.js'
import { SLOT } from '../../../lib/ir/node.js'
import type { Node } from '../../../lib/ir/node.js'
import {
  add, dotProductAttention, einsum, grad, hessian, jit, key, matmul, mean, mul, random, relu, reshape, slice, square, sub, sum, tanh, toGraph, vmap, zeros,
} from '../../../lib/index.js'
import type { Tensor } from '../../../lib/index.js'
import { flopsOf } from '../../../lib/nn/flops.js'
import { findAddon, plan } from '../../../lib/run/index.js'
import { expand } from '../../../lib/run/plan/expand.js'
import { flatten } from '../../../lib/type/tree.js'
import { sampler } from '../hmc.js'
import { stored } from '../peer.js'
import * as resnet18 from '../resnet18.js'
import { median } from '../row.js'
import type { Case, Ready, Small } from '../row.js'
import { session } from '../session.js'
import { perCall } from '../training.js'
import * as transformer from '../transformer.js'
import { batchOf, first, lossOf } from './lenet.js'

const { run, read } = session
const addon = findAddon()
const codes = new Map('addon' in addon ? addon.addon.kernels().elementwise.map((n, i) => [n, i]) : [])
const timed = (f: () => unknown): number => {
  const began = performance.now()
  f()
  return performance.now() - began
}

// ---- tracing and planning ------------------------------------------------------------------------------------------
/** Plans what a traced step gave, as its first run would. */
const planned = (tree: unknown): void => {
  const outputs = flatten(tree).leaves as Node[] // boundary: a tensor is a node
  const nodes = reach(outputs, () => false)
  const inputs = nodes.filter(isInput)
  plan({ inputs, outputs, nodes: nodes.filter((x) => !isInput(x)) }, inputs.map((x) => x.op === SLOT), codes, 1)
}
/** Each round traces a function that was never traced; the process has done it before. */
const traced = (step: () => unknown): Ready => {
  const once = (): number => timed(() => planned(step()))
  for (let i = 0; i < 10; i++) once()
  return { measure: once }
}
const transformerPlan = (): Ready => {
  const start = transformer.first(), { x, y } = transformer.text()
  return traced(() => transformer.stepOf()(start, x, y))
}
const resnetPlan = (): Ready => {
  const start = resnet18.first(), { x, y } = resnet18.images(8)
  return traced(() => resnet18.stepOf()(start, x, y))
}

// ---- a gradient beside its forward pass ------------------------------------------------------------------------------
/** Time of `f` over time of `g`, interleaved: each the fastest of three, the median of five quotients. */
const quotient = (f: () => unknown, g: () => unknown): Ready => {
  const best = (h: () => unknown): number => Math.min(timed(h), timed(h), timed(h))
  for (let i = 0; i < 3; i++) [f, g].forEach(best)
  return { measure: () => median([0, 1, 2, 3, 4].map(() => best(f) / best(g))) }
}
/** A loss of the first of what it is given. */
interface Pair { readonly loss: (...given: never[]) => unknown; readonly given: (n?: 8) => readonly unknown[] }
type Any = (...given: unknown[]) => unknown
const pairOf = ({ loss }: Pair): readonly [forward: Any, backward: Any] => [loss as never, grad(loss as never) as never]
type Mat<N extends number, M extends number> = Tensor<[N, M], 'f32'>
/** Arithmetic of a function once the planner has opened it. */
const arithmetic = (g: ReturnType<ReturnType<typeof toGraph>>): number => flopsOf(expand(g.graph, 1).nodes)
type Weights = { readonly a: Mat<784, 512>; readonly b: Mat<512, 512>; readonly c: Mat<512, 10> }
const weights = () => ({ a: random.normal(key(1), [784, 512]), b: random.normal(key(2), [512, 512]), c: random.normal(key(3), [512, 10]) })
const mlp: Pair = {
  loss: (w: Weights, x: Mat<128, 784>) => mean(square(matmul(relu(matmul(relu(matmul(x, w.a)), w.b)), w.c))),
  given: () => [weights(), random.normal(key(4), [128, 784])],
}
type X = Tensor<[8, 128, 4, 64], 'f32'>
const heads = (seed: number, n: 8 = 8): X => random.normal(key(seed), [n, 128, 4, 64])
const attention: Pair = {
  loss: (p: { readonly q: X; readonly k: X; readonly v: X }) => mean(square(dotProductAttention(p.q, p.k, p.v))),
  given: (n?: 8) => [{ q: heads(5, n), k: heads(6, n), v: heads(7, n) }],
}
const demoNetwork: Pair = {
  loss: lossOf<64>,
  given: () => {
    const { x, y } = batchOf(64), { params } = first()
    return [params, x, y]
  },
}
const overForward = (of: Pair) => (): Ready => {
  const given = run.sync(of.given()) as readonly unknown[], [forward, backward] = pairOf(of).map((f) => jit(f as never) as Any) as [Any, Any]
  return quotient(() => run.sync(backward(...given)), () => run.sync(forward(...given)))
}
const flopsOverForward = (of: Pair) => (): Ready => {
  const given = run.sync(of.given()) as readonly unknown[]
  const [forward, backward] = pairOf(of).map((f) => arithmetic((toGraph(f as never) as Any)(...given) as ReturnType<ReturnType<typeof toGraph>>)) as [number, number]
  return { measure: () => backward / forward }
}
/** Results of about one, on eight rows. */
const scaled = () => {
  const { a, b, c } = weights()
  return [{ a: mul(a, 0.04), b: mul(b, 0.04), c: mul(c, 0.04) }, random.normal(key(4), [8, 784])]
}
const both = (of: Pair): Small => ({ inputs: of.given, f: (given: readonly unknown[]) => pairOf(of).map((f) => f(...given)), tolerance: 1e-4 })

const forms = (n: number) => ({ a: random.normal(key(8), [64, 64]), xs: random.normal(key(9), [n, 64]) as Mat<10_000, 64> })
const formsOf = (m: Mat<64, 64>, v: Mat<10_000, 64>) => vmap((x: Tensor<[64], 'f32'>) => sum(mul(x, matmul(m, x))))(v)
/** xᵀ A x of 10,000 examples, mapped and by hand. */
const quadratic = (): Ready => {
  const { a, xs } = run.sync(forms(10_000))
  const mapped = jit(formsOf)
  const hand = jit((m: Mat<64, 64>, v: Mat<10_000, 64>) => einsum('bi,ij,bj->b', v, m, v))
  const [p, q] = [read.sync(mapped(a, xs)), read.sync(hand(a, xs))]
  p.forEach((v, i) => {
    if (Math.abs(v - (q[i] ?? NaN)) > 1e-3 * (1 + Math.abs(v))) throw new Error(`example ${i}: the mapped form gives ${v}, the one by hand ${q[i]}`)
  })
  return quotient(() => run.sync(mapped(a, xs)), () => run.sync(hand(a, xs)))
}
type W = Tensor<[100], 'f32'>
const net = (w: W, x: Mat<1000, 9>): Tensor<[1000], 'f32'> => {
  const hidden = tanh(add(matmul(x, reshape(slice(w, [[0, 81]]), [9, 9])), slice(w, [[81, 90]])))
  return add(matmul(hidden, slice(w, [[90, 99]])), reshape(slice(w, [[99, 100]]), []))
}
const examples = (n: 1000) => ({ w: random.normal(key(10), [100]), x: random.normal(key(11), [n, 9]), y: random.normal(key(12), [n]) })
const secondOf = (w: W, x: Mat<1000, 9>, y: Tensor<[1000], 'f32'>) => hessian((v: W) => mean(square(sub(net(v, x), y))))(w)
/** All second derivatives of the mean loss of a 9-9-1 tanh net, as one vector of 100 weights, on 1,000 rows. */
const hessianCase = (): Ready => {
  const given = run.sync(examples(1000)), second = jit(secondOf)
  const work = () => run.sync(second(given.w, given.x, given.y))
  const own = read.sync(work())
  const expect = (theirs: readonly number[]): void => own.forEach((v, i) => {
    if (Math.abs(v - (theirs[i] ?? NaN)) > 1e-3 * (1 + Math.abs(v))) throw new Error(`second derivative ${i} is ${v}, the peer has ${theirs[i]}`)
  })
  const array = (x: Tensor<readonly number[], 'f32', 'cpu'>) => stored(read.sync(x), x.shape)
  for (let i = 0; i < 3; i++) work()
  return { measure: () => perCall(20, work), peers: { names: ['jax'], payload: { w: array(given.w), x: array(given.x), y: array(given.y) }, expect } }
}
/** 60 steps of 1,000 chains: what a run costs, and tracing, transforming and planning it. */
const [CHAINS, STEPS] = [1000, 60] as const
const chains = (n: typeof CHAINS = CHAINS, steps: typeof STEPS = STEPS) => run.sync({ starts: zeros([n, 2]), keys: random.bits(key(7), [steps, 2]) })
const hmc = (): Ready => {
  const { starts, keys } = chains()
  const sample = sampler<typeof CHAINS, typeof STEPS>(CHAINS)
  const work = () => run.sync(sample(starts, keys))
  const xs = read.sync(work()).subarray(20 * CHAINS * 2)
  const own = [0, 1].map((d) => xs.reduce((s, x, i) => (i % 2 === d ? s + x : s), 0) / (xs.length / 2))
  const expect = (theirs: readonly number[]): void => own.forEach((v, d) => {
    if (Math.abs(v - (theirs[d] ?? NaN)) > 0.1) throw new Error(`the mean of coordinate ${d} is ${v}, the peer has ${theirs[d]}`)
  })
  for (let i = 0; i < 3; i++) work()
  return { measure: () => perCall(5, work), peers: { names: ['jax'], payload: { chains: CHAINS, keys: stored(Int32Array.from(read.sync(keys)), keys.shape) }, expect } }
}
const hmcPlan = (): Ready => {
  const { starts, keys } = chains()
  return { measure: () => timed(() => planned(sampler<typeof CHAINS, typeof STEPS>(CHAINS)(starts, keys))) }
}
const small: Readonly<Record<'forms' | 'hmc' | 'hessian', Small>> = {
  forms: { inputs: () => forms(100), f: ({ a, xs }: ReturnType<typeof forms>) => formsOf(a, xs), tolerance: 1e-4 },
  hmc: { inputs: () => chains(20 as typeof CHAINS, 3 as typeof STEPS), f: ({ starts, keys }: ReturnType<typeof chains>) => sampler<typeof CHAINS, typeof STEPS>(starts.shape[0])(starts, keys), tolerance: 1e-3 },
  hessian: { inputs: () => examples(20 as 1000), f: ({ w, x, y }: ReturnType<typeof examples>) => secondOf(w, x, y), tolerance: 1e-4 },
}
export const cases: readonly Case[] = [
  { name: 'plan_transformer_step', unit: 'ms', bound: { of: 'value', most: 60 }, rounds: 15, prepare: transformerPlan },
  { name: 'plan_resnet18_step', unit: 'ms', bound: { of: 'value', most: 150 }, rounds: 15, prepare: resnetPlan },
  { name: 'grad_over_forward_lenet', unit: 'x', bound: { of: 'value', most: 3 }, rounds: 5, prepare: overForward(demoNetwork), small: both(demoNetwork) },
  { name: 'grad_over_forward_mlp', unit: 'x', bound: { of: 'value', most: 3 }, rounds: 5, prepare: overForward(mlp), small: both({ ...mlp, given: scaled }) },
  { name: 'grad_over_forward_attention', unit: 'x', bound: { of: 'value', most: 3 }, rounds: 5, prepare: overForward(attention), small: both({ ...attention, given: () => attention.given(1 as 8) }) },
  { name: 'grad_flops_over_forward_lenet', unit: 'x', bound: { of: 'value', most: 3.5 }, rounds: 1, prepare: flopsOverForward(demoNetwork) },
  { name: 'grad_flops_over_forward_mlp', unit: 'x', bound: { of: 'value', most: 3.5 }, rounds: 1, prepare: flopsOverForward(mlp) },
  { name: 'grad_flops_over_forward_attention', unit: 'x', bound: { of: 'value', most: 3.5 }, rounds: 1, prepare: flopsOverForward(attention) },
  { name: 'vmap_quadratic_form_10k', unit: 'x', bound: { of: 'value', most: 1.1 }, rounds: 5, prepare: quadratic, small: small.forms },
  { name: 'hmc_1000_chains', unit: 'ms', bound: { of: 'ratio', most: 1 }, rounds: 7, prepare: hmc, small: small.hmc },
  { name: 'hmc_compile', unit: 'ms', bound: { of: 'value', most: 200 }, rounds: 5, prepare: hmcPlan },
  { name: 'hessian_tanh_9_9_1_1k', unit: 'ms', bound: { of: 'ratio', most: 1 }, rounds: 9, prepare: hessianCase, small: small.hessian },
]
