/**
 * What a compiled backend executes: a flat list of instructions over strided views of buffers. The planner writes it,
 * the addon decodes it, and both sides know nothing else of each other: no op of the library is named in it, elementwise
 * operations and instruction kinds are numbers that the addon itself hands out (`kernels()`).
 *
 * Every word is an IEEE double holding an integer (exact to 2^53, so sizes past 2^31 need no second encoding), except
 * immediates. Offsets and strides count elements, buffer sizes count bytes. Strides may be zero or negative. The decoder
 * checks that every view stays inside its buffer before anything runs.
 *
 *   program  = MAGIC VERSION nBuffers buffer* nInstructionWords instruction*
 *   buffer   = kind bytes at [every]              kind: input 0, output 1, arena 2, slot 3, own 4
 *              at: the input's, output's or slot's number; for arena and own the byte offset (multiple of 64). Own memory
 *              is what each device of a gang has, in the arena, so many bytes from one to the next.
 *   view     = buffer dtype offset stride*rank nSteps (level step)*
 *              the element at index i is offset + sum(i*stride) + sum(loop counter[level]*step)
 *   source   = 0 view | 1 dtype low high | 2 dtype axis | 3 dtype sink
 *              1 is an immediate: a double for floats, bool and 32-bit integers; for i64 the low (unsigned) and the high
 *              (signed) 32 bits. 2 is the loop's own index along an axis (negative: from the end), cast to dtype. 3 is
 *              what a reduction of the same loop gave for the index's row, which has at most 4096 elements.
 *   op       = code dtype outDtype nArgs register*    registers: the sources first, then one for each op
 */
import { isComplex } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import type { ComplexDType, DType } from '../type/dtype.js'

export const MAGIC = 0xc07a
export const VERSION = 1

/**
 * Complex numbers have been opened into their parts before. The dtypes from i8 on are only stored, moved and cast: a program
 * computes in the first seven, and u64 is the bits of i64.
 */
export const dtypeCode: Record<Exclude<DType, ComplexDType>, number> = {
  bool: 0, u8: 1, u32: 2, i32: 3, i64: 4, f32: 5, f64: 6, i8: 7, i16: 8, u16: 9, f16: 10, bf16: 11, u64: 4,
}

export type Buffer =
  | { readonly kind: 'input' | 'output' | 'slot'; readonly bytes: number; readonly at: number }
  | { readonly kind: 'arena'; readonly bytes: number; readonly at: number }
  | { readonly kind: 'own'; readonly bytes: number; readonly at: number; readonly every: number }
const bufferKind = { input: 0, output: 1, arena: 2, slot: 3, own: 4 } as const

/** How one operand lies in its buffer. `steps` move the view with the counters of enclosing `repeat`s. */
export interface View {
  readonly buffer: number
  readonly dtype: DType
  readonly offset: number
  readonly strides: readonly number[]
  readonly steps?: readonly (readonly [level: number, step: number])[]
}
export interface Immediate { readonly dtype: DType; readonly value: number | bigint }
export interface Index { readonly dtype: DType; readonly axis: number }
export interface Row { readonly dtype: DType; readonly sink: number }
export type Source = View | Immediate | Index | Row
export interface Op { readonly code: number; readonly dtype: DType; readonly out: DType; readonly args: readonly number[] }

/** What a loop does with a register: store it at every index, reduce it over the trailing `reduced` axes, or (row) store
 *  once for each row what only reads reductions of that row. */
export const sinkKind = { store: 0, sum: 1, prod: 2, max: 3, min: 4, and: 5, or: 6, argmax: 7, argmin: 8, row: 9 } as const
export type SinkKind = keyof typeof sinkKind
/** A store's view has the loop's rank; any other's has rank - reduced. arg-reductions write i32. */
export interface Sink { readonly kind: SinkKind; readonly register: number; readonly view: View }

