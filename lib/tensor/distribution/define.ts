/**
 * A distribution is one record: its parameters, where it lives, and formulas for the standard one. Everything public follows:
 * x is moved to z = (x - loc) / scale, computed in f64 and rounded once; outside the support densities and probabilities are
 * exactly 0, 1 or -∞; what a record does not say follows from what it says. Law: the derivative of cdf is pdf, and ppf undoes it.
 */
import type { Node } from '../../ir/node.js'
import { b, castTo } from '../../prim/index.js'
import type { Device, FloatDType, Shape, Tensor } from '../../type/index.js'
import { asFloat } from '../operand.js'
import { parameter } from '../random/parameter.js'
import type { Parameter } from '../random/parameter.js'
import { below, choose, exp, log, log1p, minus, neg, over, plus, times } from '../special/real.js'
import type { Term } from '../special/real.js'

type Place<W extends Device> = { readonly loc?: Parameter<W>; readonly scale?: Parameter<W> }
/** A function of points alone: loc is 0 and scale 1 unless given.  @shape [...s] → [...s] */
export interface Placed {
  <S extends Shape, D extends FloatDType, V extends Device, W extends Device = never>(x: Tensor<S, D, V>, settings?: Place<W>): Tensor<S, D, V | W>
}
/** A function of points and parameters P, which are numbers or broadcast to the points.  @shape [...s] → [...s] */
export interface Shaped<P extends string> {
  <S extends Shape, D extends FloatDType, V extends Device, W extends Device = never>(
    x: Tensor<S, D, V>, settings: { readonly [K in P]: Parameter<W> } & Place<W>,
  ): Tensor<S, D, V | W>
}
export type Of<P extends string> = [P] extends [never] ? Placed : Shaped<P>
/** What every continuous distribution has: the density and its logarithm. */
export interface Density<P extends string = never> { readonly pdf: Of<P>; readonly logpdf: Of<P> }
/** With the probabilities below (cdf) and above (sf) a point, and their logarithms. */
export interface Cumulative<P extends string = never> extends Density<P> { readonly cdf: Of<P>; readonly logcdf: Of<P>; readonly sf: Of<P>; readonly logsf: Of<P> }
/** With the point below (ppf) and above (isf) which a probability lies; NaN for what is no probability. */
export interface Quantile<P extends string = never> extends Cumulative<P> { readonly ppf: Of<P>; readonly isf: Of<P> }
/** What every discrete distribution has: the probability of a whole number and its logarithm. */
export interface Mass<P extends string = never> { readonly pmf: Of<P>; readonly logpmf: Of<P> }
/** With the probability of at most (cdf) and of more than (sf) a number. */
export interface Counted<P extends string = never> extends Mass<P> { readonly cdf: Of<P>; readonly sf: Of<P> }

type Params<P extends string> = { readonly [K in P]: Node }
type Formula<P extends string> = (z: Node, p: Params<P>) => Node
/** Borders of the support and a point inside, which stands in for points outside while formulas are evaluated. */
interface Support { readonly low?: Term; readonly high?: Term; readonly inner: Term }
interface Named<P extends string> { readonly name: string; readonly shape?: readonly P[]; readonly support?: (p: Params<NoInfer<P>>) => Support }
export interface DensityOf<P extends string> extends Named<P> { readonly logpdf: Formula<NoInfer<P>> }
export interface CumulativeOf<P extends string> extends DensityOf<P> { readonly cdf: Formula<NoInfer<P>>; readonly sf: Formula<NoInfer<P>>; readonly logcdf?: Formula<NoInfer<P>>; readonly logsf?: Formula<NoInfer<P>> }
export interface QuantileOf<P extends string> extends CumulativeOf<P> { readonly ppf: Formula<NoInfer<P>>; readonly isf: Formula<NoInfer<P>> }
export interface MassOf<P extends string> extends Named<P> { readonly logpmf: Formula<NoInfer<P>> }
export interface CountedOf<P extends string> extends MassOf<P> { readonly cdf: Formula<NoInfer<P>>; readonly sf: Formula<NoInfer<P>> }

