/**
 * What `jit(f, { math: 'fast' })` computes of f32 instead of functions that have no machine code: a few operations each, all of which
 * have machine code, so that they join the loop that they stand in. Errors and where they hold: docs/precision.md, test/run/fast.
 * @source reduction by parts of π with few bits: W. J. Cody and W. Waite, Software manual for the elementary functions (1980),
 * chapter 8. The coefficients are our own least squares of the relative error, weighted until its maximum is least.
 */
import type { Node } from '../../ir/node.js'
import { b, constant } from '../../prim/index.js'

const plus = (x: Node, by: number): Node => b.add([x, constant(by, x)])
const times = (x: Node, by: number): Node => b.mul([x, constant(by, x)])
const over = (x: number, y: Node): Node => b.div([constant(x, y), y])
/** c₀ + c₁ u + c₂ u² + … */
const polynomial = (u: Node, c: readonly number[]): Node =>
  c.slice(0, -1).reduceRight((sum, k) => plus(b.mul([sum, u]), k), constant(c.at(-1) as number, u))
/** x + x u (c₀ + c₁ u + …) with u = x². */
const odd = (x: Node, c: readonly number[]): Node => {
  const u = b.mul([x, x])
  return b.add([x, b.mul([b.mul([x, u]), polynomial(u, c)])])
}
const withSignOf = (x: Node, y: Node): Node => b.where([b.lt([x, constant(0, x)]), b.neg([y]), y])

/** π in parts of which 4,096 times the first two are exact. */
const PI = [3.140625, 0.0009675025939941406, 1.5099579897537296e-7] as const
const SINE = [-0.166666562, 0.00833301298, -0.000198065414, 0.00000259994601] as const
/** (-1)ⁿ sin(x - (n - shift) π) with the whole number n that makes it small. */
const wave = (x: Node, shift: number): Node => {
  const n = b.floor([plus(times(x, 1 / Math.PI), 0.5 + shift)])
  const turns = plus(n, -shift), parity = b.sub([n, times(b.floor([times(n, 0.5)]), 2)])
  const r = PI.reduce((left, part) => b.sub([left, times(turns, part)]), x)
  return b.mul([odd(r, SINE), plus(times(parity, -2), 1)])
}
const ARC = [-0.33331991, 0.19969726, -0.14019492, 0.0991432, -0.05948675, 0.02425264, -0.00469334] as const
const arcTangent = (x: Node): Node => {
  const size = b.abs([x]), steep = b.gt([size, constant(1, x)])
  const a = odd(b.where([steep, over(1, size), size]), ARC)
  return withSignOf(x, b.where([steep, plus(b.neg([a]), Math.PI / 2), a]))
}
/** h = eˡˣˡ / 2, so that sinh and cosh are h ∓ 1 / 4h. */
const halfPower = (x: Node): Node => b.exp([plus(b.abs([x]), -Math.LN2)])
const sinh = (x: Node): Node => {
  const h = halfPower(x)
  const near = odd(x, [0.166667338, 0.00832991211, 0.000203939788])
  return b.where([b.lt([b.abs([x]), constant(1, x)]), near, withSignOf(x, b.sub([h, over(0.25, h)]))])
}
const cosh = (x: Node): Node => {
  const h = halfPower(x)
  return b.add([h, over(0.25, h)])
}
/** e^(y log |x|), with the sign of x where y is odd; of negative numbers only whole powers are numbers. */
const power = (x: Node, y: Node): Node => {
  const one = constant(1, x), zero = constant(0, x), isWhole = b.eq([y, b.floor([y])])
  const half = times(y, 0.5), isOdd = b.ne([half, b.floor([half])])
  const size = b.exp([b.mul([y, b.log([b.abs([x])])])])
  const turned = b.where([isWhole, b.where([isOdd, b.neg([size]), size]), constant(NaN, x)])
  return b.where([b.or([b.eq([x, one]), b.eq([y, zero])]), one, b.where([b.lt([x, zero]), turned, size])])
}
const forms: Readonly<Record<string, (...args: Node[]) => Node>> = {
  sin: (x) => wave(x as Node, 0), cos: (x) => wave(x as Node, 0.5), atan: (x) => arcTangent(x as Node),
  exp2: (x) => b.exp([times(x as Node, Math.LN2)]), log2: (x) => times(b.log([x as Node]), Math.LOG2E), log10: (x) => times(b.log([x as Node]), Math.LOG10E),
  sinh: (x) => sinh(x as Node), cosh: (x) => cosh(x as Node),
  pow: (x, y) => power(x as Node, y as Node),
}
/** What a node becomes where fast mathematics is asked for, or null. */
export const hastened = (op: string, args: readonly Node[]): Node | null => {
  const form = forms[op]
  return form === undefined || args[0]?.dtype !== 'f32' ? null : form(...args)
}
