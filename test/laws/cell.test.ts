/**
 * Every cell of op x dtype x transform x machine: its law holds there, and what the machine executed says that it did the
 * work itself. What ran is written down for docs/coverage.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { isApplied } from '../../laws/arbitrary.js'
import { cellsOf, cellTransforms } from '../../laws/cell.js'
import { fromSeed } from '../../laws/draw.js'
import { seed } from '../../laws/hold.js'
import { bench } from '../../laws/machine.js'
import type { Machine } from '../../laws/machine.js'
import { primitives } from '../../lib/prim/index.js'
import type { AnyPrimitive } from '../../lib/prim/index.js'
import { evaluate } from '../../lib/run/index.js'

interface Row { readonly dtypes: readonly string[]; readonly ran: Record<string, Record<string, string[]>>; readonly kernels: Set<string> }
const rows: Record<string, Row> = {}
/** A machine that notes what its plans executed. */
const watched = (m: Machine, note: (kernel: string) => void): Machine => ({
  ...m,
  run: (g, inputs, tier = 1) => {
    const e = evaluate(g, inputs, m.backend, { tier })
    e.trace.forEach(note)
    return e.outputs
  },
})
const records = (Object.values(primitives) as unknown as AnyPrimitive[]).filter(isApplied)
const here = bench()

describe.each(records)('$name', (p) => {
  const row: Row = (rows[p.name] = { dtypes: p.domain.dtypes, ran: {}, kernels: new Set() })
  const cells = cellsOf(p)(fromSeed(seed))
  it.each(here.machines)('on $name', (m) => {
    const own = m.name === 'reference'
    const wrong = cells.flatMap(({ dtype, transform, claim }) => {
      const seen = new Set<string>()
      const verdict = claim.holds(watched(m, (k) => seen.add(k)))
      if (verdict !== true) return [`${transform} at ${dtype}: ${verdict} for ${claim.text}`]
      if (seen.has('reference') !== own) return [`${transform} at ${dtype}: executed by ${[...seen].join(', ')}`]
      ;((row.ran[m.name] ??= {})[transform] ??= []).push(dtype)
      if (!own) seen.forEach((k) => row.kernels.add(k))
      return []
    })
    expect(wrong.join('\n')).toBe('')
  })
})
afterAll(() => {
  mkdirSync('build', { recursive: true })
  const out = Object.entries(rows).map(([op, r]) => ({ op, dtypes: r.dtypes, ran: r.ran, kernels: [...r.kernels].sort() }))
  writeFileSync('build/cells.json', JSON.stringify({ transforms: cellTransforms, machines: here.machines.map((m) => m.name), rows: out }))
})
