import { describe, expect, it } from 'vitest'
import type { DType } from '../../lib/type/dtype.js'
import type { Instruction, Loop, Op, Source, View } from '../../lib/run/program.js'
import { encode } from '../../lib/run/program.js'
import { addon, bits, check, code, dense, filled, input, load, native, output, program, random, run, view } from './harness.js'
import { arrayOf, type Values } from './oracle.js'

const product = (l: readonly number[]): number => l.reduce((a, b) => a * b, 1)
/** `dims` laid out in the given order of axes (the last one varies fastest). */
const ordered = (buffer: number, dtype: DType, dims: readonly number[], order: readonly number[]): View => {
  const strides = dims.map(() => 0)
  let n = 1
  for (const d of [...order].reverse()) {
    strides[d] = n
    n *= dims[d]!
  }
  return { buffer, dtype, offset: 0, strides }
}
const moved = (x: Values, dtype: DType, dims: readonly number[], v: View): Values => {
  const out = arrayOf(dtype, x.length)
  const at = dims.map(() => 0)
  for (let i = 0; i < x.length; i++) {
    out[at.reduce((s, a, d) => s + a * v.strides[d]!, 0)] = x[i]! as never
    for (let d = dims.length - 1; d >= 0 && ++at[d]! === dims[d]; d--) at[d] = 0
  }
  return out
}
const dotOf = (dtype: DType, batch: readonly number[], m: number, n: number, k: number, a: View, b: View, out: View, epilogue?: Loop): Instruction =>
  ({ kind: 'dot', batch, m, n, k, a, b, out, ...(epilogue === undefined ? {} : { epilogue }) })
const op = (name: string, dtype: DType, out: DType, ...args: number[]): Op => ({ code: code(name), dtype, out, args })

