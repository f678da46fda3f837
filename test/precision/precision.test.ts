/**
 * How exact functions are that are computed by approximation: their largest errors at the points of exact.json, in units in
 * the last place of the true value, are at most what docs/precision.md states. COTANGENT_WRITE=1 writes that page anew.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { leaf } from '../../lib/ir/node.js'
import type { Host, Node } from '../../lib/ir/node.js'
import * as ct from '../../lib/tensor/index.js'
import type { Backend } from '../../lib/run/index.js'
import { backends, hosts } from '../tensor/value.js'
import { section } from './fast.js'

interface Exact { readonly fn: string; readonly dtype: 'f32' | 'f64'; readonly where: string; readonly args: readonly (readonly number[])[]; readonly out: readonly number[]; readonly rest?: readonly number[] }
const { made, records } = JSON.parse(readFileSync(join(import.meta.dirname, 'exact.json'), 'utf8')) as { made: string; records: readonly Exact[] }
const page = join(import.meta.dirname, '../../docs/precision.md')
type Loose = Readonly<Record<string, (...xs: readonly Node[]) => Node>>
/** Functions that are written with their settings. */
const spelled: Loose = {
  'special.polygamma(1, x)': (x) => ct.special.polygamma(1, x as never) as never, 'special.polygamma(3, x)': (x) => ct.special.polygamma(3, x as never) as never,
  'special.multigammaln(x, 3)': (x) => ct.special.multigammaln(x as never, 3) as never,
  'special.sici(x)[0]': (x) => ct.special.sici(x as never)[0] as never, 'special.sici(x)[1]': (x) => ct.special.sici(x as never)[1] as never,
}
const functionOf = (fn: string): ((...xs: readonly Node[]) => Node) => spelled[fn] ?? named(fn)
const named = (fn: string): ((...xs: readonly Node[]) => Node) =>
  fn.startsWith('special.') ? (ct.special as unknown as Loose)[fn.slice(8)]! : (ct as unknown as Loose)[fn]!
const ends = { f32: { digits: 23, least: -126 }, f64: { digits: 52, least: -1022 } } as const
/** The distance from a number of this size to the next. */
const ulp = (y: number, dtype: 'f32' | 'f64'): number => 2 ** (Math.max(y === 0 ? -Infinity : Math.floor(Math.log2(Math.abs(y))), ends[dtype].least) - ends[dtype].digits)
const computed = (r: Exact, on: Backend): Host => {
  const array = r.dtype === 'f32' ? Float32Array : Float64Array
  return hosts([functionOf(r.fn)(...r.args.map((a) => leaf(array.from(a) as never, [a.length], r.dtype)))], on)[0]!
}
/** The largest error over what is given, in ulps of the true value. */
const largest = (got: ArrayLike<number>, want: readonly number[], rest: readonly number[], dtype: 'f32' | 'f64'): number =>
  want.reduce((m, y, i) => Math.max(m, Math.abs(got[i]! - y - (rest[i] ?? 0)) / ulp(y, dtype)), 0)
const errorOf = (r: Exact, on: Backend): number => largest(computed(r, on).data as Float64Array, r.out, r.rest ?? [], r.dtype)

// ---- the page ----------------------------------------------------------------------------------------------------
const shown = (ulps: number): string => (Math.ceil(ulps * 10) / 10).toFixed(1)
const line = (fn: string): string => {
  const [narrow, wide] = (['f32', 'f64'] as const).map((d) => records.find((r) => r.fn === fn && r.dtype === d)!) as [Exact, Exact]
  const cells = [narrow, wide].flatMap((r) => backends.map(([, on]) => shown(errorOf(r, on))))
  return `| \`${fn}\` | ${wide.where} | ${cells.join(' | ')} |`
}
const names = [...new Set(records.map((r) => r.fn))]
const columns = ['f32', 'f64'].flatMap((d) => backends.map(([name]) => `${d} ${name}`))
const written = (): string => `# Precision

Written by \`COTANGENT_WRITE=1 npx vitest run test/precision\` on x86-64 with glibc. The largest errors found, in units in the last place of the true value, at points of which the exact result is known (${made}; test/precision/record.py): ${records.find((r) => r.dtype === 'f32')!.out.length} points of f32 and ${records.find((r) => r.dtype === 'f64')!.out.length} of f64 a function, drawn from where the second column says (for f32 within its range). Half a unit is the best that there is. Tests hold every machine to one and a half times the figure and a tenth: the C library computes some of them.

Large figures stand where a result is small against what it is made of: at zeros (\`special.gammaln\` near 1 and 2, \`sinc\` near integers, \`special.klDiv\` where the two are near), and in tails, whose logarithm is large, so that an error of half a unit in the operand is one of many in the result (\`special.ndtr\` at -12). f16 and bf16 are computed in f32 and rounded once.

| function | operands | ${columns.join(' | ')} |
|---|---|${columns.map(() => '---|').join('')}
${names.map(line).join('\n')}
${section}`
if (process.env['COTANGENT_WRITE'] === '1') writeFileSync(page, written())

