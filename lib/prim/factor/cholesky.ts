/**
 * A = L Lᵀ of symmetric positive definite matrices: of (A + Aᵀ) / 2, or (symmetrize false) of the matrix that has A's lower
 * triangle, all that is read then. A matrix that is not positive definite has a lower triangle of NaN, as in JAX.
 *   dL = L Φ(L⁻¹ dA L⁻ᵀ), Φ: the lower triangle with half the diagonal
 * @source I. Murray, "Differentiation of the Cholesky decomposition", 2016, arXiv:1602.07527.
 */
import type { Host, Node } from '../../ir/node.js'
import type { Primitive } from '../primitive.js'
import type { Build } from '../build.js'
import { constant } from '../build.js'
import { eachMatrix, factor, matrix, mirrored, onDiagonal, part, product, regular, sizesOf, symmetric, turned } from './matrix.js'

export type Cholesky = { readonly symmetrize: boolean }

const factored = ([a]: Float64Array[], [l]: Float64Array[], n: number): boolean => {
  const [x, y] = [a as Float64Array, l as Float64Array]
  for (let j = 0; j < n; j++)
    for (let i = j; i < n; i++) {
      let s = x[i * n + j] as number
      for (let k = 0; k < j; k++) s -= (y[i * n + k] as number) * (y[j * n + k] as number)
      if (i === j && !(s > 0)) return false
      y[i * n + j] = i === j ? Math.sqrt(s) : s / (y[j * n + j] as number)
    }
  return true
}
/** NaN below, 0 above, as for matrices that have a factor. */
const lowered = (out: Host): Host => {
  const n = out.shape.at(-1) as number
  for (let i = 0; i < out.data.length; i++) if (i % n > Math.floor(i / n) % n) out.data[i] = 0
  return out
}
/** What is factored, rounded as it is there: 0 where nothing is read. */
const judged = (x: Host, n: number, symmetrize: boolean): Host => {
  const data = x.data.slice() as Float64Array
  for (let at = 0; at < data.length; at++) {
    const [i, j] = [Math.floor(at / n) % n, at % n]
    data[at] = symmetrize ? (x.data[at] as number) + (x.data[at + (j - i) * (n - 1)] as number) : j > i ? 0 : (x.data[at] as number)
    if (symmetrize) (data[at] as number) /= 2
  }
  return { ...x, data }
}
const halved = (b: Build, x: Node): Node => b.sub([part(b, 'ge', x), b.mul([part(b, 'eq', x), constant(0.5, x)])])

export const choleskyP: Primitive<'cholesky', Cholesky> = {
  name: 'cholesky',
  aval: ([x]) => {
    const [lead, n, , dtype] = matrix('cholesky', x, true)
    return { shape: [...lead, n, n], dtype }
  },
  jvp: (b, s) => {
    if (s.tangents[0] == null) return null
    const solve = (y: Node): Node => b.triangularSolve([s.out, y], { lower: true, transposed: false, unit: false })
    return product(b, s.out, halved(b, solve(turned(b, solve((s.params.symmetrize ? symmetric : mirrored)(b, s.tangents[0]))))))
  },
  transpose: 'none',
  batch: (b, s) => b.cholesky(s.args, s.params),
  eval: ([x], p, outs) => {
    const n = (x as Host).shape.at(-1) as number
    return eachMatrix([judged(x as Host, n, p.symmetrize)], outs, { ins: [2], outs: [2] }, (ins, ls) => factored(ins, ls, n)).map(lowered)
  },
  lower: { kind: 'instruction', make: (args, p, ...outs) => factor('cholesky', p.symmetrize ? 1 : 0, args, outs, sizesOf(args[0])[0], sizesOf(args[0])[1], 0) },
  domain: regular([[[2, 3, 3]], [[1, 4, 4]], [[2, 1, 1]], [[2, 0, 0]]], [{ symmetrize: true }, { symmetrize: false }], onDiagonal(10, 'flat')),
}
