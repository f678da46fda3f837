/**
 * Family constructors: what all unary, binary, comparing or linear elementwise ops have in common is said once.
 * Elementwise primitives take operands of one shape and (but for `where`) one dtype; broadcasting and promotion happen
 * a floor above, as explicit nodes that cost nothing.
 */
import { typeName } from '../ir/node.js'
import type { Aval, Host, Node } from '../ir/node.js'
import { sameShape } from '../ir/node.js'
import { arrayOf, isBig, isFloat } from '../type/dtype.js'
import type { AnyArray, DType } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { floats, inexact } from './primitive.js'
import type { Domain, JvpSite, None, OnComplex, Primitive, Tangent, TransposeSite } from './primitive.js'
import type { Build } from './build.js'

type Num = (x: number) => number
type Big = (x: bigint) => bigint

/** One dtype of the list for all operands. */
export const sameTypes = (op: string, args: readonly Aval[], dtypes: readonly DType[]): Aval => {
  const x = args[0] as Aval
  for (const a of args) {
    if (a.dtype !== x.dtype) throw new Fault('DTypeMismatch', `${op}: operands are ${x.dtype} and ${a.dtype}; cast one of them`)
    if (!sameShape(a.shape, x.shape)) throw new Fault('ShapeMismatch', `${op}: operands have shapes [${x.shape}] and [${a.shape}]`)
  }
  if (!dtypes.includes(x.dtype)) throw new Fault('DTypeMismatch', `${op} takes ${dtypes.join(', ')}, not ${typeName(x)}; cast it first`)
  return { shape: x.shape, dtype: x.dtype }
}

const shapes = [[], [1], [5], [3, 4], [2, 1, 3], [0], [2, 0, 3]] as const
export const elementwiseSample = (arity: number) => (draw: (n: number) => number) => {
  const shape = shapes[draw(shapes.length)] as readonly number[]
  return { shapes: Array.from({ length: arity }, () => shape), params: {} as None }
}
export interface DomainNote { readonly range?: readonly [number, number]; readonly kinks?: Domain<None>['kinks'] }
const domain = (arity: number, dtypes: readonly DType[], note: DomainNote): Domain<None> => ({
  dtypes, range: note.range ?? [-3, 3], kinks: note.kinks ?? [], sample: elementwiseSample(arity),
})

/** Applies a scalar function to each element; 64-bit integers go through its bigint twin. */
export const mapHost = (xs: readonly Host[], out: DType, num: (...x: number[]) => number, big?: (...x: bigint[]) => bigint | boolean): AnyArray => {
  const n = (xs[0] as Host).data.length
  const result = arrayOf(out, n)
  const wide = isBig((xs[xs.length - 1] as Host).dtype)
  if (wide && big === undefined) throw new Fault('BackendFailure', 'an op without a bigint twin met a 64-bit integer')
  for (let i = 0; i < n; i++) {
    const row = xs.map((x) => x.data[i])
    const value = wide ? (big as (...x: bigint[]) => bigint | boolean)(...(row as bigint[])) : num(...(row as number[]))
    result[i] = (isBig(out) ? (typeof value === 'bigint' ? value : BigInt(value)) : Number(value)) as never
  }
  return result
}

export interface UnaryNote<N extends string> extends DomainNote {
  readonly name: N
  readonly dtypes?: readonly DType[]
  readonly scalar: Num
  readonly big?: Big
  /** The tangent of y = f(x). null: the derivative is zero everywhere. */
  readonly jvp: null | ((b: Build, x: Node, dx: Node, y: Node) => Node)
  /** By real ops, for functions that complex numbers have too. */
  readonly complex?: 'each' | ((b: Build, z: Node) => Node)
  /** Given for linear ops. */
  readonly transpose?: (b: Build, ct: Node) => Node
}
const single = (rule: NonNullable<UnaryNote<string>['jvp']> | null) => (b: Build, s: JvpSite<None>): Tangent =>
  rule === null || s.tangents[0] == null ? null : rule(b, s.args[0] as Node, s.tangents[0], s.out)

