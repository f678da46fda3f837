/** Denormal numbers are computed like all others, on every instruction set: nothing is flushed to zero, on reading or on writing. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../lib/run/addon.js'
import { encode, type Instruction, type Op, type Program, type Sink } from '../../lib/run/program.js'
import { addon, agree, bytesOf, code, dense, input, names, output, program, view } from './harness.js'
import { execute } from './oracle.js'

type Float = 'f32' | 'f64'
const path = process.env['COTANGENT_NATIVE_PATH'] ?? join(packageRoot(), 'build', 'Release', 'cotangent.node')
const least: Readonly<Record<Float, number>> = { f32: 2 ** -149, f64: Number.MIN_VALUE }
const n = 1003
/** All small: sums and products of them with small integers are exact. */
const denormals = (d: Float): readonly number[] => Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1) * (1 + (i * 37) % 1000) * least[d])
const integers = Array.from({ length: n }, (_, i) => (i * 7) % 9 - 4)
/** Where e^x becomes denormal, and a little beyond. */
const tails: Readonly<Record<Float, readonly number[]>> = { f32: integers.map((_, i) => -87 - 17 * i / n), f64: integers.map((_, i) => -708 - 37 * i / n) }

interface Case { readonly what: string; readonly program: Program; readonly inputs: readonly (readonly number[])[]; readonly exact: boolean; readonly out: number }
const loop = (d: Float, ops: readonly (readonly [string, ...number[]])[], sink: 'store' | 'sum' = 'store'): Program => {
  const size = sink === 'sum' ? 1 : n
  const last: Sink = { kind: sink, register: 1 + ops.length, view: sink === 'sum' ? { buffer: 2, dtype: d, offset: 0, strides: [] } : view(2, d, [n]) }
  return program([input(0, d, n), input(1, d, n), output(0, d, size)], { kind: 'loop', dims: [n], reduced: sink === 'sum' ? 1 : 0, sources: [view(0, d, [n]), view(1, d, [n])], ops: ops.map(([name, ...args]): Op => ({ code: code(name), dtype: d, out: d, args })), sinks: [last] })
}
const matrix = (d: Float, what: 'dot' | 'conv'): Program => {
  const dims = { dot: [[20, 24], [24, 20], [20, 20]], conv: [[1, 4, 10, 10], [4, 4, 3, 3], [1, 4, 8, 8]] }[what] as [number[], number[], number[]]
  const [a, b, out] = dims.map((s, i) => view(i, d, s)) as [ReturnType<typeof view>, ReturnType<typeof view>, ReturnType<typeof view>]
  const sizes = dims.map((s) => s.reduce((p, x) => p * x, 1)) as [number, number, number]
  const instruction: Instruction = what === 'dot' ? { kind: 'dot', batch: [], m: 20, n: 20, k: 24, a, b, out }
    : { kind: 'conv', which: 0, n: 1, c: 4, o: 4, groups: 1, spatial: [10, 10], kernel: [3, 3], outSpatial: [8, 8], stride: [1, 1], padLo: [0, 0], dilation: [1, 1], x: a, w: b, y: out }
  return program([input(0, d, sizes[0]), input(1, d, sizes[1]), output(0, d, sizes[2])], instruction)
}
const cases = (d: Float): readonly Case[] => {
  const x = denormals(d), part = (k: number): readonly (readonly number[])[] => [x.slice(0, k), integers.slice(0, k)]
  const of = (what: string, p: Program, inputs: readonly (readonly number[])[], exact = true): Case => ({ what: `${what} of ${d}`, program: p, inputs, exact, out: p.buffers[2]?.bytes ?? 0 })
  return [
    of('a sum', loop(d, [['add', 0, 0]]), [x, integers]), of('a product', loop(d, [['mul', 0, 1]]), [x, integers]), of('a difference', loop(d, [['sub', 0, 0], ['add', 2, 0]]), [x, integers]),
    of('a maximum', loop(d, [['max', 0, 0], ['abs', 2]]), [x, integers]), of('a sine', loop(d, [['sin', 0]]), [x, integers]), of('a tail of exp', loop(d, [['exp', 0]]), [tails[d], integers], false),
    of('the sum', loop(d, [['add', 0, 0]], 'sum'), [x, integers]),
    of('a matrix product', matrix(d, 'dot'), part(480)), of('a convolution', matrix(d, 'conv'), [x.slice(0, 400), integers.slice(0, 144)]),
    of('a cumulative sum', program([input(0, d, n), input(1, d, n), output(0, d, n)], { kind: 'cumulative', op: 'sum', reverse: false, dims: [n], x: view(0, d, [n]), out: view(2, d, [n]) }), [x, integers]),
    of('an order', program([input(0, d, n), input(1, d, n), output(0, d, n)], { kind: 'sort', dims: [n], x: view(0, d, [n]), out: view(2, d, [n]) }), [x, integers]),
  ]
}
const isDenormal = (d: Float, x: number): boolean => x !== 0 && Math.abs(x) < (d === 'f32' ? 2 ** -126 : 2 ** -1022)
const typed = (d: Float, xs: readonly number[]): Float32Array | Float64Array => (d === 'f32' ? Float32Array.from(xs) : Float64Array.from(xs))
/** In a process of its own, for the instruction set is chosen when the addon is loaded. */
const script = `
const a = require(${JSON.stringify(path)}), owners = []
const place = (bytes) => a.alloc(bytes, owners[owners.push({}) - 1])
const run = ({ words, inputs, bytes, wide }) => {
  const ids = inputs.map((x) => { const v = (wide ? Float64Array : Float32Array).from(x), id = place(v.byteLength); a.upload(id, 0, v); return id })
  const out = place(bytes), result = new Uint8Array(bytes)
  a.shared().set([a.load(Float64Array.from(words)), ...ids.flatMap((i) => [i, 0]), out, 0])
  if (a.run() !== 0) throw new Error(a.failure())
  a.download(out, 0, result)
  return Array.from(result)
}
console.log(JSON.stringify(JSON.parse(require('node:fs').readFileSync(0, 'utf8')).map(run)))`
const all = (['f32', 'f64'] as const).flatMap((d) => cases(d).map((c) => ({ ...c, d })))

describe.skipIf(addon === null).each([['baseline', '0'], ['avx2', '0'], ['avx2', '256'], ['avx512', '0'], ['avx512', '512']])('denormal numbers with kernels for %s and code of %s bits', (isa, bits) => {
  it('keep their value', () => {
    const given = all.map((c) => ({ words: Array.from(encode(c.program)), inputs: c.inputs, bytes: c.out, wide: c.d === 'f64' }))
    const child = spawnSync(process.execPath, ['-e', script], { input: JSON.stringify(given), encoding: 'utf8', env: { ...process.env, COTANGENT_ISA: isa, COTANGENT_EMIT: bits, COTANGENT_THREADS: '2' }, maxBuffer: 1 << 24 })
    expect(child.stderr).toBe('')
    const got = JSON.parse(child.stdout) as readonly (readonly number[])[]
    all.forEach((c, i) => {
      const want = execute(c.program, names, c.inputs.map((x) => typed(c.d, x).buffer as ArrayBuffer), [])[0] as ArrayBuffer
      expect((c.d === 'f32' ? new Float32Array(want) : new Float64Array(want)).some((v) => isDenormal(c.d, v)), c.what).toBe(true)
      agree(c.d, Uint8Array.from(got[i] ?? []).buffer, want, c.what, c.exact ? 0 : c.d === 'f32' ? 2 ** -23 : 2 ** -52, c.exact ? 0 : least[c.d])
    })
  })
})
