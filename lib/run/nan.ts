/**
 * Finding the NaN. Under `debugNans` every run looks at its results; when one holds a NaN the program is interpreted once
 * more, node by node, bodies included, and the first op that gives a NaN from operands without one is named, with the line
 * of the user's program (nodes that grad, vmap and jit made point at the line they come from).
 */
import type { Graph } from '../ir/graph.js'
import { typeName } from '../ir/node.js'
import type { Host, Node } from '../ir/node.js'
import { atWork } from '../prim/gang.js'
import { locate, observeGraph, transforms } from '../transform/index.js'
import { isInexact } from '../type/dtype.js'
import { Fault } from '../type/fault.js'

let on = process.env['COTANGENT_DEBUG_NANS'] === '1'
export const nansAreFaults = (): boolean => on

export const hasNan = (x: Host): boolean => isInexact(x.dtype) && (x.data as Float64Array).some((v: number) => v !== v)

/** The op that made the first NaN. */
export const nanFault = (g: Graph, inputs: readonly Host[]): Fault => {
  const given = inputs.findIndex(hasNan)
  if (given >= 0) return new Fault('NaNFound', `a NaN was handed in: operand ${given} of the run, ${typeName(inputs[given] as Host)}`)
  let [culprit, device]: [Node | null, string] = [null, '']
  observeGraph(g, inputs, transforms, (x, outs, args) => {
    if (culprit === null && x.op !== 'call' && x.op !== 'scan' && x.op !== 'cond' && x.op !== 'pmap' && outs.some(hasNan) && !args.some(hasNan)) [culprit, device] = [x, atWork()]
  })
  const found = culprit as Node | null
  if (found === null) return new Fault('NaNFound', 'a result holds a NaN that the reference does not give: it comes from rounding or overflow of this backend')
  return new Fault('NaNFound', `${device === '' ? '' : `${device}: `}${found.op} gave a NaN in ${typeName(found)}${found.line === undefined ? '; set COTANGENT_LOCATE=1 to see the line' : ` at ${found.line}`}`, found.line === undefined ? {} : { where: found.line })
}
/**
 * Runs f with NaNs as faults and source lines recorded; gives what f gives. COTANGENT_DEBUG_NANS=1 does it for a process.
 * @shape (() => t) => t
 * @throws NaNFound naming the op and the line, when a run inside f gives a NaN.
 * @example deepClose(attempt(() => debugNans(() => session().read.sync(log(tensor(-1)))))._tag === 'Left', true)
 */
export const debugNans = <T>(f: () => T): T => {
  const outer = on
  on = true
  try {
    return locate(f)
  } finally {
    on = outer
  }
}
