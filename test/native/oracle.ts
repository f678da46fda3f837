/**
 * Programs (lib/run/program.ts) executed the obvious way, one element at a time over typed arrays: what the addon's
 * results are compared with. f32 arithmetic rounds after every operation, integers wrap, reductions follow the fixed tree.
 */
import { dtypeInfo } from '../../lib/type/dtype.js'
import type { DType } from '../../lib/type/dtype.js'
import type { Instruction, Op, Program, Sink, Source, View } from '../../lib/run/program.js'

export type Num = number | bigint
export type Values = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array | Uint16Array | BigInt64Array
export const arrayOf = (d: DType, n: number): Values => {
  switch (d) {
    case 'f32': return new Float32Array(n)
    case 'f64': return new Float64Array(n)
    case 'i32': return new Int32Array(n)
    case 'u32': return new Uint32Array(n)
    case 'i64': return new BigInt64Array(n)
    case 'f16': case 'bf16': return new Uint16Array(n)
    default: return new Uint8Array(n)
  }
}
export const sizeOf = (d: DType): number => dtypeInfo[d].bytes
const viewArray = (d: DType, b: ArrayBuffer): Values => {
  switch (d) {
    case 'f32': return new Float32Array(b, 0, Math.floor(b.byteLength / 4))
    case 'f64': return new Float64Array(b, 0, Math.floor(b.byteLength / 8))
    case 'i32': return new Int32Array(b, 0, Math.floor(b.byteLength / 4))
    case 'u32': return new Uint32Array(b, 0, Math.floor(b.byteLength / 4))
    case 'i64': return new BigInt64Array(b, 0, Math.floor(b.byteLength / 8))
    default: return new Uint8Array(b)
  }
}
const real = (d: DType): boolean => d === 'f32' || d === 'f64'

/** A number as its dtype holds it. */
export const wrap = (d: DType, x: Num): Num => {
  switch (d) {
    case 'f32': return Math.fround(Number(x))
    case 'f64': return Number(x)
    case 'i64': return BigInt.asIntN(64, BigInt(x))
    case 'i32': return Number(BigInt.asIntN(32, BigInt(x)))
    case 'u32': return Number(BigInt.asUintN(32, BigInt(x)))
    case 'u8': return Number(BigInt.asUintN(8, BigInt(x)))
    case 'bool': return x == 0 ? 0 : 1
    default: throw new Error(`a program computes with no ${d}`)
  }
}
const range: Partial<Record<DType, readonly [bigint, bigint]>> = {
  u8: [0n, 255n], u32: [0n, 4294967295n], i32: [-2147483648n, 2147483647n], i64: [-(1n << 63n), (1n << 63n) - 1n],
}
export const cast = (from: DType, to: DType, x: Num): Num => {
  if (to === 'bool') return Number.isNaN(x as number) || x != 0 ? 1 : 0
  if (real(from) && !real(to)) {
    const [lo, hi] = range[to]!
    const v = Number(x)
    if (Number.isNaN(v)) return wrap(to, 0n)
    if (v >= Number(hi)) return wrap(to, hi)
    if (v <= Number(lo)) return wrap(to, lo)
    return wrap(to, BigInt(Math.trunc(v)))
  }
  return wrap(to, x)
}
const floorDivB = (a: bigint, b: bigint): bigint => {
  if (b === 0n) return 0n
  const q = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? q - 1n : q
}
const roundEven = (x: number): number => {
  const f = Math.floor(x)
  const r = x - f === 0.5 ? (f % 2 === 0 ? f : f + 1) : Math.floor(x + 0.5)
  return Number.isFinite(x) && Math.abs(x) < 2 ** 52 ? (r === 0 && (x < 0 || Object.is(x, -0)) ? -0 : r) : x
}
const widthOf = (d: DType): bigint => BigInt(sizeOf(d) * 8)
const unsigned = (d: DType, x: Num): bigint => BigInt.asUintN(Number(widthOf(d)), BigInt(x))
const maxOf = (a: Num, b: Num): Num => (b > a || b !== b ? b : a)
const minOf = (a: Num, b: Num): Num => (b < a || b !== b ? b : a)
const powInt = (d: DType, a: bigint, n: bigint): bigint => {
  if (n < 0n) return a === 1n ? 1n : a === -1n ? (n % 2n === 0n ? 1n : -1n) : 0n
  let r = 1n
  let x = a
  for (; n > 0n; n >>= 1n) {
    if (n & 1n) r = BigInt(wrap(d, r * x))
    x = BigInt(wrap(d, x * x))
  }
  return r
}
const remainderF = (a: number, b: number): number => {
  const r = a % b
  if (r === 0) return b < 0 || Object.is(b, -0) ? -0 : 0
  return r < 0 !== b < 0 ? r + b : r
}

