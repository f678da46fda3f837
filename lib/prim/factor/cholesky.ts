/**
 * A = L Lᵀ of symmetric positive definite matrices; only the lower triangle of A is read. A matrix that is not positive
 * definite has a lower triangle of NaN, as in JAX.
 *   dL = L Φ(L⁻¹ dA L⁻ᵀ), Φ: the lower triangle with half the diagonal
 * @source I. Murray, "Differentiation of the Cholesky decomposition", 2016, arXiv:1602.07527.
 */
import type { Host, Node } from '../../ir/node.js'
import type { None, Primitive } from '../primitive.js'
import type { Build } from '../build.js'
import { constant } from '../build.js'
import { eachMatrix, factor, matrix, mirrored, onDiagonal, part, product, regular, sizesOf, turned } from './matrix.js'

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
const halved = (b: Build, x: Node): Node => b.sub([part(b, 'ge', x), b.mul([part(b, 'eq', x), constant(0.5, x)])])

export const choleskyP: Primitive<'cholesky', None> = {
  name: 'cholesky',
  aval: ([x]) => {
    const [lead, n, , dtype] = matrix('cholesky', x, true)
    return { shape: [...lead, n, n], dtype }
  },
  jvp: (b, s) => {
    if (s.tangents[0] == null) return null
    const solve = (y: Node): Node => b.triangularSolve([s.out, y], { lower: true, transposed: false, unit: false })
    return product(b, s.out, halved(b, solve(turned(b, solve(mirrored(b, s.tangents[0]))))))
  },
  transpose: 'none',
  batch: (b, s) => b.cholesky(s.args),
  eval: (args, _p, outs) => eachMatrix(args, outs, { ins: [2], outs: [2] }, (ins, ls) => factored(ins, ls, args[0]?.shape.at(-1) as number)).map(lowered),
  lower: { kind: 'instruction', make: (args, _p, ...outs) => factor('cholesky', 0, args, outs, sizesOf(args[0])[0], sizesOf(args[0])[1], 0) },
  domain: regular([[[2, 3, 3]], [[1, 4, 4]], [[2, 1, 1]], [[2, 0, 0]]], [{}], onDiagonal(10, 'flat')),
}