export const instructionCode = {
  loop: 1, dot: 2, conv: 3, pool: 4, gather: 5, scatterAdd: 6, cumulative: 7, argsort: 8, repeat: 9, cond: 10, while: 11, factor: 12, dft: 13, sort: 14, exchange: 15, wait: 16, gang: 17, attention: 18,
} as const
/** What the processes of a group do with what each brings (lib/prim/exchange.ts). */
export const exchangeCode = { sum: 0, max: 1, min: 2, gather: 3, scatter: 4, swap: 5 } as const
const LONGEST_LABEL = 159
/** Which factorization, and what each reads and writes behind the batch axes (p = k, or all of it with flag 1). */
export const factorCode = {
  cholesky: 0 /* [n, n] -> [n, n]; flag 1: of (A + AT) / 2, else of its lower triangle */, triangular: 1 /* [n, n], [n, k] -> [n, k]; flags: lower 1, transposed 2, unit 4 */,
  lu: 2 /* [m, n] -> [m, n], i32 [min], i32 [m] */, qr: 3 /* [m, n] -> [m, p], [p, n] */,
  eigh: 4 /* [n, n] -> [n], [n, n] */, svd: 5 /* [m, n] -> [m, p], [min], [p, n] */,
  eig: 6 /* [n, n] -> [n], [n], [n, n], [n, n]: both parts of the values and of the vectors */,
} as const
export type Factor = keyof typeof factorCode

/** For every index of dims: compute the ops on the sources, then feed the sinks. Ops come in the order of how many
 *  reductions of their row they wait for. */
export interface Loop { readonly kind: 'loop'; readonly dims: readonly number[]; readonly reduced: number; readonly sources: readonly Source[]; readonly ops: readonly Op[]; readonly sinks: readonly Sink[] }
/** A product's or convolution's epilogue is a loop without reductions that reads each element of its result once, in the order
 *  in which they lie: it goes over each part as soon as that is made. The result has no gaps; the loop may write over it. */
export type Instruction =
  | Loop
  /** out[b.., m, n] = sum_k a[b.., m, k] * b[b.., k, n] */
  | { readonly kind: 'dot'; readonly batch: readonly number[]; readonly m: number; readonly n: number; readonly k: number; readonly a: View; readonly b: View; readonly out: View; readonly epilogue?: Loop }
  /** which 0: y from x, w; 1: x from y, w (transpose in x); 2: w from x, y (transpose in w).
   *  precise: no transform that trades last bits for speed (which is then written 3 higher).
   *  x: [n, c, spatial..], w: [o, c/groups, kernel..], y: [n, o, outSpatial..]; each view has that rank. */
  | { readonly kind: 'conv'; readonly which: 0 | 1 | 2; readonly n: number; readonly c: number; readonly o: number; readonly groups: number; readonly spatial: readonly number[]; readonly kernel: readonly number[]; readonly outSpatial: readonly number[]; readonly stride: readonly number[]; readonly padLo: readonly number[]; readonly dilation: readonly number[]; readonly precise?: boolean; readonly x: View; readonly w: View; readonly y: View; readonly epilogue?: Loop }
  /** Max over windows of the last `kernel.length` axes. which 0: y from x; 1: dx from x and the cotangent y (the first
   *  maximum of a window in row-major order takes it all; dx is zeroed first). Padding never wins. */
  | { readonly kind: 'pool'; readonly which: 0 | 1; readonly lead: readonly number[]; readonly spatial: readonly number[]; readonly kernel: readonly number[]; readonly outSpatial: readonly number[]; readonly stride: readonly number[]; readonly padLo: readonly number[]; readonly dilation: readonly number[]; readonly x: View; readonly y: View; readonly dx: View | null }
  /** gather: out[b.., i.., r..] = x[b.., clamp(index[b.., i..]), r..];
   *  scatterAdd: out[b.., index[b.., i..], r..] += x[b.., i.., r..] after zeroing out; an index out of range is dropped. */
  | { readonly kind: 'gather' | 'scatterAdd'; readonly batch: readonly number[]; readonly size: number; readonly index: readonly number[]; readonly rest: readonly number[]; readonly x: View; readonly at: View; readonly out: View }
  /** Along the last axis of dims. */
  | { readonly kind: 'cumulative'; readonly op: 'sum' | 'prod' | 'max' | 'min'; readonly reverse: boolean; readonly dims: readonly number[]; readonly x: View; readonly out: View }
  /** Stable ascending order along the last axis, NaN last: the places of elements as i32, or the elements. */
  | { readonly kind: 'argsort' | 'sort'; readonly dims: readonly number[]; readonly x: View; readonly out: View }
  /** Discrete Fourier transforms along the last of dims, times `scale`; the views have one more axis, of the pairs re, im. */
  | { readonly kind: 'dft'; readonly inverse: boolean; readonly scale: number; readonly dims: readonly number[]; readonly x: View; readonly out: View }
  /** Factors of the matrices of a batch, or a triangular system solved; m, n, k are sizes that `factorCode` names. */
  | { readonly kind: 'factor'; readonly which: Factor; readonly flags: number; readonly batch: readonly number[]; readonly m: number; readonly n: number; readonly k: number; readonly ins: readonly View[]; readonly outs: readonly View[] }
  /** Of q: [lead.., t, h, d], k: [lead.., s, h, d], v: [lead.., s, h, e], then bias and mask [lead.., h, t, s] if there are any;
   *  rows are [lead.., h, t]. Else: gives [lead.., t, h, e], peaks and totals as rows. gradient: of those rows, u [lead.., t, h, e]
   *  and r (rows) gives what q, k and v have the shapes of and, if the bias moves, what it has the shape of. */
  | { readonly kind: 'attention'; readonly gradient: boolean; readonly causal: boolean; readonly bias: boolean; readonly mask: boolean; readonly moves: boolean; readonly scale: number; readonly lead: readonly number[]; readonly sizes: readonly [t: number, s: number, h: number, d: number, e: number]; readonly ins: readonly View[]; readonly outs: readonly View[] }
  /** x has `dims`; gather's out is [processes, dims..], scatter's has not the first of them. Both views are dense, and apart.
   *  This begins it: until a wait of the same list nobody writes x, nor reads or writes out. */
  | { readonly kind: 'exchange'; readonly how: keyof typeof exchangeCode; readonly processes: number; readonly label: string; readonly dims: readonly number[]; readonly x: View; readonly out: View }
  /** Until at most `left` of the exchanges that were begun are under way, the youngest ones; `views` are those of what ends. */
  | { readonly kind: 'wait'; readonly left: number; readonly views: readonly View[] }
  /** The body, count times; counter[level] runs 0..count-1. */
  | { readonly kind: 'repeat'; readonly level: number; readonly count: number; readonly body: readonly Instruction[] }
  /** The body on each of `count` devices at once, on its share of the threads; the counter is the device's number. Nothing
   *  that one writes is read or written by another, and in it there is neither a gang nor an exchange. */
  | { readonly kind: 'gang'; readonly level: number; readonly count: number; readonly body: readonly Instruction[] }
  /** test, then the body as long as the rank-0 bool view `which` (which test writes) holds. */
  | { readonly kind: 'while'; readonly which: View; readonly test: readonly Instruction[]; readonly body: readonly Instruction[] }
  /** which: a rank-0 bool view. */
  | { readonly kind: 'cond'; readonly which: View; readonly then: readonly Instruction[]; readonly otherwise: readonly Instruction[] }

