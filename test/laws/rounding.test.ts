/** Error bounds where complex numbers cross the border of a body: they are there, small, and every machine keeps them. */
import { describe, expect, it } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { within } from '../../laws/close.js'
import { bench, errorBounds, oracle } from '../../laws/index.js'
import { lifted } from '../../laws/tree.js'
import { add, cond, conj, gt, lt, mul, real, scan, sum, whileLoop } from '../../lib/index.js'
import type { Host, Node } from '../../lib/ir/node.js'

type Loose = (...xs: readonly unknown[]) => Node
const times = mul as unknown as Loose, plus = add as unknown as Loose, total = (x: unknown): Node => (sum as unknown as Loose)((real as unknown as Loose)(x))
const z: Host = { shape: [3], dtype: 'c64', data: Float32Array.of(0.7, -0.4, 0.1, 0.9, -0.6, 0.3) }
const rows: Host = { shape: [4, 3], dtype: 'c64', data: Float32Array.from({ length: 24 }, (_, i) => ((7 * i) % 11) / 8 - 0.6) }
const programs: Readonly<Record<string, (x: Node, xs: Node) => readonly Node[]>> = {
  'a scan that carries them and captures some': (x, xs) => [...(scan as unknown as (...a: readonly unknown[]) => readonly Node[])((c: Node, r: Node) => [plus(times(c, r), x), times(c, c)], x, xs)],
  'a branch': (x, xs) => [(cond as unknown as Loose)((gt as unknown as Loose)(total(xs), 0), () => times(x, x), () => times(times(x, x), x))],
  'a loop with a test': (x) => [(whileLoop as unknown as Loose)((c: Node) => (lt as unknown as Loose)(total(times(c, (conj as unknown as Loose)(c))), 50), (c: Node) => plus(times(c, 1.5), x), x)],
}
describe('complex numbers that cross a border', () => {
  it.each(Object.entries(programs))('%s', (_, f) => {
    const { fn, values } = lifted(f as never, [z, rows])
    const inputs = [z, rows, ...values]
    const graph = closed(fn, inputs)
    const found = errorBounds(graph, inputs)
    const want = oracle.run(graph, inputs)
    for (const bound of found) for (const e of bound) expect(e).toBeLessThan(1e-3)
    expect(Math.max(...found.flatMap((e) => [...e]))).toBeGreaterThan(1e-8)
    for (const m of bench().machines) m.run(graph, inputs).forEach((y, k) => expect(within(y, want[k] as Host, (i) => found[k]?.[i] as number)).toBe(true))
  })
})
