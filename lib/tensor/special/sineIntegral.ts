/**
 * The sine and cosine integrals. Below 4 by rational functions of x²; above by the auxiliary functions f and g, whose
 * rational functions of 1/x² carry what is left of sin and cos; both pieces have relative errors near 1e-16.
 * @source Cephes sici.c (S. L. Moshier); NIST DLMF 6.2.
 */
import type { Node } from '../../ir/node.js'
import { b, castTo, constant } from '../../prim/index.js'
import type { Device, DType, FloatOf, Shape, Tensor } from '../../type/index.js'
import { asFloat } from '../operand.js'
import { abs, below, choose, equal, log, minus, over, plus, rational, sloped, times } from './real.js'

const EULER = 0.5772156649015329
const SN = [-8.39167827910303881427e-11, 4.62591714427012837309e-8, -9.75759303843632795789e-6, 9.76945438170435310816e-4, -4.13470316229406538752e-2, 1.00000000000000000302]
const SD = [2.03269266195951942049e-12, 1.27997891179943299903e-9, 4.41827842801218905784e-7, 9.96412122043875552487e-5, 1.42085239326149893930e-2, 9.99999999999999996984e-1]
const CN = [2.02524002389102268789e-11, -1.35249504915790756375e-8, 3.59325051419993077021e-6, -4.74007206873407909465e-4, 2.89159652607555242092e-2, -1.0000000000000000008]
const CD = [4.07746040061880559506e-12, 3.06780997581887812692e-9, 1.23210355685883423679e-6, 3.17442024775032769882e-4, 5.10028056236446052392e-2, 4.0000000000000000008]
const FN4 = [4.23612862892216586994, 5.45937717161812843388, 1.62083287701538329132, 1.67006611831323023771e-1, 6.81020132472518137426e-3, 1.08936580650328664411e-4, 5.48900223421373614008e-7]
const FD4 = [1, 8.16496634205391016773, 7.30828822505564552187, 1.86792257950184183883, 1.78792052963149907262e-1, 7.0171066832278975361e-3, 1.10034357153915731354e-4, 5.48900252756255700982e-7]
const GN4 = [8.71001698973114191777e-2, 6.11379109952219284151e-1, 3.97180296392337498885e-1, 7.48527737628469092119e-2, 5.38868681462177273157e-3, 1.61999794598934024525e-4, 1.97963874140963632189e-6, 7.82579040744090311069e-9]
const GD4 = [1, 1.64402202413355338886, 6.66296701268987968381e-1, 9.88771761277688796203e-2, 6.2239634544176842076e-3, 1.73221081474177119497e-4, 2.02659182086343991969e-6, 7.82579218933534490868e-9]
const FN8 = [4.55880873470465315206e-1, 7.13715274100146711374e-1, 1.60300158222319456320e-1, 1.16064229408124407915e-2, 3.49556442447859055605e-4, 4.86215430826454749482e-6, 3.20092790091004902806e-8, 9.41779576128512936592e-11, 9.70507110881952024631e-14]
const FD8 = [1, 9.17463611873684053703e-1, 1.78685545332074536321e-1, 1.22253594771971293032e-2, 3.58696481881851580297e-4, 4.92435064317881464393e-6, 3.21956939101046018377e-8, 9.43720590350276732376e-11, 9.70507110881952025725e-14]
const GN8 = [6.97359953443276214934e-1, 3.30410979305632063225e-1, 3.8487876764997429592e-2, 1.71718239052347903558e-3, 3.48941165502279436777e-5, 3.471311670841166738e-7, 1.70404452782044526189e-9, 3.85945925430276600453e-12, 3.1404009894636333464e-15]
const GD8 = [1, 1.68548898811011640017, 4.87852258695304967486e-1, 4.6791319425962580632e-2, 1.90284426674399523638e-3, 3.68475504442561108162e-5, 3.57043223443740838771e-7, 1.72693748966316146736e-9, 3.87830166023954706752e-12, 3.14040098946363335242e-15]

/** Si and Ci are π/2 - f cos - g sin and f sin - g cos, for x > 4. */
const auxiliary = (x: Node): readonly [Node, Node] => {
  const z = over(1, times(x, x))
  const near = below(x, 8)
  const f = over(choose(near, rational(z, FN4, FD4), rational(z, FN8, FD8)), x)
  return [f, times(z, choose(near, rational(z, GN4, GD4), rational(z, GN8, GD8)))]
}
const parts = (x: Node): { readonly far: Node; readonly low: Node; readonly high: Node; readonly f: Node; readonly g: Node } => {
  const far = b.and([below(4, x), below(x, Infinity)])
  const high = choose(far, x, 5)
  const [f, g] = auxiliary(high)
  return { far, low: choose(b.le([x, constant(4, x)]), x, 1), high, f, g }
}
const siOf = (x: Node): Node => {
  const size = abs(x)
  const { far, low, high, f, g } = parts(size)
  const [t, outside] = [times(low, low), minus(minus(Math.PI / 2, times(f, b.cos([high]))), times(g, b.sin([high])))]
  const inside = times(low, rational(t, SN, SD))
  return times(b.sign([x]), choose(far, outside, choose(equal(size, Infinity), Math.PI / 2, choose(equal(x, x), inside, constant(NaN, x)))))
}
const ciOf = (x: Node): Node => {
  const { far, low, high, f, g } = parts(abs(x))
  const t = times(low, low)
  const inside = plus(EULER, log(low), times(t, rational(t, CN, CD)))
  const outside = minus(times(f, b.sin([high])), times(g, b.cos([high])))
  const known = choose(equal(x, Infinity), 0, choose(b.lt([abs(x), constant(Infinity, x)]), inside, constant(NaN, x)))
  return choose(far, outside, known)
}
const si = sloped(siOf, (z) => {
  const zero = equal(z, 0)
  const safe = choose(zero, 1, z)
  return choose(zero, 1, over(b.sin([safe]), safe))
})
const ci = sloped(ciOf, (z) => over(b.cos([z]), z))

interface SineCosine {
  <S extends Shape, D extends DType, V extends Device>(x: Tensor<S, D, V>): readonly [si: Tensor<S, FloatOf<D>, V>, ci: Tensor<S, FloatOf<D>, V>]
}
/**
 * The sine integral ∫₀ˣ sin t / t dt and the cosine integral γ + log |x| + ∫₀ˣ (cos t - 1) / t dt.
 * @shape [...s] → [...s], [...s]
 * @dtype float → same; integers in f32
 * @source Cephes sici.c; NIST DLMF 6.2.
 * @example deepClose(await read(special.sici(tensor([1]))[0]), [0.946083070367183])
 */
export const sici: SineCosine = ((x: unknown) => {
  const node = asFloat('sici', x)
  const wide = castTo(node, 'f64')
  return [si, ci].map((f) => castTo(f(wide), node.dtype))
}) as never
