/**
 * Attention by blocks beside its formula (the reference's): sizes around blocks of queries and keys, pairs that are taken out,
 * rows without a key, numbers that are none; and what a plan of it holds in memory.
 */
import { describe, expect, it } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { hostOf } from '../../laws/host.js'
import { bench, nativeMachine, oracle } from '../../laws/machine.js'
import { dotProductAttention, grad, ones, sum, toGraph } from '../../lib/index.js'
import type { Host, Node } from '../../lib/ir/node.js'
import { make, outputs } from '../../lib/prim/index.js'
import type { AttentionMove } from '../../lib/prim/attention.js'
import { findAddon } from '../../lib/run/index.js'
import { plan } from '../../lib/run/plan/index.js'
import { random } from './harness.js'

const machine = nativeMachine(bench())
const addon = findAddon()
interface Case { readonly t: number; readonly s: number; readonly h?: number; readonly d?: number; readonly e?: number; readonly p: Partial<AttentionMove>; readonly change?: (xs: readonly Host[]) => void }
type Numbers = Float32Array | Float64Array
const params = (p: Partial<AttentionMove>): AttentionMove => ({ scale: 0.3, causal: false, bias: false, mask: false, moves: false, ...p })
/** q, k, v, bias, mask and the cotangents of the result and of the totals. */
const drawn = ({ t, s, h = 1, d = 6, e = 5, p, change }: Case, dtype: 'f32' | 'f64', seed: number): Host[] => {
  const next = random(seed)
  const floats = (...shape: number[]): Host => hostOf({ shape, dtype }, () => 4 * next() - 2)
  const xs = [floats(2, t, h, d), floats(2, s, h, d), floats(2, s, h, e), ...(p.bias === true ? [floats(2, h, t, s)] : []), ...(p.mask === true ? [hostOf({ shape: [2, h, t, s], dtype: 'bool' }, () => Number(next() < 0.6))] : [])]
  change?.(xs)
  return [...xs, floats(2, t, h, e), floats(2, h, t)]
}
/** The three results of attention, then its gradient at them. */
const both = (p: AttentionMove) => (...xs: readonly unknown[]): Node[] => {
  const { moves: _, ...plain } = p
  const given = xs.slice(0, -2) as Node[]
  const out = outputs(make('attention', given, plain))
  return [...out, ...outputs(make('attentionGrad', [...given, ...out.slice(1), ...(xs.slice(-2) as Node[])], p))]
}
const far = (got: Host, want: Host): number => {
  const [g, w] = [[...(got.data as Numbers)], [...(want.data as Numbers)]]
  const size = w.reduce((m, x) => (Number.isFinite(x) ? Math.max(m, Math.abs(x)) : m), 1)
  return w.reduce((m, x, i) => (Object.is(x, g[i]) || x === g[i] ? m : Math.max(m, Math.abs(x - (g[i] as number)) / size || Infinity)), 0)
}
const alike = (c: Case, dtype: 'f32' | 'f64', bound: number, seed = 5): void => {
  const xs = drawn(c, dtype, seed), p = params(c.p)
  const g = closed(both(p) as never, xs)
  const want = oracle.run(g, xs), [got, unfused] = [1, 0].map((tier) => machine!.run(g, xs, tier as 0 | 1)) as [readonly Host[], readonly Host[]]
  got.forEach((y, i) => {
    expect(far(y, want[i] as Host), `result ${i} of ${JSON.stringify(c)}`).toBeLessThan(bound)
    expect([...(y.data as Numbers)]).toEqual([...((unfused[i] as Host).data as Numbers)])
  })
}
const set = (x: Host | undefined, at: number, value: number): void => void ((x as Host).data[at] = value as never)

