/**
 * Floating-point numbers one by one: the next one, the gap to it, and the two parts that a number is made of. No bits are looked
 * at: the neighbours of c > 0 are c ± φc, rounded, where φ is a little more than half the gap at 1. Near the smallest numbers
 * c is scaled, or the gap is the smallest number itself. All of it is exact, subnormal numbers included.
 * @source S. M. Rump, P. Zimmermann, S. Boldo, G. Melquiond, "Computing predecessor and successor in rounding to nearest", BIT 49
 * (2009), algorithm 2.
 */
import type { Node } from '../ir/node.js'
import { b, castTo, constant } from '../prim/index.js'
import type { Device, Division, FloatDType, Shape, Tensor, Unary } from '../type/index.js'
import { floatOf } from '../type/index.js'
import { asFloat, pair } from './operand.js'
import { abs, below, choose, equal, minus, over, plus, times } from './special/real.js'

/** Bits of the significand, and the power of two of the smallest number. */
const formats: Readonly<Record<string, readonly [bits: number, least: number]>> = { f16: [11, -24], bf16: [8, -133], f32: [24, -149], f64: [53, -1074] }
const format = (x: Node): readonly [bits: number, least: number] => formats[x.dtype] as readonly [number, number]
/** The neighbour of c ≥ 0 above (1) or below (-1). */
const beside = (c: Node, side: 1 | -1): Node => {
  const [bits, least] = format(c)
  const u = 2 ** -bits
  const step = (x: Node): Node => plus(x, times(x, side * u * (1 + 2 * u)))
  const near = choose(below(c, 2 ** (bits + least)), plus(c, side * 2 ** least), times(step(times(c, 1 / u)), u))
  return choose(below(c, 2 ** (2 * bits - 1 + least)), near, step(c))
}
const largest = (x: Node): number => {
  const [bits, least] = format(x)
  return (2 - 2 ** (1 - bits)) * 2 ** (2 - bits - least)
}
const finite = (x: Node): Node => below(abs(x), Infinity)
/** -1 where the sign is minus, that of -0 too. */
const signOf = (x: Node): Node => choose(below(choose(equal(x, 0), over(1, x), x), 0), -1, constant(1, x))

/**
 * The number next to x towards y. It moves in steps, so its derivative is taken to be zero.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted to a float
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(sub(nextafter(tensor([1, 1]), tensor([2, 0])), 1)), [2 ** -23, -(2 ** -24)])
 */
export const nextafter: Division = ((x: unknown, y: unknown) => {
  const [p, q] = pair('nextafter', x, y, floatOf).map((v) => b.stop([v])) as [Node, Node]
  const c = abs(p)
  const grows = b.eq([below(p, q), below(0, p)])
  const moved = times(signOf(p), choose(grows, beside(c, 1), choose(finite(p), beside(c, -1), largest(p))))
  const fromZero = times(signOf(q), 2 ** format(p)[1])
  const next = choose(b.eq([p, q]), q, choose(equal(p, 0), fromZero, moved))
  return choose(b.and([b.eq([p, p]), b.eq([q, q])]), next, NaN)
}) as never
const gap = (c: Node): Node => minus(beside(c, 1), c)
/**
 * The distance from x to the next number away from zero, negative below zero: NumPy's unit in the last place. NaN at
 * infinities.
 * @shape [...s] → [...s]
 * @dtype float → same
 * @example deepClose(await read(spacing(tensor([1, -4]))), [2 ** -23, -(2 ** -21)])
 */
export const spacing: Unary = ((x: unknown) => {
  const node = b.stop([asFloat('spacing', x)])
  const sizes = gap(abs(node))
  return choose(finite(node), choose(below(node, 0), times(sizes, -1), sizes), NaN)
}) as never
/**
 * x = m · 2ᵉ with ½ ≤ |m| < 1 and a whole e; 0, infinities and NaN are their own m, with e = 0. The derivative of m is 2⁻ᵉ.
 * @shape [...s] → two of [...s]
 * @dtype float → same and i32
 * @example deepClose(await read(frexp(tensor([6, -0.125]))), [[0.75, -0.5], [3, -2]])
 */
export const frexp = <S extends Shape, D extends FloatDType, V extends Device>(x: Tensor<S, D, V>): readonly [m: Tensor<S, D, V>, e: Tensor<S, 'i32', V>] => {
  const node = asFloat('frexp', x)
  const [bits, least] = format(node)
  const c = abs(b.stop([node]))
  // brought to where the gap is a normal number: it is 2^(e - bits)
  const by = choose(below(c, 2 ** (least + bits)), bits, choose(below(c, 1), 0, constant(-bits, c)))
  const scaled = times(node, choose(below(c, 2 ** (least + bits)), 2 ** bits, choose(below(c, 1), 1, constant(2 ** -bits, c))))
  const unit = gap(abs(b.stop([scaled])))
  const plain = b.or([equal(c, 0), b.not([finite(node)])])
  const exponent = minus(plus(b.round([b.log2([choose(plain, 1, unit)])]), bits), by)
  return [choose(plain, node, times(over(scaled, choose(plain, 1, unit)), 2 ** -bits)), castTo(choose(plain, 0, exponent), 'i32')] as never
}