describe.skipIf(addon === null)('dot', () => {
  it('every dtype, sizes around tiles', () => {
    const r = random(21)
    for (const d of ['f32', 'f64', 'i32', 'u8', 'u32', 'i64'] as const)
      for (const [batch, m, n, k] of [[[], 1, 1, 1], [[], 3, 5, 7], [[2], 13, 33, 9], [[], 1, 70, 20], [[], 70, 1, 20], [[3, 2], 4, 17, 0], [[], 0, 3, 2], [[], 26, 48, 330], [[], 5, 100, 650]] as const) {
        const tolerance = d === 'f32' ? 1e-6 : d === 'f64' ? 1e-14 : 0
        const p = product(batch)
        check(
          program([input(0, d, p * m * k), input(1, d, p * k * n), output(0, d, p * m * n)], dotOf(d, batch, m, n, k, view(0, d, [...batch, m, k]), view(1, d, [...batch, k, n]), view(2, d, [...batch, m, n]))),
          [filled(d, p * m * k, r), filled(d, p * k * n, r)], [d], `${d} ${batch} ${m}x${n}x${k}`, tolerance, d === 'f32' ? 2e-3 : 1e-11,
        )
      }
  })
  it('the same bits from every layout and thread count', () => {
    const r = random(22)
    for (const [d, m, n, k] of [['f32', 61, 75, 700], ['f32', 1, 200, 401], ['f32', 200, 1, 401], ['f64', 30, 41, 330], ['f32', 300, 260, 97], ['f32', 5, 6, 33]] as const) {
      const [a, b] = [filled(d, m * k, r), filled(d, k * n, r)]
      const all = new Set<string>()
      for (const threads of [1, 3])
        for (const flip of [0, 1, 2, 3, 4, 5, 6, 7]) {
          addon!.setThreads(threads)
          const [va, vb, vo] = [[m, k], [k, n], [m, n]].map((dims, i) => ordered(i, d, dims, (flip >> i) & 1 ? [1, 0] : [0, 1])) as [View, View, View]
          const out = run(addon!, load(addon!, program([input(0, d, m * k), input(1, d, k * n), output(0, d, m * n)], dotOf(d, [], m, n, k, va, vb, vo)), [moved(a, d, [m, k], va), moved(b, d, [k, n], vb)]))[0]!
          const straight = (flip >> 2) & 1 ? moved(new (a.constructor as new (b: ArrayBuffer) => Values)(out), d, [n, m], { buffer: 0, dtype: d, offset: 0, strides: [1, n] }) : new Uint8Array(out)
          all.add(bits(straight.buffer as ArrayBuffer))
        }
      addon!.setThreads(2)
      expect(all.size, `${d} ${m} ${n} ${k}`).toBe(1)
    }
  })
  it('batch of one, batch broadcast, negative strides', () => {
    const r = random(23)
    const [m, n, k] = [7, 9, 11]
    const a: View = { buffer: 0, dtype: 'f32', offset: m * k - 1, strides: [0, -k, -1] }
    const b: View = { buffer: 1, dtype: 'f32', offset: 2 * (n - 1), strides: [k * n * 2, 2 * n, -2] }
    const out: View = { buffer: 2, dtype: 'f32', offset: 0, strides: [2, 8 * n, 8] }
    check(program([input(0, 'f32', m * k), input(1, 'f32', 4 * k * n * 2), output(0, 'f32', 8 * m * n)], { kind: 'loop', dims: [8 * m * n], reduced: 0, sources: [{ dtype: 'f32', value: 0 }], ops: [], sinks: [{ kind: 'store', register: 0, view: view(2, 'f32', [8 * m * n]) }] }, dotOf('f32', [4], m, n, k, a, b, out)),
      [filled('f32', m * k, r), filled('f32', 4 * k * n * 2, r)], ['f32'], 'strided dot', 1e-6, 1e-4)
  })
  it('epilogues: bias along either axis, a full operand, a constant, over the product or beside it, several results, other dtypes, batches', () => {
    const r = random(24)
    for (const [batch, m, n, k] of [[[], 5, 300, 20], [[], 130, 33, 400], [[], 1, 9, 3], [[], 70, 1, 5], [[2, 3], 17, 40, 6], [[], 300, 700, 30]] as const)
      for (const order of [[0, 1], [1, 0]] as const)
        for (const apart of [false, true]) {
          const dims = [...batch, m, n], axes = [...batch.keys(), ...order.map((a) => a + batch.length)], all = product(dims)
          const lead = batch.map(() => 0), made = ordered(apart ? 6 : 5, 'f32', dims, axes)
          const sources: Source[] = [{ buffer: 2, dtype: 'f32', offset: 0, strides: [...lead, 0, 1] }, { buffer: 3, dtype: 'f32', offset: 0, strides: [...lead, 1, 0] }, ordered(4, 'f32', dims, [...dims.keys()].reverse()), { dtype: 'f32', value: 0 }, made]
          const then: Loop = { kind: 'loop', dims, reduced: 0, sources, ops: [op('add', 'f32', 'f32', 4, 0), op('add', 'f32', 'f32', 5, 1), op('add', 'f32', 'f32', 6, 2), op('max', 'f32', 'f32', 7, 3)], sinks: [{ kind: 'store', register: 8, view: ordered(5, 'f32', dims, axes) }] }
          const p = product(batch)
          check(program([input(0, 'f32', p * m * k), input(1, 'f32', p * k * n), input(2, 'f32', n), input(3, 'f32', m), input(4, 'f32', all), output(0, 'f32', all), output(1, 'f32', apart ? all : 0)],
            dotOf('f32', batch, m, n, k, view(0, 'f32', [...batch, m, k]), view(1, 'f32', [...batch, k, n]), made, then)),
          [filled('f32', p * m * k, r), filled('f32', p * k * n, r), filled('f32', n, r), filled('f32', m, r), filled('f32', all, r)], ['f32', 'f32'], `epilogue ${dims} ${order} ${apart}`, 1e-5, 2e-3)
          const whole = ordered(4, 'i32', dims, axes), is: Loop = { kind: 'loop', dims: [all], reduced: 0, sources: [{ ...whole, strides: [1] }, { dtype: 'i32', value: 5 }], ops: [op('gt', 'i32', 'bool', 0, 1), op('mul', 'i32', 'i32', 0, 0)], sinks: [{ kind: 'store', register: 2, view: view(2, 'bool', [all]) }, { kind: 'store', register: 3, view: view(3, 'i32', [all]) }] }
          check(program([input(0, 'i32', p * m * k), input(1, 'i32', p * k * n), output(0, 'bool', all), output(1, 'i32', all), output(2, 'i32', all)],
            dotOf('i32', batch, m, n, k, view(0, 'i32', [...batch, m, k]), view(1, 'i32', [...batch, k, n]), whole, is)),
          [filled('i32', p * m * k, r), filled('i32', p * k * n, r)], ['bool', 'i32', 'i32'], 'comparing epilogue')
        }
  })
  it('an epilogue that is none is refused', () => {
    const of = (out: View, then: Partial<Loop>) => (): unknown =>
      addon!.load(encode(program([input(0, 'f32', 24), input(1, 'f32', 24), output(0, 'f32', 64), output(1, 'f32', 16)], dotOf('f32', [], 4, 4, 6, view(0, 'f32', [4, 6]), view(1, 'f32', [6, 4]), out,
        { kind: 'loop', dims: [4, 4], reduced: 0, sources: [out], ops: [op('neg', 'f32', 'f32', 0)], sinks: [{ kind: 'store', register: 1, view: view(3, 'f32', [4, 4]) }], ...then }))))
    const dense = view(2, 'f32', [4, 4])
    expect(of(dense, {})).not.toThrow()
    expect(of({ ...dense, strides: [8, 1] }, {})).toThrow(/has gaps/)
    expect(of(dense, { sources: [view(0, 'f32', [4, 4])] })).toThrow(/does not read the result/)
    expect(of(dense, { sources: [{ ...dense, strides: [0, 1] }] })).toThrow(/another order/)
    expect(of(dense, { dims: [2, 4] })).toThrow(/another size/)
    expect(of(dense, { reduced: 1, sinks: [{ kind: 'sum', register: 1, view: view(3, 'f32', [4]) }] })).toThrow(/reduces/)
  })
  it('what writes over its operands is refused', () => {
    const buffers = [input(0, 'f32', 24), output(0, 'f32', 64), output(1, 'f32', 64)], b = view(0, 'f32', [6, 4])
    const of = (a: View, out: View, then?: Loop) => (): unknown => addon!.load(encode(program(buffers, dotOf('f32', [], 4, 4, 6, a, b, out, then))))
    const loop = (other: View, to: View): Loop => ({ kind: 'loop', dims: [4, 4], reduced: 0, sources: [view(1, 'f32', [4, 4]), other], ops: [op('add', 'f32', 'f32', 0, 1)], sinks: [{ kind: 'store', register: 2, view: to }] })
    const over = /writes over what it reads/, out = view(1, 'f32', [4, 4]), apart = view(2, 'f32', [4, 4])
    expect(of(view(1, 'f32', [4, 6], 16), out)).not.toThrow()
    expect(of(view(1, 'f32', [4, 6], 15), out)).toThrow(over)
    expect(of(view(1, 'f32', [4, 6]), out)).toThrow(over)
    expect(of(view(0, 'f32', [4, 6]), out, loop(view(1, 'f32', [4, 4], 16), apart))).not.toThrow()
    expect(of(view(0, 'f32', [4, 6]), out, loop(view(1, 'f32', [4, 4], 8), apart))).toThrow(over)
    expect(of(view(2, 'f32', [4, 6], 8), out, loop(out, apart))).toThrow(over)
    expect(of(view(0, 'f32', [4, 6]), out, loop(apart, apart))).not.toThrow()
  })
})

