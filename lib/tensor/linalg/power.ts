/** Functions of square matrices: whole powers, the exponential, the principal square root. */
import type { Node } from '../../ir/node.js'
import { b, constant, reshapeTo, stretch } from '../../prim/index.js'
import { scan } from '../../transform/index.js'
import type { MatrixPowerOf, SquareToSquare } from '../../type/index.js'
import { fail, square } from '../../type/index.js'
import { fit } from '../fit.js'
import { asNode } from '../operand.js'
import { identityLike, leadOf, over, product, sizeOf, squares } from './operand.js'
import { inverse, inverted } from './lu.js'

/** By squaring: as many products as n has digits and ones in base two. */
const raised = (x: Node, n: number): Node => {
  let [result, square]: [Node | null, Node] = [null, x]
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === null ? square : product(result, square)
    if (rest > 1) square = product(square, square)
  }
  return result ?? identityLike(x)
}
/**
 * The n-th power of square matrices; a negative one is a power of the inverse, the 0-th the identity.
 * @shape [..., n, n] → [..., n, n]
 * @dtype any number → same; negative powers of integers are refused
 * @throws ShapeMismatch for matrices that are not square, InvalidArgument when n is not whole.
 * @example deepClose(await read(linalg.matrixPower(tensor([[1, 1], [0, 1]]), 5)), [[1, 5], [0, 1]])
 */
export const matrixPower: MatrixPowerOf = ((x: unknown, n: number) => {
  if (!Number.isInteger(n)) return fail('InvalidArgument', `matrixPower: n must be a whole number, got ${n}`)
  if (n < 0) {
    const { dtype } = asNode('matrixPower', x)
    if (dtype !== 'f32' && dtype !== 'f64') return fail('DTypeMismatch', `matrixPower: a negative power of ${dtype}; cast it to a float`)
    return raised(inverted('matrixPower', squares('matrixPower', x)), -n)
  }
  const node = asNode('matrixPower', x)
  fit('matrixPower', square('matrixPower', node.shape), 'the last two axes must be equal')
  return raised(node, n)
}) as never

/** The coefficients of the diagonal Padé approximant to exp of degree q, and the largest 1-norm for which it is exact enough.
 *  @source N. Higham, "The scaling and squaring method for the matrix exponential revisited", 2005, tables 2.3 and 2.4. */
const pade = {
  f32: { q: 7, reach: 3.925724783138660 },
  f64: { q: 13, reach: 5.371920351148152 },
} as const
/** c[k] = (2q - k)! q! / ((2q)! (q - k)! k!), as whole numbers from the largest power down. */
const coefficients = (q: number): number[] => {
  const c = [1]
  for (let k = 1; k <= q; k++) c.push(((c[k - 1] as number) * (q - k + 1)) / (k * (2 * q - k + 1)))
  return c
}
/** exp x for small x: (V - U)⁻¹ (V + U) with U odd and V even in x. */
const approximated = (x: Node, q: number): Node => {
  const c = coefficients(q)
  const times = (y: Node, by: number): Node => b.mul([y, constant(by, y)])
  const square = product(x, x)
  let [odd, even] = [times(identityLike(x), c[1] as number), times(identityLike(x), c[0] as number)]
  let power = identityLike(x)
  for (let k = 2; k <= q; k++) {
    if (k % 2 === 0) {
      power = k === 2 ? square : product(power, square)
      even = b.add([even, times(power, c[k] as number)])
    } else odd = b.add([odd, times(power, c[k] as number)])
  }
  const u = product(x, odd)
  return product(inverse(b.sub([even, u])), b.add([even, u]))
}
const SQUARINGS = 16
type Loop = (f: (y: Node, i: Node) => readonly [Node, Node], init: Node, xs: Node) => readonly [Node, Node]
const looped = scan as unknown as Loop
const counting = (n: number): Node => b.iota([], { shape: [n], axis: 0, dtype: 'f32' })
/**
 * The matrix exponential, by a Padé approximant of x / 2ˢ and s squarings. NaN where more than 16 squarings would be needed.
 * @shape [..., n, n] → [..., n, n]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch for matrices that are not square.
 * @example deepClose(await read(linalg.expm(tensor([[0, 1], [0, 0]]))), [[1, 1], [0, 1]])
 */
