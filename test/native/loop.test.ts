import { describe, expect, it } from 'vitest'
import type { DType } from '../../lib/type/dtype.js'
import { computedIn, dtypes as all, isComplex } from '../../lib/type/dtype.js'
import { encode } from '../../lib/run/program.js'
import type { Instruction, SinkKind, Source, View } from '../../lib/run/program.js'
import { addon, bits, check, code, dense, filled, input, load, native, names, output, program, random, run, view } from './harness.js'
import { arrayOf, type Values } from './oracle.js'

/** Programs compute with real numbers only. */
const dtypes = all.filter((d) => !isComplex(d) && computedIn(d) === d)

const floats: readonly DType[] = ['f32', 'f64']
const ints: readonly DType[] = ['u8', 'u32', 'i32', 'i64']
const numbers: readonly DType[] = [...ints, ...floats]
const special = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -1.5, 3, -3, 7, 1e-40, -1e-40, 1e-45, 88.9, -88, 100, -104, 1e30, -1e30, 3e38, Infinity, -Infinity, NaN, 255.5, 2147483648, -2147483649, 4294967296, 9.3e18]
const corner = (d: DType): readonly (number | bigint)[] => {
  switch (d) {
    case 'bool': return [0, 1]
    case 'u8': return [0, 1, 2, 7, 8, 31, 100, 128, 200, 255]
    case 'u32': return [0, 1, 2, 7, 31, 32, 33, 2147483647, 2147483648, 4294967295]
    case 'i32': return [0, 1, -1, 2, -2, 7, -7, 31, 32, 2147483647, -2147483648]
    case 'i64': return [0n, 1n, -1n, 2n, -7n, 7n, 63n, 64n, (1n << 63n) - 1n, -(1n << 63n), 1n << 40n]
    default: return special
  }
}
/** Every corner with every corner, and some random ones. */
const pairs = (d: DType): readonly [Values, Values] => {
  const c = corner(d)
  const extra = 67
  const n = c.length * c.length + extra
  const [a, b] = [arrayOf(d, n), arrayOf(d, n)]
  const r = random(7)
  const more = [filled(d, extra, r), filled(d, extra, r)]
  for (let i = 0; i < n; i++) {
    const k = i - c.length * c.length
    a[i] = (k < 0 ? c[Math.floor(i / c.length)]! : more[0]![k]!) as never
    b[i] = (k < 0 ? c[i % c.length]! : more[1]![k]!) as never
  }
  return [a, b]
}
const apply = (name: string, d: DType, out: DType, args: readonly Values[], tolerance: number, argTypes: readonly DType[] = args.map(() => d)): void => {
  const n = args[0]!.length
  const sources: Source[] = argTypes.map((t, i) => view(i, t, [n]))
  check(
    program(
      [...argTypes.map((t, i) => input(i, t, n)), output(0, out, n)],
      { kind: 'loop', dims: [n], reduced: 0, sources, ops: [{ code: code(name), dtype: d, out, args: args.map((_, i) => i) }], sinks: [{ kind: 'store', register: args.length, view: view(args.length, out, [n]) }] },
    ),
    args, [out], `${name} of ${d}`, tolerance, tolerance > 0 ? 1e-44 : 0,
  )
}