const outOf = (size: number, kernel: number, stride: number, lo: number, hi: number, dilation: number): number => Math.max(0, Math.floor((size + lo + hi - (kernel - 1) * dilation - 1) / stride) + 1)
interface Case { readonly n: number; readonly c: number; readonly o: number; readonly groups: number; readonly spatial: number[]; readonly kernel: number[]; readonly stride: number[]; readonly padLo: number[]; readonly padHi: number[]; readonly dilation: number[] }
const cases: readonly Case[] = [
  { n: 2, c: 1, o: 6, groups: 1, spatial: [12, 12], kernel: [3, 3], stride: [1, 1], padLo: [0, 0], padHi: [0, 0], dilation: [1, 1] },
  { n: 3, c: 6, o: 16, groups: 1, spatial: [9, 7], kernel: [3, 3], stride: [1, 1], padLo: [1, 1], padHi: [1, 1], dilation: [1, 1] },
  { n: 2, c: 4, o: 6, groups: 2, spatial: [9, 8], kernel: [3, 2], stride: [2, 3], padLo: [1, 0], padHi: [0, 2], dilation: [1, 2] },
  { n: 1, c: 3, o: 20, groups: 1, spatial: [8, 8], kernel: [5, 5], stride: [1, 1], padLo: [2, 2], padHi: [2, 2], dilation: [1, 1] },
  { n: 2, c: 4, o: 4, groups: 4, spatial: [7], kernel: [3], stride: [1], padLo: [2], padHi: [0], dilation: [2] },
  { n: 1, c: 2, o: 3, groups: 1, spatial: [4, 5, 6], kernel: [2, 3, 2], stride: [1, 2, 2], padLo: [0, 1, 1], padHi: [1, 1, 0], dilation: [1, 1, 1] },
  { n: 2, c: 3, o: 5, groups: 1, spatial: [], kernel: [], stride: [], padLo: [], padHi: [], dilation: [] },
  { n: 2, c: 2, o: 2, groups: 1, spatial: [2, 2], kernel: [3, 3], stride: [1, 1], padLo: [0, 0], padHi: [0, 0], dilation: [1, 1] },
  { n: 2, c: 5, o: 3, groups: 1, spatial: [6, 6], kernel: [1, 1], stride: [1, 1], padLo: [0, 0], padHi: [0, 0], dilation: [1, 1] },
  { n: 2, c: 2, o: 3, groups: 1, spatial: [7, 7], kernel: [3, 3], stride: [1, 1], padLo: [-1, -1], padHi: [-1, 0], dilation: [1, 1] },
  { n: 40, c: 2, o: 3, groups: 1, spatial: [5, 5], kernel: [2, 2], stride: [1, 1], padLo: [0, 0], padHi: [0, 0], dilation: [1, 1] },
  { n: 5, c: 6, o: 16, groups: 1, spatial: [15, 15], kernel: [3, 3], stride: [1, 1], padLo: [0, 0], padHi: [0, 0], dilation: [1, 1] },
  { n: 17, c: 1, o: 2, groups: 1, spatial: [9, 20], kernel: [3, 4], stride: [2, 3], padLo: [2, 1], padHi: [1, 3], dilation: [2, 1] },
  { n: 1, c: 40, o: 19, groups: 1, spatial: [6, 21], kernel: [3, 3], stride: [1, 1], padLo: [1, 1], padHi: [1, 1], dilation: [1, 1] },
  { n: 2, c: 3, o: 4, groups: 1, spatial: [16, 16], kernel: [4, 4], stride: [4, 4], padLo: [0, 0], padHi: [0, 0], dilation: [1, 1] },
  { n: 1, c: 10, o: 3, groups: 1, spatial: [60, 20], kernel: [3, 3], stride: [1, 1], padLo: [1, 1], padHi: [1, 1], dilation: [1, 1] },
  // Lines somewhat shorter than a vector, whole images and bands of them, and of hardly more than one.
  { n: 3, c: 2, o: 9, groups: 1, spatial: [17, 14], kernel: [3, 3], stride: [1, 1], padLo: [0, 0], padHi: [0, 0], dilation: [1, 1] },
  { n: 2, c: 10, o: 2, groups: 1, spatial: [460, 15], kernel: [3, 3], stride: [1, 1], padLo: [1, 1], padHi: [1, 1], dilation: [1, 1] },
  { n: 2, c: 2, o: 7, groups: 1, spatial: [6, 19], kernel: [3, 3], stride: [1, 1], padLo: [0, 0], padHi: [0, 0], dilation: [1, 1] },
  // Many channels: Winograd, few and many weights, whole and broken tiles and units; then the others on sheets.
  { n: 2, c: 16, o: 16, groups: 1, spatial: [8, 12], kernel: [3, 3], stride: [1, 1], padLo: [1, 1], padHi: [1, 1], dilation: [1, 1] },
  { n: 2, c: 19, o: 37, groups: 1, spatial: [9, 6], kernel: [3, 3], stride: [1, 1], padLo: [2, 0], padHi: [0, 3], dilation: [1, 1] },
  { n: 1, c: 113, o: 132, groups: 1, spatial: [3, 2], kernel: [3, 3], stride: [1, 1], padLo: [1, -1], padHi: [1, 0], dilation: [1, 1] },
  // Several strips of an image; rows of padding only; rows too long for strips.
  { n: 2, c: 16, o: 17, groups: 1, spatial: [13, 120], kernel: [3, 3], stride: [1, 1], padLo: [1, 1], padHi: [1, 1], dilation: [1, 1] },
  { n: 2, c: 16, o: 17, groups: 1, spatial: [2, 70], kernel: [3, 3], stride: [1, 1], padLo: [6, 2], padHi: [7, 2], dilation: [1, 1] },
  { n: 1, c: 64, o: 16, groups: 1, spatial: [5, 236], kernel: [3, 3], stride: [1, 1], padLo: [1, 1], padHi: [1, 1], dilation: [1, 1] },
  { n: 2, c: 3, o: 40, groups: 1, spatial: [17, 16], kernel: [7, 7], stride: [2, 2], padLo: [3, 3], padHi: [3, 3], dilation: [1, 1] },
  { n: 2, c: 16, o: 35, groups: 1, spatial: [9, 10], kernel: [3, 2], stride: [2, 3], padLo: [1, 0], padHi: [1, 2], dilation: [2, 1] },
  { n: 1, c: 20, o: 16, groups: 1, spatial: [23], kernel: [3], stride: [2], padLo: [1], padHi: [2], dilation: [2] },
  { n: 2, c: 17, o: 32, groups: 1, spatial: [6, 5], kernel: [1, 1], stride: [2, 2], padLo: [0, 0], padHi: [0, 0], dilation: [1, 1] },
  { n: 3, c: 16, o: 48, groups: 1, spatial: [5, 7], kernel: [1, 1], stride: [1, 1], padLo: [0, 0], padHi: [0, 0], dilation: [1, 1] },
]
/** Tiles in batches that end within an image: too much for the oracle. */
const batches: Case = { n: 6, c: 80, o: 96, groups: 1, spatial: [33, 38], kernel: [3, 3], stride: [1, 1], padLo: [1, 0], padHi: [0, 1], dilation: [1, 1] }
describe.skipIf(addon === null)('conv', () => {
  it.each([...cases, batches].map((c, i) => [i, c] as const))('case %i, three directions, any layout', (_, c) => {
    const r = random(31)
    const outSpatial = c.spatial.map((s, i) => outOf(s, c.kernel[i]!, c.stride[i]!, c.padLo[i]!, c.padHi[i]!, c.dilation[i]!))
    const dims = [[c.n, c.c, ...c.spatial], [c.o, c.c / c.groups, ...c.kernel], [c.n, c.o, ...outSpatial]]
    const straight = dims.map((d) => d.map((_, i) => i))
    const last = dims.map((d) => [0, ...d.map((_, i) => i).slice(2), 1])   // channels last
    for (const d of c.c > 6 ? (['f32'] as const) : (['f32', 'f64'] as const))
      for (const which of [0, 1, 2] as const) {
        const sizes = dims.map(product)
        const data = sizes.map((s) => filled(d, s, r))
        const result = [2, 0, 1][which]!
        const ins = [0, 1, 2].filter((i) => i !== result)
        const all = [straight, last].map((axes) => {
          const at = (i: number): View => ordered(i === result ? 2 : ins.indexOf(i), d, dims[i]!, axes[i]!)
          const [x, w, y] = [at(0), at(1), at(2)]
          const p = program([...ins.map((i, b) => input(b, d, sizes[i]!)), output(0, d, sizes[result]!)],
            { kind: 'conv', which, n: c.n, c: c.c, o: c.o, groups: c.groups, spatial: c.spatial, kernel: c.kernel, outSpatial, stride: c.stride, padLo: c.padLo, dilation: c.dilation, x, w, y })
          const given = ins.map((i) => moved(data[i]!, d, dims[i]!, at(i)))
          const out = (axes === straight && c !== batches ? check(p, given, [d], `conv ${which} ${d}`, d === 'f32' ? 1e-5 : 1e-13, d === 'f32' ? 1e-3 : 1e-12) : native(p, given))[0]!
          const got = new (data[0]!.constructor as new (b: ArrayBuffer) => Values)(out)
          return { got, view: at(result) }
        })
        // One layout's bits are the other's.
        const back = moved(all[0]!.got, d, dims[result]!, all[1]!.view)
        expect(bits(all[1]!.got.buffer as ArrayBuffer)).toBe(bits(back.buffer as ArrayBuffer))
      }
  }, 120_000)
})

