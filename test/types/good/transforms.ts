/** Transforms: what they give, and that generic functions stay generic where types.md says so. */
import type * as t from '../../../lib/type/index.js'
import type { Device, Dim, FloatDType, Scalar, Shape, Tensor } from '../../../lib/type/index.js'
import type { C, N } from './declared.js'
import { dim } from '../../../lib/type/index.js'
import { add, is, matmul, mean, mul, on, sub, sum, zeros } from './declared.js'

declare const grad: t.Grad, valueAndGrad: t.ValueAndGrad, vjp: t.Vjp, jvp: t.Jvp, linearize: t.Linearize
declare const jacRev: t.JacRev, hessian: t.Hessian, vmap: t.Vmap, jit: t.Jit, scan: t.Scan, cond: t.Cond, whileLoop: t.WhileLoop

const B = dim('batch', 32)
type B = Dim<'batch'>
type P = { w: C<[784, 10]>; b: C<[10]> }
const params: P = { w: on('cpu', [784, 10]), b: on('cpu', [10]) }
const loss = (p: P, x: C<[784]>, y: C<[10]>) => {
  const e = sub(add(matmul(x, p.w), p.b), y)
  return sum(mul(e, e))
}

// ---- grad
is<(p: P, x: C<[784]>, y: C<[10]>) => P>()(grad(loss))
is<(p: P, x: C<[784]>, y: C<[10]>) => P>()(jit(grad(loss)))
is<(p: P, x: C<[784]>, y: C<[10]>) => readonly [value: C<[]>, grad: P]>()(valueAndGrad(loss))
is<(p: P, x: C<[784]>, y: C<[10]>) => [P, C<[10]>]>()(grad(loss, { argnums: [0, 2] }))
const withAux = (p: P, x: C<[784]>): readonly [C<[]>, C<[10]>] => [sum(matmul(x, p.w)), matmul(x, p.w)]
is<(p: P, x: C<[784]>) => readonly [grad: P, aux: C<[10]>]>()(grad(withAux, { hasAux: true }))
is<(p: P, x: C<[784]>) => readonly [value: C<[]>, aux: C<[10]>, grad: P]>()(valueAndGrad(withAux, { hasAux: true }))

// ---- vjp, jvp, linearize, jacobians
const f = (x: C<[3]>, i: C<[], 'i32'>): C<[2, 3]> => mul(broadcast(x), i)
declare const broadcast: (x: C<[3]>) => C<[2, 3]>
is<readonly [out: C<[2, 3]>, pullback: (ct: C<[2, 3]>) => [C<[3]>, null]]>()(vjp(f, on('cpu', [3]), on('cpu', [], 'i32')))
is<readonly [out: C<[2, 3]>, tangent: C<[2, 3]>]>()(jvp(f, [on('cpu', [3]), on('cpu', [], 'i32')], [on('cpu', [3]), null]))
export const [out, push] = linearize(broadcast, on('cpu', [3]))
is<C<[2, 3]>>()(push(on('cpu', [3])))
is<(p: C<[3]>) => C<[2, 3, 3]>>()(jacRev(broadcast))
is<(p: { a: C<[3]>; b: C<[2]> }) => { a: { a: C<[3, 3]>; b: C<[3, 2]> }; b: { a: C<[2, 3]>; b: C<[2, 2]> } }>()(
  hessian((p: { a: C<[3]>; b: C<[2]> }) => add(sum(p.a), sum(p.b))))

// ---- vmap
const perExample = vmap(grad(loss), { inAxes: [null, 0, 0] })
is<{ w: C<[B, 784, 10]>; b: C<[B, 10]> }>()(perExample(params, on('cpu', [B, 784]), on('cpu', [B, 10])))
const batchLoss = (p: P, x: C<[B, 784]>, y: C<[B, 10]>) => mean(vmap(jit(loss), { inAxes: [null, 0, 0] })(p, x, y))
is<(p: P, x: C<[B, 784]>, y: C<[B, 10]>) => P>()(grad(batchLoss))
const pair = (p: { a: C<[3]>; b: C<[3]> }) => add(p.a, p.b)
is<C<[5, 3]>>()(vmap(pair, { inAxes: [{ a: 0, b: null }] })({ a: on('cpu', [5, 3]), b: on('cpu', [3]) }))
is<C<[3, 5]>>()(vmap(pair, { inAxes: [{ a: 1, b: -1 }], outAxes: 1 })({ a: on('cpu', [3, 5]), b: on('cpu', [3, 5]) }))

