/** A pmap is cut where its devices meet: what the plan holds, and that no result depends on it. */
import { describe, expect, it } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { allSameBits, within } from '../../laws/close.js'
import { add, allGather, axis, axisIndex, cond, conv, exp, gt, matmul, mean, mul, permuteAxis, pmap, pmean, psum, reduceScatter, relu, scan, sort, square, sub, sum } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import type { Graph } from '../../lib/ir/graph.js'
import type { Aval, Host } from '../../lib/ir/node.js'
import type { Instruction } from '../../lib/ir/program.js'
import { findAddon } from '../../lib/run/addon.js'
import { evaluate } from '../../lib/run/evaluate.js'
import { native } from '../../lib/run/native.js'
import { plan } from '../../lib/run/plan/index.js'
import { gangs } from '../../lib/run/plan/view.js'
import { reference } from '../../lib/run/reference.js'

const found = findAddon()
const f32 = (...shape: number[]): Aval => ({ shape, dtype: 'f32' })
const filled = (x: Aval, seed: number): Host => ({ ...x, data: Float32Array.from({ length: x.shape.reduce((p, d) => p * d, 1) }, (_, i) => Math.sin(i * 0.7 + seed)) })
type M = Tensor<[6, 6], 'f32'>
const dp = axis('dp', 3)
const over = (f: (x: M, w: M) => unknown): ((x: Tensor<[3, 6, 6], 'f32'>, w: M) => never) => pmap(f as never, { axis: dp, inAxes: [0, null] }) as never
const given = [f32(3, 6, 6), f32(6, 6)]

describe.skipIf('missing' in found)('a gang', () => {
  const { addon } = found as Extract<typeof found, { addon: unknown }>
  const codes = new Map(addon.kernels().elementwise.map((n, i) => [n, i]))
  const planned = (g: Graph) => plan(g, g.inputs.map(() => false), codes, 1)
  /** Gangs, and what is no loop. */
  const kindsOf = (g: Graph): string[] => planned(g).program.instructions.filter((i) => i.kind !== 'loop').map((i) => (i.kind === 'gang' ? `${i.count} of ${i.body.map((j) => j.kind).join(' ')}` : i.kind))
  const agrees = (g: Graph): void => {
    const inputs = g.inputs.map((x, i) => filled(x, i)), backend = native(addon)
    const [fused, plain] = ([1, 0] as const).map((tier) => evaluate(g, inputs, backend, { tier }).outputs)
    expect(allSameBits(fused ?? [], plain ?? [])).toBe(true)
    evaluate(g, inputs, reference()).outputs.forEach((y, i) => {
      const size = (y.data as Float32Array).reduce((m, v) => Math.max(m, Math.abs(v)), 0)
      expect(within(fused?.[i] as Host, y, () => 1e-5 * size)).toBe(true)
    })
  }
  const plans = (f: (...xs: never[]) => unknown, types: readonly Aval[], kinds: readonly string[]): void => {
    const g = closed(f as never, types)
    expect(kindsOf(g)).toEqual(kinds)
    agrees(g)
  }
  it('computes apart up to a meeting, and goes on after it', () => {
    plans(over((x, w) => matmul(x, w)), given, ['3 of dot'])
    plans(over((x, w) => psum(matmul(x, w), dp)), given, ['3 of dot'])
    plans(over((x, w) => matmul(mul(sub(matmul(x, w), psum(matmul(x, w), dp)), x), x)), given, ['3 of dot', '3 of loop dot'])
    plans(over((x, w) => sort(allGather(sort(matmul(x, w)), dp))), given, ['3 of dot sort', 'sort'])
  })
  it('what is the same on all devices is computed once, by all threads', () => {
    plans(over((x, w) => matmul(x, matmul(w, w))), given, ['dot', '3 of dot'])
    plans(over((x, w) => matmul(psum(x, dp), w)), given, ['dot'])
  })
  it('what only has loops is one loop over all devices', () => {
    plans(over((x, w) => psum(exp(mul(x, w)), dp)), given, [])
    plans(over((x) => add(sum(x), axisIndex(dp) as never)), given, [])
  })
  it('a meeting may give each device something else', () => {
    plans(over((x, w) => permuteAxis(matmul(permuteAxis(matmul(x, w), dp, [[0, 1], [1, 2], [2, 0]]), w), dp, [[0, 1], [1, 2]])), given, ['3 of dot', '3 of dot'])
    plans(over((x, w) => matmul(reduceScatter(allGather(matmul(x, w), dp), dp), w)), given, ['3 of dot', '3 of dot'])
  })
  it('devices that meet inside a body, too many, or looked at are one batch', () => {
    const steps = over((x, w) => scan((c: M) => [psum(matmul(c, w), dp), sum(c)] as const, x, null as never, { length: 2 } as never))
    const many = axis('many', 65)
    for (const [f, types] of [[steps, given], [pmap(((x: M, w: M) => matmul(x, w)) as never, { axis: many, inAxes: [0, null] }), [f32(65, 6, 6), f32(6, 6)]]] as const) {
      const g = closed(f as never, types)
      expect(gangs(planned(g).program.instructions)).toEqual([])
      agrees(g)
    }
  })
  it('holds bodies, and is held by them', () => {
    const body = (x: M, w: M): unknown => cond(gt(sum(x), sum(w)), () => matmul(x, w), () => scan((c: M) => [matmul(c, w), sum(c)] as const, x, null as never, { length: 3 } as never)[0])
    plans(over(body as never), given, ['3 of loop cond'])
    const around = closed(((x: Tensor<[3, 6, 6], 'f32'>, w: M) => scan(((c: Tensor<[3, 6, 6], 'f32'>) => [over((v, u) => psum(matmul(v, u), dp))(c, w), sum(c)]) as never, x, null as never, { length: 4 } as never)) as never, given)
    const repeat = planned(around).program.instructions.find((i): i is Extract<Instruction, { kind: 'repeat' }> => i.kind === 'repeat')
    expect(gangs(repeat?.body ?? []).length).toBe(1)
    agrees(around)
  })
  it('images that leave it keep their channels last', () => {
    type Images = Tensor<[2, 16, 9, 8], 'f32'>
    const average = (y: Images): Images => pmean(mean(y, { axes: [0, 2, 3], keepdims: true }), dp) as never
    const normal = (y: Images): Images => mul(sub(y, average(y)), average(square(sub(y, average(y)))))
    const f = pmap(((x: Images, v: Tensor<[16, 16, 3, 3], 'f32'>) => conv(relu(normal(conv(x, v, { padding: 1 }) as never)), v, { padding: 1 })) as never, { axis: dp, inAxes: [0, null] })
    const g = closed(f as never, [f32(3, 2, 16, 9, 8), f32(16, 16, 3, 3)])
    const convs = gangs(planned(g).program.instructions).flatMap((i) => i.body).filter((i): i is Extract<Instruction, { kind: 'conv' }> => i.kind === 'conv')
    expect(convs.map((i) => [i.x.strides[1], i.y.strides[1]])).toEqual([[9 * 8, 1], [1, 9 * 8]])
    agrees(g)
  })
  it("a device's own memory is no more than one of them needs, times the devices", () => {
    const deep = (x: M, w: M): M => Array.from({ length: 10 }).reduce((y: M) => sort(matmul(y, w)), x)
    const [one, all] = [closed(deep as never, [f32(6, 6), f32(6, 6)]), closed(over(deep) as never, given)].map((g) => planned(g).arenaBytes) as [number, number]
    expect(all).toBe(3 * one)
    agrees(closed(over(deep) as never, given))
  })
})
