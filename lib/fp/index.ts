/**
 * The fp-ts door. Programs of this library are ReaderTaskEithers as they are; here are the instances that hold exactly:
 * Show of tensors, Eq of shapes, Functor of trees (map over leaves), Semigroup of trees under leafwise addition for the
 * integer dtypes (floats are only approximately associative, so they get none).
 */
import type { eq, semigroup, show } from 'fp-ts'
import { Node } from '../ir/node.js'
import { b } from '../prim/index.js'
import { isFloat } from '../type/dtype.js'
import type { IntDType } from '../type/dtype.js'
import type { Device } from '../type/device.js'
import { fail } from '../type/fault.js'
import type { Shape } from '../type/shape.js'
import type { AnyTensor, Tensor } from '../type/tensor.js'
import { mapTree } from '../type/tree.js'

/** Shows the type, and the numbers when they are known. */
export const tensorShow: show.Show<AnyTensor> = { show: (x) => String(x) }
/** Two shapes are equal when all their dims are. */
export const shapeEq: eq.Eq<Shape> = { equals: (a, c) => a.length === c.length && a.every((d, i) => d === c[i]) }
/** f at every leaf: map(id) = id, map(g ∘ f) = map(g) ∘ map(f). */
export const map = <T>(f: (x: AnyTensor) => AnyTensor) => (tree: T): T => mapTree(f as (x: unknown) => unknown, tree) as T
/** Leafwise addition of integer tensors: associative because integers wrap. */
export const integerSemigroup = <S extends Shape, D extends IntDType, V extends Device>(): semigroup.Semigroup<Tensor<S, D, V>> => ({
  concat: (x, y) => added(x, y) as Tensor<S, D, V>,
})
const added = (x: unknown, y: unknown): unknown =>
  x instanceof Node && y instanceof Node && !isFloat(x.dtype) ? b.add([x, y]) : fail('DTypeMismatch', 'integerSemigroup: floats are not associative under addition')
