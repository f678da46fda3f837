/**
 * Analytic functions of z = a + bi by real ops, with NumPy's branch cuts: the roots, logarithms and inverse functions are
 * continuous from the side that the sign of a zero says. Written so that nothing overflows or cancels on the way that the
 * result does not.
 * @source W. Kahan, "Branch cuts for complex elementary functions, or much ado about nothing's sign bit", 1987 (sqrt, the
 * inverse functions); R. L. Smith, "Algorithm 116: complex division", CACM 5 (1962).
 */
import type { Node } from '../ir/node.js'
import { constant, zeros } from './build.js'
import type { Build } from './build.js'
import { parts } from './complex.js'
import { isComplex, realOf } from '../type/dtype.js'

type Rule = (b: Build, z: Node) => Node
const isZero: Rule = (b, x) => b.eq([x, zeros(x)])
const isInfinite: Rule = (b, x) => b.eq([b.abs([x]), constant(Infinity, x)])
/** -0 counts. */
const isNegative: Rule = (b, x) => b.lt([b.where([isZero(b, x), b.div([constant(1, x), x]), x]), zeros(x)])
const signed = (b: Build, size: Node, sign: Node): Node => b.where([isNegative(b, sign), b.neg([size]), size])
const scaled = (b: Build, x: Node, by: number): Node => b.mul([x, constant(by, x)])
const plus = (b: Build, x: Node, y: number): Node => b.add([x, constant(y, x)])
/** x y, but x where x is zero, whatever y is. */
const damped = (b: Build, x: Node, y: Node): Node => b.where([isZero(b, x), x, b.mul([x, y])])
/** The larger and the smaller of |a| and |b|. */
const sizes = (b: Build, z: Node): readonly [Node, Node] => {
  const { re, im } = parts(z)
  const both = [b.abs([re]), b.abs([im])]
  return [b.max(both), b.min(both)]
}
const anyInfinite: Rule = (b, z) => b.or([isInfinite(b, parts(z).re), isInfinite(b, parts(z).im)])
const share = (b: Build, n: Node, m: Node): Node => b.where([isZero(b, n), n, b.div([n, m])])

