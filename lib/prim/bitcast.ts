/**
 * The same bits read as another dtype of as many bytes (JAX's bitcast_convert_type). Compiled backends run nothing for it:
 * the operand's memory is read with other eyes. It has no derivative.
 */
import type { Aval, Host } from '../ir/node.js'
import { numel, typeName } from '../ir/node.js'
import { dtypeInfo, isComplex, isHalf, viewOf } from '../type/dtype.js'
import type { AnyArray, DType } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { fromBits, toBits } from '../type/half.js'
import { elementwiseSample } from './family.js'
import { ints, reals } from './primitive.js'
import type { Primitive } from './primitive.js'

type To = { readonly dtype: DType }
const bytesOf = (x: Host): AnyArray => (isHalf(x.dtype) ? toBits(x.data as Float32Array, x.dtype) : x.data)
const reread = (x: Host, to: DType): AnyArray => {
  const data = bytesOf(x)
  const seen = viewOf(isHalf(to) ? 'u16' : to, data.buffer, data.byteOffset, numel(x.shape))
  return isHalf(to) ? fromBits(seen as Uint16Array, to) : (seen.slice() as AnyArray)
}
/** Pairs of one width, for samples. */
const others: Readonly<Partial<Record<DType, readonly DType[]>>> = {
  i8: ['u8'], u8: ['i8'], i16: ['u16', 'f16'], u16: ['bf16', 'i16'], i32: ['f32', 'u32'], u32: ['i32'], i64: ['f64', 'u64'], u64: ['i64', 'f64'],
  f16: ['u16'], bf16: ['i16'], f32: ['u32', 'i32'], f64: ['u64'],
}
export const bitcastP: Primitive<'bitcast', To> = {
  name: 'bitcast',
  aval: ([x], p) => {
    const a = x as Aval
    const fits = [a.dtype, p.dtype].every((d) => d !== 'bool' && !isComplex(d)) && dtypeInfo[a.dtype].bytes === dtypeInfo[p.dtype].bytes
    if (!fits) throw new Fault('DTypeMismatch', `bitcast: the bits of ${typeName(a)} are not those of ${p.dtype}; choose a dtype of ${dtypeInfo[a.dtype].bytes} bytes, neither bool nor complex`)
    return { shape: a.shape, dtype: p.dtype }
  },
  jvp: () => null,
  transpose: 'none',
  batch: 'pointwise',
  eval: ([x], p) => reread(x as Host, p.dtype),
  lower: { kind: 'view', view: (x, p) => ({ ...x.view, dtype: p.dtype }) },
  domain: {
    // each sample names its own pair, so that no law recasts an operand to the precision that it wants
    dtypes: ints, range: [-3, 3], kinks: [],
    sample: (draw) => {
      const from = reals[draw(reals.length)] as DType
      const to = others[from] as readonly DType[]
      return { shapes: elementwiseSample(1)(draw).shapes, params: { dtype: to[draw(to.length)] as DType }, dtypes: [from] }
    },
  },
}