describe.skipIf(addon === null)('conv into a result with gaps', () => {
  it.each([11, 12, 13, 15, 16, 19])('lines of %i leave what lies between them as it is', (width) => {
    const [n, c, o, h, pitch] = [2, 3, 5, 7, width + 4], r = random(57), all = n * o * h * pitch
    const x = filled('f32', n * c * (h + 2) * (width + 2), r), w = filled('f32', o * c * 9, r)
    const whole = view(2, 'f32', [all]), y = { ...view(2, 'f32', [n, o, h, pitch]), offset: 1 }
    check(program([input(0, 'f32', x.length), input(1, 'f32', w.length), output(0, 'f32', all)],
      { kind: 'loop', dims: [all], reduced: 0, sources: [{ dtype: 'f32', value: 7 }], ops: [], sinks: [{ kind: 'store', register: 0, view: whole }] },
      { kind: 'conv', which: 0, precise: false, n, c, o, groups: 1, spatial: [h + 2, width + 2], kernel: [3, 3], outSpatial: [h, width], stride: [1, 1], padLo: [0, 0], dilation: [1, 1],
        x: view(0, 'f32', [n, c, h + 2, width + 2]), w: view(1, 'f32', [o, c, 3, 3]), y }), [x, w], ['f32'], `lines of ${width}`, 1e-5, 1e-3)
  })
})

