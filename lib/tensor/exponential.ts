/** Exponentials and logarithms, their accurate versions near 0, and the error function. Integers and bools become f32 first. */
import type { Node } from '../ir/node.js'
import { b } from '../prim/index.js'
import type { Analytic, Unary } from '../type/index.js'
import { asFloat } from './operand.js'

type Make = (args: readonly Node[]) => Node
const float = (op: string, make: Make): Analytic => ((x: unknown) => make([asFloat(op, x)])) as never

/**
 * eˣ.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(exp(tensor([0, 1]))), [1, Math.E])
 */
export const exp: Analytic = float('exp', b.exp)
/**
 * 2ˣ.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(exp2(tensor([0, 3]))), [1, 8])
 */
export const exp2: Analytic = float('exp2', b.exp2)
/**
 * eˣ - 1, accurate near 0.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(expm1(tensor([0, 1]))), [0, Math.E - 1])
 */
export const expm1: Analytic = float('expm1', b.expm1)
/**
 * The natural logarithm: -inf at 0, NaN below.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(log(tensor([1, Math.E]))), [0, 1])
 */
export const log: Analytic = float('log', b.log)
/**
 * The logarithm to base 2.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(log2(tensor([1, 8]))), [0, 3])
 */
export const log2: Analytic = float('log2', b.log2)
/**
 * The logarithm to base 10.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(log10(tensor([1, 1000]))), [0, 3])
 */
export const log10: Analytic = float('log10', b.log10)
/**
 * log(1 + x), accurate near 0.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(log1p(tensor([0, 1]))), [0, Math.LN2])
 */
export const log1p: Analytic = float('log1p', b.log1p)
/**
 * The error function, 2/√π ∫₀ˣ e^(-t²) dt.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(erf(tensor([0, 1]))), [0, 0.8427007929497149])
 */
export const erf: Unary = float('erf', b.erf)
/**
 * 1 - erf(x), accurate where erf is near 1.
 * @shape [...s] → [...s]
 * @dtype float → same; integers in f32
 * @example deepClose(await read(erfc(tensor([0, 1]))), [1, 0.15729920705028513])
 */
export const erfc: Unary = float('erfc', b.erfc)