/** Python's //: from the exact remainder, so that a quotient is never rounded up. */
const floorDivF = (x: number, y: number): number => {
  if (y === 0) return x / y
  const r = x % y
  const q = (x - r) / y
  const v = r !== 0 && r < 0 !== y < 0 ? q - 1 : q
  return v < 0 || Object.is(v, -0) ? -Math.round(-v) : Math.round(v)
}

/** One operation on one element (threefry excepted). `special` may answer for functions that Math lacks. */
export const scalar = (name: string, d: DType, out: DType, a: Num, b: Num = 0, c: Num = 0): Num => {
  const bit = (x: boolean): Num => (x ? 1 : 0)
  switch (name) {
    case 'eq': return bit(a === b)
    case 'ne': return bit(a !== b)
    case 'lt': return bit(a < b)
    case 'le': return bit(a <= b)
    case 'gt': return bit(a > b)
    case 'ge': return bit(a >= b)
    case 'where': return a !== 0 ? b : c
    case 'cast': return cast(d, out, a)
    case 'max': return maxOf(a, b)
    case 'min': return minOf(a, b)
  }
  if (real(d)) {
    const [x, y] = [Number(a), Number(b)]
    const table: Record<string, () => number> = {
      neg: () => -x, abs: () => Math.abs(x), sign: () => Math.sign(x), add: () => x + y, sub: () => x - y, mul: () => x * y,
      div: () => x / y, pow: () => (x === 1 || (x === -1 && !Number.isFinite(y) && y === y) ? 1 : x ** y),
      // IEEE and C: 1^NaN and (-1)^inf are 1.
      remainder: () => remainderF(x, y), floorDiv: () => floorDivF(x, y),
      round: () => roundEven(x), rsqrt: () => 1 / Number(wrap(d, Math.sqrt(x))), sigmoid: () => 1 / (1 + Math.exp(-x)), exp2: () => 2 ** x,
      atan2: () => Math.atan2(x, y),
    }
    const f = table[name] ?? ((): number => (Math as unknown as Record<string, (x: number) => number>)[name]!(x))
    return wrap(d, f())
  }
  const [x, y] = [BigInt(a), BigInt(b)]
  const table: Record<string, () => bigint> = {
    neg: () => -x, abs: () => (x < 0n ? -x : x), sign: () => (x > 0n ? 1n : x < 0n ? -1n : 0n), add: () => x + y, sub: () => x - y,
    mul: () => x * y, div: () => (y === 0n ? 0n : x / y), pow: () => powInt(d, x, y), floorDiv: () => floorDivB(x, y),
    remainder: () => (y === 0n ? 0n : x - y * floorDivB(x, y)), and: () => x & y, or: () => x | y, xor: () => x ^ y,
    not: () => (d === 'bool' ? 1n - x : ~x), shl: () => (unsigned(d, y) >= widthOf(d) ? 0n : x << y),
    shr: () => (unsigned(d, y) >= widthOf(d) ? (x < 0n ? -1n : 0n) : x >> y),
  }
  return wrap(d, table[name]!())
}
export const threefry = (k0: number, k1: number, x0: number, x1: number): readonly [number, number] => {
  const key = [k0, k1, k0 ^ k1 ^ 0x1bd11bda]
  const turns = [[13, 15, 26, 6], [17, 29, 16, 24]]
  let [a, b] = [(x0 + k0) | 0, (x1 + k1) | 0]
  for (let i = 0; i < 5; i++) {
    for (const r of turns[i % 2]!) {
      a = (a + b) | 0
      b = ((b << r) | (b >>> (32 - r))) ^ a
    }
    a = (a + key[(i + 1) % 3]!) | 0
    b = (b + key[(i + 2) % 3]! + i + 1) | 0
  }
  return [a >>> 0, b >>> 0]
}

