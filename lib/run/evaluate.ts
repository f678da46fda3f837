/**
 * Evaluating a closed graph on a backend, for laws: no memo and no plan cache is read or written, so one backend can never
 * answer for another. `fusion` chooses the planner's tier.
 */
import type { Graph } from '../ir/graph.js'
import type { Host } from '../ir/node.js'
import type { Backend } from './backend.js'
import type { Tier } from './plan/index.js'

export interface Evaluation { readonly outputs: readonly Host[]; readonly trace: readonly string[] }

/** The outputs of a closed graph for host inputs, with the trace of what ran. */
export const evaluate = (g: Graph, inputs: readonly Host[], backend: Backend, settings: { readonly tier?: Tier } = {}): Evaluation => {
  const e = backend.compile(g, g.inputs.map(() => false), settings.tier ?? 1)
  try {
    const outs = backend.run(e, inputs.map((x) => backend.upload(x)))
    return { outputs: outs.map((v) => backend.download(v)), trace: e.trace }
  } finally {
    backend.release(e)
  }
}