interface Put<P extends string> { readonly x: Node; readonly p: Params<P>; readonly loc: Node; readonly scale: Node }
type Settings = Readonly<Record<string, unknown>>
type Loose = (x: unknown, s?: Settings) => Node
const made = <P extends string>(d: Named<P>, fn: string, f: (at: Put<P>) => Node): Loose => (x, s = {}) => {
  const op = `distribution.${d.name}.${fn}`
  const node = asFloat(op, x)
  const read = (name: string, value: unknown): Node => parameter(op, name, value, node.shape, 'f64')
  const p = Object.fromEntries((d.shape ?? []).map((name) => [name, read(name, s[name])])) as Params<P>
  return castTo(f({ x: castTo(node, 'f64'), p, loc: read('loc', s['loc'] ?? 0), scale: read('scale', s['scale'] ?? 1) }), node.dtype)
}
const standard = <P extends string>(at: Put<P>): Node => over(minus(at.x, at.loc), at.scale)
/** A formula inside the support, fixed values below and above it. */
const inside = <P extends string>(d: Named<P>, f: Formula<P>, z: Node, p: Params<P>, lower: number, upper: number): Node => {
  if (d.support === undefined) return f(z, p)
  const { low, high, inner } = d.support(p)
  const [under, over] = [low === undefined ? undefined : below(z, low), high === undefined ? undefined : below(high, z)]
  const off = under === undefined || over === undefined ? (under ?? over) as Node : b.or([under, over])
  const y = f(choose(off, inner, z), p)
  const topped = over === undefined ? y : choose(over, upper, y)
  return under === undefined ? topped : choose(under, lower, topped)
}
const logDensity = <P extends string>(d: DensityOf<P>) => (at: Put<P>): Node => minus(inside(d, d.logpdf, standard(at), at.p, -Infinity, -Infinity), log(at.scale))
const logMass = <P extends string>(d: MassOf<P>) => (at: Put<P>): Node => {
  const k = minus(at.x, at.loc)
  const whole = b.eq([k, b.floor([k])])
  const y = inside(d, d.logpmf, choose(whole, k, d.support?.(at.p).inner ?? 0), at.p, -Infinity, -Infinity)
  return choose(b.or([whole, b.ne([k, k])]), plus(y, minus(k, k)), -Infinity)
}
const chance = <P extends string>(d: Named<P>, f: Formula<P>, lower: number, upper: number) => (at: Put<P>): Node => inside(d, f, standard(at), at.p, lower, upper)
const point = <P extends string>(f: Formula<P>) => (at: Put<P>): Node => {
  const off = b.or([below(at.x, 0), below(1, at.x)])
  return choose(off, NaN, plus(times(f(choose(off, 0.5, at.x), at.p), at.scale), at.loc))
}
/** The logarithm of a probability, from the other one where that is the smaller. */
const logOf = <P extends string>(f: Formula<P>, other: Formula<P>): Formula<P> => (z, p) => {
  const y = f(z, p)
  const large = below(0.5, y)
  return choose(large, log1p(neg(choose(large, other(z, p), 0.5))), log(choose(large, 0.5, y)))
}

const densities = <P extends string>(d: DensityOf<P>): Record<string, Loose> => ({
  logpdf: made(d, 'logpdf', logDensity(d)),
  pdf: made(d, 'pdf', (at) => exp(logDensity(d)(at))),
})
const chances = <P extends string>(d: CumulativeOf<P>): Record<string, Loose> => ({
  ...densities(d),
  cdf: made(d, 'cdf', chance(d, d.cdf, 0, 1)),
  sf: made(d, 'sf', chance(d, d.sf, 1, 0)),
  logcdf: made(d, 'logcdf', chance(d, d.logcdf ?? logOf(d.cdf, d.sf), -Infinity, 0)),
  logsf: made(d, 'logsf', chance(d, d.logsf ?? logOf(d.sf, d.cdf), 0, -Infinity)),
})
export const density = <P extends string = never>(d: DensityOf<P>): Density<P> => densities(d) as never
export const cumulative = <P extends string = never>(d: CumulativeOf<P>): Cumulative<P> => chances(d) as never
export const quantile = <P extends string = never>(d: QuantileOf<P>): Quantile<P> =>
  ({ ...chances(d), ppf: made(d, 'ppf', point(d.ppf)), isf: made(d, 'isf', point(d.isf)) }) as never
const masses = <P extends string>(d: MassOf<P>): Record<string, Loose> => ({
  logpmf: made(d, 'logpmf', logMass(d)),
  pmf: made(d, 'pmf', (at) => exp(logMass(d)(at))),
})
const atMost = <P extends string>(d: MassOf<P>, f: Formula<P>, lower: number, upper: number) => (at: Put<P>): Node => inside(d, f, b.floor([minus(at.x, at.loc)]), at.p, lower, upper)
export const mass = <P extends string = never>(d: MassOf<P>): Mass<P> => masses(d) as never
export const counted = <P extends string = never>(d: CountedOf<P>): Counted<P> =>
  ({ ...masses(d), cdf: made(d, 'cdf', atMost(d, d.cdf, 0, 1)), sf: made(d, 'sf', atMost(d, d.sf, 1, 0)) }) as never
/** A function of a probability that gives the number up to which it lies. */
export const numberOf = <P extends string = never>(d: MassOf<P>, f: Formula<P>): Of<P> => made(d, 'ppf', point(f)) as never