export const unary = <N extends string>(note: UnaryNote<N>): Primitive<N, None> => {
  const dtypes = note.dtypes ?? (note.complex === undefined ? floats : inexact)
  const { complex, transpose } = note
  return {
    name: note.name,
    aval: (args) => sameTypes(note.name, args, dtypes),
    jvp: single(note.jvp),
    transpose: transpose === undefined ? 'none' : (b, s) => [s.cts[0] == null ? null : transpose(b, s.cts[0])],
    batch: 'pointwise',
    eval: (xs, _p, outs) => mapHost(xs, (outs[0] as Aval).dtype, note.scalar, note.big as never),
    lower: { kind: 'element', name: note.name },
    domain: domain(1, dtypes, note),
    ...(complex === undefined ? {} : { complex: complex === 'each' ? complex : (b, [z]) => complex(b, z as Node) }),
  }
}

export interface BinaryNote<N extends string> extends DomainNote {
  readonly name: N
  readonly dtypes: readonly DType[]
  readonly scalar: (x: number, y: number) => number
  readonly big?: (x: bigint, y: bigint) => bigint | boolean
  /** i32 and u32 results that doubles cannot hold exactly. */
  readonly int?: (x: number, y: number) => number
  readonly out?: DType
  readonly complex?: OnComplex<None>
  /** The tangent along each operand; null: zero. */
  readonly jvp: null | readonly [left: Along, right: Along]
  readonly transpose?: (b: Build, s: TransposeSite<None>, ct: Node) => readonly Tangent[]
}
type Along = null | ((b: Build, x: Node, y: Node, d: Node, out: Node) => Node)

const along = (rules: readonly [Along, Along] | null) => (b: Build, s: JvpSite<None>): Tangent => {
  if (rules === null) return null
  const [x, y] = s.args as readonly [Node, Node]
  const parts = rules.map((rule, i) => {
    const d = s.tangents[i]
    return rule === null || d == null ? null : rule(b, x, y, d, s.out)
  })
  const [l, r] = parts as [Tangent, Tangent]
  return l === null ? r : r === null ? l : b.add([l, r])
}
export const binary = <N extends string>(note: BinaryNote<N>): Primitive<N, None> => {
  const { transpose, int } = note
  return {
    name: note.name,
    aval: (args) => {
      const x = sameTypes(note.name, args, note.dtypes)
      return note.out === undefined ? x : { shape: x.shape, dtype: note.out }
    },
    jvp: along(note.jvp),
    transpose: transpose === undefined ? 'none' : (b, s) => (s.cts[0] == null ? [null, null] : transpose(b, s, s.cts[0])),
    batch: 'pointwise',
    eval: (xs, _p, outs) => {
      const whole = int !== undefined && !isFloat((xs[0] as Host).dtype)
      return mapHost(xs, (outs[0] as Aval).dtype, whole ? int : note.scalar, note.big as never)
    },
    lower: { kind: 'element', name: note.name },
    domain: domain(2, note.dtypes, note),
    ...(note.complex === undefined ? {} : { complex: note.complex }),
  }
}

/** Ops that are linear in their first operand and have no other: the tangent goes the same way as the value. */
export const linearJvp = <P>(apply: (b: Build, x: Node, p: P) => Node) => (b: Build, s: JvpSite<P>): Tangent =>
  s.tangents[0] == null ? null : apply(b, s.tangents[0], s.params)
/** Ops that are linear in each of two operands. */
export const bilinearJvp = <P>(apply: (b: Build, x: Node, y: Node, p: P) => Node) => (b: Build, s: JvpSite<P>): Tangent => {
  const [x, y] = s.args as readonly [Node, Node]
  const [dx, dy] = s.tangents as readonly [Tangent, Tangent]
  const l = dx == null ? null : apply(b, dx, y, s.params)
  const r = dy == null ? null : apply(b, x, dy, s.params)
  return l === null ? r : r === null ? l : b.add([l, r])
}
