/**
 * What a plan reads has been written: a loop never reads bytes of the arena that only a later loop fills. What processes give each
 * other goes as early as it can, and is waited for as late.
 */
import { describe, expect, it } from 'vitest'
import { gradient, loss } from '../../laws/transform.js'
import { closed } from '../../laws/calculus.js'
import { hostOf } from '../../laws/host.js'
import type { Node } from '../../lib/ir/node.js'
import type { Buffer, Instruction, Program } from '../../lib/ir/program.js'
import { b, constant, reshapeTo, stretch } from '../../lib/prim/index.js'
import { findAddon } from '../../lib/run/index.js'
import { plan } from '../../lib/run/plan/index.js'
import { eachView } from '../../lib/run/plan/view.js'

const found = findAddon()
const names = 'addon' in found ? found.addon.kernels().elementwise : []
type Loop = Extract<Instruction, { kind: 'loop' }>

/** ∂/∂(x, y) of 2 Σ tanh(y₀x, six times y₀) - 3 Σ tanh(sin x, sin y): values that wait for a reader share parts. */
const twoLosses = (x: Node, y: Node): Node[] => {
  const first = reshapeTo(b.slice([y], { start: [0], limit: [1], step: [1] }), [])
  return [b.mul([first, x]), reshapeTo(stretch(reshapeTo(first, [1]), [6, 1]), [2, 3])]
}
const scaled = (x: Node, k: number): Node => b.mul([x, constant(k, x)])
it.skipIf(names.length === 0)('what waited reads the loop that a part of it has joined', () => {
  const [f, g] = [loss((x, y) => twoLosses(x as Node, y as Node)), loss((...xs) => xs.map((x) => b.sin([x])))]
  const mixed = gradient((...xs) => [b.sub([scaled(f(...xs)[0] as Node, 2), scaled(g(...xs)[0] as Node, 3)])], [true, true])
  const inputs = [hostOf({ shape: [], dtype: 'f64' }, () => 0), hostOf({ shape: [3], dtype: 'f64' }, () => 0)]
  const { buffers, instructions } = plan(closed(mixed, inputs), [false, false], new Map(names.map((n, i) => [n, i])), 1).program
  const written = new Set<number>()
  expect(instructions.every((i) => i.kind === 'loop')).toBe(true)
  for (const l of instructions as readonly Loop[]) {
    for (const s of l.sources) if ('buffer' in s && buffers[s.buffer]?.kind === 'arena') expect(written.has(s.buffer)).toBe(true)
    for (const s of l.sinks) written.add(s.view.buffer)
  }
})
/** Exchanges between two processes that give the same to each other: products of products, the last one first. */
const away = (xs: readonly Node[]): Node[] => xs.map((x) => b.exchange([x], { how: 'sum', processes: 2, label: 'sum' }))
const planned = (outs: (x: Node) => readonly Node[], tier: 0 | 1 = 1): Program => {
  const g = closed((x) => [...outs(x as Node)], [hostOf({ shape: [8, 8], dtype: 'f32' }, (i) => i)])
  return plan(g, [false], new Map(names.map((n, i) => [n, i])), tier).program
}
const product = (x: Node, y: Node): Node => b.dot([x, y])
describe.skipIf(names.length === 0)('between processes', () => {
  it.each([0, 1] as const)('each exchange begins once it can and ends when somebody reads it, asked for tier %i', (tier) => {
    const { instructions } = planned((x) => {
      const first = product(x, x), second = product(first, x), third = product(second, x)
      return away([third, first, second]).map((y) => b.sin([y]))
    }, tier)
    expect(instructions.map((i) => (i.kind === 'wait' ? i.left : i.kind))).toEqual(['dot', 'exchange', 'dot', 'exchange', 'dot', 'exchange', 2, 'loop', 1, 'loop', 0, 'loop'])
  })
  it('memory of what is away is nobody else\'s until it is back', () => {
    const { buffers, instructions } = planned((x) => {
      const [y] = away([b.sin([x])])
      const far = Array.from({ length: 4 }).reduce<Node>((z) => product(b.cos([z]), x), x)
      return [b.add([y as Node, far])]
    })
    const begun = instructions.findIndex((i) => i.kind === 'exchange'), ended = instructions.findIndex((i) => i.kind === 'wait')
    const placesOf = (i: Instruction): { readonly at: number; readonly bytes: number }[] => {
      const found: { readonly at: number; readonly bytes: number }[] = []
      eachView(i, ({ buffer }) => found.push(...[buffers[buffer] as Buffer].filter((p) => p.kind === 'arena')))
      return found
    }
    const between = instructions.slice(begun + 1, ended).flatMap(placesOf), gone = placesOf(instructions[begun] as Instruction)
    expect([gone.length, between.length > 6]).toEqual([2, true])
    for (const p of gone) for (const q of between) expect(p.at + p.bytes <= q.at || q.at + q.bytes <= p.at).toBe(true)
  })
  it('what only outputs hold is waited for at the end', () => {
    expect(planned((x) => away([x, b.sin([x])])).instructions.map((i) => i.kind)).toEqual(['exchange', 'loop', 'exchange', 'wait'])
  })
})
