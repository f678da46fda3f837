/**
 * A X = B with A triangular, by substitution: only that triangle of A is read (and with `unit` its diagonal is taken to be
 * one). Linear in B; d(A⁻¹B) = A⁻¹ (dB - dA X).
 */
import { sameShape, typeName } from '../../ir/node.js'
import type { Node } from '../../ir/node.js'
import { Fault } from '../../type/fault.js'
import { addAll } from '../build.js'
import type { Build } from '../build.js'
import type { Primitive } from '../primitive.js'
import { eachMatrix, factor, matrix, onDiagonal, part, product, regular, sizesOf, turned, widened } from './matrix.js'

export type Triangular = { readonly lower: boolean; readonly transposed: boolean; readonly unit: boolean }

/** Forwards or backwards through the rows, whichever way meets known unknowns only. */
const substituted = (a: Float64Array, y: Float64Array, p: Triangular, n: number, k: number): void => {
  const at = (i: number, j: number): number => a[p.transposed ? j * n + i : i * n + j] as number
  const forward = p.lower !== p.transposed
  for (let step = 0; step < n; step++) {
    const i = forward ? step : n - 1 - step
    for (let c = 0; c < k; c++) {
      let s = y[i * k + c] as number
      for (let done = 0; done < step; done++) {
        const j = forward ? done : n - 1 - done
        s -= at(i, j) * (y[j * k + c] as number)
      }
      y[i * k + c] = p.unit ? s : s / at(i, i)
    }
  }
}
const triangle = (b: Build, x: Node, p: Triangular): Node => part(b, p.lower ? (p.unit ? 'gt' : 'ge') : p.unit ? 'lt' : 'le', x)

export const triangularSolveP: Primitive<'triangularSolve', Triangular> = {
  name: 'triangularSolve',
  aval: ([a, y]) => {
    const [lead, n, , dtype] = matrix('triangularSolve', a, true)
    const [also, rows, k, other] = matrix('triangularSolve', y)
    if (dtype !== other) throw new Fault('DTypeMismatch', `triangularSolve: ${typeName(a as never)} and ${typeName(y as never)}; cast one of them`)
    if (!sameShape(lead, also) || rows !== n) throw new Fault('ShapeMismatch', `triangularSolve: [${a?.shape}] and [${y?.shape}]: batch axes and rows must agree`)
    return { shape: [...lead, n, k], dtype }
  },
  jvp: (b, s) => {
    const [da, dy] = s.tangents
    const flipped = da == null ? null : triangle(b, da, s.params)
    const moved = flipped === null ? null : b.neg([product(b, s.params.transposed ? turned(b, flipped) : flipped, s.out)])
    const total = addAll([dy ?? null, moved])
    return total === null ? null : b.triangularSolve([s.args[0] as Node, total], s.params)
  },
  transpose: (b, s) => [null, s.cts[0] == null ? null : b.triangularSolve([s.args[0] as Node, s.cts[0]], { ...s.params, transposed: !s.params.transposed })],
  batch: (b, s) => b.triangularSolve(widened(s), s.params),
  /** Substitution has a meaning for infinities too: no operand is judged in advance. */
  eval: (args, p, outs) => {
    const [n, k] = args[1]?.shape.slice(-2) as [number, number]
    return eachMatrix(args, outs, { ins: [2, 2], outs: [2], unjudged: true }, ([a, y], [x]) => {
      ;(x as Float64Array).set(y as Float64Array)
      substituted(a as Float64Array, x as Float64Array, p, n, k)
    })
  },
  lower: {
    kind: 'instruction',
    make: (args, p, ...outs) => factor('triangular', Number(p.lower) + 2 * Number(p.transposed) + 4 * Number(p.unit), args, outs, sizesOf(args[0])[0], sizesOf(args[0])[1], sizesOf(args[1])[1]),
  },
  domain: regular(
    [[[2, 3, 3], [2, 3, 2]], [[1, 4, 4], [1, 4, 1]], [[2, 0, 0], [2, 0, 2]], [[1, 3, 3], [1, 3, 0]]],
    [0, 1, 2, 3, 4, 5, 6, 7].map((i) => ({ lower: (i & 1) > 0, transposed: (i & 2) > 0, unit: (i & 4) > 0 })), onDiagonal(3, 'flat'),
  ),
}
