/** Trigonometric and hyperbolic functions and their inverses, and the logistic sigmoid. Integers and bools become f32 first. */
import type { Node } from '../ir/node.js'
import { b } from '../prim/index.js'
import type { Analytic, Division } from '../type/index.js'
import { floatOf } from '../type/index.js'
import { asFloat, pair } from './operand.js'

type Make = (args: readonly Node[]) => Node
const float = (op: string, make: Make): Analytic => ((x: unknown) => make([asFloat(op, x)])) as never

/**
 * The sine.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(sin(tensor([0, Math.PI / 2]))), [0, 1])
 */
export const sin: Analytic = float('sin', b.sin)
/**
 * The cosine.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(cos(tensor([0, Math.PI]))), [1, -1])
 */
export const cos: Analytic = float('cos', b.cos)
/**
 * The tangent.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(tan(tensor([0, Math.PI / 4]))), [0, 1])
 */
export const tan: Analytic = float('tan', b.tan)
/**
 * The inverse sine, in [-π/2, π/2]; NaN outside [-1, 1].
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(asin(tensor([0, 1]))), [0, Math.PI / 2])
 */
export const asin: Analytic = float('asin', b.asin)
/**
 * The inverse cosine, in [0, π]; NaN outside [-1, 1].
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(acos(tensor([1, 0]))), [0, Math.PI / 2])
 */
export const acos: Analytic = float('acos', b.acos)
/**
 * The inverse tangent, in (-π/2, π/2).
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(atan(tensor([0, 1]))), [0, Math.PI / 4])
 */
export const atan: Analytic = float('atan', b.atan)
/**
 * The hyperbolic sine.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(sinh(tensor([0, 1]))), [0, Math.sinh(1)])
 */
export const sinh: Analytic = float('sinh', b.sinh)
/**
 * The hyperbolic cosine.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(cosh(tensor([0, 1]))), [1, Math.cosh(1)])
 */
export const cosh: Analytic = float('cosh', b.cosh)
/**
 * The hyperbolic tangent.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(tanh(tensor([0, 1]))), [0, Math.tanh(1)])
 */
export const tanh: Analytic = float('tanh', b.tanh)
/**
 * The inverse hyperbolic sine.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(asinh(tensor([0, 1]))), [0, Math.asinh(1)])
 */
export const asinh: Analytic = float('asinh', b.asinh)
/**
 * The inverse hyperbolic cosine; NaN below 1.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(acosh(tensor([1, 2]))), [0, Math.acosh(2)])
 */
export const acosh: Analytic = float('acosh', b.acosh)
/**
 * The inverse hyperbolic tangent; NaN outside [-1, 1].
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(atanh(tensor([0, 0.5]))), [0, Math.atanh(0.5)])
 */
export const atanh: Analytic = float('atanh', b.atanh)
/**
 * The logistic function 1 / (1 + e⁻ˣ), without overflow.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(sigmoid(tensor([0, Infinity]))), [0.5, 1])
 */
export const sigmoid: Analytic = float('sigmoid', b.sigmoid)
/**
 * The angle of the point (x, y) against the first axis, in [-π, π]: `atan2(y, x)`.
 * @shape [...a], [...b] → broadcast(a, b)
 * @dtype promoted to a float
 * @throws ShapeMismatch when the shapes do not broadcast.
 * @example deepClose(await read(atan2(tensor([1, 0]), tensor([0, -1]))), [Math.PI / 2, Math.PI])
 */
export const atan2: Division = ((y: unknown, x: unknown) => b.atan2(pair('atan2', y, x, floatOf))) as never
