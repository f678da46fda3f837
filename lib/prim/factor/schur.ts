/**
 * The reference's eigenvalues of general matrices, in complex double precision throughout: to Hessenberg form by rotations,
 * shifted QR steps to an upper triangle T with A = Z T Zᴴ, then the triangle's eigenvectors by substitution. Slow and
 * obvious; the addon does the same on real numbers' own terms only where it must.
 */
export interface Complex { readonly re: number; readonly im: number }
const c = (re: number, im = 0): Complex => ({ re, im })
export const plus = (x: Complex, y: Complex): Complex => c(x.re + y.re, x.im + y.im)
export const minus = (x: Complex, y: Complex): Complex => c(x.re - y.re, x.im - y.im)
export const times = (x: Complex, y: Complex): Complex => c(x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re)
export const conj = (x: Complex): Complex => c(x.re, -x.im)
export const size = (x: Complex): number => Math.hypot(x.re, x.im)
export const over = (x: Complex, y: Complex): Complex => {
  const s = size(y)
  const u = c(y.re / s, -y.im / s)
  const t = times(x, u)
  return c(t.re / s, t.im / s)
}
const root = (x: Complex): Complex => {
  const r = size(x)
  const re = Math.sqrt((r + Math.abs(x.re)) / 2)
  if (re === 0) return c(0)
  const im = x.im / (2 * re)
  return x.re >= 0 ? c(re, im) : c(Math.abs(im), x.im < 0 ? -re : re)
}
export type Matrix = Complex[][]
interface Turn { readonly a: Complex; readonly b: Complex }
/** The rotation that takes (a, b) to (r, 0). */
const toward = (a: Complex, b: Complex): Turn => {
  const r = Math.hypot(size(a), size(b))
  return r === 0 ? { a: c(1), b: c(0) } : { a: c(a.re / r, a.im / r), b: c(b.re / r, b.im / r) }
}
const at = (m: Matrix, i: number, j: number): Complex => (m[i] as Complex[])[j] as Complex
const rows = (m: Matrix, i: number, from: number, { a, b }: Turn): void => {
  const [p, q] = [m[i] as Complex[], m[i + 1] as Complex[]]
  for (let j = from; j < p.length; j++) {
    const [x, y] = [p[j] as Complex, q[j] as Complex]
    p[j] = plus(times(conj(a), x), times(conj(b), y))
    q[j] = minus(times(a, y), times(b, x))
  }
}
const columns = (m: Matrix, j: number, to: number, { a, b }: Turn): void => {
  for (const row of m.slice(0, to)) {
    const [x, y] = [row[j] as Complex, row[j + 1] as Complex]
    row[j] = plus(times(a, x), times(b, y))
    row[j + 1] = minus(times(conj(a), y), times(conj(b), x))
  }
}
const hessenberg = (h: Matrix, z: Matrix): void => {
  const n = h.length
  for (let k = 0; k < n - 2; k++)
    for (let i = n - 2; i > k; i--) {
      const t = toward(at(h, i, k), at(h, i + 1, k))
      rows(h, i, k, t)
      columns(h, i, n, t)
      columns(z, i, n, t)
    }
}
/** The eigenvalue of the last 2 x 2 block that is nearer to its corner; now and then another number, to leave a cycle. */
const shiftOf = (h: Matrix, hi: number, step: number): Complex => {
  const [p, q, r, s] = [at(h, hi - 1, hi - 1), at(h, hi - 1, hi), at(h, hi, hi - 1), at(h, hi, hi)]
  if (step % 10 === 9) return c(size(r) + size(s), size(p))
  const half = over(minus(p, s), c(2))
  const d = root(plus(times(half, half), times(q, r)))
  const mid = plus(half, s)
  const [u, v] = [plus(mid, d), minus(mid, d)]
  return size(minus(u, s)) < size(minus(v, s)) ? u : v
}
const stepOn = (h: Matrix, z: Matrix, lo: number, hi: number, shift: Complex): void => {
  const moved = (by: Complex): void => {
    for (let i = lo; i <= hi; i++) (h[i] as Complex[])[i] = plus(at(h, i, i), by)
  }
  moved(minus(c(0), shift))
  const turns: Turn[] = []
  for (let k = lo; k < hi; k++) {
    const t = toward(at(h, k, k), at(h, k + 1, k))
    rows(h, k, k, t)
    turns.push(t)
  }
  turns.forEach((t, i) => {
    columns(h, lo + i, Math.min(lo + i + 2, hi) + 1, t)
    columns(z, lo + i, z.length, t)
  })
  moved(shift)
}
const STEPS = 100
/** A = Z T Zᴴ with T upper triangular; null when it does not settle. */
export const schur = (a: Float64Array, n: number): { readonly t: Matrix; readonly z: Matrix } | null => {
  const t: Matrix = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => c(a[i * n + j] as number)))
  const z: Matrix = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => c(Number(i === j))))
  hessenberg(t, z)
  for (let hi = n - 1, step = 0; hi > 0;) {
    let lo = hi
    while (lo > 0 && size(at(t, lo, lo - 1)) > 2 ** -53 * (size(at(t, lo, lo)) + size(at(t, lo - 1, lo - 1)))) lo--
    if (lo > 0) (t[lo] as Complex[])[lo - 1] = c(0)
    if (lo === hi) {
      hi--
      step = 0
    } else if (step === STEPS) return null
    else stepOn(t, z, lo, hi, shiftOf(t, hi, step++))
  }
  return { t, z }
}
/** The unit eigenvector of the j-th eigenvalue. */
export const vectorOf = ({ t, z }: { readonly t: Matrix; readonly z: Matrix }, j: number): Complex[] => {
  const n = t.length
  const small = 2 ** -52 * Math.max(1e-300, ...t.map((row) => Math.max(...row.map(size))))
  const x: Complex[] = Array.from({ length: n }, (_, i) => c(Number(i === j)))
  for (let i = j - 1; i >= 0; i--) {
    let s = c(0)
    for (let k = i + 1; k <= j; k++) s = plus(s, times(at(t, i, k), x[k] as Complex))
    const gap = minus(at(t, j, j), at(t, i, i))
    x[i] = over(s, size(gap) < small ? c(small) : gap)
  }
  const v = z.map((row) => row.reduce((s, e, k) => plus(s, times(e, x[k] as Complex)), c(0)))
  const length = Math.hypot(...v.map(size))
  return v.map((e) => c(e.re / length, e.im / length))
}
