/** Code written for loops gives the interpreter's bits, whatever the operations, the dtypes and the sizes. */
import { afterAll, describe, expect, it } from 'vitest'
import type { Buffer, Op, Program, Sink, Source } from '../../lib/run/program.js'
import { isHalf } from '../../lib/type/dtype.js'
import type { DType } from '../../lib/type/dtype.js'
import { fromBits, roundHalf } from '../../lib/type/half.js'
import { addon, code, filled, input, load, output, program, random, run, view } from './harness.js'
import { sizeOf, type Values } from './oracle.js'

type Known = 'f32' | 'f64' | 'i32' | 'bool' | 'f16' | 'bf16'
/** What each dtype can do: names, and what comes out. Some have no code and run between groups that have. */
const unary: Readonly<Record<Known, readonly (readonly [string, Known])[]>> = {
  f32: [...['neg', 'abs', 'sqrt', 'rsqrt', 'floor', 'ceil', 'round', 'trunc', 'exp', 'sign', 'log', 'log1p', 'expm1', 'sigmoid', 'tanh', 'erf', 'erfc'].map((n) => [n, 'f32'] as const), ['cast', 'bool'], ['cast', 'i32'], ['cast', 'f16'], ['cast', 'bf16'], ['cast', 'f16'], ['cast', 'bf16']],
  f64: ['neg', 'abs', 'sqrt', 'rsqrt', 'floor', 'ceil', 'round', 'trunc'].map((n) => [n, 'f64'] as const),
  i32: [['neg', 'i32'], ['abs', 'i32'], ['not', 'i32'], ['cast', 'f32'], ['cast', 'bool']],
  bool: [['not', 'bool'], ['cast', 'f32'], ['cast', 'i32']],
  f16: [['cast', 'f32']],
  bf16: [['cast', 'f32']],
}
const compared = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'].map((n) => [n, 'bool'] as const)
const binary: Readonly<Record<Known, readonly (readonly [string, Known])[]>> = {
  f32: [...['add', 'sub', 'mul', 'div', 'max', 'min', 'add', 'mul'].map((n) => [n, 'f32'] as const), ...compared],
  f64: ['add', 'sub', 'mul', 'div', 'max', 'min'].map((n) => [n, 'f64'] as const),
  i32: [...['add', 'sub', 'mul', 'max', 'min', 'and', 'or', 'xor', 'shl'].map((n) => [n, 'i32'] as const), ...compared],
  bool: ['and', 'or', 'xor'].map((n) => [n, 'bool'] as const),
  f16: [],
  bf16: [],
}
const corners = [NaN, Infinity, -Infinity, 0, -0, 1e-40, 1, 2.5, -1e-40, 88.7, -87.5, -103.9, 1e30, -1e30, 3.8749998, -3.875, 0.625, 0.125, 5.9, 9.13, 10.06, 10.2, -10.3, 3e-39,
  65504, 65519.99, 65520, -65520, 2 ** -24, 2 ** -25, 1.5 * 2 ** -24, 2 ** -14 - 2 ** -25, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.39e38, 3.4028234e38]
/** Infinities, NaN that are quiet or not, the largest and the smallest of both halves. */
const cornerWords = [0x7c00, 0xfc00, 0x7f80, 0xff80, 0x7e01, 0x7c01, 0x7f81, 0xffff, 0, 0x8000, 1, 0x83ff, 0x400, 0x7bff, 0xfbff, 0x7f7f]
const inputOf = (d: Known, n: number, next: () => number): Values => {
  const v = filled(d, n, next)
  const odd = d === 'f32' || d === 'f64' ? corners : isHalf(d) ? cornerWords : []
  for (let k = 0; k < n / 9 && odd.length > 0; k++) v[Math.floor(next() * n)] = odd[k % odd.length] as never
  if (d === 'f32') new Uint32Array(v.buffer).set([0x7fffffff, 0xffffffff, 0x7f800001], Math.floor(next() * (n - 2)))
  return v
}
interface Case { readonly program: Program; readonly inputs: readonly Values[]; readonly outs: readonly Known[] }

