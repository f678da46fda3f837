/** Shapes, dtypes and devices of the operations, as a user writes them. */
import type { Dim, DType, Device, FloatDType, FloatOf, Shape, Tensor } from '../../../lib/type/index.js'
import type { C, G, N } from './declared.js'
import { dim } from '../../../lib/type/index.js'
import {
  cholesky, det, eigh, inv, lu, luFactor, qr, solve, svd, svdvals,
  add, adaptiveAvgPool, all, arange, argmax, argsort, assertShape, bernoulli, broadcastTo, cast, categorical, concat, conv, cumsum,
  diag, div, dot, einsum, equal, exp, eye, flatten, flip, full, gather, is, key, linspace, logicalAnd, matmul, max, maxPool, mean,
  mul, normal, on, oneHot, outer, pad, permute, pow, randint, rearrange, reshape, slice, softmax, sort, split, splitKey, squeeze,
  stack, sub, sum, take, tensor, topK, transpose, tril, uniform, unsqueeze, where, zeros, zerosLike,
} from './declared.js'

const B = dim('batch', 32)
type B = Dim<'batch'>
const n: number = 7
const x = on('cpu', [2, 3]), i = on('cpu', [2, 3], 'i32'), b = on('cpu', [2, 3], 'bool'), g = on('cuda:0', [2, 3])

// ---- broadcasting, promotion, weak numbers, devices
is<C<[2, 3]>>()(add(x, zeros([3])))
is<C<[2, 3]>>()(add(zeros([3]), x))
is<N<[2, 3]>>()(add(zeros([2, 1]), zeros([3])))
is<G<[2, 3]>>()(add(g, 1))
is<C<[2, 3], 'i32'>>()(sub(1, i))
is<C<[2, 3], 'f64'>>()(mul(i, zeros([3], { dtype: 'f64' })))
is<C<[2, 3]>>()(div(i, 2))
is<C<[2, 3]>>()(div(i, i))
is<C<[2, 3], 'bool'>>()(equal(x, 0))
is<C<[2, 3], 'bool'>>()(logicalAnd(b, true))
is<C<[2, 3]>>()(where(b, x, 0))
is<C<[4, 2, 3], 'f64'>>()(where(b, x, zeros([4, 1, 1], { dtype: 'f64' })))
is<C<[number, 3]>>()(add(on('cpu', [n, 3]), on('cpu', [1, 3])))
is<C<[5, 3]>>()(add(on('cpu', [n, 3]), on('cpu', [5, 3])))
is<C<[2, 3]>>()(exp(pow(x, 2)))
is<Tensor<[2, 3], 'f32', Device>>()(add(x as Tensor<[2, 3], 'f32'>, x))

// ---- gradual
export const forget: Tensor<[number, 3]> = x
export const forgotten: Tensor = x
is<C<[2, 3]>>()(assertShape(on('cpu', [n, 3]), [2, 3]))
is<C<Shape>>()(add(x as C<Shape>, x))

// ---- reductions
is<C<[]>>()(sum(x))
is<C<[3]>>()(sum(x, { axes: [0] }))
is<C<[2, 1]>>()(mean(x, { axes: [-1], keepdims: true }))
is<C<[1, 1], 'i32'>>()(max(i, { keepdims: true }))
is<C<[2]>>()(mean(i, { axes: 1 }))
is<C<[], 'i32'>>()(sum(b))
is<C<[], 'bool'>>()(all(b))
is<C<[3], 'i32'>>()(argmax(x, { axis: 0 }))
is<C<[], 'i32'>>()(argmax(x))
is<C<[2, 3]>>()(softmax(x, { axis: -1 }))
is<C<[2, 3]>>()(softmax(x))
is<C<[2, 3], 'i32'>>()(cumsum(b, { axis: 0 }))
is<C<[2, 3]>>()(sort(x, { descending: true }))
is<C<[2, 3], 'i32'>>()(argsort(x))
is<readonly [values: C<[2, 2]>, indices: C<[2, 2], 'i32'>]>()(topK(x, 2))