// ---- what is stated --------------------------------------------------------------------------------------------
const stated = new Map(readFileSync(page, 'utf8').split('\n').filter((l) => l.startsWith('| `')).map((l) => {
  const [fn, , ...figures] = l.slice(2).split(' | ')
  return [fn!.replaceAll('`', ''), figures.map(Number.parseFloat)] as const
}))
const headed = readFileSync(page, 'utf8').split('\n').find((l) => l.startsWith('| function'))!.split(' | ').slice(2).map((c) => c.replace(' |', ''))

it('the page names every function that has true values', () => expect([...stated.keys()]).toEqual(names))
describe.each(backends)('%s', (name, on) => {
  it.each(records.map((r) => [`${r.fn} of ${r.dtype}`, r] as const))('%s', (_, r) => {
    const figure = stated.get(r.fn)![headed.indexOf(`${r.dtype} ${name}`)]!
    expect(errorOf(r, on)).toBeLessThanOrEqual(figure * 1.5 + 0.1)
  })
})

/** The functions of which networks are made, densely: f32 against the same machine's f64, which has 29 bits more. */
const dense = { exp: [-86, 88, 1], log: [1e-4, 1e4, 1], tanh: [-10, 10, 2], erf: [-6, 6, 2], sin: [-100, 100, 2], cos: [-100, 100, 2] } as const
describe.each(backends.map(([name, on]) => [name, on, name === 'native' ? 200_000 : 20_000] as const))('%s, densely', (_, on, n) => {
  it.each(Object.entries(dense))('%s', (fn, [lo, hi, most]) => {
    const x = Float32Array.from({ length: n }, (_, i) => lo + (hi - lo) * ((i * 0.6180339887498949) % 1))
    const [got, want] = [x, Float64Array.from(x)].map((v, i) => computed({ fn, dtype: i === 0 ? 'f32' : 'f64', where: '', args: [v as never], out: [] }, on).data as Float64Array)
    expect(largest(got!, [...want!], [], 'f32')).toBeLessThanOrEqual(most)
  })
  it('power', () => {
    const [x, y] = [0.6180339887498949, 0.7548776662466927].map((g, k) => Float32Array.from({ length: n }, (_, i) => (k === 0 ? Math.exp(14 * ((i * g) % 1) - 7) : 20 * ((i * g) % 1) - 10)))
    const [got, want] = (['f32', 'f64'] as const).map((dtype) => computed({ fn: 'power', dtype, where: '', args: [[...x!], [...y!]], out: [] }, on).data as Float64Array)
    const kept = [...want!.keys()].filter((i) => Math.abs(want![i]!) > 1.2e-38 && Math.abs(want![i]!) < 3e38)
    expect(largest(kept.map((i) => got![i]!), kept.map((i) => want![i]!), [], 'f32')).toBeLessThanOrEqual(2)
  })
})
/** The promise of the compiled backend for both dtypes. */
it.each(Object.entries({ exp: 1, log: 1, tanh: 2, erf: 2, sin: 2, cos: 2, power: 2 }))('%s is within its promise on the compiled backend', (fn, most) => {
  const [, on] = backends.find(([name]) => name === 'native') ?? backends[0]!
  for (const r of records.filter((x) => x.fn === fn)) expect(errorOf(r, on)).toBeLessThanOrEqual(most)
})
it('the page says what fast mathematics promises', () => expect(readFileSync(page, 'utf8').endsWith(section)).toBe(true))