/** The tree of every reduction: eight lanes up to 1024 values, chunks of 1024 above. */
export const tree = (xs: readonly Num[], unit: Num, f: (a: Num, b: Num) => Num): Num => {
  if (xs.length > 1024) {
    const parts: Num[] = []
    for (let i = 0; i < xs.length; i += 1024) parts.push(tree(xs.slice(i, i + 1024), unit, f))
    return tree(parts, unit, f)
  }
  const l: Num[] = Array.from({ length: 8 }, () => unit)
  xs.forEach((x, i) => (l[i % 8] = f(l[i % 8]!, x)))
  return f(f(f(l[0]!, l[1]!), f(l[2]!, l[3]!)), f(f(l[4]!, l[5]!), f(l[6]!, l[7]!)))
}
/** Running totals: in blocks of 8 by doubling, added to what came before the block; a segment starts from the totals of those before it. */
const running = (xs: readonly Num[], f: (a: Num, b: Num) => Num): Num[] => {
  const after = (before: Num | undefined, parts: readonly Num[][]): Num[] =>
    parts.flatMap((part) => {
      const out = part.map((x) => (before === undefined ? x : f(before, x)))
      before = out.at(-1)
      return out
    })
  const cut = (n: number, of: readonly Num[]): Num[][] => Array.from({ length: Math.ceil(of.length / n) }, (_, i) => of.slice(i * n, (i + 1) * n))
  const doubled = (block: Num[]): Num[] => [1, 2, 4].reduce((v, s) => v.map((x, k) => (k < s ? x : f(v[k - s]!, x))), block)
  let before: Num | undefined
  return cut(1 << 15, xs).flatMap((segment) => {
    const blocks = cut(8, segment).map(doubled), out = after(before, blocks), total = after(undefined, blocks).at(-1)!
    before = before === undefined ? total : f(before, total)
    return out
  })
}
const indices = function* (dims: readonly number[]): Generator<number[]> {
  const n = dims.reduce((a, b) => a * b, 1)
  for (let i = 0; i < n; i++) {
    const at: number[] = []
    for (let d = dims.length - 1, r = i; d >= 0; d--) {
      at.unshift(r % dims[d]!)
      r = Math.floor(r / dims[d]!)
    }
    yield at
  }
}

