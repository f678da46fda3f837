/**
 * A V = V diag(w) of general real matrices, as pairs of reals: w and V are complex. Eigenvalues ascend by their real, then by
 * their imaginary part; those of a pair are conjugates exactly, and so are their vectors. A vector has length 1, and its
 * first element that is at least 0.4 of its largest is real and positive.
 *   M = V⁻¹ dA V:  dw = diag M,  dV = V (F ∘ M) moved along V so that length and phase stay,  F[i, j] = 1 / (w[j] - w[i])
 */
import type { Node } from '../../ir/node.js'
import { constant, outputs, stretch, zeros } from '../build.js'
import type { Build } from '../build.js'
import type { None, Primitive } from '../primitive.js'
import { along, diagonal, eachMatrix, factor, matrix, onDiagonal, places, product, regular, SMALL, sizesOf } from './matrix.js'
import { conj, minus, over, schur, size, times, vectorOf } from './schur.js'
import type { Complex } from './schur.js'

type Numbers = Float64Array
interface Eigen { readonly w: Complex; readonly v: Complex[] }
/** The phase that makes the first element that is not small real and positive. */
const phased = (v: readonly Complex[], isReal: boolean): Complex[] => {
  const top = Math.max(...v.map(size))
  const first = v.find((e) => size(e) >= SMALL * top) as Complex
  const by = conj(over(first, { re: size(first), im: 0 }))
  const turnedBy = v.map((e) => (e === first ? { re: size(e), im: 0 } : times(e, by)))
  return isReal ? turnedBy.map((e) => ({ re: e.re, im: 0 })) : turnedBy
}
/** Real eigenvalues as such, and one of each conjugate pair with its twin made from it. */
const paired = (all: readonly Eigen[], tiny: number): Eigen[] => {
  const complex = all.filter((e) => Math.abs(e.w.im) > tiny)
  const real = all.filter((e) => Math.abs(e.w.im) <= tiny).map(({ w, v }) => ({ w: { re: w.re, im: 0 }, v: phased(v, true) }))
  const upper = complex.filter((e) => e.w.im > 0).slice(0, Math.floor((all.length - real.length) / 2))
  return [...real, ...upper.flatMap(({ w, v }) => ((p) => [{ w: conj(w), v: p.map(conj) }, { w, v: p }])(phased(v, false)))]
}
const factored = (a: Numbers, n: number, [wr, wi, vr, vi]: readonly Numbers[]): boolean => {
  const form = schur(a, n)
  if (form === null) return false
  const all = form.t.map((row, j) => ({ w: row[j] as Complex, v: vectorOf(form, j) }))
  const tiny = 2 ** -50 * n * Math.max(...a.map(Math.abs), 0)
  const list = paired(all, tiny).sort((x, y) => minus(x.w, y.w).re || x.w.im - y.w.im)
  if (list.length !== n) return false
  list.forEach(({ w, v }, j) => {
    ;(wr as Numbers)[j] = w.re
    ;(wi as Numbers)[j] = w.im
    v.forEach((e, i) => {
      ;(vr as Numbers)[i * n + j] = e.re
      ;(vi as Numbers)[i * n + j] = e.im
    })
  })
  return true
}
/** Both parts of V⁻¹ Y for complex V, Y: [Vr, -Vi; Vi, Vr] [Xr; Xi] = [Yr; Yi]. */
const solved = (b: Build, [vr, vi]: readonly [Node, Node], [yr, yi]: readonly [Node, Node]): readonly [Node, Node] => {
  const axis = vr.shape.length - 1
  const n = vr.shape[axis] as number
  const big = b.concat([b.concat([vr, b.neg([vi])], { axis }), b.concat([vi, vr], { axis })], { axis: axis - 1 })
  const [packed, , order] = outputs(b.lu([big])) as readonly [Node, Node, Node]
  const rows = b.gather([b.concat([yr, yi], { axis: axis - 1 }), order], { batch: axis - 1 })
  const low = b.triangularSolve([packed, rows], { lower: true, transposed: false, unit: true })
  const x = b.triangularSolve([packed, low], { lower: false, transposed: false, unit: false })
  const half = (i: 0 | 1): Node => b.slice([x], { start: x.shape.map((_, d) => (d === axis - 1 ? i * n : 0)), limit: x.shape.map((s, d) => (d === axis - 1 ? (i + 1) * n : s)), step: x.shape.map(() => 1) })
  return [half(0), half(1)]
}
const square = (b: Build, x: Node): Node => b.mul([x, x])
const columns = (b: Build, x: Node): Node => b.sum([x], { axes: [x.shape.length - 2] })
/** (F ∘ M) with F = 1 / (w[j] - w[i]): conj(gap) / |gap|² of both parts, 0 on the diagonal and between equals. */
const spread = (b: Build, [mr, mi]: readonly [Node, Node], [wr, wi]: readonly [Node, Node]): readonly [Node, Node] => {
  const gap = (w: Node): Node => b.sub([along(b, w, mr.shape, -1), along(b, w, mr.shape, -2)])
  const [gr, gi] = [gap(wr), gap(wi)]
  const norm = b.add([square(b, gr), square(b, gi)])
  const none = b.eq([norm, zeros(norm)])
  const by = (x: Node): Node => b.where([none, zeros(x), b.div([x, b.where([none, constant(1, x), norm])])])
  return [by(b.add([b.mul([mr, gr]), b.mul([mi, gi])])), by(b.sub([b.mul([mi, gr]), b.mul([mr, gi])]))]
}
/** d + (α + iβ) v for each column, with the length and the phase of v unmoved. */
const fixed = (b: Build, [vr, vi]: readonly [Node, Node], [dr, di]: readonly [Node, Node]): readonly [Node, Node] => {
  const over2 = (x: Node): Node => along(b, x, vr.shape, -1)
  const alpha = b.neg([columns(b, b.add([b.mul([vr, dr]), b.mul([vi, di])]))])
  const sizes = b.stop([b.add([square(b, vr), square(b, vi)])])
  const large = b.ge([sizes, b.mul([over2(b.reduceMax([sizes], { axes: [sizes.shape.length - 2] })), constant(SMALL * SMALL, sizes)])])
  const first = b.argmax([large], { axes: [sizes.shape.length - 2] })
  const here = b.eq([stretch(places(b, vr.shape)[0], vr.shape), over2(first)])
  const pick = (x: Node): Node => columns(b, b.where([here, x, zeros(x)]))
  const beta = b.neg([b.div([pick(di), pick(vr)])])
  const [p, q] = [over2(alpha), over2(beta)]
  return [b.add([dr, b.sub([b.mul([p, vr]), b.mul([q, vi])])]), b.add([di, b.add([b.mul([p, vi]), b.mul([q, vr])])])]
}
export const eigP: Primitive<'eig', None> = {
  name: 'eig',
  aval: ([x]) => {
    const [lead, n, , dtype] = matrix('eig', x, true)
    const [w, v] = [{ shape: [...lead, n], dtype }, { shape: [...lead, n, n], dtype }]
    return [w, w, v, v]
  },
  jvp: (b, s) => {
    const [wr, wi, vr, vi] = outputs(s.out) as readonly [Node, Node, Node, Node]
    const primals = [wr, wi, vr, vi]
    const da = s.tangents[0]
    if (da == null || vr.shape.at(-1) === 0) return { primals, tangents: [null, null, null, null] }
    const m = solved(b, [vr, vi], [product(b, da, vr), product(b, da, vi)])
    const [fr, fi] = spread(b, m, [wr, wi])
    const d = [b.sub([product(b, vr, fr), product(b, vi, fi)]), b.add([product(b, vr, fi), product(b, vi, fr)])] as const
    return { primals, tangents: [diagonal(b, m[0]), diagonal(b, m[1]), ...fixed(b, [vr, vi], d)] }
  },
  transpose: 'none',
  batch: (b, s) => ({ nodes: outputs(b.eig(s.args)), batched: [true, true, true, true] }),
  eval: (args, _p, outs) => {
    const n = args[0]?.shape.at(-1) as number
    return eachMatrix(args, outs, { ins: [2], outs: [1, 1, 2, 2] }, ([a], ys) => factored(a as Numbers, n, ys))
  },
  lower: { kind: 'instruction', make: (args, _p, ...outs) => factor('eig', 0, args, outs, sizesOf(args[0])[0], sizesOf(args[0])[1], 0) },
  domain: regular([[[2, 3, 3]], [[1, 4, 4]], [[2, 0, 0]]], [{}], onDiagonal(10, 'rising')),
}
