/** Orthogonal factors: QR, symmetric eigenvalues, singular values, and what is made of them. Laws: Q R = A, V w Vᵀ = A, U s Vᵀ = A. */
import type { Node } from '../../ir/node.js'
import { b, castTo, constant, cut, outputs, reshapeTo, stretch } from '../../prim/index.js'
import type { Device, DType, EighOf, EigvalshOf, FloatOf, LeftFactor, MatricesOf, MatrixToNumber, MatrixToVector, Must, QrMode, QrOf, RightFactor, Shape, SvdOf, Tensor, TurnedOf } from '../../type/index.js'
import { fail, floatOf, show } from '../../type/index.js'
import { asDType, commonDType, weakLike } from '../operand.js'
import { leadOf, matrices, product, scaled, sizeOf, squares, symmetric, turned } from './operand.js'

/**
 * x = Q R: Q with orthonormal columns, R upper triangular, with LAPACK's signs. `reduced` gives min(m, n) columns, `complete` all
 * m of them (without a derivative when m > n), `r` gives R alone.
 * @shape [..., m, n] → [..., m, k], [..., k, n] with k = min(m, n)
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch below rank 2.
 * @example deepClose(await read(linalg.qr(tensor([[3, 1], [4, 2]]))[1]), [[-5, -2.2], [0, 0.4]])
 */
export const qr: QrOf = ((x: unknown, s: { readonly mode?: QrMode } = {}) => {
  const node = matrices('qr', x)
  const mode = s.mode ?? 'reduced'
  if (!['reduced', 'complete', 'r'].includes(mode)) return fail('InvalidArgument', `qr: mode is '${mode}', not 'reduced', 'complete' or 'r'`)
  const factors = outputs(b.qr([node], { full: mode === 'complete' && sizeOf(node)[0] > sizeOf(node)[1] }))
  return mode === 'r' ? factors[1] : factors
}) as never

interface Symmetrize { readonly symmetrize?: boolean }
const spectrum = (op: string, x: unknown, s: Symmetrize): readonly Node[] => {
  const node = squares(op, x)
  return outputs(b.eigh([s.symmetrize === false ? node : symmetric(node)]))
}
/**
 * Eigenvalues, ascending, and eigenvectors (columns) of symmetric matrices. x is made symmetric first; with `symmetrize` false
 * only its lower triangle is read. The first element of a vector that is at least 0.4 of its largest is positive. Where
 * eigenvalues are equal, the derivative of their vectors within the eigenspace is taken to be zero.
 * @shape [..., n, n] → [..., n], [..., n, n]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch for matrices that are not square.
 * @example deepClose(await read(linalg.eigh(tensor([[2, 1], [1, 2]]))[0]), [1, 3])
 */
export const eigh: EighOf = ((x: unknown, s: Symmetrize = {}) => spectrum('eigh', x, s)) as never
/**
 * The eigenvalues of symmetric matrices, ascending.
 * @shape [..., n, n] → [..., n]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch for matrices that are not square.
 * @example deepClose(await read(linalg.eigvalsh(tensor([[2, 1], [1, 2]]))), [1, 3])
 */
export const eigvalsh: EigvalshOf = ((x: unknown, s: Symmetrize = {}) => spectrum('eigvalsh', x, s)[0]) as never

const decomposed = (x: Node, full = false): readonly [u: Node, s: Node, vt: Node] => outputs(b.svd([x], { full: full && sizeOf(x)[0] !== sizeOf(x)[1] })) as never
/**
 * x = U diag(s) Vᵀ with s descending: U and Vᵀ square, or with `fullMatrices` false of min(m, n) columns and rows (only these have
 * a derivative when x is not square). The first element of a column of U that is at least 0.4 of its largest is positive.
 * @shape [..., m, n] → [..., m, p], [..., k], [..., q, n] with k = min(m, n)
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch below rank 2.
 * @example deepClose(await read(linalg.svd(tensor([[0, 3], [2, 0]]))[1]), [3, 2])
 */
export const svd: SvdOf = ((x: unknown, s: { readonly fullMatrices?: boolean } = {}) => decomposed(matrices('svd', x), s.fullMatrices ?? true)) as never
export const values = (x: Node): Node => decomposed(x)[1]
/**
 * The singular values, descending.
 * @shape [..., m, n] → [..., min(m, n)]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch below rank 2.
 * @example deepClose(await read(linalg.svdvals(tensor([[0, 3], [2, 0]]))), [3, 2])
 */
export const svdvals: MatrixToVector<'svdvals'> = ((x: unknown) => values(matrices('svdvals', x))) as never

const epsilon = (x: Node): number => (x.dtype === 'f32' ? 2 ** -23 : 2 ** -52)
/** Which singular values count: those above `cutoff` times the largest. */
const counted = (op: string, s: Node, cutoff: number): Node => {
  const top = b.reduceMax([s], { axes: [s.shape.length - 1] })
  return b.gt([s, b.mul([stretch(reshapeTo(top, [...top.shape, 1]), s.shape), weakLike(op, cutoff, s)])])
}
/** 1/s where it counts, else 0. */
const inverted = (s: Node, counts: Node): Node => {
  const one = constant(1, s)
  return b.where([counts, b.div([one, b.where([counts, s, one])]), constant(0, s)])
}
interface Cutoff { readonly rtol?: number }
const cutoffOf = (x: Node, s: Cutoff, times = 1): number => s.rtol ?? times * Math.max(...sizeOf(x)) * epsilon(x)
const empty = (x: Node): boolean => sizeOf(x).includes(0)
/**
 * The Moore-Penrose inverse: singular values below `rtol` times the largest, 10 max(m, n) ε unless given, count as zero.
 * @shape [..., m, n] → [..., n, m]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch below rank 2.
 * @example deepClose(await read(linalg.pinv(tensor([[1, 0], [0, 0]]))), [[1, 0], [0, 0]])
 */
