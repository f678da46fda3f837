/** Control flow on tensor values: scan (a loop that carries a state), cond (a choice by thunks). */
import { close } from '../ir/graph.js'
import { counterNow, variable } from '../ir/node.js'
import type { Node } from '../ir/node.js'
import { b, outputs } from '../prim/index.js'
import { fail } from '../type/fault.js'
import { treeMismatch, unflatten } from '../type/tree.js'
import type { TreeDef } from '../type/tree.js'
import type { Cond, Scan, WhileLoop } from '../type/transform.js'
import { closeTrace, flattenNodes, misfit, trace } from './trace.js'
import type { FlatNodes } from './trace.js'

interface Settings { readonly length?: number; readonly reverse?: boolean }
const lengthOf = (xs: readonly Node[], given: number | undefined): number => {
  let n = given
  for (const x of xs) {
    if (x.shape.length === 0) fail('ShapeMismatch', 'scan: xs must have a leading axis to walk along')
    if (n !== undefined && n !== x.shape[0]) fail('ShapeMismatch', `scan: xs have lengths ${n} and ${x.shape[0]}; they must agree`)
    n = x.shape[0]
  }
  return n ?? fail('InvalidArgument', 'scan: without xs give { length }')
}
/** Refuses a carry that leaves a body as another tree or with another type, and names the leaf. */
const staysCarry = (where: string, carry: FlatNodes, def: TreeDef, outs: readonly Node[]): void => {
  const wrong = treeMismatch(carry.def, def)
  if (wrong !== undefined) fail('InvalidArgument', `${where}: the carry changed: ${wrong}`)
  const other = misfit(def, carry.nodes, outs)
  if (other !== undefined) fail('ShapeMismatch', `${where}: the carry${other.at} enters as ${other.want} and leaves as ${other.got}`)
}
/** The body's captures come before its own inputs, as the primitive wants them. */
const scanOf = (f: (c: never, x: never) => unknown, init: unknown, xs: unknown, s: Settings): unknown => {
  const carry = flattenNodes(init, 'scan: the carry')
  const walked = flattenNodes(xs ?? [], 'scan: xs')
  const length = lengthOf(walked.nodes, s.length)
  const slices = walked.nodes.map((x) => ({ shape: x.shape.slice(1), dtype: x.dtype, device: x.device }))
  const t = trace(f as never, [{ avals: carry.nodes, def: carry.def }, { avals: slices, def: walked.def }], 'scan')
  if (t.def.kind !== 'array' || t.def.items.length !== 2) fail('InvalidArgument', 'scan: the body must return [carry, y]')
  const [cDef, yDef] = (t.def as unknown as { items: [typeof carry.def, typeof carry.def] }).items
  staysCarry('scan', carry, cDef, t.outputs)
  const { graph, captures } = closeTrace(t)
  const own = t.variables.length
  const body = { ...graph, inputs: [...graph.inputs.slice(own), ...graph.inputs.slice(0, own)] }
  const node = b.scan([...captures, ...carry.nodes, ...walked.nodes], { body, length, consts: captures.length, carries: carry.nodes.length, reverse: s.reverse === true })
  const outs = outputs(node)
  return [unflatten(cDef, outs.slice(0, carry.nodes.length)), unflatten(yDef, outs.slice(carry.nodes.length))]
}
/** `again` is the library's own: the random words of the loop are another one's too. */
interface WhileSettings { readonly maxSteps?: number; readonly again?: true }
const whileOf = (goOn: (c: never) => unknown, body: (c: never) => unknown, init: unknown, s: WhileSettings): unknown => {
  const carry = flattenNodes(init, 'whileLoop: the carry')
  if (s.maxSteps !== undefined) return boundedWhile(goOn, body, init, s.maxSteps)
  const [ask, step] = [trace(goOn as never, [{ avals: carry.nodes, def: carry.def }], 'whileLoop'), trace(body as never, [{ avals: carry.nodes, def: carry.def }], 'whileLoop')]
  staysCarry('whileLoop', carry, step.def, step.outputs)
  const [t, f] = [closeTrace(ask), closeTrace(step)]
  const n = carry.nodes.length
  const capturesFirst = (c: typeof t): typeof t.graph => ({ ...c.graph, inputs: [...c.graph.inputs.slice(n), ...c.graph.inputs.slice(0, n)] })
  const node = b.while([...t.captures, ...f.captures, ...carry.nodes], { test: capturesFirst(t), body: capturesFirst(f), testConsts: t.captures.length, bodyConsts: f.captures.length, ...(s.again === true ? { again: true } : {}) })
  return unflatten(carry.def, outputs(node))
}
/** A scan that does nothing once the test has failed: its length is known, so reverse mode works. */
const boundedWhile = (goOn: (c: never) => unknown, body: (c: never) => unknown, init: unknown, maxSteps: number): unknown => {
  const step = (c: never): unknown => [(cond as unknown as (p: unknown, f: () => unknown, g: () => unknown) => unknown)(goOn(c), () => body(c), () => c), []]
  return (scanOf(step as never, init, [], { length: maxSteps }) as readonly unknown[])[0]
}
/**
 * Repeats body while the test of the carry holds. Reverse mode needs `{ maxSteps }`, which stops there at the latest.
 * @shape ((c) => [], (c) => c, c) => c
 * @throws ShapeMismatch when the carry changes its type, DTypeMismatch when the test gives no bool scalar.
 * @example deepClose(await read(whileLoop((x: Scalar<'f32'>) => lt(x, 100), (x: Scalar<'f32'>) => mul(x, 3), tensor(1))), 243)
 */
