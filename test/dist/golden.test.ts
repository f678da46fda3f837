/** Collectives against JAX's, on devices and over a batch: one loop over the records, on every backend of this machine. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as ct from '../../lib/index.js'
import type { Host, Node } from '../../lib/ir/node.js'
import { differences, summed } from '../golden/near.js'
import { hostOf, leafOf } from '../golden/records.js'
import type { Stored } from '../golden/records.js'
import { backends, hosts } from '../tensor/value.js'

interface Recorded { readonly fn: string; readonly program: string; readonly path: readonly string[]; readonly args: readonly [Stored]; readonly out: readonly [Stored] }
const { records } = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')) as { readonly records: readonly Recorded[] }

// programs take tensors of every shape, so here everything is a Node; the public types are tested in test/types
type Fn = (x: Node) => Node
type Loose = Readonly<Record<string, (...args: readonly unknown[]) => Node>>
const { allGather, allToAll, axisIndex, broadcastAxis, div, exp, mul, permuteAxis, pmax, pmean, pmin, psum, reduceScatter, scan, sin, square, sub, sum, tanh, zeros, add, cast } = ct as unknown as Required<Loose> &
  Readonly<Record<'allGather' | 'allToAll' | 'axisIndex' | 'broadcastAxis' | 'div' | 'exp' | 'mul' | 'permuteAxis' | 'pmax' | 'pmean' | 'pmin' | 'psum' | 'reduceScatter' | 'scan' | 'sin' | 'square' | 'sub' | 'sum' | 'tanh' | 'zeros' | 'add' | 'cast', Loose[string]>>
const dp = ct.axis('dp', 3)
const rest = (x: Node): readonly number[] => x.shape.slice(1)
const programs: Readonly<Record<string, Fn>> = {
  psum: (x) => psum(x, dp), pmean: (x) => pmean(x, dp), pmax: (x) => pmax(x, dp), pmin: (x) => pmin(x, dp),
  allGather: (x) => allGather(x, dp), allGatherLast: (x) => allGather(x, dp, { axis: -1 }),
  reduceScatter: (x) => reduceScatter(x, dp), reduceScatterLast: (x) => reduceScatter(x, dp, { axis: -1 }),
  allToAll: (x) => allToAll(x, dp), allToAllLast: (x) => allToAll(x, dp, { concat: -1 }),
  permuteAxis: (x) => permuteAxis(x, dp, [[0, 2], [2, 1]]), broadcastAxis: (x) => broadcastAxis(x, dp, { from: 1 }),
  axisIndex: (x) => mul(x, cast(axisIndex(dp), x.dtype)),
  share: (x) => div(exp(x), psum(exp(x), dp)),
  centred: (x) => square(sub(x, pmean(x, dp))),
  ring: (x) => mul(sin(x), permuteAxis(mul(x, x), dp, [[0, 1], [1, 2], [2, 0]])),
  hiddenSum: (x) => (scan((c: Node, y: Node) => [tanh(add(psum(c, dp), y)), c], zeros(rest(x), { dtype: x.dtype }), x) as unknown as readonly [Node, Node])[1],
}
const { grad, pmap, vmap } = ct as unknown as Readonly<Record<'grad' | 'pmap' | 'vmap', (f: Fn, s?: { axis: typeof dp }) => Fn>>
const transformed = (r: Recorded, map: typeof pmap): Fn =>
  r.path.reduceRight<Fn>((f, how) => (how === 'grad' ? grad((x) => sum(f(x))) : map(f, { axis: dp })), programs[r.program] as Fn)
const named = (x: { readonly dtype: string; readonly shape: readonly number[] }): string => `${x.dtype}[${x.shape}]`

describe.each(backends)('collectives are JAX\'s, %s', (_, backend) => {
  test.each(records.map((r, i) => [`${i} ${r.path.join(' of ')} of ${r.program}, [${r.args[0][1]}] ${r.args[0][0]}`, r] as const))('%s', (_, r) => {
    for (const map of [pmap, vmap]) {
      const [got] = hosts([transformed(r, map)(leafOf(r.args[0]))], backend) as readonly [Host]
      expect(named(got)).toBe(`${r.out[0][0]}[${r.out[0][1]}]`)
      expect(differences(got, hostOf(r.out[0]), summed).join('\n')).toBe('')
    }
  })
})