// ---- linear algebra
const tall = on('cpu', [5, 4, 3]), wide = on('cpu', [3, 4]), sq = on('cpu', [2, 3, 3])
is<C<[2, 3, 3]>>()(cholesky(sq))
is<C<[3, 3]>>()(inv(on('cpu', [3, 3], 'i32')))
is<C<[2]>>()(det(sq))
is<C<[2, 3]>>()(solve(sq, on('cpu', [3])))
is<C<[4, 2, 3, 7], 'f64'>>()(solve(sq, on('cpu', [4, 1, 3, 7], 'f64')))
is<readonly [q: C<[5, 4, 3]>, r: C<[5, 3, 3]>]>()(qr(tall))
is<readonly [q: C<[5, 4, 4]>, r: C<[5, 4, 3]>]>()(qr(tall, { mode: 'complete' }))
is<C<[3, 4]>>()(qr(wide, { mode: 'r' }))
is<readonly [u: C<[5, 4, 4]>, s: C<[5, 3]>, vt: C<[5, 3, 3]>]>()(svd(tall))
is<readonly [u: C<[3, 3]>, s: C<[3]>, vt: C<[3, 4]>]>()(svd(wide, { fullMatrices: false }))
is<readonly [values: C<[2, 3]>, vectors: C<[2, 3, 3]>]>()(eigh(sq))
is<readonly [p: C<[3, 3]>, l: C<[3, 3]>, u: C<[3, 4]>]>()(lu(wide))
is<readonly [lu: C<[3, 4]>, pivots: C<[3], 'i32'>]>()(luFactor(wide))
is<C<[number]>>()(svdvals(on('cpu', [n, 4])))
is<C<[B, 3, 3]>>()(inv(on('cpu', [B, 3, 3])))

// ---- contraction, windows
is<C<[2, 5]>>()(matmul(x, zeros([3, 5])))
is<C<[B, 10]>>()(add(matmul(on('cpu', [B, 784]), zeros([784, 10])), zeros([10])))
is<C<[7, 4, 5, 6]>>()(matmul(on('cpu', [7, 1, 5, 3]), zeros([4, 3, 6])))
is<C<[number, 4]>>()(matmul(on('cpu', [n, 3]), zeros([3, 4])))
is<C<[]>>()(dot(on('cpu', [4]), zeros([4])))
is<C<[4, 5]>>()(outer(on('cpu', [4]), zeros([5])))
is<C<[B, 8, 10, 10]>>()(einsum('bhqd, bhkd -> bhqk', on('cpu', [B, 8, 10, 64]), zeros([B, 8, 10, 64])))
is<C<[B, 64, 112, 112]>>()(conv(on('cpu', [B, 3, 224, 224]), zeros([64, 3, 7, 7]), { stride: 2, padding: 3 }))
is<C<[1, 8, 5, 16]>>()(conv(on('cpu', [1, 4, 10, 32]), zeros([8, 2, 3, 3]), { stride: [2, 2], padding: [1, [0, 2]], groups: 2 }))
is<C<[1, 8, 30]>>()(conv(on('cpu', [1, 4, 32]), zeros([8, 4, 3])))
is<C<[1, 4, 5, 16]>>()(maxPool(on('cpu', [1, 4, 10, 32]), { kernel: 2 }))
is<C<[1, 4, 5, 16]>>()(maxPool(on('cpu', [1, 4, 10, 32]), { kernel: 3, stride: 2, padding: 1 }))
is<C<[1, 4, 7, 7]>>()(adaptiveAvgPool(on('cpu', [1, 4, 10, 32]), 7))

// ---- movement
is<C<[B, 150528]>>()(reshape(on('cpu', [B, 3, 224, 224]), [B, -1]))
is<C<[Dim<'batch*196'>, 768]>>()(reshape(on('cpu', [B, 196, 768]), [-1, 768]))
is<C<[6]>>()(flatten(x))
is<C<[B, 12]>>()(flatten(on('cpu', [B, 3, 4]), { from: 1 }))
is<C<[3, 2]>>()(permute(x, [1, 0]))
is<C<[3, 2]>>()(transpose(x))
is<C<[4, 3, 2]>>()(transpose(on('cpu', [2, 3, 4]), { axes: [0, 2] }))
is<C<[2, 3]>>()(squeeze(on('cpu', [2, 1, 3]), { axis: 1 }))
is<C<[2, 3, 1]>>()(unsqueeze(x, { axis: -1 }))
is<C<[4, 2, 3]>>()(broadcastTo(x, [4, 2, 3]))
is<C<[B, 8, 10, 64]>>()(rearrange(on('cpu', [B, 10, 512]), 'b t (h d) -> b h t d', { h: 8 }))
is<C<[5, 3]>>()(concat([x, on('cpu', [3, 3])], { axis: 0 }))
is<C<[2, 7], 'f64'>>()(concat([x, zeros([2, 4], { dtype: 'f64' })], { axis: -1 }))
is<C<[number, 3]>>()(concat([x, x] as C<[2, 3]>[]))
is<C<[3, 2, 3]>>()(stack([x, x, x]))
is<C<[2, 3, 2]>>()(stack([x, zeros([2, 3])], { axis: 2 }))
is<[C<[2, 1]>, C<[2, 1]>, C<[2, 1]>]>()(split(x, 3, { axis: 1 }))
is<C<[1, 3]>>()(slice(x, [[0, 1]]))
is<C<[2, 2]>>()(slice(x, [null, [1, null]]))
is<C<[2, 3]>>()(flip(x, { axes: [1] }))
is<C<[4, 3]>>()(pad(x, [[1, 1], [0, 0]]))
is<C<[5, 3]>>()(take(x, on('cpu', [5], 'i32')))
is<C<[2, 1]>>()(gather(x, on('cpu', [2, 1], 'i32')))

