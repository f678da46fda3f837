/** The registry: one line a primitive. Its type is the vocabulary that rules and backends share. */
import { register } from './build.js'
import type { AnyPrimitive } from './primitive.js'
import { addP, divP, mulP, negP, subP } from './arithmetic.js'
import { concatP, padP } from './assembly.js'
import { attentionGradP, attentionP, attentionTangentP } from './attention.js'
import { bitcastP } from './bitcast.js'
import { castP } from './cast.js'
import { complexP, imagP, realP } from './complex.js'
import { condP } from './cond.js'
import { allGatherP, allToAllP, permuteAxisP, pmaxP, pminP, psumP, reduceScatterP } from './collective.js'
import { eqP, geP, gtP, leP, ltP, neP } from './compare.js'
import { choleskyP } from './factor/cholesky.js'
import { eigP } from './factor/eig.js'
import { eighP } from './factor/eigh.js'
import { luP } from './factor/lu.js'
import { qrP } from './factor/qr.js'
import { svdP } from './factor/svd.js'
import { triangularSolveP } from './factor/triangular.js'
import { callP, pushforwardP } from './call.js'
import { convInputP, convP, convWeightP } from './conv.js'
import { dotP } from './dot.js'
import { erfcP, erfP } from './erf.js'
import { exchangeP } from './exchange.js'
import { exp2P, expm1P, expP, log10P, log1pP, log2P, logP } from './exponential.js'
import { maxP, minP } from './extremum.js'
import { fftP } from './fft.js'
import { gatherP, scatterAddP } from './gather.js'
import { acoshP, asinhP, atanhP, coshP, sigmoidP, sinhP, tanhP } from './hyperbolic.js'
import { getP, markP, peekP, stopP } from './identity.js'
import { andP, notP, orP, shlP, shrP, xorP } from './logic.js'
import { maxPoolGradP, maxPoolP, maxPoolPickP } from './maxPool.js'
import { broadcastP, flipP, permuteP, reshapeP, sliceP } from './movement.js'
import { asComplexP, asRealsP } from './pair.js'
import { pmapP } from './pmap.js'
import { floorDivP, powP, remainderP } from './power.js'
import { argmaxP, argminP, reduceAndP, reduceMaxP, reduceMinP, reduceOrP, sumP } from './reduce.js'
import { absP, rsqrtP, signP, sqrtP } from './root.js'
import { ceilP, floorP, roundP, truncP } from './rounding.js'
import { scanP } from './scan.js'
import { argsortP, cumsumP, sortP } from './scanning.js'
import { whereP } from './select.js'
import { constantP, iotaP } from './source.js'
import { threefryP } from './threefry.js'
import { whileP } from './while.js'
import { acosP, asinP, atan2P, atanP, cosP, sinP, tanP } from './trigonometric.js'

const records = {
  abs: absP, acos: acosP, acosh: acoshP, add: addP, allGather: allGatherP, allToAll: allToAllP, and: andP, asComplex: asComplexP, asReals: asRealsP, argmax: argmaxP, argmin: argminP, argsort: argsortP, asin: asinP,
  asinh: asinhP, atan: atanP, atan2: atan2P, atanh: atanhP, attention: attentionP, attentionGrad: attentionGradP, attentionTangent: attentionTangentP, bitcast: bitcastP, broadcast: broadcastP, call: callP, cast: castP, ceil: ceilP, cholesky: choleskyP,
  complex: complexP, concat: concatP, cond: condP, constant: constantP, conv: convP, convInput: convInputP, convWeight: convWeightP, cos: cosP,
  cosh: coshP, cumsum: cumsumP, div: divP, dot: dotP, eig: eigP, eigh: eighP, eq: eqP, erf: erfP, erfc: erfcP, exchange: exchangeP, exp: expP, exp2: exp2P, expm1: expm1P, fft: fftP,
  flip: flipP, floor: floorP, floorDiv: floorDivP, gather: gatherP, ge: geP, get: getP, gt: gtP, imag: imagP, iota: iotaP, le: leP, log: logP,
  log10: log10P, log1p: log1pP, log2: log2P, lt: ltP, lu: luP, mark: markP, max: maxP, maxPool: maxPoolP, maxPoolGrad: maxPoolGradP,
  maxPoolPick: maxPoolPickP, min: minP, mul: mulP, ne: neP, neg: negP, not: notP, or: orP, pad: padP, peek: peekP,
  permute: permuteP, permuteAxis: permuteAxisP, pmap: pmapP, pmax: pmaxP, pmin: pminP, pow: powP, psum: psumP, pushforward: pushforwardP, qr: qrP, reduceAnd: reduceAndP, reduceMax: reduceMaxP, reduceMin: reduceMinP, reduceOr: reduceOrP, reduceScatter: reduceScatterP,
  real: realP, remainder: remainderP, reshape: reshapeP, round: roundP, rsqrt: rsqrtP, scan: scanP, scatterAdd: scatterAddP, shl: shlP,
  shr: shrP, sigmoid: sigmoidP, sign: signP, sin: sinP, sinh: sinhP, slice: sliceP, sort: sortP, sqrt: sqrtP, stop: stopP, sub: subP, svd: svdP,
  sum: sumP, tan: tanP, tanh: tanhP, threefry: threefryP, triangularSolve: triangularSolveP, trunc: truncP, where: whereP, while: whileP, xor: xorP,
}
export type Registry = typeof records
export type PrimitiveName = keyof Registry
register(records as unknown as Readonly<Record<string, AnyPrimitive>>)
/** All primitives by name. Frozen: a program cannot add one, users extend by bodies with rules of their own. */
export const primitives: Registry = Object.freeze(records)
export * from './build.js'
export { onParts, opens, parts, planeOf } from './complex.js'
export { pairsOf } from './pair.js'
export type * from './primitive.js'