export const pinv: TurnedOf<'pinv', Cutoff> = ((x: unknown, settings: Cutoff = {}) => {
  const node = matrices('pinv', x)
  if (empty(node)) return turned(node)
  const [u, s, vt] = decomposed(node)
  return product(scaled(turned(vt), inverted(s, counted('pinv', s, cutoffOf(node, settings, 10))), -1), turned(u))
}) as never
/**
 * How many singular values are above `rtol` times the largest; max(m, n) ε unless given.
 * @shape [..., m, n] → [...]
 * @dtype float → i32
 * @throws ShapeMismatch below rank 2.
 * @example deepClose(await read(linalg.matrixRank(tensor([[1, 2], [2, 4]]))), 1)
 */
export const matrixRank: MatrixToNumber<'matrixRank', Cutoff, 'i32'> = ((x: unknown, settings: Cutoff = {}) => {
  const node = matrices('matrixRank', x)
  if (empty(node)) return constant(0, { shape: leadOf(node), dtype: 'i32' })
  const s = values(node)
  return b.sum([castTo(counted('matrixRank', s, cutoffOf(node, settings)), 'i32')], { axes: [s.shape.length - 1] })
}) as never

type Solved<D extends DType, V> = readonly [x: Tensor<Shape, FloatOf<D>, V>, residuals: Tensor<Shape, FloatOf<D>, V>, rank: Tensor<Shape, 'i32', V>, s: Tensor<Shape, FloatOf<D>, V>]
interface Lstsq {
  <A extends Shape, D extends DType, V extends Device>(a: Must<MatricesOf<'lstsq', A>, Tensor<A, D, V>>, b: Tensor<Shape, D, V>, settings?: Cutoff): Solved<D, V>
}
/**
 * The X of least size that makes |A X - B| least, by singular values (those below `rtol` times the largest, max(m, n) ε unless
 * given, count as zero); also the squared residuals of each column, the rank and the singular values of A.
 * @shape [..., m, n], [..., m, k] → [..., n, k], [..., k], [...], [..., min(m, n)]; a vector [m] → [..., n], [..., 1], …
 * @dtype promoted; integers in f32
 * @throws ShapeMismatch when the rows differ.
 * @example deepClose(await read(linalg.lstsq(tensor([[1, 0], [1, 1], [1, 2]]), tensor([1, 3, 5]))[0]), [1, 2])
 */
export const lstsq: Lstsq = ((left: unknown, right: unknown, settings: Cutoff = {}) => {
  const [p, q] = asDType('lstsq', [left, right], floatOf(commonDType('lstsq', [left, right]))) as [Node, Node]
  const a = matrices('lstsq', p)
  const y = q.shape.length === 1 ? reshapeTo(q, [...q.shape, 1]) : q
  if (q.shape.length === 0 || y.shape.at(-2) !== sizeOf(a)[0] || (q.shape.length > 1 && leadOf(y).join() !== leadOf(a).join())) return fail('ShapeMismatch', `lstsq ${show(a.shape)} x ${show(q.shape)}: rows and batch axes must agree`)
  const sides = stretch(y, [...leadOf(a), ...y.shape.slice(-2)])
  const [u, s, vt] = decomposed(a)
  const counts = counted('lstsq', empty(a) ? constant(0, s) : s, cutoffOf(a, settings))
  const x = product(turned(vt), scaled(product(turned(u), sides), inverted(s, counts), -2))
  const off = b.sub([sides, product(a, x)])
  const residuals = b.sum([b.mul([off, off])], { axes: [off.shape.length - 2] })
  const rank = b.sum([castTo(counts, 'i32')], { axes: [s.shape.length - 1] })
  return [q.shape.length === 1 ? reshapeTo(x, x.shape.slice(0, -1)) : x, residuals, rank, s]
}) as never

interface Polar {
  <S extends Shape, D extends DType, V extends Device>(
    x: Must<MatricesOf<'polar', S>, Tensor<S, D, V>>, settings?: { readonly side?: 'right' | 'left' },
  ): readonly [u: Tensor<S, FloatOf<D>, V>, p: Tensor<RightFactor<S, true> | LeftFactor<S, true>, FloatOf<D>, V>]
}
/**
 * The polar factors x = U P, U with orthonormal columns (or rows) and P positive semidefinite; x = P U when `side` is left.
 * @shape [..., m, n] → [..., m, n], [..., n, n] ([..., m, m] on the left)
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch below rank 2.
 * @example deepClose(await read(linalg.polar(tensor([[0, -2], [3, 0]]))), [[[0, -1], [1, 0]], [[3, 0], [0, 2]]])
 */
export const polar: Polar = ((x: unknown, { side = 'right' }: { readonly side?: 'right' | 'left' } = {}) => {
  const [u, s, vt] = decomposed(matrices('polar', x))
  const p = side === 'right' ? product(scaled(turned(vt), s, -1), vt) : product(scaled(u, s, -1), turned(u))
  return [product(u, vt), p]
}) as never
/** The largest and the smallest singular value. */
export const extremes = (x: Node): readonly [Node, Node] => {
  const s = values(x)
  const at = (i: number): Node => reshapeTo(cut(s, s.shape.length - 1, i, 1), s.shape.slice(0, -1))
  return [at(0), at((s.shape.at(-1) as number) - 1)]
}
