/**
 * Transforms against JAX's: derivatives of every kind, vmap and control flow, alone and composed, of functions that record.py
 * defines in the same words. One loop over the records, on every backend of this machine.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import * as ct from '../../lib/index.js'
import type { Host, Node } from '../../lib/ir/node.js'
import { flatten } from '../../lib/type/index.js'
import { differences, summed } from '../golden/near.js'
import { hostOf, leafOf } from '../golden/records.js'
import type { Stored } from '../golden/records.js'
import { backends, hosts } from '../tensor/value.js'

interface Settings { readonly argnums?: readonly number[]; readonly inAxes?: readonly (number | null)[]; readonly outAxes?: number }
interface Recorded {
  readonly fn: string; readonly program: string; readonly path: readonly (readonly [transform: string, settings: Settings])[]
  readonly args: readonly Stored[]; readonly out?: readonly Stored[]; readonly types?: readonly (readonly [dtype: string, shape: readonly number[]])[]
}
// what is peeked is printed; test/run holds what
beforeAll(() => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
})
afterAll(() => {
  vi.restoreAllMocks()
})
const { records } = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')) as { readonly records: readonly Recorded[] }

// the programs are called with tensors of every shape, so here everything is a Node; the public types are tested in test/types
type Fn = (...args: readonly never[]) => unknown
type Loose<K extends string, R> = Readonly<Record<K, (...args: readonly unknown[]) => R>>
type Elementwise = 'abs' | 'add' | 'cast' | 'clip' | 'cos' | 'exp' | 'gt' | 'log' | 'mul' | 'relu' | 'sin' | 'square' | 'tanh' | 'where'
const { abs, add, any, associativeScan, cast, clip, cos, cumsum, dot, exp, forLoop, gt, log, mapOver, matmul, max, mean, mul, peek, relu, sin, square, stopGradient, sum, switchOf, take, tanh, where } =
  ct as unknown as Loose<Elementwise | 'any' | 'associativeScan' | 'cumsum' | 'dot' | 'forLoop' | 'mapOver' | 'matmul' | 'max' | 'mean' | 'peek' | 'stopGradient' | 'sum' | 'switchOf' | 'take', Node>
const { cond, scan } = ct as unknown as Loose<'cond' | 'scan', readonly [Node, Node] & Node>
const t = ct as unknown as Readonly<Record<string, (f: Fn, ...rest: readonly unknown[]) => Fn>>

const rnn = (w: Node, c: Node, xs: Node) => scan((at: Node, x: Node) => [tanh(add(matmul(at, w), x)), mul(at, x)], c, xs)
const ruled = t['customJvp']?.((x: Node) => mul(x, x), ([x]: Node[], [dx]: Node[]) => [mul(x, x), mul(mul(7, x), dx)]) as (x: Node) => Node
const pulledBack = t['customVjp']?.((x: Node) => mul(x, x), { forward: (x: Node) => [mul(x, x), cos(x)], backward: (kept: Node, c: Node) => [mul(mul(5, kept), c)] }) as (x: Node) => Node
const rematted = t['remat']?.((y: Node) => mul(sin(sin(y)), y)) as (x: Node) => Node
const raveled = (x: Node, y: Node): unknown => {
  const [v, back] = ct.ravelTree({ a: x, b: y })
  return [v, back(mul(v, 2) as never)]
}
const programs: Readonly<Record<string, (...args: readonly Node[]) => unknown>> = {
  ruled: (x) => sum(ruled(x as Node)),
  pulledBack: (x) => sum(pulledBack(x as Node)),
  rematted: (x) => sum(rematted(x as Node)),
  tripled: (x) => mul(3, cumsum(x, { axis: -1 })),
  peeked: (x) => sum(mul(peek('x', x), x)),
  powers: (x) => forLoop(1, 5, (i: Node, c: Node) => add(mul(c, x), cast(i, (x as Node).dtype)), x),
  halved: (x) => t['whileLoop']?.((([c]: Node[]) => any(gt(abs(c), 1))) as never, ([c, n]: Node[]) => [mul(c, 0.5), add(n, 1)], [x, ct.tensor(0, { dtype: 'i32' })]),
  switched: (i, x) => switchOf(i, [() => sum(x), () => sum(mul(x, x)), () => sum(sin(x))]),
  products: (x) => associativeScan((a: Node, c: Node) => mul(a, c), x),
  backwards: (x) => associativeScan((a: Node, c: Node) => add(a, c), x, { reverse: true }),
  rows: (x) => mapOver((r: Node) => mul(sin(r), sum(r)), x),
  dots: (x, y) => (t['vectorize']?.((p: Node, q: Node) => dot(p, q), { signature: '(n),(n)->()' }) as unknown as (...xs: unknown[]) => unknown)(x, y),
  raveled: (x, y) => raveled(x as Node, y as Node),
  square: (x) => sum(mul(x, x)),
  cube: (x) => mul(mul(x, x), x),
  wave: (x) => mul(sin(x), cumsum(x, { axis: -1 })),
  pair: (x, y) => sum(mul(mul(exp(x), y), y)),
  mlp: (w1, b1, w2, x) => mean(square(matmul(tanh(add(matmul(x, w1), b1)), w2))),
  kinks: (x) => add(sum(add(relu(x), clip(x, { min: -1, max: 2 }))), max(x)),
  corners: (x) => sum(where(gt(x, 0), log(x), exp(x))),
  both: (x, y) => [mul(x, y), sum(x)],
  stopped: (x) => sum(mul(x, stopGradient(mul(x, x)))),
  picked: (x, i) => sum(square(take(x, i))),
  rnn: (w, c, xs) => rnn(w as Node, c as Node, xs as Node),
  rnnLoss: (w, c, xs) => rnn(w as Node, c as Node, xs as Node).map((y) => sum(square(y))).reduce((a, b) => add(a, b)),
  branch: (x) => cond(gt(sum(x), 0), () => sum(mul(x, x)), () => sum(sin(x))),
  affine: (w, x) => matmul(w, x),
  decay: (c, xs) => scan((at: Node, x: Node) => [mul(at, x), at], c, xs),
}
const pushed = (how: 'jvp' | 'linearize') => (f: Fn) => (...args: readonly never[]): unknown => {
  const at = args.slice(0, args.length / 2), tangents = args.slice(args.length / 2)
  if (how === 'jvp') return t['jvp']?.(f, at, tangents)
  const [y, push] = ct.linearize(f as (...a: never[]) => unknown, ...at)
  return [y, (push as Fn)(...tangents)]
}
/** Applied to a function with settings, they give a function of tensors, as record.py says. */
const own: Readonly<Record<string, (f: Fn, s: Settings) => Fn>> = {
  jvp: pushed('jvp'),
  linearize: pushed('linearize'),
  sum: (f) => (...args) => sum(f(...args)),
  hvp: (f) => (x, v) => ct.hvp(f as never, x, v),
  linearTranspose: (f) => (x, c) => (ct.linearTranspose(f as never, x) as Fn)(c),
  vjp: (f) => (...args) => {
    const [y, back] = ct.vjp(f as (...a: never[]) => unknown, ...args.slice(0, -1))
    return [y, (back as (ct: never) => readonly unknown[])(args.at(-1) as never).filter((d) => d !== null)]
  },
}
const transformed = (r: Recorded): Fn =>
  r.path.reduceRight<Fn>((f, [name, s]) => (own[name] ?? (t[name] as (f: Fn, s: Settings) => Fn))(f, s), programs[r.program] as Fn)
