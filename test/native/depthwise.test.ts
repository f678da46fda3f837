/**
 * Convolutions of each channel by itself beside the reference: sizes around vectors and tiles, strides, dilations, paddings,
 * several outputs a channel, any order of axes in memory; and the same bits from all orders, tiers and numbers of threads.
 */
import { describe, expect, it } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { hostOf } from '../../laws/host.js'
import { bench, nativeMachine, oracle } from '../../laws/machine.js'
import type { Host, Node } from '../../lib/ir/node.js'
import { numel } from '../../lib/ir/node.js'
import { b, make } from '../../lib/prim/index.js'
import { outSpatial } from '../../lib/prim/conv.js'
import type { Window } from '../../lib/prim/conv.js'
import { findAddon } from '../../lib/run/index.js'
import { random } from './harness.js'

const machine = nativeMachine(bench())
const addon = findAddon()
type Floats = 'f32' | 'f64'
interface Case { readonly n: number; readonly c: number; readonly m: number; readonly spatial: readonly number[]; readonly kernel: readonly number[]; readonly p: Omit<Window, 'groups'> }
const shapes = ({ n, c, m, spatial, kernel, p }: Case) => ({ x: [n, c, ...spatial], w: [c * m, 1, ...kernel], y: [n, c * m, ...outSpatial(spatial, kernel, p)] })
const numbers = (shape: readonly number[], dtype: Floats, next: () => number): Host => hostOf({ shape, dtype }, () => 4 * next() - 2)
const last = (shape: readonly number[]): number[] => [0, ...shape.slice(2).map((_, i) => i + 2), 1]
const first = (shape: readonly number[]): number[] => [0, shape.length - 1, ...shape.slice(2).map((_, i) => i + 1)]
/** The three directions, of images whose channels come second, or last and are then moved. */
const all = (c: Case, moved: boolean) => (...xs: readonly unknown[]): Node[] => {
  const [x, w, y] = xs as [Node, Node, Node]
  const [a, d] = [x, y].map((v) => (moved ? b.permute([v], { axes: first(v.shape) }) : v)) as [Node, Node]
  const p = { ...c.p, groups: c.c }
  return [make('conv', [a, w], p), make('convInput', [d, w], { ...p, spatial: c.spatial }), make('convWeight', [a, d], { ...p, kernel: c.kernel })] as Node[]
}
const turned = (x: Host): Host => oracle.run(closed((v) => [b.permute([v as Node], { axes: last(x.shape) })], [x]), [x])[0] as Host
const list = (x: Host | undefined): number[] => [...((x as Host).data as Float32Array)]
/** What is off, as a part of the root of the number of terms. */
const far = (got: Host, want: Host, terms: number): number => {
  const w = list(want)
  return list(got).reduce((m, g, i) => Math.max(m, Math.abs(g - (w[i] as number))), 0) / (4 * Math.sqrt(Math.max(1, terms)))
}
const given = (c: Case, dtype: Floats): Host[] => {
  const next = random(7 + numel(c.spatial)), s = shapes(c)
  return [numbers(s.x, dtype, next), numbers(s.w, dtype, next), numbers(s.y, dtype, next)]
}
const alike = (c: Case, dtype: Floats): void => {
  const xs = given(c, dtype), [x, w, y] = xs as [Host, Host, Host]
  const g = closed(all(c, false) as never, xs), want = oracle.run(g, xs), got = machine!.run(g, xs, 1)
  const terms = [numel(c.kernel), numel(c.kernel) * c.m, numel(y.shape) / (c.c * c.m)]
  got.forEach((r, i) => expect(far(r, want[i] as Host, terms[i] as number), `direction ${i} of ${JSON.stringify(c)}, ${dtype}`).toBeLessThan(dtype === 'f32' ? 5e-7 : 1e-15))
  const others = [turned(x), w, turned(y)]
  const same = [machine!.run(g, xs, 0), machine!.run(closed(all(c, true) as never, others), others, 1)]
  for (const other of same) got.forEach((r, i) => expect(list(other[i]), `direction ${i} of ${JSON.stringify(c)}`).toEqual(list(r)))
}
const drawn = (next: () => number): Case => {
  const pick = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1)), rank = pick(1, 2)
  const each = <A>(f: () => A): A[] => Array.from({ length: rank }, f)
  const kernel = each(() => pick(1, 5)), dilation = each(() => pick(1, 3))
  const spatial = kernel.map((k, i) => (k - 1) * (dilation[i] as number) + pick(1, 14))
  return { n: pick(1, 3), c: pick(8, 70), m: pick(1, 3), spatial, kernel, p: { stride: each(() => pick(1, 3)), padding: each(() => [pick(0, 3), pick(0, 3)] as const), dilation } }
}
const plain = { stride: [1, 1], padding: [[1, 1], [1, 1]], dilation: [1, 1] } as const

describe.skipIf(machine === undefined)(`depthwise convolutions${machine === undefined ? ' SKIPPED: no addon' : ''}`, () => {
  it('of any shape, in either order, of both floats', () => {
    const next = random(3)
    for (let i = 0; i < 40; i++) alike(drawn(next), i % 3 === 0 ? 'f64' : 'f32')
  })
  it('of images of several tiles, and of rows that are longer than one', () => {
    alike({ n: 1, c: 80, m: 1, spatial: [41, 40], kernel: [3, 3], p: plain }, 'f32')
    alike({ n: 2, c: 17, m: 1, spatial: [3, 530], kernel: [3, 3], p: { ...plain, stride: [1, 2] } }, 'f32')
    alike({ n: 2, c: 9, m: 2, spatial: [700], kernel: [4], p: { stride: [1], padding: [[2, 1]], dilation: [2] } }, 'f64')
  })
  it('of nothing, and of three axes', () => {
    alike({ n: 0, c: 16, m: 1, spatial: [5, 4], kernel: [3, 3], p: plain }, 'f32')
    alike({ n: 2, c: 16, m: 2, spatial: [3, 4, 5], kernel: [2, 3, 2], p: { stride: [1, 2, 1], padding: [[0, 1], [1, 1], [0, 0]], dilation: [1, 1, 2] } }, 'f32')
  })
  it('the same bits from any number of threads', () => {
    const c: Case = { n: 3, c: 96, m: 1, spatial: [33, 29], kernel: [3, 3], p: { ...plain, stride: [2, 1] } }, xs = given(c, 'f32'), g = closed(all(c, false) as never, xs)
    const results = [1, 2, 3].map((n) => {
      if ('addon' in addon) addon.addon.setThreads(n)
      return machine!.run(g, xs).map(list)
    })
    if ('addon' in addon) addon.addon.setThreads(2)
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
  })
})