export interface Program {
  readonly buffers: readonly Buffer[]
  readonly instructions: readonly Instruction[]
}

const cumulativeCode = { sum: 1, prod: 2, max: 3, min: 4 } as const

const codeOf = (d: DType): number => {
  if (isComplex(d)) throw new Fault('BackendFailure', `a program holds ${d}, which the planner should have opened into its parts`)
  return dtypeCode[d]
}
const putView = (out: number[], v: View): void => {
  out.push(v.buffer, codeOf(v.dtype), v.offset, ...v.strides, v.steps?.length ?? 0)
  for (const [level, step] of v.steps ?? []) out.push(level, step)
}
const putImmediate = (out: number[], i: Immediate): void => {
  out.push(1, codeOf(i.dtype))
  if (typeof i.value === 'bigint') out.push(Number(BigInt.asUintN(32, i.value)), Number(BigInt.asIntN(32, i.value >> 32n)))
  else out.push(i.value, 0)
}
const putSource = (out: number[], s: Source): void => {
  if ('value' in s) return putImmediate(out, s)
  if ('axis' in s) return void out.push(2, codeOf(s.dtype), s.axis)
  if ('sink' in s) return void out.push(3, codeOf(s.dtype), s.sink)
  out.push(0)
  putView(out, s)
}
const putOps = (out: number[], sources: readonly Source[], ops: readonly Op[]): void => {
  out.push(sources.length)
  for (const s of sources) putSource(out, s)
  out.push(ops.length)
  for (const o of ops) out.push(o.code, codeOf(o.dtype), codeOf(o.out), o.args.length, ...o.args)
}