/** A loop over rows of `length`; with `reduces` some registers are summed, and the sums are read by later operations. */
const loopOf = (next: () => number, rows: number, length: number, wide: boolean, reduces: boolean, folds = 0): Case => {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
  const n = rows * length, kinds: readonly Known[] = wide ? ['f64'] : ['f32', 'f32', 'f32', 'f16', 'bf16', 'i32', 'bool']
  const buffers: Buffer[] = [], inputs: Values[] = [], sources: Source[] = [], ops: Op[] = [], sinks: Sink[] = [], outs: Known[] = []
  const types: Known[] = []
  const main: Known = wide ? 'f64' : 'f32'
  const given = (d: Known, strides: readonly number[], offset: number): void => {
    inputs.push(inputOf(d, n, next))
    buffers.push(input(inputs.length - 1, d, n))
    sources.push({ buffer: buffers.length - 1, dtype: d, offset, strides })
    types.push(d)
  }
  given(main, [length, 1], 0)
  for (let k = Math.floor(next() * 4); k > 0; k--) given(pick(kinds), ...pick<readonly [readonly number[], number]>([[[length, 1], 0], [[length, 1], 0], [[-length, -1], n - 1], [[0, 0], 3], [[0, 1], 0], [[1, 0], 0]]))
  for (let k = Math.floor(next() * 5); k > 0; k--) types.push(main), sources.push({ dtype: main, value: (next() - 0.5) * 4 })
  const out = (kind: Sink['kind'], register: number, rank: number): void => {
    const dtype = types[register] as Known, elements = rank === 2 ? n : rows
    buffers.push(output(outs.length, dtype, elements))
    outs.push(dtype)
    sinks.push({ kind, register, view: view(buffers.length - 1, dtype, rank === 2 ? [rows, length] : [rows]) })
  }
  if (reduces) {
    out(pick(['sum', 'max', 'min']), 0, 1)
    types.push(main)
    sources.push({ dtype: main as DType, sink: 0 })
  }
  const first = types.length
  const registers = (d: Known, from: number): number[] => [...types.keys()].filter((r) => types[r] === d && r >= from)
  const some = (d: Known): number => pick(registers(d, 0))
  // Where a row's value is read, every operation reads the result of one that did: they all wait for the same reduction.
  const from = (): number => (reduces && ops.length > 0 ? first : 0)
  const operand = (d: Known): number => pick(registers(d, from()))
  const has = (d: Known): boolean => registers(d, from()).length > 0
  for (let k = Math.floor(next() * 24); k >= 0; k--) {
    const d = pick(kinds.filter(has)), choice = next()
    const push = (name: string, dtype: Known, o: Known, args: readonly number[]): void => {
      types.push(o)
      ops.push({ code: code(name), dtype, out: o, args })
    }
    if (ops.length === 0 && reduces) {
      if (next() < 0.5) push('abs', main, main, [first - 1])   // one value a row too
      push('sub', main, main, [0, types.length - 1])
    }
    else if (choice < 0.15 && registers('bool', 0).length > 0 && !wide) push('where', d, d, [some('bool'), operand(d), some(d)])
    else if (choice < 0.4 || binary[d].length === 0) push(...((([name, o]) => [name, d, o, [operand(d)]] as const)(pick(unary[d]))))
    else push(...((([name, o]) => [name, d, o, [operand(d), some(d)]] as const)(pick(binary[d]))))
  }
  const made = [...types.keys()].filter((r) => r >= first)
  out('store', made[made.length - 1] as number, 2)
  for (let k = Math.floor(next() * 3); k > 0; k--) out('store', pick(made), 2)
  // Of a row's values several may be reduced at once, with or without readers.
  const reducible = registers(main, 0).filter((r) => !reduces || r !== first - 1)
  for (let k = folds; k > 0; k--) out(pick(['sum', 'max', 'min']), pick(reducible), 1)
  const loop = { kind: 'loop', dims: [rows, length], reduced: reduces || folds > 0 ? 1 : 0, sources, ops, sinks } as const
  return { program: program(buffers, loop), inputs, outs }
}
/** x -> 1.5 x + 2.5 (x - 0.5), large, from the second element of its memory on: past the caches go whole vectors only. */
const aside = (n: number): Program => {
  const sources: readonly Source[] = [view(0, 'f32', [n]), { dtype: 'f32', value: 1.5 }, { dtype: 'f32', value: 2.5 }, { dtype: 'f32', value: 0.5 }]
  const op = (name: string, ...args: readonly number[]): Op => ({ code: code(name), dtype: 'f32', out: 'f32', args })
  const to = (offset: number, shape: readonly number[], register: number): Sink => ({ kind: 'store', register, view: view(1, 'f32', shape, offset) })
  return program([input(0, 'f32', n), output(0, 'f32', n + 1)],
    { kind: 'loop', dims: [n], reduced: 0, sources, ops: [op('mul', 0, 1), op('sub', 0, 3), op('mul', 5, 2), op('add', 4, 6)], sinks: [to(1, [n], 7)] },
    { kind: 'loop', dims: [1], reduced: 0, sources: [sources[1] as Source], ops: [], sinks: [to(0, [1], 0)] })
}
/** The same bits; any NaN is as good as any other. */
const sameBits = (d: Known, x: ArrayBuffer, y: ArrayBuffer): number => {
  const [a, b] = [new Uint8Array(x), new Uint8Array(y)]
  const [u, v] = [x, y].map((buffer) => (d === 'f32' ? new Float32Array(buffer) : d === 'f64' ? new Float64Array(buffer) : isHalf(d) ? fromBits(new Uint16Array(buffer), d) : null))
  const nan = (i: number): boolean => u != null && v != null && Number.isNaN(u[Math.floor(i / sizeOf(d))]) && Number.isNaN(v[Math.floor(i / sizeOf(d))])
  return a.findIndex((w, i) => w !== b[i] && !nan(i))
}
/** From one dtype to the next; every one is a result. */
const casts = (of: readonly DType[], n: number): Program => {
  const [from, ...to] = of as readonly [DType, ...DType[]]
  const ops = to.map((out, i): Op => ({ code: code('cast'), dtype: of[i] as DType, out, args: [i] }))
  const sinks = to.map((d, i): Sink => ({ kind: 'store', register: i + 1, view: view(i + 1, d, [n]) }))
  return program([input(0, from, n), ...to.map((d, i) => output(i, d, n))], { kind: 'loop', dims: [n], reduced: 0, sources: [view(0, from, [n])], ops, sinks })
}
const compare = (c: Case, what: string): void => {
  const a = addon as NonNullable<typeof addon>
  const with_ = (bits: 0 | 256 | 512): ArrayBuffer[] => {
    a.emits(bits)
    return run(a, load(a, c.program, c.inputs))
  }
  const interpreted = with_(0)
  for (const bits of [256, 512] as const) {
    with_(bits).forEach((got, i) => {
      const d = c.outs[i] as Known, at = sameBits(d, got, interpreted[i] as ArrayBuffer)
      if (at >= 0) expect.fail(`${what}, ${bits} bits: output ${i} (${d}) differs at byte ${at}: ${JSON.stringify(c.program.instructions)}`)
    })
  }
}

