/**
 * A = V diag(w) Vᵀ of symmetric matrices, w ascending; only the lower triangle of A is read. The sign of an eigenvector is
 * fixed: its first element that is at least 0.4 of its largest is positive.
 *   M = Vᵀ dA V:  dw = diag M,  dV = V (F ∘ M),  F[i, j] = 1 / (w[j] - w[i]), and 0 where they are equal
 * Within an eigenspace of more dimensions no direction is preferred, so its basis is taken not to turn.
 * @source M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation", 2008.
 */
import type { Node } from '../../ir/node.js'
import { outputs } from '../build.js'
import type { None, Primitive } from '../primitive.js'
import { along, diagonal, eachMatrix, factor, matrix, mirrored, onDiagonal, product, reciprocal, regular, signOf, sizesOf, turned } from './matrix.js'

type Numbers = Float64Array
const SWEEPS = 60

/** One Jacobi rotation: makes a[p, q] zero, turns v along. */
const rotate = (a: Numbers, v: Numbers, n: number, p: number, q: number): void => {
  const apq = a[p * n + q] as number
  if (apq === 0) return
  const theta = ((a[q * n + q] as number) - (a[p * n + p] as number)) / (2 * apq)
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1))
  const c = 1 / Math.hypot(t, 1)
  const s = t * c
  const turn = (x: Numbers, i: number, j: number): void => {
    const [f, g] = [x[i] as number, x[j] as number]
    x[i] = c * f - s * g
    x[j] = s * f + c * g
  }
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q)
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k)
  for (let k = 0; k < n; k++) turn(v, k * n + p, k * n + q)
}
const off = (a: Numbers, n: number): number => {
  let s = 0
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) s = Math.hypot(s, a[i * n + j] as number)
  return s
}
const factored = (x: Numbers, w: Numbers, v: Numbers, n: number): void => {
  const a = x.map((_, k) => x[Math.max(Math.floor(k / n), k % n) * n + Math.min(Math.floor(k / n), k % n)] as number)
  const basis = a.map((_, k) => Number(Math.floor(k / n) === k % n))
  for (let sweep = 0; sweep < SWEEPS && off(a, n) > 0; sweep++) for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, basis, n, p, q)
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => (a[i * n + i] as number) - (a[j * n + j] as number) || i - j)
  order.forEach((from, to) => {
    w[to] = a[from * n + from] as number
    const column = Array.from({ length: n }, (_, i) => basis[i * n + from] as number)
    const sign = signOf(column)
    column.forEach((c, i) => (v[i * n + to] = sign * c))
  })
}
export const eighP: Primitive<'eigh', None> = {
  name: 'eigh',
  aval: ([x]) => {
    const [lead, n, , dtype] = matrix('eigh', x, true)
    return [{ shape: [...lead, n], dtype }, { shape: [...lead, n, n], dtype }]
  },
  jvp: (b, s) => {
    const [w, v] = outputs(s.out) as readonly [Node, Node]
    if (s.tangents[0] == null) return { primals: [w, v], tangents: [null, null] }
    const m = product(b, product(b, turned(b, v), mirrored(b, s.tangents[0])), v)
    const gaps = b.sub([along(b, w, v.shape, -1), along(b, w, v.shape, -2)])
    return { primals: [w, v], tangents: [diagonal(b, m), product(b, v, b.mul([reciprocal(b, gaps), m]))] }
  },
  transpose: 'none',
  batch: (b, s) => ({ nodes: outputs(b.eigh(s.args)), batched: [true, true] }),
  eval: (args, _p, outs) => {
    const n = args[0]?.shape.at(-1) as number
    return eachMatrix(args, outs, { ins: [2], outs: [1, 2] }, ([a], [w, v]) => factored(a as Numbers, w as Numbers, v as Numbers, n))
  },
  lower: { kind: 'instruction', make: (args, _p, ...outs) => factor('eigh', 0, args, outs, sizesOf(args[0])[0], sizesOf(args[0])[1], 0) },
  domain: regular([[[2, 3, 3]], [[1, 4, 4]], [[2, 1, 1]], [[2, 0, 0]]], [{}], onDiagonal(10, 'rising')),
}