export const expm: SquareToSquare<'expm'> = ((x: unknown) => {
  const node = squares('expm', x)
  if (sizeOf(node)[0] === 0) return node
  const { q, reach } = pade[node.dtype as 'f32' | 'f64']
  const columns = b.sum([b.abs([node])], { axes: [node.shape.length - 2] })
  const size = b.stop([b.reduceMax([columns], { axes: [columns.shape.length - 1] })])
  const wanted = b.ceil([b.log2([b.div([size, constant(reach, size)])])])
  const count = b.max([wanted, constant(0, wanted)])
  const few = b.min([count, constant(SQUARINGS, count)])
  const small = b.mul([node, over(b.exp2([b.neg([few])]), node)])
  const again = (y: Node, i: Node): readonly [Node, Node] => {
    const more = b.gt([few, stretch(b.cast([i], { dtype: node.dtype }), few.shape)])
    return [b.where([over(more, y), product(y, y), y]), i]
  }
  const result = looped(again, approximated(small, q), counting(SQUARINGS))[0]
  return b.where([over(b.gt([count, few]), result), constant(NaN, result), result])
}) as never

const STEPS = 24
/** |det|^(-1/n) of M, without a derivative: it brings the eigenvalues near 1. */
const balance = (m: Node): Node => {
  const [packed] = [b.get([b.lu([b.stop([m])])], { index: 0 })]
  const [row, column] = [0, 1].map((axis) => b.iota([], { shape: packed.shape.slice(-2), axis, dtype: 'i32' })) as [Node, Node]
  const logs = b.where([stretch(b.eq([row, column]), packed.shape), b.log([b.abs([packed])]), constant(0, packed)])
  const total = b.sum([logs], { axes: [packed.shape.length - 2, packed.shape.length - 1] })
  return b.exp([b.mul([total, constant(-1 / (2 * Math.max(1, sizeOf(m)[0])), total)])])
}
const largest = (x: Node): Node => b.reduceMax([b.abs([x])], { axes: [x.shape.length - 2, x.shape.length - 1] })
/**
 * The principal square root, by Denman and Beavers' iteration in product form with scaling. NaN where there is none among real
 * matrices (an eigenvalue is negative), or where x is singular.
 * @shape [..., n, n] → [..., n, n]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch for matrices that are not square.
 * @source S. Cheng, N. Higham, C. Kenney, A. Laub, "Approximating the logarithm of a matrix to specified accuracy", 2001.
 * @example deepClose(await read(linalg.sqrtm(tensor([[4, 1], [0, 9]]))), [[2, 0.2], [0, 3]])
 */
export const sqrtm: SquareToSquare<'sqrtm'> = ((x: unknown) => {
  const node = squares('sqrtm', x)
  if (sizeOf(node)[0] === 0) return node
  const [one, lead] = [identityLike(node), leadOf(node)]
  const both = (m: Node, y: Node): Node => b.concat([m, y].map((z) => reshapeTo(z, [1, ...z.shape])), { axis: 0 })
  const part = (z: Node, i: number): Node => reshapeTo(b.slice([z], { start: [i, ...lead.map(() => 0), 0, 0], limit: [i + 1, ...z.shape.slice(1)], step: z.shape.map(() => 1) }), z.shape.slice(1))
  const half = (z: Node): Node => b.mul([z, constant(0.5, z)])
  const step = (pair: Node, i: Node): readonly [Node, Node] => {
    const [m, y] = [part(pair, 0), part(pair, 1)]
    const mu = balance(m)
    const [up, back] = [b.mul([m, over(b.mul([mu, mu]), m)]), b.div([inverse(m), over(b.mul([mu, mu]), m)])]
    return [both(half(b.add([one, half(b.add([up, back]))])), b.mul([half(over(mu, y)), product(y, b.add([one, back]))])), i]
  }
  const root = part(looped(step, both(node, node), counting(STEPS))[0], 1)
  const off = b.stop([largest(b.sub([product(root, root), node]))])
  const enough = b.mul([b.stop([largest(node)]), constant(node.dtype === 'f32' ? 1e-3 : 1e-8, off)])
  return b.where([over(b.le([off, enough]), root), root, constant(NaN, root)])
}) as never
