/** Ops that give their operand back: `get` (one output of several), `stop` (no derivative passes), `peek` (shows or judges what passed),
 *  `mark` (has a name that remat's policy may keep). */
import type { Aval, Host, Node } from '../ir/node.js'
import { elementwiseSample, linearJvp } from './family.js'
import { allDTypes } from './primitive.js'
import type { None, Primitive } from './primitive.js'
import { look, overDevices } from './watch.js'
import type { Look } from './watch.js'

type Index = { readonly index: number }
/** The walks treat `get` themselves: it stands for an output of the node below it. */
export const getP: Primitive<'get', Index> = {
  name: 'get',
  aval: ([x], p) => ((x as Node).outs as readonly Aval[])[p.index] as Aval,
  jvp: () => null,
  transpose: 'none',
  batch: (b, s) => b.get(s.args, s.params),
  eval: ([x]) => (x as Host).data,
  lower: { kind: 'special' },
  domain: { dtypes: [], range: [0, 1], kinks: [], sample: () => ({ shapes: [], params: { index: 0 } }) },
}
export const stopP: Primitive<'stop', None> = {
  name: 'stop',
  complex: 'each',
  aval: ([x]) => ({ shape: (x as Aval).shape, dtype: (x as Aval).dtype }),
  jvp: () => null,
  transpose: 'none',
  batch: 'pointwise',
  eval: ([x]) => (x as Host).data,
  lower: { kind: 'view', view: (x) => x.view },
  domain: { dtypes: allDTypes, range: [-3, 3], kinks: [], sample: elementwiseSample(1) },
}
export const peekP: Primitive<'peek', Look> = {
  name: 'peek',
  aval: ([x]) => ({ shape: (x as Aval).shape, dtype: (x as Aval).dtype }),
  jvp: linearJvp((_b, x) => x),
  transpose: (_b, s) => [s.cts[0] ?? null],
  batch: (b, s) => b.peek(s.args, overDevices(s.params)),
  eval: ([x], p) => {
    look(p, x as Host)
    return (x as Host).data
  },
  lower: { kind: 'view', view: (x) => x.view },
  domain: { dtypes: allDTypes, range: [-3, 3], kinks: [], sample: (draw) => ({ shapes: elementwiseSample(1)(draw).shapes, params: { label: 'x' } }) },
}
type Label = { readonly label: string }
export const markP: Primitive<'mark', Label> = {
  name: 'mark',
  aval: ([x]) => ({ shape: (x as Aval).shape, dtype: (x as Aval).dtype }),
  jvp: linearJvp((_b, x) => x),
  transpose: (_b, s) => [s.cts[0] ?? null],
  batch: 'pointwise',
  eval: ([x]) => (x as Host).data,
  lower: { kind: 'view', view: (x) => x.view },
  domain: peekP.domain,
}