/** The contents of every output after the program ran on these inputs. */
export const execute = (p: Program, names: readonly string[], inputs: readonly ArrayBuffer[], slots: readonly Num[] = []): ArrayBuffer[] => {
  const outputs: ArrayBuffer[] = []
  const memory = p.buffers.map((b) => {
    if (b.kind === 'input') return inputs[b.at]!
    const m = new ArrayBuffer(b.bytes)
    if (b.kind === 'output') outputs[b.at] = m
    return m
  })
  const counters: number[] = []
  const place = (v: View, at: readonly number[]): number =>
    v.offset + at.reduce((s, i, d) => s + i * v.strides[d]!, 0) + (v.steps ?? []).reduce((s, [l, n]) => s + counters[l]! * n, 0)
  const arrays = p.buffers.map(() => new Map<DType, Values>())
  const open = (v: View): Values => {
    const got = arrays[v.buffer]!.get(v.dtype)
    if (got) return got
    const made = viewArray(v.dtype, memory[v.buffer]!)
    arrays[v.buffer]!.set(v.dtype, made)
    return made
  }
  const get = (v: View, at: readonly number[]): Num => {
    const b = p.buffers[v.buffer]!
    return b.kind === 'slot' ? wrap(v.dtype, slots[b.at]!) : open(v)[place(v, at)]!
  }
  const put = (v: View, at: readonly number[], x: Num): void => void ((open(v) as unknown as Num[])[place(v, at)] = x)
  const load = (s: Source, at: readonly number[], row: readonly Num[] = []): Num =>
    'sink' in s ? row[s.sink]! : 'value' in s ? wrap(s.dtype, s.value) : 'axis' in s ? wrap(s.dtype, at.at(s.axis)!) : get(s, at)
  const compute = (ops: readonly Op[], regs: Num[]): void => {
    for (const o of ops) {
      const [a, b, c, d] = o.args.map((r) => regs[r]!)
      const name = names[o.code]!
      if (name.startsWith('threefry')) {
        const w = threefry(Number(a), Number(b), Number(c), Number(d))
        regs.push(name === 'threefry0' ? w[0] : name === 'threefry1' ? w[1] : (w[0] ^ w[1]) >>> 0)
      } else regs.push(scalar(name, o.dtype, o.out, a!, b, c))
    }
  }
  const dtypeOf = (i: { sources: readonly Source[]; ops: readonly Op[] }, r: number): DType =>
    r < i.sources.length ? i.sources[r]!.dtype : i.ops[r - i.sources.length]!.out
  const lowest = (d: DType): Num => (real(d) ? -Infinity : d === 'bool' ? 0 : wrap(d, range[d]![0]))
  const highest = (d: DType): Num => (real(d) ? Infinity : d === 'bool' ? 1 : wrap(d, range[d]![1]))
  const reduce = (s: Sink, d: DType, xs: readonly Num[]): Num => {
    switch (s.kind) {
      case 'sum': return tree(xs, wrap(d, 0), (a, b) => scalar('add', d, d, a, b))
      case 'prod': return tree(xs, wrap(d, 1), (a, b) => scalar('mul', d, d, a, b))
      case 'max': return tree(xs, lowest(d), maxOf)
      case 'min': return tree(xs, highest(d), minOf)
      case 'and': return xs.every((x) => x !== 0) ? 1 : 0
      case 'or': return xs.some((x) => x !== 0) ? 1 : 0
      default: {
        let best = 0
        xs.forEach((x, i) => {
          const b = xs[best]!
          if (b === b && (x !== x || (s.kind === 'argmax' ? x > b : x < b))) best = i
        })
        return best
      }
    }
  }
  const one = (i: Instruction): void => {
    switch (i.kind) {
      case 'loop': {
        const kept = i.dims.slice(0, i.dims.length - i.reduced)
        const reducing = i.sinks.some((s) => s.kind !== 'store')
        const inner = reducing ? i.dims.slice(kept.length) : []
        for (const at of indices(reducing ? kept : i.dims)) {
          // What reads a reduction of its own row is computed again, until all reductions of the row are right.
          let row: Num[] = i.sinks.map((s) => wrap(s.view.dtype, 0))
          for (let pass = i.sources.some((s) => 'sink' in s) ? i.sinks.length : 0; pass >= 0; pass--) {
            const seen: Num[][] = i.sinks.map(() => [])
            for (const r of indices(inner)) {
              const full = [...at, ...r]
              const regs = i.sources.map((s) => load(s, full, row))
              compute(i.ops, regs)
              i.sinks.forEach((s, n) => (s.kind === 'store' ? put(s.view, full, regs[s.register]!) : seen[n]!.push(regs[s.register]!)))
            }
            row = i.sinks.map((s, n) => (s.kind === 'store' ? 0 : s.kind === 'row' ? seen[n]![0]! : reduce(s, dtypeOf(i, s.register), seen[n]!)))
          }
          i.sinks.forEach((s, n) => s.kind !== 'store' && put(s.view, at, row[n]!))
        }
        return
      }
      case 'dot': {
        const d = i.a.dtype
        for (const at of indices([...i.batch, i.m, i.n])) {
          const b = at.slice(0, -2)
          let sum: Num = d === 'i64' ? 0n : 0
          // Floats: in f64, compared with a tolerance; integers exactly.
          for (let k = 0; k < i.k; k++) {
            const x = get(i.a, [...b, at.at(-2)!, k])
            const y = get(i.b, [...b, k, at.at(-1)!])
            sum = real(d) ? Number(sum) + Number(x) * Number(y) : wrap(d, BigInt(sum) + BigInt(x) * BigInt(y))
          }
          put(i.out, at, wrap(d, sum))
        }
        if (i.epilogue !== undefined) one(i.epilogue)
        return
      }
      case 'conv':
        convolve(i)
        if (i.epilogue !== undefined) one(i.epilogue)
        return
      case 'pool': return pool(i)
      case 'gather':
        for (const at of indices([...i.batch, ...i.index, ...i.rest])) {
          const b = at.slice(0, i.batch.length)
          const e = b.length + i.index.length
          const k = Math.max(0, Math.min(i.size - 1, Number(get(i.at, at.slice(0, e)))))
          put(i.out, at, get(i.x, [...b, k, ...at.slice(e)]))
        }
        return
      case 'scatterAdd':
        for (const at of indices([...i.batch, i.size, ...i.rest])) put(i.out, at, wrap(i.out.dtype, 0))
        for (const at of indices([...i.batch, ...i.index, ...i.rest])) {
          const b = at.slice(0, i.batch.length)
          const e = b.length + i.index.length
          const k = Number(get(i.at, at.slice(0, e)))
          if (k < 0 || k >= i.size) continue
          const to = [...b, k, ...at.slice(e)]
          put(i.out, to, scalar('add', i.x.dtype, i.x.dtype, get(i.out, to), get(i.x, at)))
        }
        return
      case 'cumulative': {
        const n = i.dims.at(-1)!
        const f = { sum: 'add', prod: 'mul', max: 'max', min: 'min' }[i.op]
        for (const at of indices(i.dims.slice(0, -1)))
          running(Array.from({ length: n }, (_, k) => get(i.x, [...at, i.reverse ? n - 1 - k : k])), (a, b) => scalar(f, i.x.dtype, i.x.dtype, a, b))
            .forEach((x, k) => put(i.out, [...at, i.reverse ? n - 1 - k : k], x))
        return
      }
      case 'argsort': case 'sort': {
        const n = i.dims.at(-1)!
        for (const at of indices(i.dims.slice(0, -1))) {
          const xs = Array.from({ length: n }, (_, k) => get(i.x, [...at, k]))
          const order = xs.map((_, k) => k).sort((a, b) => {
            const [x, y] = [xs[a]!, xs[b]!]
            const [nx, ny] = [x !== x, y !== y]
            return nx || ny ? Number(nx) - Number(ny) || a - b : x < y ? -1 : x > y ? 1 : a - b
          })
          order.forEach((o, k) => put(i.out, [...at, k], i.kind === 'sort' ? xs[o]! : o))
        }
        return
      }
      case 'repeat': case 'gang': // devices one after the other: what is a device's own is written anew by the next
        for (counters[i.level] = 0; counters[i.level]! < i.count; counters[i.level]!++) i.body.forEach(one)
        return
      case 'while':
        for (;;) {
          i.test.forEach(one)
          if (get(i.which, []) === 0) return
          i.body.forEach(one)
        }
      case 'cond': return (get(i.which, []) !== 0 ? i.then : i.otherwise).forEach(one)
    }
  }
  const convolve = (i: Extract<Instruction, { kind: 'conv' }>): void => {
    const [pc, po] = [i.c / i.groups, i.o / i.groups]
    const result = [i.y, i.x, i.w][i.which]!
    const dims = [[i.n, i.o, ...i.outSpatial], [i.n, i.c, ...i.spatial], [i.o, pc, ...i.kernel]][i.which]!
    const placeOf = (at: readonly number[]): number => at.reduce((s, a, d) => s * dims[d]! + a, 0)
    const sums = new Float64Array(dims.reduce((n, d) => n * d, 1))
    const [taps, pos] = [[...indices([pc, ...i.kernel])], i.spatial.map(() => 0)]
    for (const at of indices([i.n, i.o, ...i.outSpatial]))
      next: for (const k of taps) {
        for (let d = 0; d < pos.length; d++) {
          pos[d] = at[d + 2]! * i.stride[d]! + k[d + 1]! * i.dilation[d]! - i.padLo[d]!
          if (pos[d]! < 0 || pos[d]! >= i.spatial[d]!) continue next
        }
        const [x, w] = [[at[0]!, Math.floor(at[1]! / po) * pc + k[0]!, ...pos], [at[1]!, ...k]]
        const v = i.which === 0 ? Number(get(i.x, x)) * Number(get(i.w, w)) : i.which === 1 ? Number(get(i.y, at)) * Number(get(i.w, w)) : Number(get(i.x, x)) * Number(get(i.y, at))
        sums[placeOf([at, x, w][i.which]!)]! += v
      }
    for (const at of indices(dims)) put(result, at, wrap(result.dtype, sums[placeOf(at)]!))
  }
  const pool = (i: Extract<Instruction, { kind: 'pool' }>): void => {
    if (i.which === 1) for (const at of indices([...i.lead, ...i.spatial])) put(i.dx!, at, wrap(i.x.dtype, 0))
    for (const at of indices([...i.lead, ...i.outSpatial])) {
      const lead = at.slice(0, i.lead.length)
      let best: Num | null = null
      let where: number[] = []
      for (const t of indices(i.kernel)) {
        const pos = t.map((k, d) => at[lead.length + d]! * i.stride[d]! + k * i.dilation[d]! - i.padLo[d]!)
        if (pos.some((q, d) => q < 0 || q >= i.spatial[d]!)) continue
        const v = get(i.x, [...lead, ...pos])
        if (best === null || v > best || (v !== v && best === best)) [best, where] = [v, [...lead, ...pos]]
      }
      if (i.which === 0) put(i.y, at, best ?? lowest(i.x.dtype))
      else if (best !== null) put(i.dx!, where, scalar('add', i.x.dtype, i.x.dtype, get(i.dx!, where), get(i.y, at)))
    }
  }
  p.instructions.forEach(one)
  return outputs
}
