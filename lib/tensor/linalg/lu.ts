/**
 * General square systems by LU with partial pivoting. Laws: P L U = A, A solve(A, B) = B. The derivative of a solution is
 * the solution of another system with the same factors, that of a determinant is built from cofactors: both are rules here,
 * so that gradients cost what they should and a determinant has one where the matrix is singular.
 */
import { Node } from '../../ir/node.js'
import { b, castTo, constant, cut, outputs, reshapeTo, stretch } from '../../prim/index.js'
import { customJvp, scan } from '../../transform/index.js'
import type { Device, DType, FloatOf, LuFactorOf, LuOf, Must2, Promote, Shape, Shp, SlogdetOf, Solution, SolveOf, SquareToNumber, SquareToSquare, Tensor } from '../../type/index.js'
import { fail, show } from '../../type/index.js'
import { regular } from '../checked.js'
import { diagonalOf } from '../matrix.js'
import { identityLike, leadOf, matrices, onBatch, over, product, sizeOf, squares, system } from './operand.js'

interface Factors { readonly lu: Node; readonly pivots: Node; readonly order: Node }
const factors = (a: Node): Factors => {
  const [lu, pivots, order] = outputs(b.lu([a])) as [Node, Node, Node]
  return { lu, pivots, order }
}
const lowerSolve = (lu: Node, y: Node): Node => b.triangularSolve([lu, y], { lower: true, transposed: false, unit: true })
const upperSolve = (lu: Node, y: Node): Node => b.triangularSolve([lu, y], { lower: false, transposed: false, unit: false })
/** The solution for factors that are repeated over the right side's batch. */
const solved = ({ lu, order }: Pick<Factors, 'lu' | 'order'>, y: Node): Node => {
  const lead = leadOf(y)
  const rows = b.gather([y, onBatch(order, lead, 1)], { batch: lead.length })
  const packed = onBatch(lu, lead, 2)
  return upperSolve(packed, lowerSolve(packed, rows))
}
type Two = (a: Node, y: Node) => Node
/** dX = A⁻¹ (dB - dA X); `judge` may refuse the factors. */
const solving = (judge: (lu: Node) => Node): Two => customJvp<[Node, Node], Node>(
  (a, y) => {
    const { lu, order } = factors(a)
    return solved({ lu: judge(lu), order }, y)
  },
  ([a, y], [da, dy]) => {
    const f = factors(a)
    const x = solved(f, y)
    return [x, solved(f, b.sub([dy, product(onBatch(da, leadOf(y), 2), x)]))]
  },
) as Two
const solveNodes = solving((lu) => regular('solve', lu))
/**
 * The solution X of A X = B. Infinities or NaN where A is singular.
 * @shape [..., n, n], [..., n, k] → [..., n, k]; a vector [n] → [..., n]
 * @dtype promoted; integers in f32
 * @throws ShapeMismatch when A is not square or the rows differ.
 * @example deepClose(await read(linalg.solve(tensor([[2, 1], [1, 3]]), tensor([5, 10]))), [1, 3])
 */
export const solve: SolveOf<'solve'> = ((left: unknown, right: unknown) => {
  const { a, y, shape } = system('solve', left, right)
  return reshapeTo(solveNodes(a, y), shape)
}) as never
/** The inverse where a singular matrix is no mistake. */
const inverseNodes = solving((lu) => lu)
export const inverse = (x: Node): Node => inverseNodes(x, identityLike(x))
/** The inverse that an op was asked for. */
export const inverted = (op: string, x: Node): Node => solving((lu) => regular(op, lu))(x, identityLike(x))
/**
 * The inverse. Infinities or NaN where x is singular.
 * @shape [..., n, n] → [..., n, n]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch for matrices that are not square.
 * @example deepClose(await read(linalg.inv(tensor([[2, 0], [0, 4]]))), [[0.5, 0], [0, 0.25]])
 */
export const inv: SquareToSquare<'inv'> = ((x: unknown) => inverted('inv', squares('inv', x))) as never

/** The packed factors' parts: L with its unit diagonal, U. */
const parts = (lu: Node): readonly [l: Node, u: Node] => {
  const [m, n] = sizeOf(lu)
  const k = Math.min(m, n)
  const [left, right] = [cut(lu, lu.shape.length - 1, 0, k), cut(lu, lu.shape.length - 2, 0, k)]
  const compared = (op: 'gt' | 'le', x: Node): Node => {
    const [row, column] = [0, 1].map((axis) => b.iota([], { shape: x.shape.slice(-2), axis, dtype: 'i32' })) as [Node, Node]
    return b.where([stretch(b[op]([row, column]), x.shape), x, constant(0, x)])
  }
  return [b.add([compared('gt', left), identityLike(left)]), compared('le', right)]
}
/**
 * x = P L U: a permutation matrix, a lower triangular one with a unit diagonal, an upper triangular one. The pivot of a column
 * is its largest element, the first of equals.
 * @shape [..., m, n] → [..., m, m], [..., m, k], [..., k, n] with k = min(m, n)
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch below rank 2.
 * @example deepClose(await read(linalg.lu(tensor([[1, 2], [2, 2]]))), [[[0, 1], [1, 0]], [[1, 0], [0.5, 1]], [[2, 2], [0, 1]]])
 */