type Put<K extends Instruction['kind']> = (out: number[], i: Extract<Instruction, { kind: K }>) => void
/** The words of each instruction after its code and length. Lists are preceded by their length. */
const put: { readonly [K in Instruction['kind']]: Put<K> } = {
  loop: (out, i) => {
    out.push(i.dims.length, ...i.dims, i.reduced)
    putOps(out, i.sources, i.ops)
    out.push(i.sinks.length)
    for (const s of i.sinks) {
      out.push(sinkKind[s.kind], s.register)
      putView(out, s.view)
    }
  },
  dot: (out, i) => {
    out.push(i.batch.length, ...i.batch, i.m, i.n, i.k)
    for (const v of [i.a, i.b, i.out]) putView(out, v)
    if (i.epilogue !== undefined) put.loop(out, i.epilogue)
  },
  conv: (out, i) => {
    out.push(i.which + (i.precise === true ? 3 : 0), i.spatial.length, i.n, i.c, i.o, i.groups)
    out.push(...i.spatial, ...i.kernel, ...i.outSpatial, ...i.stride, ...i.padLo, ...i.dilation)
    for (const v of [i.x, i.w, i.y]) putView(out, v)
    if (i.epilogue !== undefined) put.loop(out, i.epilogue)
  },
  pool: (out, i) => {
    out.push(i.which, i.lead.length, ...i.lead, i.spatial.length)
    out.push(...i.spatial, ...i.kernel, ...i.outSpatial, ...i.stride, ...i.padLo, ...i.dilation)
    for (const v of [i.x, i.y, ...(i.dx === null ? [] : [i.dx])]) putView(out, v)
  },
  gather: (out, i) => putIndexed(out, i),
  scatterAdd: (out, i) => putIndexed(out, i),
  cumulative: (out, i) => {
    out.push(cumulativeCode[i.op], i.reverse ? 1 : 0, i.dims.length, ...i.dims)
    for (const v of [i.x, i.out]) putView(out, v)
  },
  argsort: (out, i) => putSort(out, i),
  sort: (out, i) => putSort(out, i),
  dft: (out, i) => {
    out.push(i.inverse ? 1 : 0, i.scale, i.dims.length, ...i.dims)
    for (const v of [i.x, i.out]) putView(out, v)
  },
  factor: (out, i) => {
    out.push(factorCode[i.which], i.flags, i.batch.length, ...i.batch, i.m, i.n, i.k)
    for (const v of [...i.ins, ...i.outs]) putView(out, v)
  },
  attention: (out, i) => {
    const flags = [i.gradient, i.causal, i.bias, i.mask, i.moves].reduce((n, on, at) => n + (on ? 2 ** at : 0), 0)
    out.push(flags, i.scale, i.lead.length, ...i.lead, ...i.sizes)
    for (const v of [...i.ins, ...i.outs]) putView(out, v)
  },
  exchange: (out, i) => {
    const label = i.label.replace(/[^ -~]/g, '?').slice(0, LONGEST_LABEL)
    out.push(exchangeCode[i.how], i.processes, label.length, ...Array.from(label, (c) => c.charCodeAt(0)), i.dims.length, ...i.dims)
    for (const v of [i.x, i.out]) putView(out, v)
  },
  wait: (out, i) => void out.push(i.left),
  repeat: (out, i) => putRepeat(out, i),
  gang: (out, i) => putRepeat(out, i),
  while: (out, i) => {
    putView(out, i.which)
    putList(out, i.test)
    putList(out, i.body)
  },
  cond: (out, i) => {
    putView(out, i.which)
    putList(out, i.then)
    putList(out, i.otherwise)
  },
}
const putRepeat = (out: number[], i: Extract<Instruction, { kind: 'repeat' | 'gang' }>): void => {
  out.push(i.level, i.count)
  putList(out, i.body)
}
const putSort = (out: number[], i: Extract<Instruction, { kind: 'argsort' | 'sort' }>): void => {
  out.push(i.dims.length, ...i.dims)
  for (const v of [i.x, i.out]) putView(out, v)
}
const putIndexed = (out: number[], i: Extract<Instruction, { kind: 'gather' | 'scatterAdd' }>): void => {
  out.push(i.batch.length, ...i.batch, i.size, i.index.length, ...i.index, i.rest.length, ...i.rest)
  for (const v of [i.x, i.at, i.out]) putView(out, v)
}

/** A list of instructions: the number of words that follow, then code, word count and words of each. */
const putList = (out: number[], list: readonly Instruction[]): void => {
  const start = out.push(0)
  for (const i of list) {
    const at = out.push(instructionCode[i.kind], 0)
    ;(put[i.kind] as Put<typeof i.kind>)(out, i as never)
    out[at - 1] = out.length - at
  }
  out[start - 1] = out.length - start
}

/** The words of a program. */
export const encode = (p: Program): Float64Array => {
  const out: number[] = [MAGIC, VERSION, p.buffers.length]
  for (const b of p.buffers) out.push(bufferKind[b.kind], b.bytes, b.at, ...(b.kind === 'own' ? [b.every] : []))
  putList(out, p.instructions)
  return Float64Array.from(out)
}