describe.skipIf(addon === null)('conv with precision', () => {
  it('a precise convolution adds up products of what it was given: an infinity reaches what meets it and no more', () => {
    const r = random(33)
    const [x, w] = [filled('f32', 16 * 144, r), filled('f32', 16 * 16 * 9, r)]
    const of = (precise: boolean): Float32Array => new Float32Array(native(program([input(0, 'f32', x.length), input(1, 'f32', w.length), output(0, 'f32', 1600)],
      { kind: 'conv', which: 0, precise, n: 1, c: 16, o: 16, groups: 1, spatial: [12, 12], kernel: [3, 3], outSpatial: [10, 10], stride: [1, 1], padLo: [0, 0], dilation: [1, 1], x: view(0, 'f32', [1, 16, 12, 12]), w: view(1, 'f32', [16, 16, 3, 3]), y: view(2, 'f32', [1, 16, 10, 10]) }), [x, w])[0]!)
    const [fast, exact] = [of(false), of(true)]
    const size = exact.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
    const apart = exact.reduce((m, v, i) => Math.max(m, Math.abs(v - fast[i]!)), 0)
    expect(apart).toBeGreaterThan(0)
    expect(apart / size).toBeLessThan(2e-6)
    x[5 * 12 + 5] = Infinity
    expect(of(true).slice(0, 100).filter((v) => !Number.isFinite(v)).length).toBe(9)
  })
})

