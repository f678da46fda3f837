/** Eigenvalues of general matrices, which are complex. Law: A V = V w. */
import type { Node } from '../../ir/node.js'
import { b, outputs } from '../../prim/index.js'
import type { ComplexOf, Device, DType, FloatOf, Must, Shape, Short, Square, Tensor } from '../../type/index.js'
import { squares } from './operand.js'

/** D of a float, whatever it was. */
type Pairs<D> = ComplexOf<FloatOf<D>>
interface EigOf {
  <S extends Shape, D extends DType, V extends Device>(
    x: Must<Square<'eig', S>, Tensor<S, D, V>>,
  ): readonly [values: Tensor<Short<S>, Pairs<D>, V>, vectors: Tensor<S, Pairs<D>, V>]
}
interface EigvalsOf {
  <S extends Shape, D extends DType, V extends Device>(x: Must<Square<'eigvals', S>, Tensor<S, D, V>>): Tensor<Short<S>, Pairs<D>, V>
}
const parts = (op: string, x: unknown): readonly [Node, Node, Node, Node] => outputs(b.eig([squares(op, x)])) as never
/**
 * Eigenvalues and eigenvectors (columns) of square matrices: both complex, the values ascending by their real, then by their
 * imaginary part, the vectors of length 1 and with a first element that is real and positive (the first of at least 0.4 of the
 * largest). Where eigenvalues are equal, the derivative of their vectors among themselves is taken to be zero.
 * @shape [..., n, n] → [..., n], [..., n, n]
 * @dtype float → complex of the same precision; integers in f32
 * @throws ShapeMismatch for matrices that are not square, DTypeMismatch for complex ones.
 * @example deepClose(await read(real(linalg.eig(tensor([[2, 1], [0, 3]]))[1])), [[1, Math.SQRT1_2], [0, Math.SQRT1_2]])
 */
export const eig: EigOf = ((x: unknown) => {
  const [wr, wi, vr, vi] = parts('eig', x)
  return [b.complex([wr, wi]), b.complex([vr, vi])]
}) as never
/**
 * The eigenvalues of square matrices, complex, ascending by their real, then by their imaginary part.
 * @shape [..., n, n] → [..., n]
 * @dtype float → complex of the same precision; integers in f32
 * @throws ShapeMismatch for matrices that are not square, DTypeMismatch for complex ones.
 * @example deepClose(await read(imag(linalg.eigvals(tensor([[0, -1], [1, 0]])))), [-1, 1])
 */
export const eigvals: EigvalsOf = ((x: unknown) => {
  const [wr, wi] = parts('eigvals', x)
  return b.complex([wr, wi])
}) as never
