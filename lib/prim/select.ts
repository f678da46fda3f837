/** where(c, x, y): x where c holds, else y. Linear in x and in y; the branch not taken never leaks a NaN gradient. */
import type { Host, Node } from '../ir/node.js'
import { sameShape } from '../ir/node.js'
import type { AnyArray } from '../type/dtype.js'
import { arrayOf } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { constant, zeros } from './build.js'
import { elementwiseSample, sameTypes } from './family.js'
import { allDTypes } from './primitive.js'
import type { None, Primitive } from './primitive.js'

const pick = (c: Host, x: Host, y: Host): AnyArray => {
  const out = arrayOf(x.dtype, x.data.length)
  for (let i = 0; i < out.length; i++) out[i] = (c.data[i] === 0 ? y.data[i] : x.data[i]) as never
  return out
}
export const whereP: Primitive<'where', None> = {
  name: 'where',
  complex: 'each',
  aval: ([c, x, y]) => {
    const out = sameTypes('where', [x, y] as never, allDTypes)
    if (c?.dtype !== 'bool') throw new Fault('DTypeMismatch', `where: the condition must be bool, not ${c?.dtype}`)
    if (!sameShape(c.shape, out.shape)) throw new Fault('ShapeMismatch', `where: condition [${c.shape}] against [${out.shape}]`)
    return out
  },
  jvp: (b, s) => {
    const [, dx, dy] = s.tangents
    if (dx == null && dy == null) return null
    return b.where([s.args[0] as Node, dx ?? zeros(s.out), dy ?? zeros(s.out)])
  },
  transpose: (b, s) => {
    const ct = s.cts[0]
    const c = s.args[0] as Node
    if (ct == null) return [null, null, null]
    const zero = constant(0, ct)
    return [null, s.linear[1] === true ? b.where([c, ct, zero]) : null, s.linear[2] === true ? b.where([c, zero, ct]) : null]
  },
  batch: 'pointwise',
  eval: (xs) => pick(...(xs as [Host, Host, Host])),
  lower: { kind: 'element', name: 'where' },
  domain: {
    dtypes: allDTypes, range: [-3, 3], kinks: [],
    sample: (draw) => ({ ...elementwiseSample(3)(draw), dtypes: ['bool', null, null] }),
  },
}
