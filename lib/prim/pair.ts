/**
 * Complex numbers seen as what they are in memory, pairs of reals along a new last axis, and pairs seen as complex numbers.
 * Both are views: nothing is moved. As a map of reals each undoes the other; by the real pairing of complex.ts, which has no
 * conjugate, their transposes conjugate.
 */
import type { Aval, Host, Node } from '../ir/node.js'
import { typeName } from '../ir/node.js'
import { complexOf, isComplex, realOf } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import { b } from './build.js'
import { planeOf } from './complex.js'
import { elementwiseSample, linearJvp } from './family.js'
import { complexes, wideFloats } from './primitive.js'
import type { None, Primitive } from './primitive.js'
import type { View } from '../ir/program.js'

const conjugate = (z: Node): Node => b.complex([b.real([z]), b.neg([b.imag([z])])])
/** Complex memory as pairs. */
export const pairsOf = (v: View): View => {
  const first = planeOf(v, 0)
  return { ...first, strides: [...first.strides, 1] }
}
const even = (n: number): boolean => n % 2 === 0
/** Pairs as complex memory, if each lies together and begins at an even place. */
const complexView = (v: View): View | null => {
  const strides = v.strides.slice(0, -1)
  if (v.strides.at(-1) !== 1 || ![v.offset, ...strides, ...(v.steps ?? []).map(([, step]) => step)].every(even)) return null
  return {
    ...v, dtype: complexOf(v.dtype), offset: v.offset / 2, strides: strides.map((s) => s / 2),
    ...(v.steps === undefined ? {} : { steps: v.steps.map(([level, step]) => [level, step / 2] as const) }),
  }
}
export const asRealsP: Primitive<'asReals', None> = {
  name: 'asReals',
  complex: (b, [z]) => {
    const both = [b.real([z as Node]), b.imag([z as Node])].map((x) => b.reshape([x], { shape: [...x.shape, 1] }))
    return b.concat(both, { axis: (z as Node).shape.length })
  },
  aval: ([z]) => {
    const x = z as Aval
    if (!isComplex(x.dtype)) throw new Fault('DTypeMismatch', `asReals takes c64, c128, not ${typeName(x)}`)
    return { shape: [...x.shape, 2], dtype: realOf(x.dtype) }
  },
  jvp: linearJvp((_b, x) => b.asReals([x])),
  transpose: (_b, s) => [s.cts[0] == null ? null : conjugate(b.asComplex([s.cts[0]]))],
  batch: 'pointwise',
  eval: ([x]) => (x as Host).data,
  lower: { kind: 'view', view: (x) => pairsOf(x.view) },
  domain: { dtypes: complexes, range: [-3, 3], kinks: [], sample: elementwiseSample(1) },
}
export const asComplexP: Primitive<'asComplex', None> = {
  name: 'asComplex',
  complex: (b, [x]) => {
    const [pairs, last] = [x as Node, (x as Node).shape.length - 1]
    const half = (at: 0 | 1): Node => b.reshape([b.slice([pairs], { start: pairs.shape.map((_, i) => (i === last ? at : 0)), limit: pairs.shape.map((n, i) => (i === last ? at + 1 : n)), step: pairs.shape.map(() => 1) })], { shape: pairs.shape.slice(0, -1) })
    return b.complex([half(0), half(1)])
  },
  aval: ([x]) => {
    const a = x as Aval
    if (!wideFloats.includes(a.dtype as 'f32')) throw new Fault('DTypeMismatch', `asComplex takes ${wideFloats.join(', ')}, not ${typeName(a)}; cast it first`)
    if (a.shape.at(-1) !== 2) throw new Fault('ShapeMismatch', `asComplex: [${a.shape}] has no last axis of real and imaginary parts`)
    return { shape: a.shape.slice(0, -1), dtype: complexOf(a.dtype) }
  },
  jvp: linearJvp((_b, x) => b.asComplex([x])),
  transpose: (_b, s) => [s.cts[0] == null ? null : b.asReals([conjugate(s.cts[0])])],
  batch: 'pointwise',
  eval: ([x]) => (x as Host).data,
  lower: { kind: 'view', view: (x) => complexView(x.view) },
  domain: {
    dtypes: wideFloats, range: [-3, 3], kinks: [],
    sample: (draw) => ({ shapes: [[[2], [3, 2], [2, 2, 2], [0, 2]][draw(4)] as number[]], params: {} }),
  },
}