export const lu: LuOf = ((x: unknown) => {
  const node = matrices('lu', x)
  const f = factors(node)
  const m = sizeOf(node)[0]
  const shape = [...leadOf(node), m, m]
  const row = stretch(b.iota([], { shape: [m, m], axis: 0, dtype: 'i32' }), shape)
  const from = stretch(reshapeTo(f.order, [...leadOf(node), 1, m]), shape)
  return [castTo(b.eq([row, from]), node.dtype), ...parts(f.lu)]
}) as never
/**
 * L and U packed into one matrix, and the pivots: row i was swapped with row pivots[i], in this order. For `luSolve`.
 * @shape [..., m, n] → [..., m, n], [..., min(m, n)]
 * @dtype float → same, i32
 * @throws ShapeMismatch below rank 2.
 * @example deepClose(await read(linalg.luFactor(tensor([[1, 2], [2, 2]]))), [[[2, 2], [0.5, 1]], [1, 1]])
 */
export const luFactor: LuFactorOf = ((x: unknown) => outputs(b.lu([matrices('luFactor', x)])).slice(0, 2)) as never

type Swap = (order: Node, at: readonly [Node, Node]) => readonly [Node, Node]
/** The permutation that swaps make. */
const orderOf = (pivots: Node): Node => {
  const n = pivots.shape.at(-1) as number
  const index = b.iota([], { shape: pivots.shape, axis: pivots.shape.length - 1, dtype: 'i32' })
  const front = [pivots.shape.length - 1, ...pivots.shape.slice(0, -1).keys()]
  const swap: Swap = (order, [i, p]) => {
    const is = (v: Node): Node => b.eq([index, stretch(reshapeTo(v, [...v.shape, ...(v.shape.length === 0 && pivots.shape.length > 1 ? pivots.shape.slice(0, -1).map(() => 1) : []), 1]), pivots.shape)])
    const at = (mask: Node): Node => stretch(reshapeTo(b.sum([b.where([mask, order, constant(0, order)])], { axes: [pivots.shape.length - 1] }), [...pivots.shape.slice(0, -1), 1]), pivots.shape)
    const next = b.where([is(i), at(is(p)), b.where([is(p), at(is(i)), order])])
    return [next, order]
  }
  const steps = b.iota([], { shape: [n], axis: 0, dtype: 'i32' })
  const list = b.permute([pivots], { axes: front })
  return (scan as unknown as (f: Swap, init: Node, xs: readonly [Node, Node]) => readonly [Node, Node])(swap, index, [steps, list])[0]
}
interface LuSolve {
  <A extends Shape, D extends DType, V extends Device, B extends Shape, E extends DType, W extends Device>(
    factors: readonly [lu: Tensor<A, D, V>, pivots: Tensor<Shape, 'i32', V>], b: Must2<Solution<'luSolve', A, B>, V, W, Tensor<B, E, W>>, settings?: { readonly transposed?: boolean },
  ): Tensor<Shp<Solution<'luSolve', A, B>>, FloatOf<Promote<D, E>>, V | W>
}
/**
 * The solution of A X = B (`transposed`: Aᵀ X = B) for the factors that `luFactor` gave.
 * @shape ([..., n, n], [..., n]), [..., n, k] → [..., n, k]; a vector [n] → [..., n]
 * @dtype promoted; integers in f32
 * @throws ShapeMismatch when the factors are not square or the rows differ.
 * @example deepClose(await read(linalg.luSolve(linalg.luFactor(tensor([[2, 1], [1, 3]])), tensor([5, 10]))), [1, 3])
 */
export const luSolve: LuSolve = (([packed, pivots]: readonly [unknown, unknown], right: unknown, s: { readonly transposed?: boolean } = {}) => {
  const { a, y, shape } = system('luSolve', packed, right)
  if (!(pivots instanceof Node) || pivots.shape.join() !== a.shape.slice(0, -1).join()) return fail('ShapeMismatch', `luSolve: the pivots of ${show(a.shape)} must be ${show(a.shape.slice(0, -1))}; give both results of luFactor`)
  const [order, factor] = [orderOf(pivots), regular('luSolve', a)]
  if (s.transposed !== true) return reshapeTo(solved({ lu: factor, order }, y), shape)
  const [l, lead] = [onBatch(factor, leadOf(y), 2), leadOf(y)]
  const below = b.triangularSolve([l, y], { lower: false, transposed: true, unit: false })
  const z = b.triangularSolve([l, below], { lower: true, transposed: true, unit: true })
  const back = b.argsort([onBatch(order, lead, 1)], { axis: lead.length })
  return reshapeTo(b.gather([z, back], { batch: lead.length }), shape)
}) as never