describe.skipIf(addon === null)('elementwise', () => {
  const loose: Record<string, number> = { erf: -1, erfc: -1 }
  const floatOnly = ['sqrt', 'rsqrt', 'exp', 'exp2', 'expm1', 'log', 'log2', 'log10', 'log1p', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'floor', 'ceil', 'round', 'trunc', 'sigmoid']
  const exact = ['sqrt', 'rsqrt', 'floor', 'ceil', 'round', 'trunc']
  it.each(floatOnly)('%s', (name) => {
    for (const d of floats) apply(name, d, d, [pairs(d)[0]], exact.includes(name) ? 0 : d === 'f32' ? 2.4e-7 : 1e-14)
  })
  it.each(['neg', 'abs', 'sign'])('%s', (name) => {
    for (const d of numbers) apply(name, d, d, [pairs(d)[0]], 0)
  })
  it.each(['add', 'sub', 'mul', 'div', 'pow', 'max', 'min', 'remainder', 'floorDiv'])('%s', (name) => {
    for (const d of numbers) apply(name, d, d, pairs(d), name === 'pow' && floats.includes(d) ? (d === 'f32' ? 2.4e-7 : 1e-13) : 0)
  })
  it('atan2', () => floats.forEach((d) => apply('atan2', d, d, pairs(d), d === 'f32' ? 2.4e-7 : 1e-14)))
  it.each(['eq', 'ne', 'lt', 'le', 'gt', 'ge'])('%s', (name) => dtypes.forEach((d) => apply(name, d, 'bool', pairs(d), 0)))
  it.each(['and', 'or', 'xor'])('%s', (name) => (['bool', ...ints] as const).forEach((d) => apply(name, d, d, pairs(d), 0)))
  it.each(['shl', 'shr'])('%s', (name) => ints.forEach((d) => apply(name, d, d, pairs(d), 0)))
  it('not', () => (['bool', ...ints] as const).forEach((d) => apply('not', d, d, [pairs(d)[0]], 0)))
  it('where', () => dtypes.forEach((d) => {
    const [a, b] = pairs(d)
    apply('where', d, d, [filled('bool', a.length, random(3)), a, b], 0, ['bool', d, d])
  }))
  it('cast', () => dtypes.forEach((from) => dtypes.forEach((to) => apply('cast', from, to, [pairs(from)[0]], 0))))
  it('threefry', () => {
    const n = 301
    const r = random(1)
    for (const name of ['threefry0', 'threefry1', 'threefryXor']) apply(name, 'u32', 'u32', [0, 1, 2, 3].map(() => filled('u32', n, r)), 0)
    // Random123's own vectors.
    const word = (name: string, ...k: number[]): number => new Uint32Array(native(program([output(0, 'u32', 1)], { kind: 'loop', dims: [], reduced: 0, sources: k.map((value) => ({ dtype: 'u32', value })), ops: [{ code: code(name), dtype: 'u32', out: 'u32', args: [0, 1, 2, 3] }], sinks: [{ kind: 'store', register: 4, view: view(0, 'u32', []) }] }), [])[0]!)[0]!
    expect([word('threefry0', 0, 0, 0, 0), word('threefry1', 0, 0, 0, 0)]).toEqual([0x6b200159, 0x99ba4efe])
    expect(word('threefry0', 0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toBe(0xc4923a9c)
  })
  it('erf and erfc against known values', () => {
    expect(loose['erf']).toBe(-1)
    const xs = Float32Array.from([0, 0.5, -1, 2, NaN, Infinity])
    const f = (name: string): Float32Array => new Float32Array(native(program([input(0, 'f32', 6), output(0, 'f32', 6)], { kind: 'loop', dims: [6], reduced: 0, sources: [view(0, 'f32', [6])], ops: [{ code: code(name), dtype: 'f32', out: 'f32', args: [0] }], sinks: [{ kind: 'store', register: 1, view: view(1, 'f32', [6]) }] }), [xs])[0]!)
    const want = [0, 0.5204998778130465, -0.8427007929497149, 0.9953222650189527, NaN, 1]
    f('erf').forEach((y, i) => expect(Object.is(y, Math.fround(want[i]!)) || Math.abs(y - want[i]!) < 1.2e-7).toBe(true))
    f('erfc').forEach((y, i) => expect(Number.isNaN(y) || Math.abs(y - (1 - want[i]!)) < 1.2e-7).toBe(true))
  })
  it('has 58 names', () => expect(names.length).toBe(58))
})

/** A random way to lay out `dims` in a buffer: permuted, reversed, spread, broadcast. */
const layout = (dims: readonly number[], r: () => number, buffer: number, dtype: DType, broadcast: boolean): { readonly view: View; readonly size: number } => {
  const order = dims.map((_, i) => i).sort(() => r() - 0.5)
  const strides = dims.map(() => 0)
  let n = 1
  for (const i of order) {
    if (broadcast && r() < 0.2) continue
    strides[i] = n
    n *= dims[i]! + (r() < 0.2 ? 1 : 0)
  }
  let offset = 0
  strides.forEach((s, i) => {
    if (r() < 0.25 && dims[i]! > 0) {
      offset += s * (dims[i]! - 1)
      strides[i] = -s
    }
  })
  return { view: { buffer, dtype, offset, strides }, size: n + 3 }
}

describe.skipIf(addon === null)('views', () => {
  it('any layout, any block boundary', () => {
    const r = random(11)
    for (let t = 0; t < 150; t++) {
      const dims = Array.from({ length: Math.floor(r() * 5) }, () => (r() < 0.04 ? 0 : 1 + Math.floor(r() * (r() < 0.2 ? 40 : 7))))
      const d = dtypes[Math.floor(r() * dtypes.length)]!
      const [a, b, o] = [layout(dims, r, 0, d, true), layout(dims, r, 1, d, true), layout(dims, r, 2, d, false)]
      const name = d === 'bool' ? 'xor' : 'add'
      check(
        program(
          [input(0, d, a.size), input(1, d, b.size), output(0, d, o.size)],
          { kind: 'loop', dims: [o.size], reduced: 0, sources: [{ dtype: d, value: d === 'i64' ? 1n : 1 }], ops: [], sinks: [{ kind: 'store', register: 0, view: view(2, d, [o.size]) }] },
          { kind: 'loop', dims, reduced: 0, sources: [a.view, b.view], ops: [{ code: code(name), dtype: d, out: d, args: [0, 1] }], sinks: [{ kind: 'store', register: 2, view: o.view }] },
        ),
        [filled(d, a.size, r), filled(d, b.size, r)], [d], `${d} ${dims} ${t}`,
      )
    }
  })
  it('indices, slots, immediates, arenas and several sinks', () => {
    const dims = [3, 5, 7]
    const n = 105
    for (const d of dtypes) {
      if (d === 'bool') continue
      const add = (...args: number[]): { code: number; dtype: DType; out: DType; args: number[] } => ({ code: code('add'), dtype: d, out: d, args })
      check(
        program(
          [{ kind: 'slot', bytes: d === 'u8' ? 1 : d === 'i64' || d === 'f64' ? 8 : 4, at: 0 }, { kind: 'arena', bytes: 105 * 8, at: 64 }, output(0, d, n), output(1, d, n)],
          { kind: 'loop', dims, reduced: 0, sources: [{ dtype: d, axis: 0 }, { dtype: d, axis: -1 }, view(0, d, [0, 0, 0].map(() => 1)), { dtype: d, value: d === 'i64' ? -3n : 3 }].map((s) => ('buffer' in s ? { ...s, strides: [0, 0, 0] } : s)) as Source[], ops: [add(0, 1), add(4, 2), add(5, 3)], sinks: [{ kind: 'store', register: 6, view: view(1, d, dims) }, { kind: 'store', register: 6, view: view(2, d, dims) }] },
          { kind: 'loop', dims: [n], reduced: 0, sources: [view(1, d, [n])], ops: [add(0, 0)], sinks: [{ kind: 'store', register: 1, view: view(3, d, [n]) }] },
        ),
        [], [d, d], d, 0, 0, [d === 'i64' ? 1234567890123n : 77],
      )
    }
  })
  it('rank 0 and long chains that reuse registers', () => {
    const ops = Array.from({ length: 60 }, (_, i) => ({ code: code(i % 3 === 0 ? 'mul' : 'add'), dtype: 'f32' as DType, out: 'f32' as DType, args: [i === 0 ? 0 : i + 1, i % 2] }))
    for (const n of [1, 5, 255, 256, 257, 1000])
      check(program([input(0, 'f32', n), input(1, 'f32', 1), output(0, 'f32', n)], { kind: 'loop', dims: [n], reduced: 0, sources: [view(0, 'f32', [n]), { buffer: 1, dtype: 'f32', offset: 0, strides: [0] }], ops, sinks: [{ kind: 'store', register: 61, view: view(2, 'f32', [n]) }] }), [filled('f32', n, random(n)), Float32Array.of(0.99)], ['f32'], `chain ${n}`)
  })
})

const reductions: readonly SinkKind[] = ['sum', 'prod', 'max', 'min', 'argmax', 'argmin']
describe.skipIf(addon === null)('reductions', () => {
  const shapes: readonly (readonly [readonly number[], number])[] = [
    [[7], 1], [[1], 1], [[0], 1], [[3, 0], 1], [[0, 3], 1], [[5, 10], 1], [[40, 33], 1], [[3, 700], 1], [[2, 1024], 1], [[2, 1025], 1], [[3, 2500], 1], [[4, 3, 5, 6], 2], [[2, 3, 40, 30], 2], [[9, 300], 0], [[600, 7], 1], [[1, 5000], 1], [[9000, 3], 1], [[21, 1000], 1],
  ]
  it.each(shapes.map(([d, k]) => [d.join('x'), d, k] as const))('%s', (_, dims, reduced) => {
    const kept = dims.slice(0, dims.length - reduced)
    const [n, m] = [dims, kept].map((l) => l.reduce((a, b) => a * b, 1)) as [number, number]
    for (const d of numbers) {
      const kinds = reductions.filter((k) => n > 0 || !k.startsWith('arg'))
      const x = filled(d, n, random(5))
      if (d === 'f32' && n > 30) x[17] = NaN
      // The same numbers as they lie, transposed (reduced axes outermost), and reversed: the same bits.
      const layouts: readonly (readonly number[])[] = [dense(dims), (() => {
        const t = dense([...dims.slice(kept.length), ...kept])
        return [...t.slice(reduced), ...t.slice(0, reduced)]
      })(), dense(dims).map((s) => -s)]
      const results = layouts.map((strides, which) => {
        const y = arrayOf(d, n)
        const offset = which === 2 ? Math.max(n - 1, 0) : 0
        let i = 0
        const at = dims.map(() => 0)
        for (; i < n; i++) {
          y[offset + at.reduce((s, v, q) => s + v * strides[q]!, 0)] = x[i]! as never
          for (let q = dims.length - 1; q >= 0 && ++at[q]! === dims[q]; q--) at[q] = 0
        }
        const outs = kinds.map((k): DType => (k.startsWith('arg') ? 'i32' : d))
        return check(
          program(
            [input(0, d, n), ...outs.map((o, j) => output(j, o, m))],
            { kind: 'loop', dims, reduced, sources: [{ buffer: 0, dtype: d, offset, strides }], ops: [], sinks: kinds.map((kind, j) => ({ kind, register: 0, view: view(j + 1, outs[j]!, kept) })) },
          ),
          [y], outs, `${d} ${dims} layout ${which}`,
        ).map(bits)
      })
      expect(results[1]).toEqual(results[0])
      expect(results[2]).toEqual(results[0])
    }
  })
  it('and, or', () => {
    for (const [n, m] of [[4, 0], [5, 9], [3, 3000]] as const) {
      const x = filled('bool', n * m, () => 0.2)
      if (m > 5) x[m + 3] = 0
      check(program([input(0, 'bool', n * m), output(0, 'bool', n), output(1, 'bool', n)], { kind: 'loop', dims: [n, m], reduced: 1, sources: [view(0, 'bool', [n, m])], ops: [], sinks: [{ kind: 'and', register: 0, view: view(1, 'bool', [n]) }, { kind: 'or', register: 0, view: view(2, 'bool', [n]) }] }), [x], ['bool', 'bool'], 'and or')
    }
  })
  it('are read by later operations of their row', () => {
    const op = (name: string, ...args: number[]) => ({ code: code(name), dtype: 'f32' as DType, out: 'f32' as DType, args })
    for (const [n, m] of [[5, 3], [7, 100], [3, 1024], [2, 1500], [4, 4096], [1, 1], [300, 10]] as const) {
      // Sources 0-4: x, max, sum, a number, argmin; then e = exp(x - max), the row's 1/(sum + c), their product, x² as it is.
      const p = program(
        [input(0, 'f32', n * m), output(0, 'f32', n * m), output(1, 'f32', n), output(2, 'f32', n), output(3, 'f32', n), output(4, 'i32', n), output(5, 'i32', n * m)],
        {
          kind: 'loop', dims: [n, m], reduced: 1,
          sources: [view(0, 'f32', [n, m]), { dtype: 'f32', sink: 0 }, { dtype: 'f32', sink: 1 }, { dtype: 'f32', value: 0.25 }, { dtype: 'i32', sink: 4 }],
          ops: [op('mul', 0, 0), op('sub', 0, 1), op('abs', 6), op('add', 2, 3), op('div', 7, 8)],
          sinks: [
            { kind: 'max', register: 0, view: view(2, 'f32', [n]) }, { kind: 'sum', register: 7, view: view(3, 'f32', [n]) },
            { kind: 'store', register: 9, view: view(1, 'f32', [n, m]) }, { kind: 'row', register: 8, view: view(4, 'f32', [n]) },
            { kind: 'argmin', register: 5, view: view(5, 'i32', [n]) }, { kind: 'store', register: 4, view: view(6, 'i32', [n, m]) },
          ],
        },
      )
      check(p, [filled('f32', n * m, random(n + m))], ['f32', 'f32', 'f32', 'f32', 'i32', 'i32'], `${n} rows of ${m}`)
    }
  })
  it('are refused where rows are too long or values come too late', () => {
    const loop = (n: number, sink: number, register: number): Instruction => ({
      kind: 'loop', dims: [2, n], reduced: 1, sources: [view(0, 'f32', [2, n]), { dtype: 'f32', sink }], ops: [{ code: code('sub'), dtype: 'f32', out: 'f32', args: [0, 1] }],
      sinks: [{ kind: 'sum', register, view: view(1, 'f32', [2]) }, { kind: 'store', register: 2, view: view(2, 'f32', [2, n]) }],
    })
    const of = (n: number, sink: number, register: number) => () => addon!.load(encode(program([input(0, 'f32', 2 * n), output(0, 'f32', 2), output(1, 'f32', 2 * n)], loop(n, sink, register))))
    expect(of(4, 0, 0)).not.toThrow()
    expect(of(4097, 0, 0)).toThrow(/too long/)
    expect(of(4, 1, 0)).toThrow(/no reduction/)
    expect(of(4, 7, 0)).toThrow(/no reduction/)
    expect(of(4, 0, 2)).toThrow(/before it is reduced/)
    expect(of(4, 0, 1)).toThrow(/reduction of a row/)
  })
  it('do not depend on fusion or on threads', () => {
    const [n, m] = [37, 40000]
    const x = filled('f32', n * m, random(9))
    const square = { code: code('mul'), dtype: 'f32' as DType, out: 'f32' as DType, args: [0, 0] }
    const fused = program([input(0, 'f32', n * m), output(0, 'f32', n)], { kind: 'loop', dims: [n, m], reduced: 1, sources: [view(0, 'f32', [n, m])], ops: [square], sinks: [{ kind: 'sum', register: 1, view: view(1, 'f32', [n]) }] })
    const cut = program(
      [input(0, 'f32', n * m), output(0, 'f32', n), { kind: 'arena', bytes: n * m * 4, at: 0 }],
      { kind: 'loop', dims: [n, m], reduced: 0, sources: [view(0, 'f32', [n, m])], ops: [square], sinks: [{ kind: 'store', register: 1, view: { buffer: 2, dtype: 'f32', offset: 0, strides: [1, n] } }] },
      { kind: 'loop', dims: [n, m], reduced: 1, sources: [{ buffer: 2, dtype: 'f32', offset: 0, strides: [1, n] }], ops: [], sinks: [{ kind: 'sum', register: 0, view: view(1, 'f32', [n]) }] },
    )
    const all = new Set<string>()
    for (const threads of [1, 2, 5]) {
      addon!.setThreads(threads)
      for (const p of [fused, cut]) all.add(bits(run(addon!, load(addon!, p, [x]))[0]!))
    }
    addon!.setThreads(2)
    expect(all.size).toBe(1)
  })
})