describe.skipIf(machine === undefined)(`attention${machine === undefined ? ' SKIPPED: no addon' : ''}`, () => {
  const flags: Partial<AttentionMove>[] = [{}, { causal: true }, { bias: true }, { mask: true }, { causal: true, mask: true }, { causal: true, bias: true, moves: true }, { bias: true, mask: true, causal: true }]
  it('of one block and around blocks', () => {
    for (const p of flags)
      for (const [t, s] of [[1, 1], [47, 49], [97, 130], [130, 97]] as const) {
        alike({ t, s, p }, 'f64', 1e-13)
        alike({ t, s, h: 2, d: 3, p }, 'f32', 4e-6)
      }
    for (const p of [{}, { causal: true }, { causal: true, mask: true }]) for (const [t, s] of [[210, 520], [520, 110]] as const) alike({ t, s, d: 3, e: 2, p }, 'f64', 1e-13)
  })
  it('of wide heads, and of none', () => {
    for (const p of flags) alike({ t: 20, s: 70, d: 330, e: 33, p: { ...p, scale: 0.02 } }, 'f64', 1e-13)
    for (const [t, s, h, d, e] of [[3, 0, 1, 2, 2], [0, 3, 1, 2, 2], [3, 4, 0, 2, 2], [3, 4, 1, 0, 2], [3, 4, 1, 2, 0]] as const) for (const p of flags) alike({ t, s, h, d, e, p }, 'f64', 1e-13)
  })
  it('of rows without a key, which average all values, and of rows whose logits are huge', () => {
    const blind = (xs: readonly Host[]): void => void (xs.at(-1) as Host).data.fill(0 as never, 0, 30 * 70)
    const huge = (value: number) => (xs: readonly Host[]): void => void (xs[3] as Host).data.fill(value as never, 70, 30 * 70)
    for (const causal of [false, true]) {
      alike({ t: 60, s: 70, p: { causal, mask: true }, change: blind }, 'f32', 4e-6)
      for (const value of [-1e9, 1e9, 1e30, -3e38, -Infinity, Infinity]) alike({ t: 60, s: 70, p: { causal, bias: true }, change: huge(value) }, 'f32', 4e-6)
    }
  })
  it('of numbers that are none, in any operand and where causality takes pairs out', () => {
    for (const causal of [false, true])
      for (const value of [NaN, Infinity, -Infinity])
        for (const operand of [0, 1, 2, 3]) for (const at of [0, 500, 1100]) alike({ t: 110, s: 120, p: { causal, bias: true }, change: (xs) => set(xs[operand], at, value) }, 'f32', 4e-6)
  })
  it('the same bits from any number of threads', () => {
    const xs = drawn({ t: 300, s: 1200, h: 2, p: { causal: true } }, 'f32', 9), g = closed(both(params({ causal: true })) as never, xs)
    const results = [1, 2, 3].map((n) => {
      if ('addon' in addon) addon.addon.setThreads(n)
      return machine!.run(g, xs).map((y) => [...(y.data as Numbers)])
    })
    if ('addon' in addon) addon.addon.setThreads(2)
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
  })
})

describe.skipIf(!('addon' in addon))('the plan of a gradient of attention', () => {
  it('holds nothing of the size of all pairs', () => {
    const [t, h, d] = [4096, 8, 64]
    const x = ones([1, t, h, d], { dtype: 'f32' })
    const codes = new Map('addon' in addon ? addon.addon.kernels().elementwise.map((n, i) => [n, i]) : [])
    for (const isCausal of [false, true]) {
      const loss = (p: { readonly q: typeof x; readonly k: typeof x; readonly v: typeof x }) => sum(dotProductAttention(p.q, p.k, p.v, { isCausal }))
      const { graph } = toGraph(grad(loss))({ q: x, k: x, v: x })
      const bytes = plan(graph, graph.inputs.map(() => false), codes, 1).arenaBytes
      // The result, its cotangent and a few numbers a row: all pairs of one head would be 64 MiB.
      expect(bytes).toBeLessThan(3 * t * h * d * 4)
    }
  })
})
