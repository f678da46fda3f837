/** Random matrices, and vectors whose entries depend on each other: the algorithms of jax.random, number for number. */
import { numel } from '../../ir/node.js'
import type { Node } from '../../ir/node.js'
import { b, castTo, outputs, reshapeTo, stretch } from '../../prim/index.js'
import type { Device, WideFloatDType, Key, Shape, Tensor } from '../../type/index.js'
import { fail, show } from '../../type/index.js'
import { count, sizes } from '../fit.js'
import { diagonalOf } from '../matrix.js'
import { scaled, squares, symmetric, turned } from '../linalg/operand.js'
import { asFloat } from '../operand.js'
import { standard } from './float.js'

/** n rows and M columns.  @shape (key, n, [...s]) → [...s, n, m] */
export interface Orthogonal {
  <V extends Device, N extends number, const S extends Shape = [], M extends number = N, D extends WideFloatDType = 'f32'>(
    key: Key<V>, n: N, shape?: readonly [...S], settings?: { readonly m?: M; readonly dtype?: D },
  ): Tensor<[...S, NoInfer<N>, NoInfer<M>], NoInfer<D>, V>
}
/**
 * A random rotation or reflection, all equally likely (Haar's measure): with `m` columns, of which the shorter side is orthonormal.
 * @shape (key, n, [...s]) → [...s, n, m]
 * @dtype f32, or the float given
 * @throws InvalidArgument when the key is none or a size is negative or not whole.
 * @source F. Mezzadri, "How to generate random matrices from the classical compact groups", Notices of the AMS 54 (2007);
 * jax.random.orthogonal, JAX 0.10.
 * @example deepClose(await item(abs(linalg.det(random.orthogonal(key(0), 3)))), 1)
 */
export const orthogonal: Orthogonal = ((key: unknown, n: number, shape: Shape = [], s: { readonly m?: number; readonly dtype?: WideFloatDType } = {}) => {
  const [rows, columns] = [count('orthogonal', 'n', n), count('orthogonal', 'm', s.m ?? n)]
  const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)]
  const z = standard('orthogonal', key, [...sizes('orthogonal', shape), long, short], s.dtype ?? 'f32')
  const [q, r] = outputs(b.qr([z], { full: false })) as [Node, Node]
  const x = scaled(q, b.sign([diagonalOf(r)]), -1)
  return rows < columns ? turned(x) : x
}) as never

type Method = 'cholesky' | 'eigh' | 'svd'
/** Of a mean and a covariance.  @shape (key, [...s], [n], [n, n]) → [...s, n] */
export interface MultivariateNormal {
  <V extends Device, const S extends Shape, N extends number, D extends WideFloatDType, W extends Device>(
    key: Key<V>, shape: readonly [...S], mean: Tensor<readonly [N], D, W>, cov: Tensor<readonly [NoInfer<N>, NoInfer<N>], NoInfer<D>, W>, settings?: { readonly method?: Method },
  ): Tensor<[...S, N], D, V | W>
}
/** F with F Fᵀ = cov. */
const factorOf = (cov: Node, method: Method): Node => {
  if (method === 'cholesky') return b.cholesky([cov], { symmetrize: true })
  if (method === 'eigh') {
    const [w, v] = outputs(b.eigh([symmetric(cov)])) as [Node, Node]
    return scaled(v, b.sqrt([w]), -1)
  }
  if (method !== 'svd') return fail('InvalidArgument', `multivariateNormal: method is '${String(method)}', not 'cholesky', 'eigh' or 'svd'`)
  const [u, s] = outputs(b.svd([cov], { full: false })) as [Node, Node]
  return scaled(u, b.sqrt([s]), -1)
}
/**
 * Normal vectors with a mean and a covariance: mean + F z for independent normal z and F Fᵀ = cov. F is Cholesky's factor, which
 * needs a positive definite covariance; `method: 'svd'` (or 'eigh') takes a singular one. Map over many with vmap.
 * @shape (key, [...s], [n], [n, n]) → [...s, n]
 * @dtype the mean's
 * @throws InvalidArgument when the key is none, ShapeMismatch when mean and cov are no vector and matrix of one size.
 * @source jax.random.multivariate_normal, JAX 0.10.
 * @example deepClose(await read(random.multivariateNormal(key(0), [], tensor([1, 2]), zeros([2, 2]), { method: 'svd' })), [1, 2])
 */
export const multivariateNormal: MultivariateNormal = ((key: unknown, shape: Shape, mean: unknown, cov: unknown, s: { readonly method?: Method } = {}) => {
  const center = asFloat('multivariateNormal', mean)
  const matrix = castTo(squares('multivariateNormal', cov), center.dtype)
  const n = center.shape[0]
  if (center.shape.length !== 1 || matrix.shape.length !== 2 || matrix.shape[0] !== n) return fail('ShapeMismatch', `multivariateNormal: a mean of shape ${show(center.shape)} needs a covariance of [n,n], not ${show(matrix.shape)}; map over several with vmap`)
  const all = [...sizes('multivariateNormal', shape), n as number]
  const z = standard('multivariateNormal', key, all, center.dtype as WideFloatDType)
  return b.add([stretch(center, all), turnedBy(factorOf(matrix, s.method ?? 'cholesky'), z)])
}) as never
/** F z for the vectors along the last axis. */
const turnedBy = (f: Node, z: Node): Node => {
  const n = f.shape[0] as number
  const rows = reshapeTo(z, [numel(z.shape.slice(0, -1)), n])
  return reshapeTo(b.dot([rows, turned(f)]), z.shape)
}
