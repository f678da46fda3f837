/** What needs no operands: a number made by a rule (part of the key), and the index along an axis. */
import { numel } from '../ir/node.js'
import type { Aval } from '../ir/node.js'
import { rowMajor } from '../ir/strided.js'
import type { DType } from '../type/dtype.js'
import { arrayOf, isBig, realOf } from '../type/dtype.js'
import { stretch } from './build.js'
import { allDTypes, reals } from './primitive.js'
import type { Primitive } from './primitive.js'

type Value = { readonly value: number; readonly dtype: DType }
export const constantP: Primitive<'constant', Value> = {
  name: 'constant',
  complex: (b, _args, { value, dtype }) => b.complex([b.constant([], { value, dtype: realOf(dtype) }), b.constant([], { value: 0, dtype: realOf(dtype) })]),
  aval: (_args, p) => ({ shape: [], dtype: p.dtype }),
  jvp: () => null,
  transpose: 'none',
  batch: (b, s) => stretch(b.constant([], s.params), [s.size]),
  eval: (_args, p) => arrayOf(p.dtype, 1).fill((isBig(p.dtype) ? BigInt(p.value) : p.dtype === 'bool' ? Number(p.value !== 0) : p.value) as never) as never,
  lower: { kind: 'special' },
  domain: { dtypes: allDTypes, range: [0, 1], kinks: [], sample: (draw) => ({ shapes: [], params: { value: draw(3), dtype: allDTypes[draw(allDTypes.length)] as DType } }) },
}
type Iota = { readonly shape: readonly number[]; readonly axis: number; readonly dtype: DType }
const iota = (out: Aval, axis: number): ReturnType<typeof arrayOf> => {
  const data = arrayOf(out.dtype, numel(out.shape))
  const stride = rowMajor(out.shape)[axis] as number
  for (let i = 0; i < data.length; i++) {
    const at = Math.floor(i / stride) % (out.shape[axis] as number)
    data[i] = (isBig(out.dtype) ? BigInt(at) : at) as never
  }
  return data
}
/** The index along one axis. */
export const iotaP: Primitive<'iota', Iota> = {
  name: 'iota',
  aval: (_args, p) => ({ shape: p.shape, dtype: p.dtype }),
  jvp: () => null,
  transpose: 'none',
  batch: (b, s) => stretch(b.iota([], s.params), [s.size, ...s.params.shape]),
  eval: (_args, p, outs) => iota(outs[0] as Aval, p.axis),
  lower: { kind: 'special' },
  domain: { dtypes: reals, range: [0, 1], kinks: [], sample: (draw) => ({ shapes: [], params: { shape: [2, 3], axis: draw(2), dtype: reals[draw(reals.length)] as DType } }) },
}