// ---- generic functions
const sq = <K extends number>(x: C<[K]>) => sum(mul(x, x))
export const g1: <K extends number>(x: C<[K]>) => C<[K]> = grad(sq)
export const g2: <K extends number>(x: C<[K]>) => C<[K]> = jit(grad(sq))
is<C<[B, 7]>>()(vmap(jit(grad(sq)), { size: B })(on('cpu', [B, 7])))
is<C<[4, B, 7]>>()(vmap(vmap(grad(sq), { size: B }), { size: 4 })(on('cpu', [4, B, 7])))
const whole = <S extends Shape>(x: C<S>) => sum(mul(x, x))
is<C<[B, 2, 3]>>()(vmap(grad(whole), { size: B })(on('cpu', [B, 2, 3])))
export const descend = <Q extends t.DiffTree>(q: Q, objective: (q: Q) => Scalar<FloatDType>): Q => grad(objective)(q)

// ---- control flow
is<readonly [carry: C<[3]>, ys: C<[10]>]>()(scan((c, x) => [add(c, x), sum(c)], zeros([3]), on('cpu', [10, 3])))
is<readonly [carry: N<[3]>, ys: N<[7]>]>()(scan((c) => [add(c, 1), sum(c)], zeros([3]), null, { length: 7 }))
is<readonly [carry: Scalar<'f32'>, ys: Tensor<[10], 'f32', Device>]>()(scan((c: Scalar<'f32'>, x) => [add(c, x), c], zeros([]), on('cpu', [10])))
is<readonly [carry: C<[]>, ys: N<[4]>]>()(scan((c) => [c, zeros([])], on('cpu', []), null, { length: 4 }))
is<C<[3]>>()(cond(on('cpu', [], 'bool'), () => on('cpu', [3]), () => zeros([3])))
is<C<[3]>>()(whileLoop((c: C<[3]>) => on('cpu', [], 'bool'), (c) => mul(c, 2), on('cpu', [3])))
is<(x: C<[3]>, n: number) => Tensor<[3], 'f32', 'cpu'>>()(jit((x: C<[3]>, n: number) => mul(x, n), { static: [1] }))

// ---- named axes: the size is in the axis
declare const axis: <const Name extends string, const M extends number>(name: Name, size: M) => t.Axis<Name, M>
declare const pmap: t.Pmap, psum: t.Collective, allGather: t.AllGather, reduceScatter: t.ReduceScatter, allToAll: t.AllToAll
const dp = axis('dp', 4), some = axis('some', 4 as number)
is<t.Axis<'dp', 4>>()(dp)
is<C<[3]>>()(psum(on('cpu', [3]), dp))
is<{ w: C<[3]>; b: C<[]> }>()(psum({ w: on('cpu', [3]), b: on('cpu', []) }, dp))
is<C<[4, 3]>>()(allGather(on('cpu', [3]), dp))
is<C<[3, 4]>>()(allGather(on('cpu', [3]), dp, { axis: -1 }))
is<C<[number, 3]>>()(allGather(on('cpu', [3]), some))
is<C<[3]>>()(reduceScatter(on('cpu', [4, 3]), dp))
is<C<[3]>>()(reduceScatter(on('cpu', [3, 4]), dp, { axis: 1 }))
is<C<[3]>>()(reduceScatter(on('cpu', [5, 3]), some))
is<C<[3, 4]>>()(allToAll(on('cpu', [4, 3]), dp, { concat: 1 }))
is<C<[4, 3]>>()(allToAll(on('cpu', [3, 4]), dp, { split: 1 }))
const each = (p: P, x: C<[784]>, y: C<[10]>) => psum(grad(loss)(p, x, y), dp)
is<P>()(pmap(each, { axis: dp, inAxes: [null, 0, 0], outAxes: null })(params, on('cpu', [4, 784]), on('cpu', [4, 10])))
is<{ w: C<[4, 784, 10]>; b: C<[4, 10]> }>()(pmap(each, { axis: dp, inAxes: [null, 0, 0] })(params, on('cpu', [4, 784]), on('cpu', [4, 10])))
is<C<[4, 3]>>()(vmap((x: C<[3]>) => psum(x, dp), { axis: dp })(on('cpu', [4, 3])))
is<C<[number, 3]>>()(pmap((x: C<[3]>) => psum(x, some), { axis: some })(on('cpu', [4, 3])))
