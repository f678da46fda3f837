/**
 * A = U diag(s) Vᵀ, s descending: U [m, k], s [k], Vᵀ [k, n] with k = min(m, n), or with `full` U [m, m] and Vᵀ [n, n]. The
 * signs are those of U's columns: the first element that is at least 0.4 of the largest is positive (for what only `full`
 * adds, each row of Vᵀ by itself). With dS = Uᵀ dA V and F[i, j] = 1 / (s[j]² - s[i]²), 0 where they are equal:
 *   ds = diag dS,  dU = U (F ∘ (dS s + s dSᵀ)) + (1 - U Uᵀ) dA V / s,  dV = V (F ∘ (s dS + dSᵀ s)) + (1 - V Vᵀ) dAᵀ U / s
 * @source J. Townsend, "Differentiating the singular value decomposition", 2016.
 */
import type { Node } from '../../ir/node.js'
import { Fault } from '../../type/fault.js'
import { outputs } from '../build.js'
import type { Build } from '../build.js'
import type { Primitive } from '../primitive.js'
import { along, diagonal, eachMatrix, factor, matrix, onDiagonal, product, reciprocal, regular, signOf, sizesOf, turned } from './matrix.js'
import type { Full } from './qr.js'

type Column = number[]
const SWEEPS = 60
const inner = (x: Column, y: Column): number => x.reduce((s, v, i) => s + v * (y[i] as number), 0)
const turn = (x: Column, y: Column, c: number, s: number): void =>
  x.forEach((f, i) => {
    const g = y[i] as number
    x[i] = c * f - s * g
    y[i] = s * f + c * g
  })