describe.skipIf(addon === null)('conv of infinities', () => {
  it('an infinite pixel reaches the weights that meet it and no others', () => {
    const r = random(32)
    const x = filled('f32', 2 * 12 * 12, r)
    const y = filled('f32', 2 * 3 * 10 * 10, r)
    x[4 * 12 + 11] = Infinity
    x[144 + 60] = NaN
    const c = { n: 2, c: 1, o: 3, groups: 1, spatial: [12, 12], kernel: [3, 3], outSpatial: [10, 10], stride: [1, 1], padLo: [0, 0], dilation: [1, 1] }
    check(program([input(0, 'f32', x.length), input(1, 'f32', y.length), output(0, 'f32', 27)], { kind: 'conv', which: 2, ...c, x: view(0, 'f32', [2, 1, 12, 12]), w: view(2, 'f32', [3, 1, 3, 3]), y: view(1, 'f32', [2, 3, 10, 10]) }), [x, y], ['f32'], 'weights', 1e-5, 1e-3)
    x[144 + 60] = 0
    check(program([input(0, 'f32', x.length), input(1, 'f32', y.length), output(0, 'f32', 27)], { kind: 'conv', which: 2, ...c, x: view(0, 'f32', [2, 1, 12, 12]), w: view(2, 'f32', [3, 1, 3, 3]), y: view(1, 'f32', [2, 3, 10, 10]) }), [x, y], ['f32'], 'weights', 1e-5, 1e-3)
  })
})

