/**
 * Every public function under vmap: mapped over two sets of operands at once it gives what it gives for each alone. The
 * operands are those of the golden records, and the same with their elements in reverse, which stay in the function's domain.
 * COTANGENT_DEEP takes all records, otherwise it is a few of each function, from its first to its last.
 */
import { describe, expect, test } from 'vitest'
import type { Host, Node } from '../../lib/ir/node.js'
import { vmap } from '../../lib/transform/index.js'
import * as ct from '../../lib/tensor/index.js'
import { closed, files, leafOf, recordsOf, tensors } from '../golden/records.js'
import type { Recorded } from '../golden/records.js'
import { hosts } from './value.js'

type Loose = (...xs: readonly unknown[]) => Node
const reversed = (x: Node): Node => (ct.reshape as Loose)((ct.flip as Loose)((ct.flatten as Loose)(x)), x.shape)
const numbers = (h: Host): number[] => Array.from(h.data as Iterable<number | bigint>, Number)
/** Equal up to the rounding of sums that the batch reorders. */
const close = (a: number, b: number, scale: number): boolean => Object.is(a, b) || a === b || Math.abs(a - b) <= 2e-6 * Math.max(Math.abs(b), scale)

const mapped = (r: Recorded, xs: readonly Node[], ys: readonly Node[]): readonly Node[] => {
  const both = xs.map((x, i) => (ct.stack as Loose)([x, ys[i]]))
  return (vmap as unknown as (f: unknown) => (...args: readonly Node[]) => Node[])((...args: Node[]) => closed(r)(...args))(...both)
}
const differences = (r: Recorded): string[] => {
  const xs = tensors(r).map(leafOf)
  const ys = xs.map(reversed)
  const got = hosts(mapped(r, xs, ys))
  const want = [xs, ys].map((args) => hosts(closed(r)(...args)))
  return got.flatMap((g, k) => {
    const alone = want.flatMap((w) => numbers(w[k] as Host))
    const scale = Math.min(1, ...alone.map((v) => (Number.isFinite(v) ? Math.abs(v) : 0)).slice(0, 1))
    return numbers(g).flatMap((v, i) => (close(v, alone[i] as number, Math.max(scale, 1e-3)) ? [] : [`output ${k} [${i}]: ${v} mapped, ${alone[i]} alone`])).slice(0, 3)
  })
}
const most = process.env['COTANGENT_DEEP'] === undefined ? 3 : Infinity
const spread = <A>(xs: readonly A[]): readonly A[] => (xs.length <= most ? xs : Array.from({ length: most }, (_, i) => xs[Math.round((i * (xs.length - 1)) / (most - 1))] as A))
const judged = (file: string): (readonly [string, Recorded])[] => {
  const named = recordsOf(file).map((r, i) => [`${r.fn} #${i}`, r] as const).filter(([, r]) => tensors(r).length > 0 && !r.out.some((o) => o[1].includes(0)))
  return [...new Set(named.map(([, r]) => r.fn))].flatMap((fn) => spread(named.filter(([, r]) => r.fn === fn)))
}
describe.each(files)('%s', (file) => {
  test.each(judged(file))('%s', (_, r) => {
    expect(differences(r).join('\n'), JSON.stringify(r.args).slice(0, 200)).toBe('')
  })
})
