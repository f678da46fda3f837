/**
 * A = Q R by Householder reflections with LAPACK's signs: Q [m, k], R [k, n] with k = min(m, n), or with `full` Q [m, m],
 * R [m, n]. On the leading k columns A₁ = Q R₁:
 *   X = Qᵀ dA₁ R₁⁻¹, Ω = tril(X, -1) - tril(X, -1)ᵀ:   dQ = Q (Ω - X) + dA₁ R₁⁻¹,   dR = Qᵀ dA - Ω R
 * @source S. Walter, L. Lehmann, "Algorithmic differentiation of linear algebra functions", 2010, arXiv:1001.1654.
 */
import type { Node } from '../../ir/node.js'
import { Fault } from '../../type/fault.js'
import { outputs } from '../build.js'
import type { Build } from '../build.js'
import type { Primitive, Pushed } from '../primitive.js'
import { corner, eachMatrix, factor, matrix, onDiagonal, part, product, regular, sizesOf, turned } from './matrix.js'

export type Full = { readonly full: boolean }
type Numbers = Float64Array

/** I - tau v vᵀ from the left on columns `from`.. of x, v in rows `at`.. . */
const reflect = (x: Numbers, m: number, n: number, v: Numbers, tau: number, at: number, from: number): void => {
  for (let c = from; c < n && tau !== 0; c++) {
    let s = 0
    for (let i = at; i < m; i++) s += (v[i] as number) * (x[i * n + c] as number)
    for (let i = at; i < m; i++) x[i * n + c] = (x[i * n + c] as number) - tau * s * (v[i] as number)
  }
}
interface Reflection { readonly v: Numbers; readonly tau: number }
/** The reflection that leaves only its first element of column j from row j on. */
const reflection = (x: Numbers, m: number, n: number, j: number): Reflection & { readonly beta: number } => {
  const v = new Float64Array(m)
  let rest = 0
  for (let i = j + 1; i < m; i++) rest = Math.hypot(rest, x[i * n + j] as number)
  const alpha = x[j * n + j] as number
  v[j] = 1
  if (rest === 0) return { v, tau: 0, beta: alpha }
  const beta = Math.hypot(alpha, rest) * (alpha < 0 || Object.is(alpha, -0) ? 1 : -1)
  for (let i = j + 1; i < m; i++) v[i] = (x[i * n + j] as number) / (alpha - beta)
  return { v, tau: (beta - alpha) / beta, beta }
}
/** Leaves R in x; gives the reflections. */
const reduced = (x: Numbers, m: number, n: number): Reflection[] =>
  Array.from({ length: Math.min(m, n) }, (_, j) => {
    const { v, tau, beta } = reflection(x, m, n, j)
    reflect(x, m, n, v, tau, j, j + 1)
    x[j * n + j] = beta
    for (let i = j + 1; i < m; i++) x[i * n + j] = 0
    return { v, tau }
  })
const factored = (a: Numbers, q: Numbers, r: Numbers, m: number, n: number, k: number): void => {
  const list = reduced(a, m, n)
  r.set(a.subarray(0, k * n))
  for (let i = 0; i < k; i++) q[i * k + i] = 1
  list.reverse().forEach(({ v, tau }, i) => reflect(q, m, k, v, tau, list.length - 1 - i, 0))
}
const pushed = (b: Build, q: Node, r: Node, da: Node): readonly [Node, Node] => {
  const [m, k] = q.shape.slice(-2) as [number, number]
  const solved = turned(b, b.triangularSolve([corner(b, r, k, k), turned(b, corner(b, da, m, k))], { lower: false, transposed: true, unit: false }))
  const x = product(b, turned(b, q), solved)
  const low = part(b, 'gt', x)
  const spin = b.sub([low, turned(b, low)])
  const dq = b.add([product(b, q, b.sub([spin, x])), solved])
  return [dq, part(b, 'le', b.sub([product(b, turned(b, q), da), product(b, spin, r)]))]
}
const tangents = (b: Build, q: Node, r: Node, da: Node): Pushed => {
  if (q.shape.at(-1) !== Math.min(q.shape.at(-2) as number, r.shape.at(-1) as number)) throw new Fault('NotDifferentiable', `qr: the complete Q of [${da.shape}] has no derivative, for its last columns are not determined; use mode 'reduced'`)
  return { primals: [q, r], tangents: pushed(b, q, r, da) }
}
const inner = (m: number, n: number, full: boolean): number => (full ? m : Math.min(m, n))

export const qrP: Primitive<'qr', Full> = {
  name: 'qr',
  aval: ([x], p) => {
    const [lead, m, n, dtype] = matrix('qr', x)
    const k = inner(m, n, p.full)
    return [{ shape: [...lead, m, k], dtype }, { shape: [...lead, k, n], dtype }]
  },
  jvp: (b, s) => {
    const [q, r] = outputs(s.out) as readonly [Node, Node]
    return s.tangents[0] == null ? { primals: [q, r], tangents: [null, null] } : tangents(b, q, r, s.tangents[0])
  },
  transpose: 'none',
  batch: (b, s) => ({ nodes: outputs(b.qr(s.args, s.params)), batched: [true, true] }),
  eval: (args, p, outs) => {
    const [m, n] = args[0]?.shape.slice(-2) as [number, number]
    return eachMatrix(args, outs, { ins: [2], outs: [2, 2] }, ([a], [q, r]) => factored(a as Numbers, q as Numbers, r as Numbers, m, n, inner(m, n, p.full)))
  },
  lower: { kind: 'instruction', make: (args, p, ...outs) => factor('qr', Number(p.full), args, outs, sizesOf(args[0])[0], sizesOf(args[0])[1], 0) },
  domain: regular([[[2, 3, 3]], [[1, 5, 3]], [[2, 3, 4]], [[2, 1, 1]], [[2, 0, 0]], [[1, 0, 2]], [[1, 2, 0]]], [{ full: false }], onDiagonal(10, 'flat')),
}
