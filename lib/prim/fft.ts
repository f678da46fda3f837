/**
 * The discrete Fourier transform. Complex numbers are pairs of reals along a last axis; the axis before it is transformed:
 *   y[.., k] = scale Σⱼ x[.., j] e^(∓2πi jk/n)           the upper sign forward, the lower one inverse
 * It is linear, and as a map of reals its transpose is the transform with the other sign.
 */
import type { Aval, Host, Node } from '../ir/node.js'
import { numel, typeName } from '../ir/node.js'
import type { AnyArray } from '../type/dtype.js'
import { arrayOf } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { linearJvp } from './family.js'
import { wideFloats } from './primitive.js'
import type { Operand, Primitive } from './primitive.js'

export type Fourier = { readonly inverse: boolean; readonly scale: number }

const smallestFactor = (n: number): number => {
  for (let p = 2; p * p <= n; p++) if (n % p === 0) return p
  return n
}
/** e^(-2πi k/n), as cos and sin of an angle within [0, 2π). */
const root = (k: number, n: number): readonly [number, number] => {
  const angle = (-2 * Math.PI * (k % n)) / n
  return [Math.cos(angle), Math.sin(angle)]
}
/** The forward transform of n pairs that are `stride` pairs apart: by the smallest prime of n, p transforms of n / p pairs. */
const transformed = (x: Float64Array, from: number, stride: number, n: number): Float64Array => {
  const y = new Float64Array(2 * n)
  const p = smallestFactor(n)
  const m = n / p
  const parts = Array.from({ length: p }, (_, j) => (n === 1 ? x.subarray(2 * from, 2 * from + 2) : transformed(x, from + j * stride, stride * p, m)))
  for (let k = 0; k < n; k++)
    parts.forEach((part, j) => {
      const [c, s] = root(j * k, n)
      const [re, im] = [part[2 * (k % m)] as number, part[2 * (k % m) + 1] as number]
      y[2 * k] = (y[2 * k] as number) + c * re - s * im
      y[2 * k + 1] = (y[2 * k + 1] as number) + c * im + s * re
    })
  return y
}
/** The other sign is the transform with real and imaginary parts exchanged, before and after. */
const line = (x: Float64Array, { inverse, scale }: Fourier): Float64Array => {
  const other = (i: number): number => (inverse ? i ^ 1 : i)
  const y = transformed(x.map((_, i) => x[other(i)] as number), 0, 1, x.length / 2)
  return y.map((_, i) => (y[other(i)] as number) * scale)
}
export const fftP: Primitive<'fft', Fourier> = {
  name: 'fft',
  aval: ([x]) => {
    const a = x as Aval
    if (!wideFloats.includes(a.dtype as 'f32')) throw new Fault('DTypeMismatch', `fft takes ${wideFloats.join(', ')}, not ${typeName(a)}; cast it first`)
    if (a.shape.length < 2 || a.shape.at(-1) !== 2) throw new Fault('ShapeMismatch', `fft: [${a.shape}] has no last axis of real and imaginary parts`)
    return { shape: a.shape, dtype: a.dtype }
  },
  jvp: linearJvp((b, x, p) => b.fft([x], p)),
  transpose: (b, s) => [s.cts[0] == null ? null : b.fft([s.cts[0]], { inverse: !s.params.inverse, scale: s.params.scale })],
  batch: (b, s) => b.fft(s.args as readonly Node[], s.params),
  eval: ([x], p, outs) => {
    const out = outs[0] as Aval
    const [data, n] = [(x as Host).data as Float64Array, out.shape.at(-2) as number]
    const y: AnyArray = arrayOf(out.dtype, numel(out.shape))
    for (let i = 0; i < y.length; i += 2 * n) y.set(line(Float64Array.from(data.subarray(i, i + 2 * n)), p) as never, i)
    return y
  },
  lower: {
    kind: 'instruction',
    make: ([x], p, out) => [{ kind: 'dft', inverse: p.inverse, scale: p.scale, dims: out.shape.slice(0, -1), x: (x as Operand).view, out: out.view }],
  },
  domain: {
    dtypes: wideFloats, range: [-3, 3], kinks: [],
    sample: (draw) => [
      { shapes: [[8, 2]], params: { inverse: false, scale: 1 } }, { shapes: [[3, 6, 2]], params: { inverse: true, scale: 0.25 } },
      { shapes: [[2, 5, 2]], params: { inverse: true, scale: 1 } }, { shapes: [[17, 2]], params: { inverse: false, scale: 0.5 } },
      { shapes: [[2, 0, 3, 2]], params: { inverse: false, scale: 1 } }, { shapes: [[2, 1, 2]], params: { inverse: false, scale: 2 } },
      { shapes: [[2, 2, 12, 2]], params: { inverse: false, scale: 1 } }, { shapes: [[66, 2]], params: { inverse: false, scale: 1 } },
    ][draw(8)] as { shapes: number[][]; params: Fourier },
  },
}
