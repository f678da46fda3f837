/** What a plan reads has been written: a loop never reads bytes of the arena that only a later loop fills. */
import { expect, it } from 'vitest'
import { gradient, loss } from '../../laws/transform.js'
import { closed } from '../../laws/calculus.js'
import { hostOf } from '../../laws/host.js'
import type { Node } from '../../lib/ir/node.js'
import type { Instruction } from '../../lib/ir/program.js'
import { b, constant, reshapeTo, stretch } from '../../lib/prim/index.js'
import { findAddon } from '../../lib/run/index.js'
import { plan } from '../../lib/run/plan/index.js'

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
