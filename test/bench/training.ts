/** Training steps as cases: peers start from the same parameters and data, and their losses over the first steps are held to ours. */
import { item, session } from './session.js'
import type { Device, Tensor, toGraph } from '../../lib/index.js'
import { findAddon, plan } from '../../lib/run/index.js'
import { costOf } from '../../lib/run/plan/cost.js'
import { stored } from './peer.js'
import type { Payload, PeerName } from './peer.js'
import type { Ready } from './row.js'

const WARM_MS = 400
/** V8 compiles what takes microseconds for its first few thousand calls. */
export const warmed = (measure: () => number): void => {
  for (const began = performance.now(); performance.now() - began < WARM_MS;) measure()
}
const SETTLE_MS = 15
/** Milliseconds a call, of `count` calls. Those right after another process had both cores are slow: they are not timed, here and by the peers. */
export const perCall = (count: number, call: () => unknown): number => {
  const came = performance.now()
  do call()
  while (performance.now() - came < SETTLE_MS)
  const began = performance.now()
  for (let i = 0; i < count; i++) call()
  return (performance.now() - began) / count
}
const found = findAddon(), kernels = 'addon' in found ? found.addon.kernels().elementwise : []
const codes = new Map(kernels.map((name, i) => [name, i]))
/** Arithmetic of the kernels of a function's plan; the reference backend has none. */
export const arithmetic = ({ graph }: ReturnType<ReturnType<typeof toGraph>>): number | undefined => {
  if (kernels.length === 0) return undefined
  const { program } = plan(graph, graph.inputs.map(() => false), codes, 1)
  return program.instructions.reduce((n, i) => n + costOf(i, program, kernels).flops, 0)
}
type Loss = Tensor<[], 'f32', Device>
export interface Training {
  /** Runs one step and gives the loss before it. */
  readonly advance: () => Loss
  readonly checkedSteps: number
  /** Steps a round. */
  readonly count: number
  readonly names: readonly PeerName[]
  /** The name of the peers' case, when it is not the row's. */
  readonly as?: string
  /** Parameters and data, as `stored` gives them, and settings. */
  readonly payload: Payload
  /** Of one step. Its bytes are not given: what goes from one kernel to the next may stay in the caches. */
  readonly flops: number | undefined
}
export const expectClose = (what: string, own: readonly number[], tolerance: number) => (theirs: readonly number[]): void => {
  own.forEach((x, i) => {
    if (!(Math.abs(x - (theirs[i] ?? NaN)) <= tolerance * Math.max(1, Math.abs(x)))) throw new Error(`${what} ${i} is ${theirs[i]} there and ${x} here`)
  })
}
/** Up to 32 evenly spaced elements, then the mean size: peers/case.py does the same. */
export const sampled = (x: ArrayLike<number>): number[] => {
  const step = Math.max(1, Math.floor(x.length / 32)), some: number[] = []
  for (let i = 0; i < x.length && some.length < 32; i += step) some.push(x[i] ?? NaN)
  let size = 0
  for (let i = 0; i < x.length; i++) size += Math.abs(x[i] ?? NaN)
  return [...some, size / x.length]
}
/** The parameters of a tree by path, with their shapes: what a peer reads them by. */
export const weightsOf = (tree: unknown, path = ''): Record<string, ReturnType<typeof stored>> => {
  if (isTensor(tree)) return { [path]: stored(session.read.sync(tree), tree.shape) }
  return Object.assign({}, ...Object.entries(tree as object).map(([name, part]) => weightsOf(part, path === '' ? name : `${path}.${name}`)))
}
const isTensor = (x: unknown): x is Tensor<number[], 'f32', Device> => typeof x === 'object' && x !== null && 'dtype' in x

/** The losses of the first steps, and where they lead. */
export const firstSteps = <S, D extends readonly unknown[]>(n: number, step: (state: S, ...data: D) => { readonly state: unknown; readonly value: Loss }) =>
  ({ state, data }: { readonly state: S; readonly data: D }): unknown => {
    const losses: Loss[] = []
    for (let i = 0; i < n; i++) {
      const next = step(state, ...data)
      losses.push(next.value)
      state = next.state as S // boundary: a state has a device once it has run
    }
    return [losses, state]
  }

export const trainingCase = ({ advance, checkedSteps, count, names, as, payload, flops }: Training): Ready => {
  const losses = Array.from({ length: checkedSteps }, () => item(advance()))
  const measure = (): number => perCall(count, advance)
  warmed(measure)
  const against = { names, payload: { ...payload, steps: checkedSteps, count }, expect: expectClose('the loss of step', losses, 1e-3) }
  return { measure, flops, peers: as === undefined ? against : { ...against, as } }
}
