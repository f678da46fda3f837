/** Probes and counters, on every machine. */
import { describe, expect, it } from 'vitest'
import { bench, nativeMachine } from '../../laws/machine.js'
import * as laws from '../../laws/probe.js'

const here = bench()
for (const m of here.machines)
  describe(`on ${m.name}`, () => {
    it.each(laws.confusions.map((c) => [c.name, c] as const))('%s', (_, c) => expect(laws.confusionIsAbsent(c.f, c.at, c.want, m)).toBe(true))
    it('scan = unrolled', () => expect(laws.scanIsUnrolled(m)).toBe(true))
    it('cond = the branch', () => expect(laws.condIsBranch(m)).toBe(true))
    it('chains of 100,000 nodes', () => expect(laws.longChainsWork(100_000, m)).toBe(true), 60_000)
    it('a changing number makes one key', () => {
      const { plans, misses, value } = laws.keysOfLoop(1000, m)
      expect(plans).toBeLessThanOrEqual(2)
      expect(misses).toBeLessThanOrEqual(2)
      expect(value).toBeGreaterThan(0)
    })
    it('no chain is computed more than twice', () => {
      const [n, twice] = [laws.recomputedByLoop(50, m), laws.recomputedByLoop(100, m)]
      expect(n).toBeLessThanOrEqual(100)
      expect(twice).toBeLessThanOrEqual(2 * n + 2)
    })
  })
it('a gradient has a bounded number of nodes for each node', () => {
  const [n, twice] = [laws.gradientNodesPerNode(100), laws.gradientNodesPerNode(200)]
  console.log(`nodes after grad per forward node of a chain of sines: ${n}`)
  expect(twice).toBeLessThanOrEqual(n * 1.02)
  expect(n).toBeLessThanOrEqual(4)
})
const native = nativeMachine(here)
it.skipIf(native === undefined)('the arena of a chain does not grow with its length', () => {
  const codes = new Map((native?.backend.kernels() ?? []).map((name, i) => [name, i]))
  // A fused loop holds up to 48 members, each with a block of its own: the chains are longer than one loop.
  for (const tier of [0, 1] as const) expect(laws.arenaOfChain(200, 1000, codes, tier)).toBe(laws.arenaOfChain(100, 1000, codes, tier))
})
it('keys are stable', () => expect(laws.keysAreStable()).toBe(true))