/** 1 or -1 for an even or odd number of swaps, in the dtype of the matrices. */
const parity = (pivots: Node, like: Node): Node => {
  const index = b.iota([], { shape: pivots.shape, axis: pivots.shape.length - 1, dtype: 'i32' })
  const swaps = b.sum([castTo(b.ne([pivots, index]), 'i32')], { axes: [pivots.shape.length - 1] })
  const odd = castTo(b.remainder([swaps, constant(2, swaps)]), like.dtype)
  return b.sub([constant(1, odd), b.add([odd, odd])])
}
const multiplied = (x: Node): Node => {
  const n = x.shape.at(-1) as number
  const lead = x.shape.slice(0, -1)
  if (n === 0) return constant(1, { shape: lead, dtype: x.dtype })
  const [half, axis] = [Math.ceil(n / 2), lead.length]
  if (n === 1) return reshapeTo(x, lead)
  const [left, right] = [cut(x, axis, 0, half), cut(x, axis, half, n - half)]
  const padded = n % 2 === 0 ? right : b.concat([right, constant(1, { shape: [...lead, 1], dtype: x.dtype })], { axis })
  return multiplied(b.mul([left, padded]))
}
const trace = (x: Node): Node => b.sum([diagonalOf(x)], { axes: [x.shape.length - 2] })
/** adj(A) B = det(A) A⁻¹ B, from the factors, without dividing by the last pivot: so it has a value where A is singular. */
const cofactors = ({ lu: packed, pivots, order }: Factors, y: Node): { readonly det: Node; readonly x: Node } => {
  const n = sizeOf(packed)[0]
  const [diagonal, axis, sign] = [diagonalOf(packed), packed.shape.length - 2, parity(pivots, packed)]
  const minor = b.mul([sign, multiplied(cut(diagonal, axis, 0, n - 1))])
  const det = b.mul([minor, reshapeTo(cut(diagonal, axis, n - 1, 1), minor.shape)])
  const row = b.iota([], { shape: [n, n], axis: 0, dtype: 'i32' })
  const last = stretch(b.and([b.eq([row, constant(n - 1, row)]), b.eq([b.iota([], { shape: [n, n], axis: 1, dtype: 'i32' }), constant(n - 1, row)])]), packed.shape)
  const none = b.eq([minor, constant(0, minor)])
  const upper = b.where([over(none, packed), identityLike(packed), b.where([last, constant(1, packed), packed])])
  const below = lowerSolve(packed, b.gather([y, order], { batch: order.shape.length - 1 }))
  const [top, bottom] = [cut(below, y.shape.length - 2, 0, n - 1), cut(below, y.shape.length - 2, n - 1, 1)]
  const right = b.concat([b.mul([top, over(det, top)]), b.mul([bottom, over(minor, bottom)])], { axis: y.shape.length - 2 })
  const x = upperSolve(upper, right)
  return { det, x: b.where([over(none, x), constant(0, x), x]) }
}
const detOf = customJvp<[Node], Node>(
  (a) => {
    const f = factors(a)
    return b.mul([parity(f.pivots, a), multiplied(diagonalOf(f.lu))])
  },
  ([a], [da]) => {
    const { det: value, x } = cofactors(factors(a), da)
    return [value, trace(x)]
  },
)
/**
 * The determinant. Its derivative, Σ of cofactors times dx, exists where x is singular too.
 * @shape [..., n, n] → [...]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch for matrices that are not square.
 * @example deepClose(await read(linalg.det(tensor([[1, 2], [3, 4]]))), -2)
 */
export const det: SquareToNumber<'det'> = ((x: unknown) => {
  const node = squares('det', x)
  return sizeOf(node)[0] === 0 ? constant(1, { shape: leadOf(node), dtype: node.dtype }) : detOf(node)
}) as never
const logOf = (f: Factors): readonly [sign: Node, log: Node] => {
  const diagonal = diagonalOf(f.lu)
  const sizes = b.sum([b.log([b.abs([diagonal])])], { axes: [diagonal.shape.length - 1] })
  return [b.mul([parity(f.pivots, f.lu), multiplied(b.sign([diagonal]))]), sizes]
}
type Pair = readonly [Node, Node]
const slogdetOf = customJvp<[Node], Pair>(
  (a) => logOf(factors(a)),
  ([a], [da]) => {
    const f = factors(a)
    const [sign, log] = logOf(f)
    return [[sign, log], [constant(0, sign), trace(solved(f, da))]]
  },
)
/**
 * The sign of the determinant and the logarithm of its size: 0 and -Infinity where x is singular. det = sign · exp(logabsdet).
 * @shape [..., n, n] → [...], [...]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch for matrices that are not square.
 * @example deepClose(await read(linalg.slogdet(tensor([[0, 2], [3, 0]]))), [-1, Math.log(6)])
 */
export const slogdet: SlogdetOf = ((x: unknown) => {
  const node = squares('slogdet', x)
  const zero = { shape: leadOf(node), dtype: node.dtype }
  return sizeOf(node)[0] === 0 ? [constant(1, zero), constant(0, zero)] : slogdetOf(node)
}) as never