// ---- creation, randomness
is<N<[2, 3]>>()(tensor([[1, 2, 3], [4, 5, 6]]))
is<N<[2], 'bool'>>()(tensor([true, false]))
is<N<[], 'i64'>>()(tensor(3n))
is<N<[2], 'i32'>>()(tensor([1, 2], { dtype: 'i32' }))
is<N<[number]>>()(tensor(new Float32Array(4)))
is<N<[2, 2], 'i32'>>()(tensor(new Int32Array(4), { shape: [2, 2] }))
is<N<[number, number]>>()(tensor([[1, 2]] as number[][]))
is<N<[2, 2]>>()(full([2, 2], 0.5))
is<N<[5], 'i32'>>()(arange(5))
is<N<[3]>>()(arange(5, { start: 2, dtype: 'f32' }))
is<N<[3]>>()(linspace(0, 1, 3))
is<N<[3, 3]>>()(eye(3))
is<N<[2, 3], 'i32'>>()(zerosLike(i))
is<C<[2, 3]>>()(tril(x))
is<C<[3, 3]>>()(diag(on('cpu', [3])))
is<C<[2, 3, 5]>>()(oneHot(i, 5))
is<C<[2, 3], 'f32'>>()(cast(i, 'f32'))
const [k1, k2] = splitKey(key(0))
is<N<[2, 3]>>()(uniform(k1, [2, 3], { minval: -1 }))
is<N<[4], 'f64'>>()(normal(k2, [4], { dtype: 'f64' }))
is<N<[4], 'bool'>>()(bernoulli(k2, [4], { p: 0.1 }))
is<N<[4], 'i32'>>()(randint(k2, [4], { maxval: 10 }))
is<C<[2], 'i32'>>()(categorical(k2 as Tensor<[2], 'u32', 'cpu'>, x))

// ---- functions polymorphic in dims, dtype and device
export const linear = <N extends number, I extends number, O extends number, V extends Device>(
  p: { weight: Tensor<[O, I], 'f32', V>; bias: Tensor<[O], 'f32', V> }, y: Tensor<[N, I], 'f32', V>,
): Tensor<[N, O], 'f32', V> => add(matmul(y, transpose(p.weight)), p.bias)
export const attention = <N extends number, T extends number>(q: C<[N, T, 64]>, k: C<[N, T, 64]>): C<[N, T, T]> =>
  softmax(mul(einsum('btd,bsd->bts', q, k), 0.125))
export const square = <S extends Shape, D extends DType, V extends Device>(y: Tensor<S, D, V>): Tensor<S, D, V> => mul(y, y)
export const shift = <S extends Shape, D extends FloatDType, V extends Device>(y: Tensor<S, D, V>): Tensor<S, D, V> => add(exp(y), 1)
export const center = <N extends number>(y: C<[N, 4]>): C<[N, 4]> => sub(y, mean(y, { axes: [1], keepdims: true }))
export const flat = <N extends number>(y: C<[N, 28, 28]>): C<[N, 784]> => reshape(y, [y.shape[0], 784])
export const total = <S extends Shape>(y: C<S>): C<[]> => sum(mul(y, y))
export const affine = <N extends number, V extends Device>(y: Tensor<[N, 3], 'f32', V>): Tensor<[N, 3], 'f32', V> =>
  add(mul(y, zeros([3])), zeros([3]))
export const plain = <N extends number, M extends number>(y: C<[N, M]>, bias: C<[M]>): C<[N, M]> => add(y, bias)
export const mse = <S extends Shape, D extends FloatDType, V extends Device>(y: Tensor<S, D, V>, t: Tensor<S, D, V>): Tensor<[], FloatOf<D>, V> =>
  mean(pow(sub(y, t), 2))
is<C<[], 'f64'>>()(mse(on('cpu', [2], 'f64'), on('cpu', [2], 'f64')))
