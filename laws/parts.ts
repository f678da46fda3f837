/** Programs between real numbers: complex operands, results, and what crosses the border of a body, as two numbers each. */
import { graphOf, inline, isGraph, withArgs } from '../lib/ir/graph.js'
import type { Graph } from '../lib/ir/graph.js'
import { variable } from '../lib/ir/node.js'
import type { Aval, Node, Params } from '../lib/ir/node.js'
import { b, outputs } from '../lib/prim/index.js'
import { expand } from '../lib/run/plan/expand.js'
import { isComplex, realOf } from '../lib/type/dtype.js'

const partsOf = (x: Node): readonly Node[] => (isComplex(x.dtype) ? [b.real([x]), b.imag([x])] : [x])
const counted = (xs: readonly Aval[]): number => xs.reduce((n, x) => n + (isComplex(x.dtype) ? 2 : 1), 0)
const joined = (parts: readonly Node[], like: readonly Aval[]): readonly Node[] => {
  const next = parts[Symbol.iterator]()
  return like.map((o) => (isComplex(o.dtype) ? b.complex([next.next().value as Node, next.next().value as Node]) : (next.next().value as Node)))
}
const bodied = (x: Node): boolean => Object.values(x.params).some(isGraph)
/** How the operands fall into groups, counted in real numbers. */
const groups: Readonly<Record<string, readonly string[]>> = { scan: ['consts', 'carries'], while: ['testConsts', 'bodyConsts'], cond: [] }
const paramsOf = (x: Node): Params => {
  let from = 0
  const sizes = (groups[x.op] as readonly string[]).map((name): [string, number] => {
    const n = x.params[name] as number
    from += n
    return [name, counted(x.args.slice(from - n, from))]
  })
  const bodies = Object.entries(x.params).map(([k, p]) => [k, isGraph(p) ? onReals(p) : p])
  return Object.fromEntries([...bodies, ...sizes]) as Params
}
const split = (x: Node, args: readonly Node[]): readonly Node[] => {
  const make = b as unknown as Readonly<Record<string, (xs: readonly Node[], p: Params) => Node>>
  const y = make[x.op]?.(args.flatMap(partsOf), paramsOf(x)) as Node
  return joined(outputs(y), x.outs ?? [x])
}
/** The same graph whose bodies take and give real numbers only. */
const crossed = (g: Graph): Graph => {
  const env = new Map<Node, readonly Node[]>(g.inputs.map((x) => [x, [x]]))
  for (const x of g.nodes) {
    const args = x.args.map((a) => (env.get(a) as readonly Node[])[0] as Node)
    if (x.op === 'get') env.set(x, [(env.get(x.args[0] as Node) as readonly Node[])[x.params['index'] as number] as Node])
    else if (x.op in groups && bodied(x) && holdsComplex(graphOf(x.args, outputs(x)))) env.set(x, split(x, args))
    else env.set(x, outputs(args.some((a, i) => a !== x.args[i]) ? withArgs(x, args) : x))
  }
  return graphOf(g.inputs, g.outputs.map((o) => (env.get(o) as readonly Node[])[0] as Node))
}
const opened = (g: Graph): Graph => expand(g, 0, 'opened')
/** The same graph between real numbers, every op opened. */
export const onReals = (g: Graph): Graph => {
  const part = (x: Node): Node => variable({ shape: x.shape, dtype: realOf(x.dtype) }, 'law')
  const inputs = g.inputs.map((x) => (isComplex(x.dtype) ? [part(x), part(x)] : [x]))
  const outs = inline(g, joined(inputs.flat(), g.inputs))
  return opened(crossed(opened(graphOf(inputs.flat(), outs.flatMap(partsOf)))))
}
export const holdsComplex = (g: Graph): boolean =>
  [...g.inputs, ...g.nodes].some((x) => isComplex(x.dtype) || Object.values(x.params).some((p) => isGraph(p) && holdsComplex(p)))
