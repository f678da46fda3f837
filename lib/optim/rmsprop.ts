/** RMSprop: steps by the gradient over the root of its running mean square; centred and with momentum if asked. */
import { add, div, mul, sqrt, square, sub, zerosLike } from '../tensor/index.js'
import { mapTree } from '../type/index.js'
import { averaged } from './adam.js'
import type { Rate, StepCount } from './rate.js'
import { counted, started } from './rate.js'
import { decayed, descending } from './sgd.js'
import type { Leaf, Optimizer, Piece, StateFn } from './transform.js'
import { chained } from './transform.js'

export interface RmspropSettings {
  /** The weight of the past in the mean square; 0.99 unless given. */
  readonly alpha?: number
  /** ε, added to the root; 1e-8 unless given. */
  readonly eps?: number
  readonly momentum?: number
  /** Divide by the root of the variance: the mean is taken off. */
  readonly centered?: boolean
  readonly weightDecay?: number
}
export interface Plain<P> { readonly step: StepCount; readonly squareAvg: P }
export type With<T, K extends string, Yes, N extends string, P> = T extends { readonly [_ in K]: Yes } ? { readonly [_ in N]: P } : {}
export interface Rmsprop<T> extends StateFn {
  readonly state: Plain<this['params']>
    & With<T, 'momentum', number, 'momentum', this['params']> & With<T, 'centered', true, 'gradAvg', this['params']>
}

interface State { readonly step: StepCount; readonly squareAvg: unknown; readonly momentum?: unknown; readonly gradAvg?: unknown }
/** g / (√(v - m²) + ε), m only when centred */
const scaled = (grads: unknown, v: unknown, m: unknown, eps: number): unknown =>
  m === undefined ? mapTree<Leaf>((g, s) => div(g, add(sqrt(s), eps)), grads, v)
  : mapTree<Leaf>((g, s, a) => div(g, add(sqrt(sub(s, square(a)) as Leaf), eps)), grads, v, m)
const zeros = (p: unknown): unknown => mapTree<Leaf>((x) => zerosLike(x), p)
const piece = (rate: Rate, { alpha = 0.99, eps = 1e-8, momentum, centered = false, weightDecay = 0 }: RmspropSettings): Piece => ({
  init: (p) => ({
    step: started(), squareAvg: zeros(p), ...(momentum === undefined ? {} : { momentum: zeros(p) }), ...(centered ? { gradAvg: zeros(p) } : {}),
  }),
  transform: (g, state: State, p) => {
    const grads = decayed(g, p, weightDecay)
    const squareAvg = averaged(state.squareAvg, grads, alpha, square)
    const gradAvg = centered ? averaged(state.gradAvg, grads, alpha) : undefined
    const along = scaled(grads, squareAvg, gradAvg, eps)
    const buffers = momentum === undefined ? undefined : mapTree<Leaf>((b, u) => add(mul(b, momentum), u), state.momentum, along)
    const kept = { ...(buffers === undefined ? {} : { momentum: buffers }), ...(gradAvg === undefined ? {} : { gradAvg }) }
    const next = { step: counted(state.step), squareAvg, ...kept }
    return [descending(buffers ?? along, rate, state.step), next]
  },
})

/**
 * p' = p - η g / (√v + ε), v' = α v + (1 - α) g²: settings `alpha`, `eps`, `momentum`, `centered`, `weightDecay`.
 * @shape gradients and parameters of one tree; state { step, squareAvg, momentum?, gradAvg?: the same tree }
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.optim.RMSprop.html
 * @example deepClose(await item(rmsprop(0.1).update(tensor(2), rmsprop(0.1).init(tensor(1)), tensor(1))[0]), 0)
 */
export const rmsprop = <const T extends RmspropSettings = {}>(rate: Rate, settings?: T): Optimizer<readonly [Rmsprop<T>]> =>
  chained([piece(rate, settings ?? {})])
