/**
 * What the factorizations share. On graphs: triangles, diagonals and transposes of the last two axes. On host arrays: one
 * matrix after the other, in double precision, rounded once at the end. A matrix that holds a NaN or an infinity has
 * factors of NaN, whatever the algorithm would make of it: so no iteration meets one.
 */
import type { Aval, Host, Node } from '../../ir/node.js'
import { numel } from '../../ir/node.js'
import { arrayOf, isFloat } from '../../type/dtype.js'
import type { DType } from '../../type/dtype.js'
import { Fault } from '../../type/fault.js'
import type { Factor, Instruction } from '../../ir/program.js'
import { castTo, constant, stretch, zeros } from '../build.js'
import type { Build } from '../build.js'
import { wideFloats } from '../primitive.js'
import type { BatchSite, Domain, Operand } from '../primitive.js'

// ---- graphs --------------------------------------------------------------------------------------------------------
/** The last two axes swapped. */
export const turned = (b: Build, x: Node): Node => {
  const r = x.shape.length
  return b.permute([x], { axes: [...x.shape.keys()].map((i) => (i === r - 1 ? r - 2 : i === r - 2 ? r - 1 : i)) })
}
export const product = (b: Build, x: Node, y: Node): Node => b.dot([x, y])
/** Row and column numbers of the matrices of x. */
export const places = (b: Build, shape: readonly number[]): readonly [row: Node, column: Node] =>
  [0, 1].map((axis) => b.iota([], { shape: shape.slice(-2), axis, dtype: 'i32' })) as unknown as [Node, Node]
type Side = 'ge' | 'gt' | 'le' | 'lt' | 'eq'
/** The elements for which (row side column), else 0: 'ge' is the lower triangle, 'lt' the strictly upper one. */
export const part = (b: Build, side: Side, x: Node): Node => b.where([stretch(b[side](places(b, x.shape)), x.shape), x, zeros(x)])
/** The symmetric matrix that has the lower triangle of x. */
export const mirrored = (b: Build, x: Node): Node => b.add([part(b, 'ge', x), turned(b, part(b, 'gt', x))])
/** (x + xᵀ) / 2 */
export const symmetric = (b: Build, x: Node): Node => b.mul([b.add([x, turned(b, x)]), constant(0.5, x)])
/** The diagonal of square matrices, as vectors. */
export const diagonal = (b: Build, x: Node): Node => b.sum([part(b, 'eq', x)], { axes: [x.shape.length - 1] })
/** v repeated as the rows (axis -2) or columns (axis -1) of matrices of this shape. */
export const along = (b: Build, v: Node, shape: readonly number[], axis: -1 | -2): Node => {
  const lead = shape.length - 2
  return b.broadcast([v], { shape, axes: [...Array.from({ length: lead }, (_, i) => i), axis === -1 ? lead + 1 : lead] })
}
/** 1/x, and 0 where x is 0. */
export const reciprocal = (b: Build, x: Node): Node => {
  const none = b.eq([x, zeros(x)])
  const one = b.add([zeros(x), stretch(b.constant([], { value: 1, dtype: x.dtype }), x.shape)])
  return b.where([none, zeros(x), b.div([one, b.where([none, one, x])])])
}
/** x[.., from rows, from columns]: the first `rows` rows and `columns` columns. */
export const corner = (b: Build, x: Node, rows: number, columns: number): Node => {
  const lead = x.shape.slice(0, -2)
  if (x.shape.at(-2) === rows && x.shape.at(-1) === columns) return x
  return b.slice([x], { start: x.shape.map(() => 0), limit: [...lead, rows, columns], step: x.shape.map(() => 1) })
}

// ---- records -------------------------------------------------------------------------------------------------------
/** Matrices of floats: their sizes, or a sentence. */
export const matrix = (op: string, x: Aval | undefined, square = false): readonly [lead: readonly number[], m: number, n: number, dtype: DType] => {
  const a = x as Aval
  if (!wideFloats.includes(a.dtype as 'f32')) throw new Fault('DTypeMismatch', `${op} takes ${wideFloats.join(', ')}, not ${a.dtype}; cast it first`)
  if (a.shape.length < 2) throw new Fault('ShapeMismatch', `${op}: needs rank 2 or more, got [${a.shape}]; unsqueeze it`)
  const [m, n] = a.shape.slice(-2) as [number, number]
  if (square && m !== n) throw new Fault('ShapeMismatch', `${op}: needs square matrices, got [${a.shape}]`)
  return [a.shape.slice(0, -2), m, n, a.dtype]
}
/** Leading axes are a batch already: what is not batched is repeated, for free. */
export const widened = (s: BatchSite<unknown>): Node[] => s.args.map((x, i) => (s.batched[i] === true ? x : stretch(x, [s.size, ...x.shape])))
/** The one instruction of a factorization. */
export const factor = (which: Factor, flags: number, args: readonly Operand[], outs: readonly Operand[], m: number, n: number, k: number): readonly Instruction[] =>
  [{ kind: 'factor', which, flags, batch: (args[0] as Operand).shape.slice(0, -2), m, n, k, ins: args.map((x) => x.view), outs: outs.map((x) => x.view) }]
