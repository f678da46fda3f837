/**
 * A primitive is one record: what it gives (aval), how it is differentiated (jvp), transposed, batched, computed by the
 * reference (eval), lowered for compiled backends, and where laws may sample it. Every field is required, "none" is a word
 * that must be written. Reverse mode is never written: it is transpose after linearize.
 *
 * Rules build nodes through `b`, a builder typed by the registry, so `sin` uses `b.cos` and `cos` uses `b.sin` without an
 * import between them. The batch axis is axis 0 by convention: a rule gets each operand either unbatched or with the
 * batch in front, and answers with the batch in front.
 */
import type { Graph } from '../ir/graph.js'
import type { Aval, Host, Node, Params } from '../ir/node.js'
import type { Instruction, SinkKind, View } from '../ir/program.js'
import type { AnyArray, ComplexDType, DType, FloatDType, IntDType, WideFloatDType } from '../type/dtype.js'
import type { Build } from './build.js'

export type None = Readonly<Record<string, never>>
export type Tangent = Node | null

export interface Site<P> {
  readonly args: readonly Node[]
  readonly params: P
}
export interface JvpSite<P> extends Site<P> {
  /** null: no tangent (an integer, or nothing that depends on the input). */
  readonly tangents: readonly Tangent[]
  readonly out: Node
  readonly transforms: Transforms
}
/** A structured op may replace its primal outputs, so that they carry residuals. */
export interface Pushed { readonly primals: readonly Node[]; readonly tangents: readonly Tangent[] }
export interface TransposeSite<P> extends Site<P> {
  /** Which operands the transposed function is linear in; only those get a cotangent. */
  readonly linear: readonly boolean[]
  /** One for each output; null: zero. */
  readonly cts: readonly Tangent[]
  readonly transforms: Transforms
}
export interface BatchSite<P> extends Site<P> {
  readonly batched: readonly boolean[]
  readonly size: number
  readonly transforms: Transforms
}
/** The transforms of bodies, handed to the rules of call, scan and cond (which live a floor below the transforms). */
export interface Transforms {
  /** Splits the derivative along `active` inputs into primal (outputs, then residuals) and tangent bodies; `force` asks for
   *  a tangent (zeros if need be) of chosen float outputs. */
  linearize(g: Graph, active: readonly boolean[], force?: readonly boolean[]): Linearized
  /** From (non-linear inputs.., cotangents of the outputs..) to the cotangents of the linear inputs. */
  transpose(g: Graph, linear: readonly boolean[], given: readonly boolean[]): Transposed
  /** Batched inputs as told; says which outputs came out batched (`force` makes chosen ones so). */
  batch(g: Graph, batched: readonly boolean[], size: number, force?: readonly boolean[]): { readonly graph: Graph; readonly batched: readonly boolean[] }
  evaluate(g: Graph, inputs: readonly Host[]): readonly Host[]
  /** Sums the leading axis. */
  sumFront(x: Node): Node
}
export interface Linearized {
  readonly primal: Graph
  /** inputs: the residuals, then the tangents of active inputs. outputs: the tangents that exist. */
  readonly tangent: Graph
  /** Nodes of the primal part. */
  readonly residuals: readonly Node[]
  /** For each output of the body: has it a tangent? */
  readonly out: readonly boolean[]
}
export interface Transposed {
  readonly graph: Graph
  /** For each linear input: does it get a cotangent? */
  readonly got: readonly boolean[]
}

/** A strided operand as the planner sees it. */
export interface Operand { readonly shape: readonly number[]; readonly view: View }
export type Lower<P> =
  | { readonly kind: 'element'; readonly name: string | ((p: P) => string) }
  | { readonly kind: 'reduce'; readonly sink: SinkKind }
  /** Needs no work: the result is the operand seen with other strides. null: not expressible, copy first. */
  | { readonly kind: 'view'; readonly view: (x: Operand, p: P, out: Aval) => View | null }
  | { readonly kind: 'instruction'; readonly make: (args: readonly Operand[], p: P, out: Operand, ...more: readonly Operand[]) => readonly Instruction[] }
  /** Handled by name in the planner: sources and control flow. */
  | { readonly kind: 'special' }
  /** Expanded into plain ops before planning. */
  | { readonly kind: 'definition'; readonly define: (b: Build, site: Site<P>) => Node | readonly Node[] }

export interface Kink { readonly at: number; readonly grad: number }
/** Where laws sample operands: an interval for numbers, dtypes, kinks, and shapes and params that fit together. */
export interface Domain<P> {
  readonly dtypes: readonly DType[]
  readonly range: readonly [min: number, max: number]
  readonly kinks: readonly Kink[]
  /** Operand shapes and params, drawn from a source of small integers in [0, n). */
  readonly sample: (draw: (n: number) => number) => { readonly shapes: readonly (readonly number[])[]; readonly params: P; readonly dtypes?: readonly (DType | null)[]; readonly ranges?: readonly (readonly [number, number] | null)[] }
  /** Brings drawn operand i to where the op is smooth (a matrix to factor must be regular). */
  readonly tame?: (b: Build, x: Node, i: number) => Node
}

/**
 * How an op treats complex numbers, which backends know as pairs of reals only (complex.ts):
 *   'each'      the op on the real parts and on the imaginary parts; real operands (an index, a condition) go to both
 *   'product'   bilinear: (a + bi)(c + di) = (ac - bd) + (ad + bc)i
 *   a function  what it gives, by simpler ops
 */
export type OnComplex<P> = 'each' | 'product' | ((b: Build, args: readonly Node[], p: P) => Node)

export interface Primitive<N extends string, P> {
  readonly name: N
  readonly aval: (args: readonly Aval[], p: P) => Aval | readonly Aval[]
  readonly jvp: (b: Build, site: JvpSite<P>) => Tangent | Pushed
  readonly transpose: 'none' | ((b: Build, site: TransposeSite<P>) => readonly Tangent[])
  readonly batch: 'pointwise' | ((b: Build, site: BatchSite<P>) => Node | Batched)
  readonly eval: (args: readonly Host[], p: P, outs: readonly Aval[], transforms: Transforms) => AnyArray | readonly Host[]
  readonly lower: Lower<P>
  readonly domain: Domain<P>
  /** Absent: the op takes no complex numbers. */
  readonly complex?: OnComplex<P>
}
export interface Batched { readonly nodes: readonly Node[]; readonly batched: readonly boolean[] }
/** A record whose params are forgotten: what walks over any op see. */
export type AnyPrimitive = Primitive<string, Params>

export const wideFloats: readonly WideFloatDType[] = ['f32', 'f64']
export const floats: readonly FloatDType[] = [...wideFloats, 'f16', 'bf16']
export const ints: readonly IntDType[] = ['i32', 'i64', 'u8', 'u32', 'i8', 'i16', 'u16', 'u64']
export const complexes: readonly ComplexDType[] = ['c64', 'c128']
/** Floats and complex numbers: what analytic functions take. */
export const inexact: readonly DType[] = [...floats, ...complexes]
/** What has an order. */
export const reals: readonly DType[] = [...ints, ...floats]
export const realDTypes: readonly DType[] = ['bool', ...reals]
export const numbers: readonly DType[] = [...reals, ...complexes]
export const allDTypes: readonly DType[] = ['bool', ...numbers]
