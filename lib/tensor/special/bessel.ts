/**
 * Modified Bessel functions of the first kind, by Chebyshev series: of e^(-x) I₀(x) and e^(-x) I₁(x) / x in x for x ≤ 8, of
 * √x e^(-x) I(x) in 1/x beyond.
 * @source Cephes i0.c and i1.c (S. L. Moshier) for the form; the coefficients are those series computed anew with mpmath 1.3 in
 * 40 digits, highest order first, in (x/4 - 1) and (16/x - 1). NIST DLMF 10.29.3 for derivatives.
 */
import type { Node } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'
import type { Unary } from '../../type/index.js'
import { abs, below, choose, equal, exp, inDouble, minus, over, plus, sloped, times } from './real.js'

const I0_NEAR = [
  -4.4153416464793395e-18, 3.3307945188222384e-17, -2.431279846547955e-16, 1.715391285555133e-15, -1.1685332877993451e-14,
  7.676185498604936e-14, -4.856446783111929e-13, 2.95505266312964e-12, -1.726826291441556e-11, 9.675809035373237e-11,
  -5.189795601635263e-10, 2.6598237246823866e-09, -1.300025009986248e-08, 6.046995022541919e-08, -2.670793853940612e-07,
  1.1173875391201037e-06, -4.4167383584587505e-06, 1.6448448070728896e-05, -5.754195010082104e-05, 0.00018850288509584165,
  -0.0005763755745385824, 0.0016394756169413357, -0.004324309995050576, 0.010546460394594998, -0.02373741480589947, 0.04930528423967071,
  -0.09490109704804764, 0.17162090152220877, -0.3046826723431984, 0.6767952744094761,
]
const I0_FAR = [
  1.193650890845982e-18, 9.921475412173699e-19, -7.233180487874754e-18, -4.830504485944182e-18, 4.46562142029676e-17,
  3.461222867697461e-17, -2.8276239805165836e-16, -3.425485619677219e-16, 1.7725601330565263e-15, 3.8116806693526224e-15,
  -9.554846698828307e-15, -4.150569347287222e-14, 1.54008621752141e-14, 3.8527783827421426e-13, 7.180124451383666e-13,
  -1.7941785315068062e-12, -1.3215811840447713e-11, -3.1499165279632416e-11, 1.1889147107846439e-11, 4.94060238822497e-10,
  3.3962320257083865e-09, 2.266668990498178e-08, 2.0489185894690638e-07, 2.8913705208347567e-06, 6.889758346916825e-05,
  0.0033691164782556943, 0.8044904110141088,
]
const I1_NEAR = [
  2.7779141127610464e-18, -2.111421214358166e-17, 1.5536319577362005e-16, -1.1055969477353862e-15, 7.600684294735408e-15,
  -5.042185504727912e-14, 3.223793365945575e-13, -1.9839743977649436e-12, 1.1736186298890901e-11, -6.663489723502027e-11,
  3.625590281552117e-10, -1.8872497517228294e-09, 9.381537386495773e-09, -4.445059128796328e-08, 2.0032947535521353e-07,
  -8.568720264695455e-07, 3.4702513081376785e-06, -1.3273163656039436e-05, 4.781565107550054e-05, -0.00016176081582589674,
  0.0005122859561685758, -0.0015135724506312532, 0.004156422944312888, -0.010564084894626197, 0.024726449030626516, -0.05294598120809499,
  0.1026436586898471, -0.17641651835783406, 0.25258718644363365,
]
const I1_FAR = [
  -1.242193275194891e-18, -9.314178867326884e-19, 7.517296310842105e-18, 4.414348323071708e-18, -4.6503053684893586e-17,
  -3.209525921993424e-17, 2.96262899764595e-16, 3.3082023109209285e-16, -1.8803547755107825e-15, -3.8144030724370075e-15,
  1.0420276984128802e-14, 4.272440016711951e-14, -2.1015418427726643e-14, -4.0835511110921974e-13, -7.198551776245908e-13,
  2.0356285441470896e-12, 1.4125807436613782e-11, 3.2526035830154884e-11, -1.8974958123505413e-11, -5.589743462196584e-10,
  -3.835380385964237e-09, -2.6314688468895196e-08, -2.512236237870209e-07, -3.882564808877691e-06, -0.00011058893876262371,
  -0.009761097491361469, 0.7785762350182801,
]
/** Clenshaw's recurrence for Σ' cₖ Tₖ(t), the first term halved. */
const chebyshev = (t: Node, coefficients: readonly number[]): Node => {
  const t2 = times(t, 2)
  let [now, last, older] = [constant(0, t), constant(0, t), constant(0, t)]
  for (const c of coefficients) [now, last, older] = [plus(minus(times(t2, now), last), c), now, last]
  return times(minus(now, older), 0.5)
}
const scaled = (x: Node, near: readonly number[], far: readonly number[]): readonly [Node, Node, Node] => {
  const a = abs(x)
  const high = below(8, a)
  const [low, large] = [choose(high, 4, a), choose(high, a, 16)]
  return [high, chebyshev(minus(times(low, 0.25), 1), near), over(chebyshev(minus(over(16, large), 1), far), b.sqrt([large]))]
}
const i0eOf = (x: Node): Node => {
  const [high, near, far] = scaled(x, I0_NEAR, I0_FAR)
  return choose(high, far, near)
}
const i1eOf = (x: Node): Node => {
  const [high, near, far] = scaled(x, I1_NEAR, I1_FAR)
  return choose(high, choose(below(x, 0), times(far, -1), far), times(near, choose(high, 0, x)))
}
/** e^|x| y, by halves, so that the power overflows only where the product does. */
const grown = (x: Node, y: Node): Node => {
  const half = exp(times(b.min([abs(x), constant(1420, x)]), 0.5))
  return times(half, y, half)
}
const endless = (x: Node): Node => equal(abs(x), Infinity)
const i0Of = (x: Node): Node => choose(endless(x), Infinity, grown(x, i0eOf(choose(endless(x), 1, x))))
const i1Of = (x: Node): Node => choose(endless(x), x, grown(x, i1eOf(choose(endless(x), 1, x))))
/** f / x, its limit ½ at 0. */
const quotient = (f: Node, x: Node): Node => choose(equal(x, 0), 0.5, over(f, choose(equal(x, 0), 1, x)))
const sign = (x: Node): Node => b.sign([x])