export const sizesOf = (x: Operand | undefined): readonly [number, number] => (x as Operand).shape.slice(-2) as unknown as [number, number]

type Weight = (b: Build, row: Node, column: Node) => Node
/**
 * Where laws sample: numbers in [-1, 1] on top of weights that make the matrix regular and its factors far from any jump
 * (a tie of pivots, equal eigenvalues). All have a batch axis in front, so that repeating the first slice keeps them so.
 */
export const regular = <P>(shapes: readonly (readonly (readonly number[])[])[], params: readonly P[], weight: Weight): Domain<P> => ({
  dtypes: wideFloats, range: [-1, 1], kinks: [],
  sample: (draw) => ({ shapes: shapes[draw(shapes.length)] as readonly (readonly number[])[], params: params[draw(params.length)] as P }),
  tame: (b, x, i) => {
    if (i > 0) return x
    const w = castTo(weight(b, ...places(b, x.shape)), x.dtype)
    return b.add([x, stretch(w, x.shape)])
  },
})
/** `by` times f(row) where row = column (or, with a shift, the column after it, around), else 0. */
export const onDiagonal = (by: number, f: 'flat' | 'rising' | 'falling', shift = 0): Weight => (b, row, column) => {
  const [, n] = row.shape as [number, number]
  const all = (value: number): Node => stretch(b.constant([], { value, dtype: 'i32' }), row.shape)
  const next = shift === 0 ? row : b.remainder([b.add([row, all(shift)]), all(Math.max(1, n))])
  const size = f === 'flat' ? all(by) : f === 'rising' ? b.mul([all(by), b.add([row, all(1)])]) : b.mul([all(by), b.sub([all(8), row])])
  return b.where([b.eq([next, column]), size, all(0)])
}

// ---- host ----------------------------------------------------------------------------------------------------------
type Numbers = Float64Array
const finite = (xs: readonly Numbers[]): boolean => xs.every((x) => x.every(Number.isFinite))
/**
 * Runs `f` on each matrix of the batch. `cores` says how many trailing axes of each operand and result are the matrix's own;
 * `f` gives false when there is no factorization, and then, or when an operand is not finite, the floats are NaN.
 */
export const eachMatrix = (args: readonly Host[], outs: readonly Aval[], cores: { readonly ins: readonly number[]; readonly outs: readonly number[]; readonly unjudged?: true }, f: (ins: Numbers[], outs: Numbers[]) => boolean | void): Host[] => {
  const sizeOf = (x: Aval, core: number): number => numel(x.shape.slice(x.shape.length - core))
  const first = args[0] as Host
  const count = numel(first.shape.slice(0, first.shape.length - (cores.ins[0] as number)))
  const results = outs.map((o): Host => ({ shape: o.shape, dtype: o.dtype, data: arrayOf(o.dtype, numel(o.shape)) }))
  for (let i = 0; i < count; i++) {
    const ins = args.map((x, k) => {
      const n = sizeOf(x, cores.ins[k] as number)
      return Float64Array.from(x.data.subarray(i * n, (i + 1) * n) as ArrayLike<number>)
    })
    const ys = outs.map((o, k) => new Float64Array(sizeOf(o, cores.outs[k] as number)))
    const sound = (cores.unjudged === true || finite(ins)) && f(ins, ys) !== false
    ys.forEach((y, k) => (results[k] as Host).data.set((sound ? y : lost(outs[k] as Aval, y)) as never, i * y.length))
  }
  return results
}
/** NaN for floats; for a permutation the one that changes nothing. */
const lost = (o: Aval, y: Numbers): Numbers => (isFloat(o.dtype) ? y.fill(NaN) : y.map((_, i) => i))
/** A column's sign: its first element that is not small beside its largest is positive. */
export const SMALL = 0.4
export const signOf = (column: ArrayLike<number>): 1 | -1 => {
  let top = 0
  for (let i = 0; i < column.length; i++) top = Math.max(top, Math.abs(column[i] as number))
  for (let i = 0; i < column.length; i++) if (Math.abs(column[i] as number) >= SMALL * top) return (column[i] as number) < 0 ? -1 : 1
  return 1
}