/** One-sided Jacobi: makes columns p and q orthogonal; says whether they were not. */
const orthogonal = (a: Column[], v: Column[], p: number, q: number): boolean => {
  const [x, y] = [a[p] as Column, a[q] as Column]
  const [alpha, beta, gamma] = [inner(x, x), inner(y, y), inner(x, y)]
  if (Math.abs(gamma) <= 2 ** -53 * Math.sqrt(alpha * beta)) return false
  const zeta = (beta - alpha) / (2 * gamma)
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(zeta, 1))
  const c = 1 / Math.hypot(t, 1)
  turn(x, y, c, c * t)
  turn(v[p] as Column, v[q] as Column, c, c * t)
  return true
}
/** `count` orthonormal columns of length m that begin with the given ones; null ones are chosen. */
const completed = (columns: readonly (Column | null)[], m: number, count: number): Column[] => {
  const have = columns.filter((c): c is Column => c !== null)
  const fresh = (): Column => {
    const left = (c: Column): Column => [...have, ...have].reduce((r, h) => {
      const s = inner(h, r)
      return r.map((v, i) => v - s * (h[i] as number))
    }, c)
    const tries = Array.from({ length: m }, (_, e) => left(Array.from({ length: m }, (_, i) => Number(i === e))))
    const best = tries.reduce((x, y) => (inner(y, y) > inner(x, x) + 1e-9 ? y : x))
    const unit = left(best.map((v) => v / Math.sqrt(inner(best, best))))
    const made = unit.map((v) => v / Math.sqrt(inner(unit, unit)))
    have.push(made)
    return made
  }
  return Array.from({ length: count }, (_, i) => columns[i] ?? fresh())
}
interface Factors { readonly u: Column[]; readonly s: number[]; readonly v: Column[] }
/** Of a matrix given by its columns, m >= n; a column that is 0 in all but rounding has no direction of its own. */
const tall = (a: Column[], m: number): Factors => {
  const v = a.map((_, i) => a.map((_, j) => Number(i === j)))
  for (let sweep = 0, busy = true; busy && sweep < SWEEPS; sweep++) {
    busy = false
    for (let p = 0; p < a.length; p++) for (let q = p + 1; q < a.length; q++) busy = orthogonal(a, v, p, q) || busy
  }
  const size = a.map((c) => Math.sqrt(inner(c, c)))
  const order = [...a.keys()].sort((i, j) => (size[j] as number) - (size[i] as number) || i - j)
  const tiny = Math.max(0, ...size) * 2 ** -52 * Math.max(m, 1)
  const units = order.map((i) => ((size[i] as number) > tiny ? (a[i] as Column).map((x) => x / (size[i] as number)) : null))
  return { u: completed(units, m, a.length), s: order.map((i) => size[i] as number), v: order.map((i) => v[i] as Column) }
}
const columnsOf = (x: Float64Array, m: number, n: number): Column[] => Array.from({ length: n }, (_, j) => Array.from({ length: m }, (_, i) => x[i * n + j] as number))
const rowsOf = (x: Float64Array, m: number, n: number): Column[] => Array.from({ length: m }, (_, i) => Array.from(x.subarray(i * n, (i + 1) * n)))
const factored = (x: Float64Array, m: number, n: number): Factors => {
  if (m >= n) return tall(columnsOf(x, m, n), m)
  const { u, s, v } = tall(rowsOf(x, m, n), n)
  return { u: v, s, v: u }
}
const written = ({ u, s, v }: Factors, full: boolean, m: number, n: number, [uo, so, vo]: readonly [Float64Array, Float64Array, Float64Array]): void => {
  const k = s.length
  const [us, vs] = full ? [completed(u, m, m), completed(v, n, n)] : [u, v]
  so.set(s)
  us.forEach((c, j) => c.forEach((e, i) => (uo[i * us.length + j] = e * signOf(c))))
  vs.forEach((c, j) => c.forEach((e, i) => (vo[j * n + i] = e * signOf(j < k ? (us[j] as Column) : c))))
}
/** U or V: y is dA V or dAᵀ U, `mixed` the symmetric middle. */
const vectors = (b: Build, u: Node, s: Node, mixed: Node, y: Node): Node => {
  const gaps = ((p: Node, q: Node): Node => b.mul([b.sub([p, q]), b.add([p, q])]))(along(b, s, mixed.shape, -1), along(b, s, mixed.shape, -2))
  const within = product(b, u, b.mul([reciprocal(b, gaps), b.add([mixed, turned(b, mixed)])]))
  if ((u.shape.at(-2) as number) <= (u.shape.at(-1) as number)) return within
  const outside = b.sub([y, product(b, u, product(b, turned(b, u), y))])
  return b.add([within, b.mul([outside, along(b, reciprocal(b, s), y.shape, -1)])])
}
const pushed = (b: Build, [u, s, vt]: readonly [Node, Node, Node], da: Node): readonly [Node, Node, Node] => {
  const [m, n] = da.shape.slice(-2) as [number, number]
  if (m !== n && (u.shape.at(-1) as number) * (vt.shape.at(-2) as number) !== Math.min(m, n) ** 2) throw new Fault('NotDifferentiable', `svd: the full factors of [${da.shape}] have no derivative, for their last vectors are not determined; set fullMatrices to false`)
  const v = turned(b, vt)
  const [av, au] = [product(b, da, v), product(b, turned(b, da), u)]
  const ds = product(b, turned(b, u), av)
  const du = vectors(b, u, s, b.mul([ds, along(b, s, ds.shape, -1)]), av)
  const dv = vectors(b, v, s, b.mul([ds, along(b, s, ds.shape, -2)]), au)
  return [du, diagonal(b, ds), turned(b, dv)]
}

export const svdP: Primitive<'svd', Full> = {
  name: 'svd',
  aval: ([x], p) => {
    const [lead, m, n, dtype] = matrix('svd', x)
    const k = Math.min(m, n)
    return [{ shape: [...lead, m, p.full ? m : k], dtype }, { shape: [...lead, k], dtype }, { shape: [...lead, p.full ? n : k, n], dtype }]
  },
  jvp: (b, s) => {
    const primals = outputs(s.out) as readonly [Node, Node, Node]
    return { primals, tangents: s.tangents[0] == null ? [null, null, null] : pushed(b, primals, s.tangents[0]) }
  },
  transpose: 'none',
  batch: (b, s) => ({ nodes: outputs(b.svd(s.args, s.params)), batched: [true, true, true] }),
  eval: (args, p, outs) => {
    const [m, n] = args[0]?.shape.slice(-2) as [number, number]
    return eachMatrix(args, outs, { ins: [2], outs: [2, 1, 2] }, ([a], ys) => written(factored(a as Float64Array, m, n), p.full, m, n, ys as never))
  },
  lower: { kind: 'instruction', make: (args, p, ...outs) => factor('svd', Number(p.full), args, outs, sizesOf(args[0])[0], sizesOf(args[0])[1], 0) },
  domain: regular([[[2, 3, 3]], [[1, 5, 3]], [[2, 2, 4]], [[2, 1, 1]], [[2, 0, 0]], [[1, 0, 2]], [[1, 2, 0]]], [{ full: false }], onDiagonal(10, 'falling')),
}
