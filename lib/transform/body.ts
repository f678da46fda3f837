/**
 * The transforms of closed bodies, which the rules of call, scan and cond ask for: linearize (primal with residuals, and
 * a tangent part that is linear), transpose, batch, and evaluation by the reference.
 *
 * A residual is a primal value that the tangent part needs. What needs no residual is rebuilt in the tangent part: nodes
 * that depend on no input, and movement (broadcast, reshape, permute), whose operand is kept instead because it is smaller.
 */
import type { Graph } from '../ir/graph.js'
import { graphOf, reach, substitute } from '../ir/graph.js'
import { variable } from '../ir/node.js'
import type { Host, Node } from '../ir/node.js'
import { b, stretch, zeros } from '../prim/index.js'
import type { Linearized, Tangent, Transforms, Transposed } from '../prim/index.js'
import { isInexact } from '../type/dtype.js'
import { Batching, batchOver } from './batch.js'
import { evaluateGraph } from './interpret.js'
import { dependents, pull } from './pull.js'
import { push, Pushing } from './push.js'

const cheap = new Set(['broadcast', 'reshape', 'permute'])

/** The nodes of a tangent part, what they take from the primal part, and what they rebuild for themselves. */
const cutTangent = (outs: readonly Node[], tangents: readonly Node[], inputs: readonly Node[]): { readonly body: Node[]; readonly residuals: Node[] } => {
  const all = reach(outs, () => false)
  const linear = dependents(all, tangents)
  const primal = dependents(all, inputs)
  const residuals = new Set<Node>()
  const rebuilt = new Set<Node>()
  const work = all.filter((x) => linear.has(x)).flatMap((x) => x.args)
  const seen = new Set<Node>()
  while (work.length > 0) {
    const x = work.pop() as Node
    if (seen.has(x) || linear.has(x)) continue
    seen.add(x)
    if (primal.has(x) && !(cheap.has(x.op) && !inputs.includes(x))) residuals.add(x)
    else {
      rebuilt.add(x)
      work.push(...x.args)
    }
  }
  const body = all.filter((x) => (linear.has(x) || rebuilt.has(x)) && !tangents.includes(x))
  return { body, residuals: [...residuals].sort((x, y) => x.id - y.id) }
}

const linearize = (g: Graph, active: readonly boolean[], force?: readonly boolean[]): Linearized => {
  const env = new Pushing()
  const seeds = g.inputs.map((x, i) => (active[i] === true ? variable(x, 'linearize') : null))
  g.inputs.forEach((x, i) => env.set(x, [x], [seeds[i] ?? null]))
  push(g.nodes, env, transforms)
  const primals = g.outputs.map((o) => env.primal(o))
  const tangents: Tangent[] = g.outputs.map((o, i) => env.tangent(o) ?? (force?.[i] === true && isInexact(o.dtype) ? zeros(o) : null))
  const dx = seeds.filter((s): s is Node => s !== null)
  const outs = tangents.filter((t): t is Node => t !== null)
  const { body, residuals } = cutTangent(outs, dx, g.inputs)
  const stands = residuals.map((r) => variable(r, 'residual'))
  const at = substitute(body, new Map(residuals.map((r, i) => [r, stands[i] as Node])))
  return {
    primal: graphOf(g.inputs, [...primals, ...residuals]),
    tangent: graphOf([...stands, ...dx], outs.map(at)),
    residuals, out: tangents.map((t) => t !== null),
  }
}

const transpose = (g: Graph, linear: readonly boolean[], given: readonly boolean[]): Transposed => {
  const ins = g.inputs.filter((_, i) => linear[i] === true)
  const rest = g.inputs.filter((_, i) => linear[i] !== true)
  const cts = g.outputs.map((o, i) => (given[i] === true ? variable(o, 'transpose') : null))
  const back = pull(g.nodes, ins, g.outputs, cts, transforms)
  const outs = back.filter((t): t is Node => t !== null)
  return { graph: graphOf([...rest, ...cts.filter((c): c is Node => c !== null)], outs), got: back.map((t) => t !== null) }
}

const batch = (g: Graph, batched: readonly boolean[], size: number, force?: readonly boolean[]): { graph: Graph; batched: boolean[] } => {
  const env = new Batching()
  const inputs = g.inputs.map((x, i) => (batched[i] === true ? variable({ shape: [size, ...x.shape], dtype: x.dtype }, 'vmap') : x))
  g.inputs.forEach((x, i) => {
    if (batched[i] === true) env.set(x, { nodes: [inputs[i] as Node], batched: [true] })
  })
  batchOver(g.nodes, env, size, transforms)
  const outs = g.outputs.map((o, i) => (force?.[i] === true && !env.batched(o) ? stretch(env.node(o), [size, ...o.shape]) : env.node(o)))
  return { graph: graphOf(inputs, outs), batched: g.outputs.map((o, i) => env.batched(o) || force?.[i] === true) }
}

export const transforms: Transforms = {
  linearize, transpose, batch,
  sumFront: (x) => b.sum([x], { axes: [0] }),
  evaluate: (g: Graph, inputs: readonly Host[]) => evaluateGraph(g, inputs, transforms),
}
