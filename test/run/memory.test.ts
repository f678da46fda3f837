/** Out of memory is a typed fault that says what lives in the process and names what runs hold and need; and is no end of it. */
import { describe, expect, it } from 'vitest'
import { b } from '../../lib/prim/index.js'
import type { Node } from '../../lib/ir/node.js'
import { findAddon, native, Runtime } from '../../lib/run/index.js'
import { isFault } from '../../lib/type/index.js'
import { total } from './build.js'

const found = findAddon()
const full = (n: number): Node => b.broadcast([b.constant([], { value: 1, dtype: 'f32' })], { shape: [n], axes: [] })
const failure = (f: () => unknown): unknown => {
  try {
    f()
  } catch (e) {
    return e
  }
  return null
}
describe.skipIf(!('addon' in found))('out of memory', () => {
  const addon = 'addon' in found ? found.addon : null as never
  const other = new Runtime(native(addon))
  it('names what lives, what the run holds, and what it would need', () => {
    const kept = [5 << 20, 3 << 20, 2 << 20].map(full)
    other.runSync(kept)
    const idle = full(6 << 20)
    other.runSync([idle])
    const { used, pooled, limit } = addon.memory()
    addon.limit(used + pooled + (8 << 20))
    try {
      const e = failure(() => other.runSync([full(16 << 20), ...kept.map((x) => b.neg([x]))]))
      expect(isFault(e) && e._tag).toBe('OutOfMemory')
      expect(String(e)).toContain('largest live tensors: f32[6291456] (24.0 MiB), f32[5242880] (20.0 MiB), f32[3145728] (12.0 MiB); largest inputs of runs: f32[5242880] (20.0 MiB), f32[3145728] (12.0 MiB), f32[2097152] (8.0 MiB)')
      expect(String(e)).toContain('largest pending results: f32[16777216] (64.0 MiB)')
      const sum = total(full(1000))
      other.runSync([sum])
      expect(other.download(sum).data[0]).toBe(1000)
    } finally {
      addon.limit(limit)
    }
    expect([...kept, idle]).toHaveLength(4)
  })
})