describe.skipIf(addon === null)('pool, gather, scatter, scan, sort, control', () => {
  it('max pooling and its gradient', () => {
    const r = random(41)
    for (const d of ['f32', 'f64', 'i32', 'u8'] as const)
      for (const [spatial, kernel, stride, lo, hi, dilation] of [[[8, 8], [2, 2], [2, 2], [0, 0], [0, 0], [1, 1]], [[13, 13], [2, 2], [2, 2], [0, 0], [0, 0], [1, 1]], [[7, 31], [2, 2], [2, 2], [0, 0], [0, 0], [1, 1]], [[2, 40], [2, 2], [2, 2], [0, 0], [0, 0], [1, 1]], [[7, 9], [3, 3], [2, 1], [1, 1], [1, 1], [1, 1]], [[9], [3], [2], [0], [1], [2]], [[4, 5, 6], [2, 2, 3], [1, 2, 2], [0, 1, 1], [0, 0, 0], [1, 1, 1]], [[5, 5], [2, 2], [1, 1], [3, 0], [0, 0], [1, 1]]] as const) {
        const lead = d === 'f32' && spatial.length < 3 ? [2, 9] : [2, 3]
        const outSpatial = spatial.map((s, i) => outOf(s, kernel[i]!, stride[i]!, lo[i]!, hi[i]!, dilation[i]!))
        const [xs, ys] = [[...lead, ...spatial], [...lead, ...outSpatial]]
        const x = filled(d, product(xs), r)
        if (d === 'f32') x[5] = NaN
        if (d === 'f32') [0, -0, -1, -0, 0, NaN, -NaN, Infinity, -Infinity].forEach((v, i) => (x[32 + i * (spatial[0] % 3 + 1)] = v))
        for (let i = 20; i < 30; i++) x[i] = x[20]! as never
        const common = { kind: 'pool', lead, spatial: [...spatial], kernel: [...kernel], outSpatial, stride: [...stride], padLo: [...lo], dilation: [...dilation] } as const
        for (const order of [xs.map((_, i) => i), [0, ...xs.map((_, i) => i).slice(2), 1]]) {
          const [vx, vy, vd] = [ordered(0, d, xs, order), ordered(1, d, ys, order), ordered(2, d, xs, order)]
          check(program([input(0, d, product(xs)), output(0, d, product(ys))], { ...common, which: 0, x: vx, y: vy, dx: null }), [x], [d], `pool ${d} ${spatial}`)
          check(program([input(0, d, product(xs)), input(1, d, product(ys)), output(0, d, product(xs))], { ...common, which: 1, x: vx, y: vy, dx: vd }), [x, filled(d, product(ys), r)], [d], `pool gradient ${d} ${spatial}`)
        }
      }
  })
  it('gather and scatterAdd', () => {
    const r = random(42)
    for (const d of ['f32', 'i64', 'u8', 'bool'] as const)
      for (const at of ['i32', 'i64', 'u8', 'u32'] as const)
        for (const [batch, size, index, rest] of [[[], 5, [7], [3]], [[2], 4, [3, 2], []], [[3], 6, [], [2, 5]], [[], 3, [400], [2]], [[], 3, [4], [600]], [[9], 4, [2], [4]], [[3], 4, [5000], []]] as const) {
          const n = product(batch)
          const ix = arrayOf(at, n * product(index))
          for (let i = 0; i < ix.length; i++) {
            const v = Math.floor(r() * (size + 3)) - (at === 'u8' || at === 'u32' ? 0 : 1)
            ix[i] = (at === 'i64' ? BigInt(v) : v) as never
          }
          const [big, small] = [[...batch, size, ...rest], [...batch, ...index, ...rest]]
          for (const flip of [false, true]) {
            const lay = (b: number, t: DType, dims: readonly number[]): View => ordered(b, t, dims, flip ? dims.map((_, i) => dims.length - 1 - i) : dims.map((_, i) => i))
            const common = { batch: [...batch], size, index: [...index], rest: [...rest], at: lay(1, at, [...batch, ...index]) }
            check(program([input(0, d, product(big)), input(1, at, ix.length), output(0, d, product(small))], { kind: 'gather', ...common, x: lay(0, d, big), out: lay(2, d, small) }), [filled(d, product(big), r), ix], [d], `gather ${d} ${at}`)
            if (d !== 'bool') check(program([input(0, d, product(small)), input(1, at, ix.length), output(0, d, product(big))], { kind: 'scatterAdd', ...common, x: lay(0, d, small), out: lay(2, d, big) }), [filled(d, product(small), r), ix], [d], `scatter ${d} ${at}`)
          }
        }
  })
  it('cumulative', () => {
    const r = random(43)
    for (const d of ['f32', 'f64', 'i32', 'u8', 'u32', 'i64'] as const)
      for (const op of ['sum', 'prod', 'max', 'min'] as const)
        for (const dims of [[7], [3, 9], [40, 5], [2, 3, 4], [3, 0], [0, 3]])
          for (const reverse of [false, true]) {
            const x = filled(d, product(dims), r)
            if (d === 'f32' && x.length > 4) x[3] = NaN
            const order = dims.map((_, i) => (reverse ? dims.length - 1 - i : i))
            check(program([input(0, d, x.length), output(0, d, x.length)], { kind: 'cumulative', op, reverse, dims, x: ordered(0, d, dims, order), out: view(1, d, dims) }), [x], [d], `${op} ${d} ${dims}`)
          }
  })
  it('cumulative over many segments', () => {
    const r = random(47)
    for (const [d, dims, reverse] of [['f32', [100_000], false], ['f64', [2, 40_001], true], ['f32', [3, 33_000], false]] as const) {
      const x = filled(d, product(dims), r), order = dims.map((_, i) => i)
      check(program([input(0, d, x.length), output(0, d, x.length)], { kind: 'cumulative', op: 'sum', reverse, dims: [...dims], x: ordered(0, d, dims, order), out: view(1, d, dims) }), [x], [d], `sum ${d} ${dims}`)
    }
  })
  it('cumulative past the caches: a prefix depends on its place alone', () => {
    const totals = (x: Float32Array): Float32Array =>
      new Float32Array(native(program([input(0, 'f32', x.length), output(0, 'f32', x.length)], { kind: 'cumulative', op: 'sum', reverse: false, dims: [x.length], x: view(0, 'f32', [x.length]), out: view(1, 'f32', [x.length]) }), [x])[0]!)
    const x = Float32Array.from({ length: 4_200_001 }, (_, i) => Math.fround(Math.sin(i)))
    for (const n of [8 * (1 << 15) + 5, 2_100_003]) expect(Buffer.compare(Buffer.from(totals(x).buffer, 0, 4 * n), Buffer.from(totals(x.slice(0, n)).buffer))).toBe(0)
  })
  it('sort and argsort', () => {
    const r = random(44)
    for (const d of ['f32', 'f64', 'i32', 'u8', 'u32', 'i64', 'bool'] as const)
      for (const dims of [[1], [9], [5, 60], [3, 400], [2, 0], [0, 2], [2, 5000], [65_536], [2, 70_001]]) {
        const x = filled(d, product(dims), r)
        for (let i = 0; i + 7 < x.length; i += 5) x[i] = x[i + 7]! as never
        if (d === 'f32' || d === 'f64') [NaN, -NaN, Infinity, -Infinity, 0, -0, 0, 1e-42, -1e-42].forEach((v, i) => i * 3 < x.length && (x[i * 3] = v))
        for (const [kind, out] of [['argsort', 'i32'], ['sort', d]] as const)
          check(program([input(0, d, x.length), output(0, out, x.length)], { kind, dims, x: ordered(0, d, dims, dims.map((_, i) => dims.length - 1 - i)), out: view(1, out, dims) }), [x], [out], `${kind} ${d} ${dims}`)
      }
  })
  it('while runs as long as its test says, perhaps never', () => {
    const scalar = (buffer: number, dtype: DType): View => view(buffer, dtype, [])
    const step = (sources: Source[], name: string, out: DType, to: View): Instruction => ({ kind: 'loop', dims: [], reduced: 0, sources, ops: [{ code: code(name), dtype: 'f32', out, args: [0, 1] }], sinks: [{ kind: 'store', register: 2, view: to }] })
    const copy: Instruction = { kind: 'loop', dims: [], reduced: 0, sources: [scalar(0, 'f32')], ops: [], sinks: [{ kind: 'store', register: 0, view: scalar(1, 'f32') }] }
    const loop: Instruction = { kind: 'while', which: scalar(2, 'bool'), test: [step([scalar(1, 'f32'), { dtype: 'f32', value: 100 }], 'lt', 'bool', scalar(2, 'bool'))], body: [step([scalar(1, 'f32'), scalar(1, 'f32')], 'add', 'f32', scalar(1, 'f32'))] }
    for (const x of [3, 100, 0.001]) {
      const out = check(program([input(0, 'f32', 1), output(0, 'f32', 1), output(1, 'bool', 1)], copy, loop), [Float32Array.of(x)], ['f32', 'bool'], 'while')
      expect(new Float32Array(out[0]!)[0]).toBeGreaterThanOrEqual(100)
    }
    // Inside a repeat the test is made anew.
    check(program([input(0, 'f32', 1), output(0, 'f32', 1), output(1, 'bool', 1)], { kind: 'repeat', level: 0, count: 3, body: [copy, loop] }), [Float32Array.of(7)], ['f32', 'bool'], 'while in repeat')
  })
  it('repeat steps views, cond chooses', () => {
    const n = 5
    const body = (level: number): Instruction => ({ kind: 'loop', dims: [n], reduced: 0, sources: [{ ...view(0, 'f32', [n]), steps: [[0, n]] }, { ...view(1, 'f32', [n]), steps: [[0, n]] }], ops: [{ code: code('add'), dtype: 'f32', out: 'f32', args: [0, 1] }], sinks: [{ kind: 'store', register: 2, view: { ...view(1, 'f32', [n], n), steps: [[level, n]] } }] })
    const start: Instruction = { kind: 'loop', dims: [n], reduced: 0, sources: [{ dtype: 'f32', value: 1 }], ops: [], sinks: [{ kind: 'store', register: 0, view: view(1, 'f32', [n]) }] }
    check(program([input(0, 'f32', 4 * n), output(0, 'f32', 5 * n)], start, { kind: 'repeat', level: 0, count: 4, body: [body(0)] }), [filled('f32', 4 * n, random(1))], ['f32'], 'repeat')
    const fill = (value: number): Instruction => ({ kind: 'loop', dims: [], reduced: 0, sources: [{ dtype: 'f32', value }], ops: [], sinks: [{ kind: 'store', register: 0, view: view(1, 'f32', []) }] })
    for (const b of [0, 1]) check(program([input(0, 'bool', 1), output(0, 'f32', 1)], { kind: 'cond', which: view(0, 'bool', []), then: [fill(1)], otherwise: [fill(2)] }), [Uint8Array.of(b)], ['f32'], 'cond')
    expect(dense([2, 3])).toEqual([3, 1])
  })
})
