/** Stochastic gradient descent, with PyTorch's momentum, Nesterov's variant and weight decay. */
import { add, mul, neg, zerosLike } from '../tensor/index.js'
import type { Device, Tensor } from '../type/index.js'
import { fail, mapTree } from '../type/index.js'
import { constantRate, counted, started } from './rate.js'
import type { Rate, StepCount } from './rate.js'
import type { Leaf, Optimizer, Piece, StateFn } from './transform.js'
import { chained } from './transform.js'

export interface SgdSettings {
  /** μ in b' = μ b + g; no state is kept without it. */
  readonly momentum?: number
  /** Look ahead: g + μ b' instead of b'. */
  readonly nesterov?: boolean
  /** λ in g + λ p. */
  readonly weightDecay?: number
}
/** With momentum the buffers are state, a tree like the parameters. */
export interface Sgd<T> extends StateFn { readonly state: T extends { readonly momentum: number } ? Heavy<this['params']> : Plain }
export interface Plain { readonly step: StepCount }
export interface Heavy<P> extends Plain { readonly momentum: P }

/** g + λ p */
export const decayed = (grads: unknown, params: unknown, decay: number): unknown =>
  decay === 0 ? grads : mapTree<Leaf>((g, p) => add(g, mul(p, decay)), grads, params)
/** -η u */
export const descending = (updates: unknown, rate: Rate, step: Tensor<[], 'i32', Device>): unknown => {
  const eta = constantRate(rate, step)
  return mapTree<Leaf>((u) => neg(mul(u, eta)), updates)
}
interface Buffers { readonly step: Tensor<[], 'i32', Device>; readonly momentum?: unknown }
const plain = (rate: Rate, decay: number): Piece => ({
  init: () => ({ step: started() }),
  transform: (g, { step }: Buffers, p) => [descending(decayed(g, p, decay), rate, step), { step: counted(step) }],
})
/** b' = μ b + g from b = 0 is PyTorch's first step b = g. */
const heavy = (rate: Rate, { momentum = 0, nesterov = false, weightDecay = 0 }: SgdSettings): Piece => ({
  init: (p) => ({ step: started(), momentum: mapTree<Leaf>((x) => zerosLike(x), p) }),
  transform: (g, state: Buffers, p) => {
    const grads = decayed(g, p, weightDecay)
    const buffers = mapTree<Leaf>((b, d) => add(mul(b, momentum), d), state.momentum, grads)
    const along = nesterov ? mapTree<Leaf>((d, b) => add(d, mul(b, momentum)), grads, buffers) : buffers
    return [descending(along, rate, state.step), { step: counted(state.step), momentum: buffers }]
  },
})

/**
 * p' = p - η b', b' = μ b + (g + λ p): settings `momentum` μ, `nesterov`, `weightDecay` λ; η a number or a schedule.
 * @shape gradients and parameters of one tree; state { step, momentum: the same tree }
 * @throws InvalidArgument for nesterov without momentum.
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.optim.SGD.html
 * @example deepClose(await item(sgd(0.1).update(tensor(2), sgd(0.1).init(tensor(1)), tensor(1))[0]), Math.fround(0.8))
 */
export const sgd = <const T extends SgdSettings = {}>(rate: Rate, settings?: T): Optimizer<readonly [Sgd<T>]> => {
  const { momentum, nesterov = false, weightDecay = 0 }: SgdSettings = settings ?? {}
  if (nesterov && !(momentum !== undefined && momentum > 0))
    fail('InvalidArgument', 'sgd: nesterov needs a momentum above 0; pass { momentum: 0.9, nesterov: true }')
  return chained([momentum === undefined ? plain(rate, weightDecay) : heavy(rate, { momentum, nesterov, weightDecay })])
}
