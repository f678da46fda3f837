/**
 * Another dtype. Float to integer saturates and NaN gives 0; integer to integer wraps; a half type rounds once, to nearest even; anything to bool is "not zero"
 * (NaN is true). A real number becomes complex with a zero beside it; the way back is `real`, not a cast. Linear between floats
 * and complex numbers; elsewhere there is no tangent.
 */
import type { AnyArray, BigDType, DType } from '../type/dtype.js'
import { roundHalf } from '../type/half.js'
import { arrayOf, dtypeInfo, isBig, isComplex, isFloat, isHalf, isInexact } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import type { Aval, Host, Node } from '../ir/node.js'
import { typeName } from '../ir/node.js'
import * as analytic from './analytic.js'
import { castTo } from './build.js'
import { elementwiseSample } from './family.js'
import { allDTypes, complexes, realDTypes } from './primitive.js'
import type { Primitive } from './primitive.js'

type P = { readonly dtype: DType }
const MAX = 2n ** 63n - 1n

const toBig = (x: number | bigint, from: DType, to: BigDType): bigint => {
  const [min, max] = to === 'u64' ? [0n, 2n * MAX + 1n] : [-MAX - 1n, MAX]
  if (!isFloat(from)) return (to === 'u64' ? BigInt.asUintN : BigInt.asIntN)(64, BigInt(x))
  return Number.isNaN(x) ? 0n : x >= Number(max) ? max : x <= Number(min) ? min : BigInt(Math.trunc(Number(x)))
}
const saturate = (x: number, to: DType): number => {
  const { min, max } = dtypeInfo[to]
  return Number.isNaN(x) ? 0 : Math.trunc(Math.min(max, Math.max(min, x)))
}
const toInt = (x: number | bigint, from: DType, to: DType): number =>
  typeof x === 'bigint' ? Number(BigInt.asIntN(32, x)) : isFloat(from) ? saturate(x, to) : x
/** One element, as every backend converts it. */
export const castScalar = (x: number | bigint, from: DType, to: DType): number | bigint => {
  if (to === 'bool') return x === 0 || x === 0n ? 0 : 1
  if (isBig(to)) return toBig(x, from, to)
  if (isHalf(to)) return roundHalf(Number(x), to)
  return isFloat(to) ? Number(x) : toInt(x, from, to)
}
const castHost = (x: Host, to: DType): AnyArray => {
  const out = arrayOf(to, x.data.length)
  for (let i = 0; i < out.length; i++) out[i] = castScalar(x.data[i] as number, x.dtype, to) as never
  return out
}
export const castP: Primitive<'cast', P> = {
  name: 'cast',
  complex: analytic.cast,
  aval: ([x], p) => {
    const a = x as Aval
    if (isComplex(a.dtype) && !isComplex(p.dtype) && p.dtype !== 'bool') throw new Fault('DTypeMismatch', `cast: ${p.dtype} holds no complex numbers; take real(z), imag(z) or abs(z) of this ${typeName(a)} first`)
    return { shape: a.shape, dtype: p.dtype }
  },
  jvp: (_b, s) => (s.tangents[0] == null || !isInexact(s.params.dtype) ? null : castTo(s.tangents[0], s.params.dtype)),
  transpose: (b, s) => {
    const [ct, x] = [s.cts[0], s.args[0] as Node]
    if (ct == null) return [null]
    return [castTo(isComplex(ct.dtype) && !isComplex(x.dtype) ? b.real([ct]) : ct, x.dtype)]
  },
  batch: 'pointwise',
  eval: ([x], p) => castHost(x as Host, p.dtype),
  lower: { kind: 'element', name: 'cast' },
  domain: {
    dtypes: realDTypes, range: [-3, 3], kinks: [],
    sample: (draw) => {
      const { shapes } = elementwiseSample(1)(draw)
      if (draw(4) > 0) return { shapes, params: { dtype: allDTypes[draw(allDTypes.length)] as DType } }
      return { shapes, params: { dtype: (['bool', ...complexes] as const)[draw(3)] as DType }, dtypes: [complexes[draw(2)] as DType] }
    },
  },
}
