/** Adam and AdamW: steps by the mean of gradients over the root of their mean square, both corrected for their start at 0. */
import { add, cast, div, full, mul, neg, power, sqrt, square, sub, zerosLike } from '../tensor/index.js'
import type { Device, Tensor } from '../type/index.js'
import { fail, mapTree } from '../type/index.js'
import type { Rate, StepCount } from './rate.js'
import { constantRate, counted, started } from './rate.js'
import { decayed } from './sgd.js'
import type { Leaf, Optimizer, Piece, StateFn } from './transform.js'
import { chained } from './transform.js'

export interface AdamSettings {
  /** β₁ and β₂; 0.9 and 0.999 unless given. */
  readonly betas?: readonly [number, number]
  /** ε, added to the root; 1e-8 unless given. */
  readonly eps?: number
  /** λ: for adam added to the gradient as λ p, for adamw taken off the parameters as η λ p. */
  readonly weightDecay?: number
}
export interface Moments<P> { readonly step: StepCount; readonly expAvg: P; readonly expAvgSq: P }
/** Running means of the gradients and of their squares, trees like the parameters. */
export interface Adam extends StateFn { readonly state: Moments<this['params']> }

interface Rule { readonly betas: readonly [number, number]; readonly eps: number; readonly l2: number; readonly decoupled: number }
/** β m + (1 - β) g */
export const averaged = (means: unknown, grads: unknown, beta: number, of: (g: Leaf) => Leaf = (g) => g): unknown =>
  mapTree<Leaf>((m, g) => add(mul(m, beta), mul(of(g), 1 - beta)), means, grads)

/** 1 - βᵗ, in f64 as PyTorch has it: in f32 the first steps with β = 0.999 would be wrong by 1e-5. */
const correction = (beta: number, t: StepCount): Tensor<[], 'f64', Device> => sub(1, power(full([], beta, { dtype: 'f64' }), cast(t, 'f64')))
/**
 * m̂ / (√v̂ + ε) with m̂ = m / c₁, v̂ = v / c₂, cᵢ = 1 - βᵢᵗ, as (√c₂ / c₁) m / (√v + √c₂ ε): one division an element, for it is a
 * division that bounds the step where the memory does not.
 */
const scaled = (m: unknown, v: unknown, t: StepCount, { betas: [b1, b2], eps }: Rule): unknown => {
  const root = sqrt(correction(b2, t)), size = div(root, correction(b1, t)), small = mul(root, eps)
  return mapTree<Leaf>((x, y) => div(mul(x, cast(size, x.dtype)), add(sqrt(y), cast(small, y.dtype))), m, v)
}
const piece = (rate: Rate, rule: Rule): Piece => ({
  init: (p) => ({ step: started(), expAvg: mapTree<Leaf>((x) => zerosLike(x), p), expAvgSq: mapTree<Leaf>((x) => zerosLike(x), p) }),
  transform: (g, state: Moments<unknown>, p) => {
    const grads = decayed(g, p, rule.l2), step = counted(state.step)
    const expAvg = averaged(state.expAvg, grads, rule.betas[0]), expAvgSq = averaged(state.expAvgSq, grads, rule.betas[1], square)
    const along = decayed(scaled(expAvg, expAvgSq, step, rule), p, rule.decoupled)
    const eta = constantRate(rate, state.step)
    return [mapTree<Leaf>((u) => neg(mul(u, eta)), along), { step, expAvg, expAvgSq }]
  },
})
type Decay = Pick<Rule, 'l2' | 'decoupled'>
const made = (op: string, rate: Rate, { betas = [0.9, 0.999], eps = 1e-8 }: AdamSettings, decay: Decay): Optimizer<readonly [Adam]> => {
  if (betas.some((b) => !(b >= 0 && b < 1))) fail('InvalidArgument', `${op}: betas are ${betas.join(' and ')}; pass two numbers from 0 to below 1`)
  return chained([piece(rate, { betas, eps, ...decay })])
}

/**
 * p' = p - η m̂ / (√v̂ + ε): settings `betas`, `eps`, `weightDecay` (added to the gradient).
 * @shape gradients and parameters of one tree; state { step, expAvg, expAvgSq: the same tree }
 * @throws InvalidArgument for betas outside 0..1.
 * @source https://arxiv.org/abs/1412.6980; https://docs.pytorch.org/docs/2.13/generated/torch.optim.Adam.html
 * @example deepClose(await item(adam(0.1).update(tensor(2), adam(0.1).init(tensor(1)), tensor(1))[0]), 0.9)
 */
export const adam = (rate: Rate, settings: AdamSettings = {}): Optimizer<readonly [Adam]> =>
  made('adam', rate, settings, { l2: settings.weightDecay ?? 0, decoupled: 0 })
/**
 * Adam with weight decay apart from the gradient: p' = p - η (m̂ / (√v̂ + ε) + λ p); λ is 0.01 unless given.
 * @shape gradients and parameters of one tree; state { step, expAvg, expAvgSq: the same tree }
 * @throws InvalidArgument for betas outside 0..1.
 * @source https://arxiv.org/abs/1711.05101; https://docs.pytorch.org/docs/2.13/generated/torch.optim.AdamW.html
 * @example deepClose(await item(adamw(0.1, { weightDecay: 0.5 }).update(tensor(2), adamw(0.1).init(tensor(1)), tensor(1))[0]), 0.85)
 */
export const adamw = (rate: Rate, settings: AdamSettings = {}): Optimizer<readonly [Adam]> =>
  made('adamw', rate, settings, { l2: 0, decoupled: settings.weightDecay ?? 0.01 })
