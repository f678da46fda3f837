/**
 * Transforms of nodes: complex numbers as pairs of reals along a last axis, which is what the primitive takes. Real input
 * of even length is half as many complex numbers (its even and its odd elements), so it costs half a transform and a pass.
 */
import type { Node } from '../../ir/node.js'
import { leaf } from '../../ir/node.js'
import { b, castTo, constant, cut, moveAxis, reshapeTo, zeros } from '../../prim/index.js'
import type { FourierNorm } from '../../type/index.js'
import { complexOf, fail, isComplex, realOf, show } from '../../type/index.js'
import { asNode } from '../operand.js'

export interface Along { readonly axis: number; readonly n: number; readonly scale: number }
/** 1/n, its root or 1, by the norm and the direction. */
export const scaleOf = (norm: FourierNorm, n: number, inverse: boolean): number =>
  norm === 'ortho' ? 1 / Math.sqrt(n) : (norm === 'backward') === inverse ? 1 / n : 1
/** A complex operand; real numbers get an imaginary part of 0. */
export const asComplex = (op: string, x: unknown): Node => {
  const node = asNode(op, x)
  if (isComplex(node.dtype)) return node
  const re = castTo(node, realOf(complexOf(node.dtype)))
  return b.complex([re, zeros(re)])
}
/** A real operand in a float dtype. */
export const asReal = (op: string, x: unknown): Node => {
  const node = asNode(op, x)
  if (isComplex(node.dtype)) return fail('DTypeMismatch', `${op} takes real numbers, not ${node.dtype}${show(node.shape)}; take real(x), or transform it with fft`)
  return castTo(node, realOf(complexOf(node.dtype)))
}
/** An axis cut off or filled with zeros. */
export const fitted = (x: Node, axis: number, n: number): Node => {
  const have = x.shape[axis] as number
  if (have === n) return x
  if (have > n) return cut(x, axis, 0, n)
  const at = (size: number): number[] => x.shape.map((_, i) => (i === axis ? size : 0))
  return b.pad([x, constant(0, { shape: [], dtype: x.dtype })], { low: at(0), high: at(n - have), interior: at(0) })
}
/** Pairs along an axis of them. */
export const alongPairs = (x: Node, { axis, n, scale }: Along, inverse: boolean): Node => {
  const last = x.shape.length - 2
  return moveAxis(b.fft([moveAxis(fitted(x, axis, n), axis, last)], { inverse, scale }), last, axis)
}
const plane = (x: Node, at: 0 | 1): Node => reshapeTo(cut(x, x.shape.length - 1, at, 1), x.shape.slice(0, -1))
/** cos and sin of 2π k/n for k ≤ n/2, repeated to a shape whose last axis is k. */
const circle = (n: number, like: Node): readonly [Node, Node] => {
  const count = like.shape.at(-1) as number
  const of = (f: (angle: number) => number): Node => {
    const values = leaf(Float64Array.from({ length: count }, (_, k) => f((2 * Math.PI * k) / n)), [count], 'f64')
    return b.broadcast([castTo(values, like.dtype)], { shape: like.shape, axes: [like.shape.length - 1] })
  }
  return [of(Math.cos), of(Math.sin)]
}
const add = (x: Node, y: Node): Node => b.add([x, y])
const sub = (x: Node, y: Node): Node => b.sub([x, y])
const mul = (x: Node, y: Node): Node => b.mul([x, y])
const backwards = (x: Node): Node => b.flip([x], { axes: [x.shape.length - 1] })
/** With z the transform of even + i odd elements: X_k = (z_k + z̄_{m-k})/2 - i wᵏ (z_k - z̄_{m-k})/2, w = e^(-2πi/n). */
const halfOfEven = (x: Node, n: number, scale: number): Node => {
  const m = n / 2
  const z = b.fft([reshapeTo(x, [...x.shape.slice(0, -1), m, 2])], { inverse: false, scale: scale / 2 })
  const axis = z.shape.length - 2
  const around = b.concat([z, cut(z, axis, 0, 1)], { axis })
  const [re, im] = [plane(around, 0), plane(around, 1)]
  const [re2, im2] = [backwards(re), backwards(im)]
  const [c, s] = circle(n, re)
  const [dr, di] = [sub(re, re2), add(im, im2)]
  return b.complex([add(add(re, re2), sub(mul(c, di), mul(s, dr))), sub(sub(im, im2), add(mul(c, dr), mul(s, di)))])
}
/** Real numbers along the last axis to the first half of their transform. */
const half = (x: Node, n: number, scale: number): Node => {
  if (n % 2 === 0) return halfOfEven(x, n, scale)
  const whole = b.fft([b.asReals([b.complex([x, zeros(x)])])], { inverse: false, scale })
  return b.asComplex([cut(whole, whole.shape.length - 2, 0, (n + 1) / 2)])
}
/** Parts of a half spectrum along the last axis; those that a real signal has not (at 0, and at n/2 of an even n) are 0. */
const hermitian = (z: Node, n: number): readonly [Node, Node] => {
  const [re, im] = [b.real([z]), b.imag([z])]
  const k = b.iota([], { shape: im.shape, axis: im.shape.length - 1, dtype: 'i32' })
  const end = b.or([b.eq([k, constant(0, k)]), b.eq([b.add([k, k]), constant(n, k)])])
  return [re, b.where([end, zeros(im), im])]
}
/** The way back of `halfOfEven`: z_k = (X_k + X̄_{m-k}) + i w⁻ᵏ (X_k - X̄_{m-k}), twice what it was. */
const wholeOfEven = (x: Node, n: number, scale: number): Node => {
  const [re, im] = hermitian(x, n)
  const [re2, im2] = [backwards(re), backwards(im)]
  const [c, s] = circle(n, re)
  const [dr, di] = [sub(re, re2), add(im, im2)]
  const z = b.complex([sub(add(re, re2), add(mul(s, dr), mul(c, di))), add(sub(im, im2), sub(mul(c, dr), mul(s, di)))])
  const first = cut(b.asReals([z]), z.shape.length - 1, 0, n / 2)
  const pairs = b.fft([first], { inverse: true, scale })
  return reshapeTo(pairs, [...pairs.shape.slice(0, -2), n])
}
const whole = (x: Node, n: number, scale: number): Node => {
  if (n % 2 === 0) return wholeOfEven(x, n, scale)
  const [re, im] = hermitian(x, n)
  const axis = re.shape.length - 1
  const rest = (y: Node): Node => backwards(cut(y, axis, 1, (n - 1) / 2))
  const all = b.complex([b.concat([re, rest(re)], { axis }), b.concat([im, b.neg([rest(im)])], { axis })])
  return b.real([b.asComplex([b.fft([b.asReals([all])], { inverse: true, scale })])])
}
const onLast = (f: (x: Node, n: number, scale: number) => Node, size: (n: number) => number) => (x: Node, { axis, n, scale }: Along): Node => {
  const last = x.shape.length - 1
  return moveAxis(f(moveAxis(fitted(x, axis, size(n)), axis, last), n, scale), last, axis)
}
/** Real numbers along an axis to ⌊n/2⌋ + 1 complex ones. */
export const halved = onLast(half, (n) => n)
/** Those back to n real numbers. */
export const doubled = onLast(whole, (n) => Math.floor(n / 2) + 1)
/** Complex numbers along several axes, one after the other. */
export const alongAll = (z: Node, all: readonly Along[], inverse: boolean): Node =>
  all.length === 0 ? z : b.asComplex([all.reduce((x, a) => alongPairs(x, a, inverse), b.asReals([z]))])
