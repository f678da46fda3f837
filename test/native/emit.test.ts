/** Code written for loops gives the interpreter's bits, whatever the operations, the dtypes and the sizes. */
import { afterAll, describe, expect, it } from 'vitest'
import type { Buffer, Op, Program, Sink, Source } from '../../lib/run/program.js'
import type { DType } from '../../lib/type/dtype.js'
import { addon, code, filled, input, load, output, program, random, run, view } from './harness.js'
import type { Values } from './oracle.js'

type Known = 'f32' | 'f64' | 'i32' | 'bool'
/** What each dtype can do: names, and what comes out. Some have no code and run between groups that have. */
const unary: Readonly<Record<Known, readonly (readonly [string, Known])[]>> = {
  f32: [...['neg', 'abs', 'sqrt', 'rsqrt', 'floor', 'ceil', 'round', 'trunc', 'exp', 'sign', 'log', 'sigmoid', 'tanh', 'erf', 'erfc'].map((n) => [n, 'f32'] as const), ['cast', 'bool'], ['cast', 'i32']],
  f64: ['neg', 'abs', 'sqrt', 'rsqrt', 'floor', 'ceil', 'round', 'trunc'].map((n) => [n, 'f64'] as const),
  i32: [['neg', 'i32'], ['abs', 'i32'], ['not', 'i32'], ['cast', 'f32'], ['cast', 'bool']],
  bool: [['not', 'bool'], ['cast', 'f32'], ['cast', 'i32']],
}
const compared = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'].map((n) => [n, 'bool'] as const)
const binary: Readonly<Record<Known, readonly (readonly [string, Known])[]>> = {
  f32: [...['add', 'sub', 'mul', 'div', 'max', 'min', 'add', 'mul'].map((n) => [n, 'f32'] as const), ...compared],
  f64: ['add', 'sub', 'mul', 'div', 'max', 'min'].map((n) => [n, 'f64'] as const),
  i32: [...['add', 'sub', 'mul', 'max', 'min', 'and', 'or', 'xor', 'shl'].map((n) => [n, 'i32'] as const), ...compared],
  bool: ['and', 'or', 'xor'].map((n) => [n, 'bool'] as const),
}
const corners = [NaN, Infinity, -Infinity, 0, -0, 1e-40, 1, 2.5, -1e-40, 88.7, -87.5, -103.9, 1e30, -1e30, 3.8749998, -3.875, 0.625, 0.125, 5.9, 9.13, 10.06, 10.2, -10.3, 3e-39]
const inputOf = (d: Known, n: number, next: () => number): Values => {
  const v = filled(d, n, next)
  if (d === 'f32' || d === 'f64') for (let k = 0; k < n / 9; k++) v[Math.floor(next() * n)] = corners[k % corners.length] as never
  return v
}
interface Case { readonly program: Program; readonly inputs: readonly Values[]; readonly outs: readonly Known[] }

/** A loop over rows of `length`; with `reduces` some registers are summed, and the sums are read by later operations. */
const loopOf = (next: () => number, rows: number, length: number, wide: boolean, reduces: boolean, folds = 0): Case => {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
  const n = rows * length, kinds: readonly Known[] = wide ? ['f64'] : ['f32', 'f32', 'f32', 'i32', 'bool']
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
    else if (choice < 0.4) push(...((([name, o]) => [name, d, o, [operand(d)]] as const)(pick(unary[d]))))
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
/** The same bits; any NaN is as good as any other. */
const sameBits = (d: Known, x: ArrayBuffer, y: ArrayBuffer): number => {
  const [a, b] = [new Uint8Array(x), new Uint8Array(y)]
  const [u, v] = [x, y].map((buffer) => (d === 'f32' ? new Float32Array(buffer) : d === 'f64' ? new Float64Array(buffer) : null))
  const nan = (i: number): boolean => u != null && v != null && Number.isNaN(u[Math.floor(i / u.BYTES_PER_ELEMENT)]) && Number.isNaN(v[Math.floor(i / v.BYTES_PER_ELEMENT)])
  return a.findIndex((w, i) => w !== b[i] && !nan(i))
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
      const [rows, length] = [[1, 256 + Math.floor(next() * 2000)], [3 + Math.floor(next() * 40), 90 + Math.floor(next() * 300)], [64, 128]][seed % 3] as [number, number]
      compare(loopOf(next, rows, length, seed % 5 === 0, false), `seed ${seed}`)
    }
  })
  it('among stages of a row', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed * 104729)
      compare(loopOf(next, 2 + Math.floor(next() * 60), [8, 33, 256, 1000, 1024, 1500][seed % 6] as number, seed % 5 === 0, true), `seed ${seed}`)
    }
  })
  it('in rows of every length up to 70, several values of them reduced', () => {
    for (let length = 1; length <= 70; length++) {
      for (const folds of [1, 3]) {
        const next = random(length * 15485863 + folds)
        compare(loopOf(next, Math.ceil(300 / length) + (length % 3), length, length % 7 === 0, folds === 3 || next() < 0.5, folds), `length ${length}, ${folds} reductions`)
      }
    }
  })
  it('in long rows, several values of them reduced', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed * 32452843)
      compare(loopOf(next, 1 + (seed % 40), [256, 1000, 1024, 520, 4096, 128][seed % 6] as number, seed % 11 === 0, seed % 2 === 0, 1 + (seed % 5)), `seed ${seed}`)
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
  it('past the caches', () => {
    for (let seed = 1; seed <= 4; seed++) compare(loopOf(random(seed * 31), 1, 4 * 2 ** 20 + [0, 5, 8, 13][seed - 1]!, seed === 4, false), `seed ${seed}`)
  })
})
