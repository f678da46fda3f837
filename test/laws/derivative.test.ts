/** The public derivatives agree with each other, as equations between functions, on sampled points. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { isLinearIn } from '../../laws/derivative.js'
import { fromSeed } from '../../laws/draw.js'
import { hostOf } from '../../laws/host.js'
import {
  add, evalShape, exp, grad, hessian, jacfwd, jacrev, jvp, linearize, matmul, mul, nn, relu, session, sin, stopGradient, sum, tanh, tensor,
  valueAndGrad, vjp,
} from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import type { Node } from '../../lib/ir/node.js'
import { b } from '../../lib/prim/index.js'

const { read } = session()
type X = Tensor<[3], 'f64'>
const w = tensor([[1, -2, 0.5], [0.25, 1, 3]], { dtype: 'f64' })
const f = (x: X): Tensor<[2], 'f64'> => tanh(matmul(w, sin(x)))
const g = (x: X): Tensor<[], 'f64'> => sum(mul(f(x), exp(f(x))))
const point = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 3, maxLength: 3 })
const at = (xs: readonly number[]): X => tensor(Float64Array.from(xs), { shape: [3] })
const near = (x: ArrayLike<number>, y: ArrayLike<number>): void => {
  expect(x.length).toBe(y.length)
  for (let i = 0; i < x.length; i++) expect(x[i]).toBeCloseTo(y[i] as number, 10)
}
const holds = (law: (x: X, t: X) => void): void => fc.assert(fc.property(point, point, (x, t) => law(at(x), at(t))), { numRuns: 30 })

describe('derivatives', () => {
  it('valueAndGrad f = [f, grad f]', () => holds((x) => {
    const [v, d] = valueAndGrad(g)(x)
    near(read.sync(v), read.sync(g(x)))
    near(read.sync(d), read.sync(grad(g)(x)))
  }))
  it('linearize f gives jvp f, linearly', () => holds((x, t) => {
    const [y, push] = linearize(f, x)
    const [z, dz] = jvp(f, [x], [t])
    near(read.sync(y), read.sync(z))
    near(read.sync(push(t)), read.sync(dz))
    near(read.sync(push(add(t, t))), read.sync(mul(push(t), 2)))
  }))
  it('jacfwd f = jacrev f; its rows pull back, its columns push forward', () => holds((x, t) => {
    near(read.sync(jacfwd(f)(x)), read.sync(jacrev(f)(x)))
    near(read.sync(matmul(jacrev(f)(x), t)), read.sync(jvp(f, [x], [t])[1]))
    const [, back] = vjp(f, x)
    near(read.sync(back(tensor([1, 0], { dtype: 'f64' }))[0]), read.sync(jacfwd(f)(x)).slice(0, 3))
  }))
  it('hessian g = jacrev (grad g)', () => holds((x) => near(read.sync(hessian(g)(x)), read.sync(jacrev(grad(g))(x)))))
  it('stopGradient is the identity with derivative 0', () => holds((x) => {
    near(read.sync(stopGradient(x)), read.sync(x))
    near(read.sync(grad((v: X) => g(stopGradient(v)))(x)), [0, 0, 0])
    near(read.sync(grad((v: X) => sum(mul(v, stopGradient(v))))(x)), read.sync(x))
  }))
  it('evalShape f = the types of f', () => holds((x) => {
    const [y] = [f(x)]
    expect(evalShape(f, x)).toEqual({ shape: [...y.shape], dtype: y.dtype })
  }))
  it('nn.activation(f) is f as a layer', () => holds((x) => {
    const m = nn.model([3], nn.activation((v) => relu(v)))
    const v = tensor(Float32Array.from(read.sync(x)), { shape: [1, 3] })
    near(read.sync(m.apply({}, {}, v)), read.sync(relu(v)))
  }))
})
it('what has nothing to add up is not asked to be linear', () => {
  const linear = (rows: number): readonly boolean[] => {
    const inputs = [hostOf({ shape: [3], dtype: 'f64' }, (i) => i - 1.5), hostOf({ shape: [rows, 3], dtype: 'f64' }, (i) => i + 1)]
    const times = (x: Node, y: unknown): Node[] => [b.mul([x, b.sum([y as Node], { axes: [0] })])]
    return [times, (x: Node, y: unknown) => times(b.exp([x]), y)].map((f) => isLinearIn(closed((x, y) => f(x as Node, y), inputs), inputs, [true, false], fromSeed(1)))
  }
  expect([linear(2), linear(0)]).toEqual([[true, false], [false, false]])
})