const nodes = (tree: unknown): readonly Node[] => flatten(tree).leaves as readonly Node[]
const name = (x: { readonly dtype: string; readonly shape: readonly number[] }): string => `${x.dtype}[${x.shape}]`

const typesOf = (r: Recorded, args: readonly Node[]): readonly string[] => {
  const f = programs[r.program] as (...args: readonly Node[]) => unknown
  if (r.fn === 'toGraph') return ct.toGraph(f)(...args).graph.outputs.map(name)
  return [ct.evalShape(f, ...args)].flat().map((x) => name(x as Node))
}
const check = (r: Recorded, got: readonly Host[]): string[] => (r.out ?? []).flatMap((want, k) => {
  const g = got[k] as Host
  return name(g) === `${want[0]}[${want[1]}]` ? differences(g, hostOf(want), summed) : [`gives ${name(g)}, recorded ${want[0]}[${want[1]}]`]
})

describe.each(backends)('transforms are JAX\'s, %s', (_, backend) => {
  test.each(records.map((r, i) => [`${i} ${r.path.map(([p]) => p).join(' of ')} of ${r.program}, ${r.args.map((a) => `[${a[1]}]`).join(' ')}`, r] as const))('%s', (_, r) => {
    const args = r.args.map(leafOf)
    if (r.types !== undefined) return expect(typesOf(r, args)).toEqual(r.types.map(([d, s]) => `${d}[${s}]`))
    const got = hosts(nodes(transformed(r)(...(args as never[]))), backend)
    expect(got).toHaveLength(r.out?.length ?? 0)
    expect(check(r, got).join('\n')).toBe('')
  })
})
