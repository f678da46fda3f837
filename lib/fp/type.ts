/**
 * Shapes and dtypes: what holds of them exactly. Shapes are a free monoid (the shape of an outer product is the
 * concatenation of shapes). Dtypes are a join-semilattice under promotion, with bool below all; broadcasting is no instance,
 * because it is partial. Tensors that have not run have no values to compare: there is no Eq of tensors, but one of host
 * tensors, bit for bit. Closeness is no Eq, for it is not transitive: it is a predicate, `allClose`.
 */
import type { boundedJoinSemilattice, eq, monoid, show } from 'fp-ts'
import type { HostTensor } from '../data/index.js'
import { promote } from '../type/dtype.js'
import type { DType } from '../type/dtype.js'
import { sameShape } from '../type/shape.js'
import type { Shape } from '../type/shape.js'
import type { AnyTensor } from '../type/tensor.js'

/**
 * Shows the type, and the numbers when they are known.
 * @example tensorShow.show(ones([2])).startsWith('tensor f32[2]') // true
 */
export const tensorShow: show.Show<AnyTensor> = { show: (x) => String(x) }
/**
 * Two shapes are equal when all their dims are.
 * @example shapeEq.equals([2, 3], [2, 3]) // true
 */
export const shapeEq: eq.Eq<Shape> = { equals: sameShape }
/**
 * Shapes one after the other, as outer products have them.
 * @law concat is associative, the shape of a scalar is its identity
 * @example shapeMonoid.concat([2], [3, 4]) // [2, 3, 4]
 */
export const shapeMonoid: monoid.Monoid<Shape> = { concat: (a, c) => [...a, ...c], empty: [] }
/**
 * The same dtype.
 * @example dtypeEq.equals('f32', 'f64') // false
 */
export const dtypeEq: eq.Eq<DType> = { equals: (a, c) => a === c }
/**
 * Promotion: the least dtype that holds both. u64 stays outside: it has no common dtype with a signed integer.
 * @law associative, commutative, idempotent; bool is its identity
 * @example dtypeJoin.join('i32', 'u32') // 'i64'
 */
export const dtypeJoin: boundedJoinSemilattice.BoundedJoinSemilattice<Exclude<DType, 'u64'>> = { join: (a, c) => promote(a, c), zero: 'bool' }

const sameBytes = (a: ArrayBufferView, c: ArrayBufferView): boolean => {
  const [x, y] = [a, c].map((v) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength)) as [Uint8Array, Uint8Array]
  return x.length === y.length && x.every((byte, i) => byte === y[i])
}
/**
 * Values on the host: the same dtype, shape and bits, so a NaN is itself and -0 is not 0.
 * @example const x = hostTensor('f32', [2], Float32Array.of(1, NaN)); deepClose(hostEq.equals(x, x), true)
 */
export const hostEq: eq.Eq<HostTensor> = { equals: (x, y) => x.dtype === y.dtype && sameShape(x.shape, y.shape) && sameBytes(x.data, y.data) }
