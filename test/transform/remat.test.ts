/** remat's policies: what is kept, what is computed again, how many bytes that plans, alone and in a scan of 10,000 steps. */
import { describe, expect, it } from 'vitest'
import type { Graph } from '../../lib/ir/graph.js'
import { add, checkpointName, grad, jit, matmul, mul, ones, remat, scan, session, sin, sum, tanh, tensor, toGraph, vmap } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import { findAddon, plan } from '../../lib/run/index.js'
import type { Instruction } from '../../lib/ir/program.js'

type X = Tensor<[number, number], 'f32'>
type Policy = 'nothing' | 'dots' | { readonly names: readonly string[] }
const layer = (w: X) => (x: X): X => {
  const h = matmul(checkpointName(x, 'entry'), w)
  return checkpointName(tanh(add(sin(h), mul(h, h))), 'exit')
}
const policies: readonly (Policy | 'none')[] = ['none', 'nothing', 'dots', { names: ['exit'] }]
const net = (policy: Policy | 'none', depth: number) => (w: X, x: X): Tensor<[], 'f32'> => {
  const f = policy === 'none' ? layer(w) : remat(jit(layer(w)), { policy })
  let y = x
  for (let i = 0; i < depth; i++) y = f(y)
  return sum(y)
}
const { read } = session()
const w = tensor([[0.5, -0.25], [0.1, 0.3]])
const x = tensor([[1, 2], [3, -1], [0.5, 0]])
const near = (got: ArrayLike<number>, want: ArrayLike<number>): void => Array.from(want).forEach((v, i) => expect(got[i]).toBeCloseTo(v, 5))

describe('policies', () => {
  it('change no value and no derivative, under vmap and jit too', () => {
    const slope = (p: Policy | 'none') => grad(net(p, 2))
    for (const p of policies) {
      near(read.sync(net(p, 2)(w, x)), read.sync(net('none', 2)(w, x)))
      near(read.sync(slope(p)(w, x)), read.sync(slope('none')(w, x)))
      near(read.sync(jit(slope(p))(w, x)), read.sync(slope('none')(w, x)))
      near(read.sync(grad((v: X) => sum(slope(p)(v, x)))(w)), read.sync(grad((v: X) => sum(slope('none')(v, x)))(w)))
      const rows = ones([2, 2, 2], { dtype: 'f32' })
      near(read.sync(vmap(slope(p), { inAxes: [0, null] })(rows, x)), read.sync(vmap(slope('none'), { inAxes: [0, null] })(rows, x)))
    }
  })
  it('are three', () => expect(() => remat((v: X) => v, { policy: 'all' as never })(x)).toThrow(/a policy is 'nothing', 'dots' or/))
})

const addon = findAddon()
const codes = new Map('addon' in addon ? addon.addon.kernels().elementwise.map((n, i) => [n, i]) : [])
describe.skipIf(codes.size === 0)(`planned bytes${codes.size === 0 ? ' SKIPPED: no addon' : ''}`, () => {
  const planned = (g: Graph): { readonly bytes: number; readonly list: readonly Instruction[] } => {
    const p = plan(g, g.inputs.map(() => false), codes, 1)
    return { bytes: p.arenaBytes, list: p.program.instructions }
  }
  it('products are computed again when nothing is kept, and only then', () => {
    const dots = (p: Policy | 'none'): number => planned(toGraph(grad(net(p, 3)))(w, x).graph).list.filter((i) => i.kind === 'dot').length
    // the value of the last layer is nobody's: it is computed once, where the gradient needs it, unless something of it is kept
    expect([dots('nothing') - dots('none'), dots('dots') - dots('none'), dots({ names: ['exit'] }) - dots('none')]).toEqual([2, 0, 3])
  })
  it('of twelve layers lie between keeping all and nothing', () => {
    const [big, in64] = [ones([64, 64], { dtype: 'f32' }), ones([256, 64], { dtype: 'f32' })]
    const of = (p: Policy | 'none'): number => planned(toGraph((v: X, u: X) => grad((y: X) => net(p, 12)(v, y))(u))(big, in64).graph).bytes
    const [all, nothing, dots] = [of('none'), of('nothing'), of('dots')]
    console.log(`planned bytes of 12 layers: ${all} kept, ${dots} with the products kept (${(dots / all).toFixed(2)}), ${nothing} with nothing kept (${(nothing / all).toFixed(2)})`)
    expect(nothing).toBeLessThan(dots)
    expect(dots).toBeLessThan(all)
    expect(nothing / all).toBeLessThanOrEqual(0.4)
  })
  it('of a scan of 10,000 steps: a loop, whose gradient keeps what the policy says', () => {
    const [steps, n] = [10_000, 16]
    const walk = (p: Policy | 'none') => (v: X): Tensor<[], 'f32'> => {
      const body = p === 'none' ? layer(v) : remat(layer(v), { policy: p })
      return sum(scan((c: X) => [body(c), []], ones([4, n], { dtype: 'f32' }) as X, [], { length: steps })[0])
    }
    const of = (p: Policy | 'none') => planned(toGraph(grad(walk(p)))(ones([n, n], { dtype: 'f32' }) as X).graph)
    const carry = steps * 4 * n * 4
    const plans = { none: of('none'), nothing: of('nothing'), dots: of('dots'), names: of({ names: ['exit'] }) }
    console.log(`a scan of 10,000: ${Object.entries(plans).map(([k, p]) => `${k} ${(p.bytes / carry).toFixed(2)} carries, ${p.list.length} instructions`).join('; ')}`)
    for (const p of Object.values(plans)) {
      expect(p.list.filter((i) => i.kind === 'repeat').length).toBe(2)
      expect(p.list.length).toBeLessThan(30)
    }
    // the carry alone is kept; with the products, two arrays of its size
    expect(plans.nothing.bytes).toBeLessThan(1.1 * carry)
    expect(plans.dots.bytes).toBeGreaterThan(1.9 * carry)
    expect(plans.dots.bytes).toBeLessThan(2.1 * carry)
    expect(plans.names.bytes).toBeGreaterThan(1.9 * carry)
    expect(plans.none.bytes).toBeGreaterThan(plans.dots.bytes)
  })
})
