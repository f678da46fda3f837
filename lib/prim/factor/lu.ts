/**
 * P A = L U with partial pivoting: the largest element of a column is its pivot, the first of equals. L (unit, below) and U
 * are packed into one matrix; `pivots` are the swaps in their order, `permutation` is what they make: row i of L U is row
 * permutation[i] of A. A zero pivot is left where it is: solving then divides by it.
 *   X = L⁻¹ P dA U⁻¹:  dL = L tril(X, -1),  dU = triu(X) U      (L, U completed to squares by the identity)
 */
import type { Node } from '../../ir/node.js'
import { castTo, constant, outputs, stretch } from '../build.js'
import type { Build } from '../build.js'
import type { None, Primitive } from '../primitive.js'
import { corner, eachMatrix, factor, matrix, onDiagonal, part, places, product, regular, sizesOf, turned } from './matrix.js'

const swapped = (x: Float64Array, n: number, i: number, j: number): void => {
  if (i === j) return
  const row = x.slice(i * n, (i + 1) * n)
  x.copyWithin(i * n, j * n, (j + 1) * n)
  x.set(row, j * n)
}
const largest = (x: Float64Array, m: number, n: number, j: number): number => {
  let best = j
  for (let i = j + 1; i < m; i++) if (Math.abs(x[i * n + j] as number) > Math.abs(x[best * n + j] as number)) best = i
  return best
}
const factored = (x: Float64Array, pivots: Float64Array, order: Float64Array, m: number, n: number): void => {
  order.forEach((_, i) => (order[i] = i))
  for (let j = 0; j < Math.min(m, n); j++) {
    const at = largest(x, m, n, j)
    pivots[j] = at
    swapped(x, n, j, at)
    swapped(order, 1, j, at)
    const pivot = x[j * n + j] as number
    for (let i = j + 1; i < m && pivot !== 0; i++) {
      const f = ((x[i * n + j] as number) / pivot)
      x[i * n + j] = f
      for (let k = j + 1; k < n; k++) x[i * n + k] = (x[i * n + k] as number) - f * (x[j * n + k] as number)
    }
  }
}
/** A part of the packed factors as square matrices of this size; from row `from` on they have the identity's diagonal. */
const squared = (b: Build, x: Node, side: 'gt' | 'le', size: number, from: number): Node => {
  const high = x.shape.map((n, i) => (i < x.shape.length - 2 ? 0 : size - n))
  const wide = b.pad([part(b, side, x), constant(0, { shape: [], dtype: x.dtype })], { low: high.map(() => 0), high, interior: high.map(() => 0) })
  if (from === size) return wide
  const [row, column] = places(b, wide.shape)
  const one = b.and([b.eq([row, column]), b.ge([row, constant(from, row)])])
  return b.add([wide, stretch(castTo(one, x.dtype), wide.shape)])
}
const pushed = (b: Build, packed: Node, order: Node, da: Node): Node => {
  const [m, n] = packed.shape.slice(-2) as [number, number]
  const k = Math.min(m, n)
  const [l, u] = [squared(b, corner(b, packed, m, k), 'gt', m, 0), squared(b, corner(b, packed, k, n), 'le', n, k)]
  const rows = b.gather([da, order], { batch: packed.shape.length - 2 })
  const left = b.triangularSolve([l, rows], { lower: true, transposed: false, unit: true })
  const x = turned(b, b.triangularSolve([u, turned(b, left)], { lower: false, transposed: true, unit: false }))
  return b.add([product(b, l, part(b, 'gt', x)), product(b, part(b, 'le', x), u)])
}

export const luP: Primitive<'lu', None> = {
  name: 'lu',
  aval: ([x]) => {
    const [lead, m, n, dtype] = matrix('lu', x)
    return [{ shape: [...lead, m, n], dtype }, { shape: [...lead, Math.min(m, n)], dtype: 'i32' }, { shape: [...lead, m], dtype: 'i32' }]
  },
  jvp: (b, s) => {
    const [packed, pivots, order] = outputs(s.out) as readonly [Node, Node, Node]
    return { primals: [packed, pivots, order], tangents: [s.tangents[0] == null ? null : pushed(b, packed, order, s.tangents[0]), null, null] }
  },
  transpose: 'none',
  batch: (b, s) => ({ nodes: outputs(b.lu(s.args)), batched: [true, true, true] }),
  eval: (args, _p, outs) => {
    const [m, n] = args[0]?.shape.slice(-2) as [number, number]
    return eachMatrix(args, outs, { ins: [2], outs: [2, 1, 1] }, ([a], [x, pivots, order]) => {
      ;(x as Float64Array).set(a as Float64Array)
      factored(x as Float64Array, pivots as Float64Array, order as Float64Array, m, n)
    })
  },
  lower: { kind: 'instruction', make: (args, _p, ...outs) => factor('lu', 0, args, outs, sizesOf(args[0])[0], sizesOf(args[0])[1], 0) },
  domain: regular([[[2, 3, 3]], [[1, 4, 4]], [[2, 4, 3]], [[1, 3, 5]], [[2, 0, 0]], [[1, 0, 2]], [[1, 2, 0]]], [{}], onDiagonal(10, 'rising', 1)),
}
