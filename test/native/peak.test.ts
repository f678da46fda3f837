import { describe, expect, it } from 'vitest'
import { addon } from './harness.js'

const a = addon!
describe.skipIf(addon === null)('peaks', () => {
  it('are rates between a tenth and a million times 10⁹, and what was copied is given back', () => {
    const { used } = a.memory(), { flops, copy } = a.peaks()
    for (const rate of [flops, copy]) {
      expect(rate).toBeGreaterThan(1e8)
      expect(rate).toBeLessThan(1e15)
    }
    expect(a.memory().used).toBe(used)
  })
})
