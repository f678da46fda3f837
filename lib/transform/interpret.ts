/** The reference meaning of a closed graph: every node by its record's `eval`, operands first, on dense host arrays. What an op
 *  gives in a half type is rounded to it. */
import { graphOf } from '../ir/graph.js'
import type { Graph } from '../ir/graph.js'
import { variable } from '../ir/node.js'
import type { Host, Node } from '../ir/node.js'
import { onParts, opens, primitiveOf } from '../prim/index.js'
import type { Transforms } from '../prim/index.js'
import { isHalf } from '../type/dtype.js'
import { rounded } from '../type/half.js'

const isHosts = (r: unknown): r is readonly Host[] => Array.isArray(r)

/** `observe` sees every node with what it gave and was given, in order, bodies included. */
export type Observe = (x: Node, outs: readonly Host[], args: readonly Host[]) => void

/** `enter` says how the bodies of a node are evaluated. */
export const evaluateGraph = (g: Graph, inputs: readonly Host[], transforms: Transforms, observe?: Observe, enter?: (x: Node) => Transforms): readonly Host[] => {
  const values = new Map<Node, readonly Host[]>()
  const uses = new Map<Node, number>()
  for (const x of g.nodes) for (const a of x.args) uses.set(a, (uses.get(a) ?? 0) + 1)
  for (const o of g.outputs) uses.set(o, Infinity)
  g.inputs.forEach((x, i) => values.set(x, [inputs[i] as Host]))
  for (const x of g.nodes) {
    const outs = evaluateNode(x, values, enter === undefined ? transforms : enter(x))
    values.set(x, outs)
    observe?.(x, outs, x.args.flatMap((a) => values.get(a) as readonly Host[]))
    for (const a of x.args) {
      const left = (uses.get(a) as number) - 1
      uses.set(a, left)
      if (left === 0 && x.op !== 'get') values.delete(a)
    }
  }
  return g.outputs.map((o) => (values.get(o) as readonly Host[])[0] as Host)
}
/** The same, seeing every node of every body. */
export const observeGraph = (g: Graph, inputs: readonly Host[], transforms: Transforms, observe: Observe): readonly Host[] => {
  const watching: Transforms = { ...transforms, evaluate: (body, operands) => evaluateGraph(body, operands, watching, observe) }
  return evaluateGraph(g, inputs, watching, observe)
}
/** An op on complex numbers, by the real ops that its record names. */
const evaluateParts = (x: Node, args: readonly Host[], transforms: Transforms): readonly Host[] => {
  const stands = args.map((a) => variable(a, 'complex'))
  return evaluateGraph(graphOf(stands, [onParts(x.op, stands, x.params)]), args, transforms)
}
const evaluateNode = (x: Node, values: ReadonlyMap<Node, readonly Host[]>, transforms: Transforms): readonly Host[] => {
  const args = x.args.map((a) => (values.get(a) as readonly Host[])[0] as Host)
  if (x.op === 'get') return [(values.get(x.args[0] as Node) as readonly Host[])[x.params['index'] as number] as Host]
  if (opens(x)) return evaluateParts(x, args, transforms)
  const outs = x.outs ?? [{ shape: x.shape, dtype: x.dtype }]
  const result = primitiveOf(x.op).eval(args, x.params as never, outs, transforms)
  const all = isHosts(result) ? result : [{ ...(outs[0] as { shape: readonly number[]; dtype: Host['dtype'] }), data: result }]
  return all.map((y) => (isHalf(y.dtype) ? { ...y, data: rounded(y.data, y.dtype) } : y))
}