/** |z| = m √(1 + (n/m)²); infinite beside a NaN too. */
export const abs: Rule = (b, z) => {
  const [m, n] = sizes(b, z)
  const r = share(b, n, m)
  const size = b.mul([m, b.sqrt([plus(b, b.mul([r, r]), 1)])])
  return b.where([anyInfinite(b, z), constant(Infinity, m), size])
}
/** Smith: the larger part of the divisor is taken out first. */
export const div = (b: Build, [x, y]: readonly Node[]): Node => {
  const [{ re: a, im: c }, { re: p, im: q }] = [parts(x as Node), parts(y as Node)]
  const wide = b.ge([b.abs([p]), b.abs([q])])
  const either = (u: Node, v: Node): Node => b.where([wide, u, v])
  const [large, small, first, second] = [either(p, q), either(q, p), either(a, c), either(c, a)]
  const r = share(b, small, large)
  const den = b.where([isZero(b, large), b.abs([large]), b.add([large, b.mul([small, r])])])
  const cross = b.sub([second, b.mul([first, r])])
  return b.complex([b.div([b.add([first, b.mul([second, r])]), den]), b.div([either(cross, b.neg([cross])), den])])
}
/** eᵃ (cos b + i sin b) */
export const exp: Rule = (b, z) => {
  const { re, im } = parts(z)
  const size = b.exp([re])
  return b.complex([b.mul([size, b.cos([im])]), b.where([isZero(b, im), im, b.mul([size, b.sin([im])])])])
}
/** (eᵃ - 1) cos b - 2 sin² b/2 + i eᵃ sin b */
export const expm1: Rule = (b, z) => {
  const { re, im } = parts(z)
  const s = b.sin([scaled(b, im, 0.5)])
  const real = b.sub([b.mul([b.expm1([re]), b.cos([im])]), scaled(b, b.mul([s, s]), 2)])
  return b.complex([real, b.where([isZero(b, im), im, b.mul([b.exp([re]), b.sin([im])])])])
}
/** log |z|: near 1 by (m - 1)(m + 1) + n², which does not cancel. */
const logSize: Rule = (b, z) => {
  const [m, n] = sizes(b, z)
  const near = b.and([b.gt([m, constant(0.5, m)]), b.lt([m, constant(3, m)])])
  const r = share(b, n, m)
  const close = b.add([b.mul([plus(b, m, -1), plus(b, m, 1)]), b.mul([n, n])])
  const rest = scaled(b, b.log1p([b.where([near, close, b.mul([r, r])])]), 0.5)
  const size = b.where([near, rest, b.add([b.log([m]), rest])])
  return b.where([anyInfinite(b, z), constant(Infinity, m), size])
}
export const log: Rule = (b, z) => b.complex([logSize(b, z), b.atan2([parts(z).im, parts(z).re])])
/** Near 0 by |1 + z|² - 1 = a (2 + a) + b². */
export const log1p: Rule = (b, z) => {
  const { re, im } = parts(z)
  const one = plus(b, re, 1)
  const small = b.lt([sizes(b, z)[0], constant(0.5, re)])
  const close = b.where([small, b.add([b.mul([re, plus(b, re, 2)]), b.mul([im, im])]), zeros(re)])
  return b.complex([b.where([small, scaled(b, b.log1p([close]), 0.5), logSize(b, b.complex([one, im]))]), b.atan2([im, one])])
}
/** t = √((|a| + |z|) / 2) is one part, |b| / 2t the other. */
export const sqrt: Rule = (b, z) => {
  const { re, im } = parts(z)
  const t = b.sqrt([b.add([scaled(b, b.abs([re]), 0.5), scaled(b, b.abs([z]), 0.5)])])
  const other = b.where([isInfinite(b, im), constant(Infinity, t), share(b, b.abs([im]), b.add([t, t]))])
  const right = b.not([isNegative(b, re)])
  return b.complex([b.where([right, t, other]), signed(b, b.where([right, other, t]), im)])
}
/** sinh a cos b + i cosh a sin b */
export const sinh: Rule = (b, z) => {
  const { re, im } = parts(z)
  return b.complex([damped(b, b.sinh([re]), b.cos([im])), damped(b, b.sin([im]), b.cosh([re]))])
}
/** cosh a cos b + i sinh a sin b */
export const cosh: Rule = (b, z) => {
  const { re, im } = parts(z)
  const s = b.sin([im])
  return b.complex([b.mul([b.cosh([re]), b.cos([im])]), b.where([isZero(b, s), s, damped(b, b.sinh([re]), s)])])
}
/** With T = tanh a and t = tan b: (T (1 + t²) + i t / cosh² a) / (1 + T² t²) */
export const tanh: Rule = (b, z) => {
  const { re, im } = parts(z)
  const [T, t, c] = [b.tanh([re]), b.tan([im]), b.cosh([re])]
  const square = b.mul([t, t])
  const den = plus(b, b.mul([b.mul([T, T]), square]), 1)
  return b.complex([b.div([b.mul([T, plus(b, square, 1)]), den]), b.div([b.div([b.div([t, c]), c]), den])])
}
const conj: Rule = (b, z) => b.complex([parts(z).re, b.neg([parts(z).im])])
/** z + y and 1 - z, which leave the sign of a zero imaginary part as it is: the branch depends on it. */
const shifted = (b: Build, z: Node, y: number): Node => b.complex([plus(b, parts(z).re, y), parts(z).im])
const oneMinus: Rule = (b, z) => b.complex([b.sub([constant(1, parts(z).re), parts(z).re]), b.neg([parts(z).im])])
const turned: Rule = (b, z) => b.complex([b.neg([parts(z).im]), parts(z).re])
const turnedBack: Rule = (b, z) => b.complex([parts(z).im, b.neg([parts(z).re])])
/** f(z) = -i g(iz), as sin by sinh. */
const around = (g: Rule): Rule => (b, z) => turnedBack(b, g(b, turned(b, z)))
export const sin: Rule = around(sinh)
export const cos: Rule = (b, z) => cosh(b, turned(b, z))
export const tan: Rule = around(tanh)
/** √(1 - z) and √(1 + z) */
const roots = (b: Build, z: Node): readonly [Node, Node] => [b.sqrt([oneMinus(b, z)]), b.sqrt([shifted(b, z, 1)])]
export const asin: Rule = (b, z) => {
  const [below, above] = roots(b, z)
  return b.complex([b.atan2([parts(z).re, b.real([b.mul([below, above])])]), b.asinh([b.imag([b.mul([conj(b, below), above])])])])
}
export const acos: Rule = (b, z) => {
  const [below, above] = roots(b, z)
  return b.complex([scaled(b, b.atan2([b.real([below]), b.real([above])]), 2), b.asinh([b.imag([b.mul([conj(b, above), below])])])])
}
export const acosh: Rule = (b, z) => {
  const [below, above] = [b.sqrt([shifted(b, z, -1)]), b.sqrt([shifted(b, z, 1)])]
  return b.complex([b.asinh([b.real([b.mul([conj(b, below), above])])]), scaled(b, b.atan2([b.imag([below]), b.real([above])]), 2)])
}
/** i asin(-iz) */
export const asinh: Rule = (b, z) => turned(b, asin(b, turnedBack(b, z)))
/** log1p(4a / ((1 - a)² + b²)) / 4 + i atan2(2b, (1 - a)(1 + a) - b²) / 2 for a ≥ 0; odd in a. */
export const atanh: Rule = (b, z) => {
  const { re, im } = parts(z)
  const a = b.abs([re])
  const [gap, square] = [b.sub([constant(1, a), a]), b.mul([im, im])]
  const size = scaled(b, b.log1p([b.div([scaled(b, a, 4), b.add([b.mul([gap, gap]), square])])]), 0.25)
  const turn = scaled(b, b.atan2([b.add([im, im]), b.sub([b.mul([gap, plus(b, a, 1)]), square])]), 0.5)
  const far = anyInfinite(b, z)
  return b.complex([signed(b, b.where([far, zeros(a), size]), re), b.where([far, signed(b, constant(Math.PI / 2, im), im), turn])])
}
export const atan: Rule = around(atanh)
/** zʷ = e^(w log z); z⁰ = 1, and 0ʷ = 0 for Re w > 0. */
export const pow = (b: Build, [z, w]: readonly Node[]): Node => {
  const [x, y] = [z as Node, w as Node]
  const none = b.and([isZero(b, x), b.gt([parts(y).re, zeros(parts(y).re)])])
  const safe = b.where([none, constant(1, x), x])
  const power = b.where([none, zeros(x), b.exp([b.mul([y, b.log([safe])])])])
  return b.where([isZero(b, y), constant(1, x), power])
}
/** In another base: f(z) of a natural f. */
export const based = (f: 'log' | 'exp', by: number): Rule => (b, z) => (f === 'log' ? scaled(b, b.log([z]), by) : b.exp([scaled(b, z, by)]))
export const rsqrt: Rule = (b, z) => b.div([constant(1, z), b.sqrt([z])])
/** 1 / (1 + e⁻ᶻ) */
export const sigmoid: Rule = (b, z) => b.div([constant(1, z), plus(b, b.exp([b.neg([z])]), 1)])
/** Complex numbers compare by both parts. */
export const compared = (op: 'eq' | 'ne', join: 'and' | 'or') => (b: Build, [x, y]: readonly Node[]): Node => {
  const [p, q] = [parts(x as Node), parts(y as Node)]
  return b[join]([b[op]([p.re, q.re]), b[op]([p.im, q.im])])
}
export const cast = (b: Build, [x]: readonly Node[], { dtype }: { readonly dtype: Node['dtype'] }): Node => {
  const { re, im } = parts(x as Node)
  if (!isComplex(dtype)) return b.or([b.cast([re], { dtype }), b.cast([im], { dtype })])
  const to = { dtype: realOf(dtype) }
  return b.complex([b.cast([re], to), b.cast([im], to)])
}
