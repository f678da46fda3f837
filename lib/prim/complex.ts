/**
 * Complex numbers are pairs of reals. `complex`, `real` and `imag` are the only primitives about them; what any other op
 * does to them stands in the `complex` field of its record. Backends know real numbers only: the planner opens every complex
 * op before it lowers anything, and the reference evaluates it by its parts. In memory the parts are neighbours, so `real`
 * and `imag` are views of every second number.
 *
 * Derivatives are JAX's: the tangent of a complex value is complex, f'(z) dz for analytic f. Transposition belongs to the
 * real pairing ⟨x, y⟩ = Re Σ x y, without a conjugate: so every transpose rule is the one for reals, and grad of a real
 * function of a + bi is ∂f/∂a - i ∂f/∂b.
 */
import type { Aval, Host, Node, Params } from '../ir/node.js'
import { sameShape, typeName } from '../ir/node.js'
import type { AnyArray } from '../type/dtype.js'
import { arrayOf, complexOf, isComplex, realOf } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { b, make, primitiveOf, zeros } from './build.js'
import { elementwiseSample, linearJvp } from './family.js'
import { complexes, wideFloats } from './primitive.js'
import type { None, Operand, Primitive } from './primitive.js'
import type { View } from '../ir/program.js'

/** The real and the imaginary part of a node; a real one has zeros for the latter. */
export interface Parts { readonly re: Node; readonly im: Node }
export const parts = (x: Node): Parts =>
  x.op === 'complex' ? { re: x.args[0] as Node, im: x.args[1] as Node }
  : isComplex(x.dtype) ? { re: b.real([x]), im: b.imag([x]) } : { re: x, im: zeros(x) }

/** The op on one part of its complex operands; real ones (an index, a condition) stay. */
const part = (op: string, args: readonly Node[], p: Params, which: keyof Parts): Node =>
  make(op, args.map((x) => (isComplex(x.dtype) ? parts(x)[which] : x)), p)
const product = (op: string, args: readonly Node[], p: Params): Node => {
  const [x, y] = args.map(parts) as [Parts, Parts]
  const of = (u: Node, v: Node): Node => make(op, [u, v], p)
  return b.complex([b.sub([of(x.re, y.re), of(x.im, y.im)]), b.add([of(x.re, y.im), of(x.im, y.re)])])
}
/** What an op gives for complex operands, by the rule in its record: real ops between `real`, `imag` and `complex`. */
export const onParts = (op: string, args: readonly Node[], p: Params): Node => {
  const rule = primitiveOf(op).complex
  if (rule === undefined) throw new Fault('BackendFailure', `${op} has no rule for complex numbers`)
  if (rule === 'product') return product(op, args, p)
  return rule === 'each' ? b.complex([part(op, args, p, 're'), part(op, args, p, 'im')]) : rule(b, args, p as never)
}
/** Is this node a complex op that has to be opened? */
export const opens = (x: Node): boolean =>
  (isComplex(x.dtype) || x.args.some((a) => isComplex(a.dtype))) && primitiveOf(x.op).complex !== undefined

const interleaved = ([re, im]: readonly Host[], out: Aval): AnyArray => {
  const data = arrayOf(out.dtype, (re as Host).data.length)
  for (let i = 0; i < data.length; i += 2) {
    data[i] = (re as Host).data[i / 2] as never
    data[i + 1] = (im as Host).data[i / 2] as never
  }
  return data
}
export const complexP: Primitive<'complex', None> = {
  name: 'complex',
  aval: ([re, im]) => {
    const [x, y] = [re as Aval, im as Aval]
    if (x.dtype !== y.dtype || !sameShape(x.shape, y.shape)) throw new Fault('DTypeMismatch', `complex: the parts are ${typeName(x)} and ${typeName(y)}; they must be of one type`)
    if (x.dtype !== 'f32' && x.dtype !== 'f64') throw new Fault('DTypeMismatch', `complex: parts are f32 or f64, not ${x.dtype}; cast them first`)
    return { shape: x.shape, dtype: complexOf(x.dtype) }
  },
  jvp: (_b, s) => {
    const [dx, dy] = s.tangents
    return dx == null && dy == null ? null : b.complex([dx ?? zeros(s.args[0] as Node), dy ?? zeros(s.args[1] as Node)])
  },
  /** Re((x + iy) c) = x Re c - y Im c */
  transpose: (_b, s) => {
    const ct = s.cts[0]
    if (ct == null) return [null, null]
    return [s.linear[0] === true ? b.real([ct]) : null, s.linear[1] === true ? b.neg([b.imag([ct])]) : null]
  },
  batch: 'pointwise',
  eval: (xs, _p, outs) => interleaved(xs, outs[0] as Aval),
  lower: { kind: 'special' },
  domain: { dtypes: wideFloats, range: [-3, 3], kinks: [], sample: elementwiseSample(2) },
}

/** Real numbers as they lie in complex memory: every second one, from the first or from the next. */
const plane = (x: Operand, at: 0 | 1): View => planeOf(x.view, at)
export const planeOf = (v: View, at: 0 | 1): View => ({
  ...v, dtype: realOf(v.dtype), offset: 2 * v.offset + at, strides: v.strides.map((s) => 2 * s),
  ...(v.steps === undefined ? {} : { steps: v.steps.map(([level, step]) => [level, 2 * step] as const) }),
})
const half = <N extends 'real' | 'imag'>(name: N, at: 0 | 1, back: (ct: Node) => Node): Primitive<N, None> => ({
  name,
  aval: ([z]) => {
    const x = z as Aval
    if (!isComplex(x.dtype)) throw new Fault('DTypeMismatch', `${name} takes c64, c128, not ${typeName(x)}`)
    return { shape: x.shape, dtype: realOf(x.dtype) }
  },
  jvp: linearJvp((_b, x) => make(name, [x], {})),
  transpose: (_b, s) => [s.cts[0] == null ? null : back(s.cts[0])],
  batch: 'pointwise',
  eval: ([x], _p, outs) => arrayOf((outs[0] as Aval).dtype, (x as Host).data.length / 2).map((_, i) => (x as Host).data[2 * i + at] as never) as AnyArray,
  lower: { kind: 'view', view: (x) => plane(x, at) },
  domain: { dtypes: complexes, range: [-3, 3], kinks: [], sample: elementwiseSample(1) },
})
/** Re(z c) for real c: the cotangent is c. */
export const realP: Primitive<'real', None> = half('real', 0, (ct) => b.complex([ct, zeros(ct)]))
/** Im z = Re(-i z), so the cotangent is -ic. */
export const imagP: Primitive<'imag', None> = half('imag', 1, (ct) => b.complex([zeros(ct), b.neg([ct])]))