/**
 * The modified Bessel function I₀(x).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Cephes i0.c; NIST DLMF 10.25.2, 10.29.3.
 * @example deepClose(await read(special.i0(tensor([0, 1]))), [1, 1.2660658777520082])
 */
export const i0: Unary = inDouble('i0', (x) => sloped(i0Of, i1Of)(x))
/**
 * e^(-|x|) I₀(x).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Cephes i0.c; NIST DLMF 10.25.2, 10.29.3.
 * @example deepClose(await read(special.i0e(tensor([0, 1]))), [1, 0.46575960759364043])
 */
export const i0e: Unary = inDouble('i0e', (x) => sloped(i0eOf, (z, y) => minus(i1eOf(z), times(sign(z), y)))(x))
/**
 * The modified Bessel function I₁(x).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Cephes i1.c; NIST DLMF 10.25.2, 10.29.3.
 * @example deepClose(await read(special.i1(tensor([0, 1]))), [0, 0.565159103992485])
 */
export const i1: Unary = inDouble('i1', (x) => sloped(i1Of, (z, y) => minus(i0Of(z), quotient(y, z)))(x))
/**
 * e^(-|x|) I₁(x).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @source Cephes i1.c; NIST DLMF 10.25.2, 10.29.3.
 * @example deepClose(await read(special.i1e(tensor([0, 1]))), [0, 0.2079104153497085])
 */
export const i1e: Unary = inDouble('i1e', (x) => sloped(i1eOf, (z, y) => minus(minus(i0eOf(z), times(sign(z), y)), quotient(y, z)))(x))