describe.skipIf(addon === null)('code for loops', () => {
  afterAll(() => addon?.emits(512))
  it('gives the bits of the interpreter', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const next = random(seed * 7919)
      const [rows, length] = [[1, 64 + Math.floor(next() * 2000)], [3 + Math.floor(next() * 40), 90 + Math.floor(next() * 300)], [64, 128]][seed % 3] as [number, number]
      compare(loopOf(next, rows, length, seed % 5 === 0, false), `seed ${seed}`)
    }
  })
  it('among stages of a row', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed * 104729)
      compare(loopOf(next, 2 + Math.floor(next() * 60), [8, 33, 256, 1000, 1024, 1500, 1001, 77, 200, 123, 1013][seed % 11] as number, seed % 5 === 0, true), `seed ${seed}`)
    }
  })
  it('in rows of every length up to 81, several values of them reduced', () => {
    for (let length = 1; length <= 81; length++) {
      for (const folds of [1, 3]) {
        const next = random(length * 15485863 + folds)
        compare(loopOf(next, Math.ceil(300 / length) + (length % 3), length, length % 7 === 0, folds === 3 || next() < 0.5, folds), `length ${length}, ${folds} reductions`)
      }
    }
  })
  it('in long rows, several values of them reduced', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed * 32452843)
      compare(loopOf(next, 1 + (seed % 40), [256, 1000, 1024, 520, 4096, 128, 1001, 263, 777, 517][seed % 10] as number, seed % 11 === 0, seed % 2 === 0, 1 + (seed % 5)), `seed ${seed}`)
    }
  })
  it('of which six may be extrema', () => {
    const rows = 40, length = 256, next = random(6)
    const operation = (name: string, ...args: number[]): Op => ({ code: code(name), dtype: 'f32', out: 'f32', args })
    const ops = [2, 3, 4, 5, 6].map((r) => operation(r % 2 === 0 ? 'sub' : 'mul', r - 1 > 1 ? r - 1 : 0, 1))
    const sinks = [0, 2, 3, 4, 5, 6].map((register, i): Sink => ({ kind: i % 2 === 0 ? 'max' : 'min', register, view: view(i + 2, 'f32', [rows]) }))
    const buffers = [input(0, 'f32', rows * length), input(1, 'f32', length), ...sinks.map((_, i) => output(i, 'f32', rows))]
    const sources: Source[] = [{ buffer: 0, dtype: 'f32', offset: 0, strides: [length, 1] }, { buffer: 1, dtype: 'f32', offset: 0, strides: [0, 1] }]
    const loop = { kind: 'loop', dims: [rows, length], reduced: 1, sources, ops, sinks } as const
    compare({ program: program(buffers, loop), inputs: [inputOf('f32', rows * length, next), inputOf('f32', length, next)], outs: sinks.map(() => 'f32') }, 'six extrema')
  })
  it.each(['f16', 'bf16'] as const)('turns all %s to floats, and what lies between them to the nearest', (d) => {
    const words = Uint16Array.from({ length: 65536 }, (_, i) => i)
    const all = fromBits(words, d)
    // What is as far from two neighbours as from each other, and the floats beside it.
    const between = Float32Array.from({ length: 3 * 65536 }, (_, i) => all[i % 65536] as number)
    const at = new Uint32Array(between.buffer), half = d === 'f16' ? 4096 : 32768
    for (let i = 0; i < 65536; i++) for (const side of [0, 1, 2]) at[i + side * 65536] = (at[i + side * 65536] as number) + half + side - 1
    for (let i = 0; i < 65536 && d === 'f16'; i++) {
      const size = i & 0x7fff
      if (size < 0x400) for (const side of [0, 1, 2]) between[i + side * 65536] = (i < 32768 ? 1 : -1) * ((size + 0.5) * 2 ** -24 + (side - 1) * 2 ** -36)
    }
    const a = addon as NonNullable<typeof addon>
    for (const bits of [0, 256, 512] as const) {
      a.emits(bits)
      const [wide, back] = run(a, load(a, casts([d, 'f32', d], 65536), [words])) as [ArrayBuffer, ArrayBuffer]
      expect(new Float32Array(wide)).toEqual(all)
      expect(fromBits(new Uint16Array(back), d)).toEqual(all)
      const [, rounded] = run(a, load(a, casts(['f32', d, 'f32'], between.length), [between])) as [ArrayBuffer, ArrayBuffer]
      expect(new Float32Array(rounded)).toEqual(between.map((x) => roundHalf(x, d)))
    }
  })
  it('past the caches', () => {
    for (let seed = 1; seed <= 4; seed++) compare(loopOf(random(seed * 31), 1, 4 * 2 ** 20 + [0, 5, 8, 13][seed - 1]!, seed === 4, false), `seed ${seed}`)
    for (const [outs, n] of [[['f32', 'bf16'], 8 * 2 ** 20 + 13], [['f32', 'f16', 'f32', 'bf16'], 8 * 2 ** 20]] as const) compare({ program: casts(['f16', ...outs], n), inputs: [inputOf('f16', n, random(n))], outs }, 'halves')
    compare({ program: aside(4 * 2 ** 20), inputs: [inputOf('f32', 4 * 2 ** 20, random(7))], outs: ['f32'] }, 'from the second element on')
  })
})
