/**
 * Closed graphs. `close` turns what a traced function returned into inputs, captures and outputs: nodes older than the
 * start of the trace, and values of any age (leaves, slots), are captures and become operands of whoever holds the
 * graph; everything younger belongs to the body. A closed graph reaches nothing but its own inputs, so its key can be
 * computed once and no body can hide a tensor of an open transform.
 *
 * All walks use worklists: a chain of 100,000 nodes is a graph like any other.
 */
import { fail } from '../type/fault.js'
import { LEAF, Node, SLOT, VARIABLE, variable } from './node.js'

export interface Graph {
  readonly inputs: readonly Node[]
  readonly outputs: readonly Node[]
  /** What belongs to the body, operands before users; without the inputs. */
  readonly nodes: readonly Node[]
}
export const isGraph = (x: unknown): x is Graph => typeof x === 'object' && x !== null && 'nodes' in x && 'outputs' in x
/** The bodies that a node holds. */
export const bodiesOf = (x: Node): readonly Graph[] => Object.values(x.params).filter(isGraph)

let epoch = 0
/** Nodes reached from the roots, oldest first; does not go below a node where `stop` holds (such nodes are not listed). */
export const reach = (roots: readonly Node[], stop: (x: Node) => boolean): Node[] => {
  const mark = ++epoch
  const found: Node[] = []
  const work = roots.slice()
  while (work.length > 0) {
    const x = work.pop() as Node
    if (x.mark === mark || stop(x)) continue
    x.mark = mark
    found.push(x)
    for (let i = x.args.length - 1; i >= 0; i--) {
      const a = x.args[i] as Node
      if (a.mark === mark) continue
      if (a.args.length > 0) work.push(a)
      else if (!stop(a)) {
        a.mark = mark
        found.push(a)
      }
    }
  }
  return byAge(found)
}
const FEW = 64
/** Oldest first. A walk meets nodes nearly youngest first, so few of them are put in order by hand. */
const byAge = (xs: Node[]): Node[] => {
  xs.reverse()
  if (xs.length > FEW) return xs.sort((a, b) => a.id - b.id)
  for (let i = 1; i < xs.length; i++) {
    const x = xs[i] as Node
    let j = i
    for (; j > 0 && (xs[j - 1] as Node).id > x.id; j--) xs[j] = xs[j - 1] as Node
    xs[j] = x
  }
  return xs
}

const isValue = (x: Node): boolean => x.op === LEAF || x.op === SLOT

/** The same node over other operands; shapes are unchanged, so no rule runs again. */
export const withArgs = (x: Node, args: readonly Node[]): Node => {
  const y = new Node(x.op, args, x.params, x.outs ?? x, args.length === 0 ? x.device : deviceOf(args))
  y.line = x.line
  return y
}
const deviceOf = (args: readonly Node[]): string | undefined => {
  for (const a of args) if (a.device !== undefined) return a.device
  return undefined
}

/** Replaces nodes by identity through `nodes` (operands first); what does not change is shared. Returns the lookup. */
export const substitute = (nodes: readonly Node[], env: Map<Node, Node>): ((x: Node) => Node) => {
  const at = (x: Node): Node => env.get(x) ?? x
  for (const x of nodes) {
    if (env.has(x)) continue
    if (x.args.some((a) => env.has(a))) env.set(x, withArgs(x, x.args.map(at)))
  }
  return at
}

export interface Closed { readonly graph: Graph; readonly captures: readonly Node[] }

/** Closes what a trace that started at counter `start` returned. The captures follow the given inputs; equal numbers are one. */
export const close = (inputs: readonly Node[], outputs: readonly Node[], start: number): Closed => {
  const own = new Set(inputs)
  const captures = new Set<Node>()
  const nodes = reach(outputs, (x) => {
    if (own.has(x)) return true
    if (x.id >= start && !isValue(x) && x.op !== VARIABLE) return false
    captures.add(x)
    return true
  })
  if (captures.size === 0) return { graph: { inputs, outputs, nodes }, captures: [] }
  const env = new Map<Node, Node>(), stands = new Map<Node, Node>(), numbers = new Map<string, Node>()
  for (const c of [...captures].sort((a, b) => a.id - b.id)) {
    const number = c.op === SLOT ? `${c.dtype} ${Object.is(c.host, -0) ? '-0' : String(c.host)}` : ''
    const known = numbers.get(number), stand = known ?? variable(c, 'capture', c.device)
    env.set(c, stand)
    if (known === undefined) stands.set(c, stand)
    if (number !== '') numbers.set(number, stand)
  }
  const at = substitute(nodes, env)
  return {
    graph: { inputs: [...inputs, ...stands.values()], outputs: outputs.map(at), nodes: nodes.map(at).sort((a, b) => a.id - b.id) },
    captures: [...stands.keys()],
  }
}

/** A graph over existing nodes cut at `inputs`; everything else reached belongs to it and must be free of values. */
export const graphOf = (inputs: readonly Node[], outputs: readonly Node[]): Graph => {
  const own = new Set(inputs)
  return { inputs, outputs, nodes: reach(outputs, (x) => own.has(x)) }
}

/** Copies a graph's body onto operands: the nodes that its outputs become. */
export const inline = (g: Graph, operands: readonly Node[]): readonly Node[] => {
  const env = new Map<Node, Node>()
  g.inputs.forEach((v, i) => env.set(v, operands[i] as Node))
  const at = substitute(g.nodes, env)
  return g.outputs.map(at)
}

/** Refuses a body that reaches a node that is neither its own nor an input: the mistake that makes gradients zero. */
export const check = (g: Graph): Graph => {
  const own = new Set([...g.inputs, ...g.nodes])
  for (const x of [...g.nodes, ...g.outputs]) {
    for (const a of x.args) if (!own.has(a)) fail('OpenGraph', `a body reaches ${a.op} #${a.id}, which is neither its own nor an operand`)
    if (!own.has(x)) fail('OpenGraph', `a body returns ${x.op} #${x.id}, which is neither its own nor an operand`)
  }
  return g
}