export const whileLoop: WhileLoop = ((goOn: never, body: never, init: unknown, s: WhileSettings = {}) => whileOf(goOn, body, init, s)) as never

/**
 * Carries a state along the leading axis of `xs`: f(carry, x) => [carry, y]; gives the last carry and the ys stacked.
 * @shape (f, c, xs: [n, ...x]) => [c, [n, ...y]]
 * @throws ShapeMismatch naming the leaf when the carry changes its type.
 * @example deepClose(await read(scan((c, x) => [add(c, x), c], tensor(0), tensor([1, 2, 3]))), [[6], [0, 1, 3]])
 */
export const scan: Scan = ((f: never, init: unknown, xs: unknown, s: Settings = {}) => scanOf(f, init, xs, s)) as never

/**
 * One of two thunks, by a bool scalar; only the chosen one runs. Both give trees of the same types.
 * @shape ([], () => t, () => t) => t
 * @throws ShapeMismatch when the branches give different types.
 * @example const x = tensor(-2); deepClose(await read(cond(gt(x, 0), () => x, () => mul(x, x))), 4)
 */
export const cond: Cond = ((pred: Node, onTrue: () => unknown, onFalse: () => unknown) => {
  const start = counterNow()
  const [x, y] = [flattenNodes(onTrue(), 'cond: onTrue'), flattenNodes(onFalse(), 'cond: onFalse')]
  const wrong = treeMismatch(x.def, y.def)
  if (wrong !== undefined) fail('InvalidArgument', `cond: the branches give different trees: ${wrong}`)
  const other = misfit(x.def, x.nodes, y.nodes)
  if (other !== undefined) fail('ShapeMismatch', `cond: the branches give ${other.want} and ${other.got}${other.at}`)
  const [cx, cy] = [close([], x.nodes, start), close([], y.nodes, start)]
  const operands = [...new Set([...cx.captures, ...cy.captures])]
  const stands = operands.map((o) => variable(o, 'cond', o.device))
  const over = (c: typeof cx) => {
    const g = c.graph
    const of = new Map(c.captures.map((v, i) => [v, g.inputs[i] as Node]))
    return { ...g, inputs: operands.map((o, i) => of.get(o) ?? (stands[i] as Node)) }
  }
  return unflatten(x.def, outputs(b.cond([pred, ...operands], { then: over(cx), otherwise: over(cy) })))
}) as never
